//! Sign-ins of OAuth clients, and the codes they begin with.

use faultmaven_kit::Migration;
use faultmaven_kit::db::index;
use sea_orm_migration::prelude::{ColumnDef, Table, TableAlterStatement, TableCreateStatement};
use sea_orm_migration::schema::{string, string_null, timestamp_with_time_zone};

/// Returns the step that makes room for clients.
pub(super) fn migration() -> Migration {
    Migration::new("m0002_oauth")
        // SQLite adds one column at a time.
        .then([
            sign_ins_with(string("client_id").default("").take()),
            sign_ins_with(string_null("scopes")),
        ])
        .then([codes()])
        .then([index(
            "auth_codes_by_forget_time",
            "auth_codes",
            ["forget_time"],
        )])
}

fn sign_ins_with(column: ColumnDef) -> TableAlterStatement {
    Table::alter()
        .table("auth_sign_ins")
        .add_column(column)
        .take()
}

fn codes() -> TableCreateStatement {
    Table::create()
        .table("auth_codes")
        .col(string("code_hash").primary_key().take())
        .col(string("user_id"))
        .col(string("client_id"))
        .col(string("redirect_uri"))
        .col(string("code_challenge"))
        .col(string("scopes"))
        .col(timestamp_with_time_zone("expire_time"))
        .col(timestamp_with_time_zone("forget_time"))
        .col(string_null("sign_in_id"))
        .take()
}
