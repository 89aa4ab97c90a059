//! Files that wait for the request they were uploaded for.

use faultmaven_kit::Migration;
use faultmaven_kit::db::index;
use sea_orm_migration::prelude::{ColumnDef, Table, TableAlterStatement};
use sea_orm_migration::schema::{string_null, text_null};

const TABLE: &str = "evidence_loose_blobs";

/// Returns the step that lets a place in the blob store hold a file.
pub(super) fn migration() -> Migration {
    Migration::new("m0002_held_files")
        // SQLite adds one column at a time.
        .then([add(string_null("file_id")), add(text_null("held"))])
        .then([index("evidence_loose_blobs_by_file", TABLE, ["file_id"])])
}

fn add(column: ColumnDef) -> TableAlterStatement {
    Table::alter().table(TABLE).add_column(column).take()
}
