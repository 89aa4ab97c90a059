//! Receipts: what became of requests that carried an idempotency key.

use faultmaven_kit::Migration;
use faultmaven_kit::db::{receipt_index, receipt_table};

/// The table of receipts of requests that are no turns.
pub(crate) const RECEIPTS: &str = "case_request_receipts";

/// Returns the step that makes room for receipts.
pub(super) fn migration() -> Migration {
    Migration::new("m0005_receipts")
        .then([receipt_table(RECEIPTS)])
        .then([receipt_index(RECEIPTS)])
}
