//! Receipts: what became of requests that carried an idempotency key.

use faultmaven_kit::Migration;
use faultmaven_kit::db::{receipt_index, receipt_table};

/// The table of this module's receipts.
pub(crate) const RECEIPTS: &str = "auth_receipts";

/// Returns the step that makes room for receipts.
pub(super) fn migration() -> Migration {
    Migration::new("m0004_receipts")
        .then([receipt_table(RECEIPTS)])
        .then([receipt_index(RECEIPTS)])
}
