//! Held files that outlive the process that received them.

use faultmaven_kit::Migration;
use sea_orm_migration::prelude::Table;
use sea_orm_migration::schema::boolean;

/// Returns the step that tells which held files a restart does not drop.
pub(super) fn migration() -> Migration {
    Migration::new("m0005_durable_files").then([Table::alter()
        .table("evidence_loose_blobs")
        .add_column(boolean("durable").default(false))
        .take()])
}
