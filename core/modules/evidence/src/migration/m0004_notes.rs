//! What people say about their files.

use faultmaven_kit::Migration;
use sea_orm_migration::prelude::{ColumnDef, Table, TableAlterStatement};
use sea_orm_migration::schema::text;

/// Returns the step that gives files a description and tags.
pub(super) fn migration() -> Migration {
    Migration::new("m0004_notes").then([
        // SQLite adds one column at a time.
        add(text("description").default("").take()),
        add(text("tags").default("[]").take()),
    ])
}

fn add(column: ColumnDef) -> TableAlterStatement {
    Table::alter()
        .table("evidence_files")
        .add_column(column)
        .take()
}
