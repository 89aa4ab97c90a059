//! Gives sessions a log, and lets them be archived.

use faultmaven_kit::Migration;
use sea_orm_migration::prelude::{
    ColumnDef, Index, Table, TableAlterStatement, TableCreateStatement,
};
use sea_orm_migration::schema::{big_integer, boolean, string, text, timestamp_with_time_zone};

const SESSIONS: &str = "session_sessions";

/// Returns the second shape of the tables.
pub(super) fn migration() -> Migration {
    Migration::new("m0002_messages").then([messages()]).then([
        with(boolean("archived").default(false)),
        with(big_integer("message_count").default(0)),
        with(big_integer("last_message").default(0)),
    ])
}

fn messages() -> TableCreateStatement {
    Table::create()
        .table("session_messages")
        .col(string("session_id"))
        .col(big_integer("number"))
        .col(string("message_id"))
        .col(string("role"))
        .col(text("content"))
        .col(timestamp_with_time_zone("created_at"))
        .primary_key(Index::create().col("session_id").col("number"))
        .to_owned()
}

fn with(column: &mut ColumnDef) -> TableAlterStatement {
    Table::alter().table(SESSIONS).add_column(column).to_owned()
}
