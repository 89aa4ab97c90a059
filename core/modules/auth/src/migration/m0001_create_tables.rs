//! Accounts, sign-ins, tokens and the audit log.

use faultmaven_kit::Migration;
use faultmaven_kit::db::index;
use sea_orm_migration::prelude::{ColumnDef, IndexCreateStatement, Table, TableCreateStatement};
use sea_orm_migration::schema::{
    big_pk_auto, boolean, string, string_null, text, timestamp_with_time_zone,
    timestamp_with_time_zone_null,
};

/// Returns the first shape of the tables.
pub(super) fn migration() -> Migration {
    Migration::new("m0001_create_tables")
        .then([
            users(),
            login_names(),
            installation(),
            sign_ins(),
            access_tokens(),
            refresh_tokens(),
            api_tokens(),
            audit(),
        ])
        .then(indexes())
}

fn id(name: &'static str) -> ColumnDef {
    string(name).primary_key().take()
}

fn users() -> TableCreateStatement {
    Table::create()
        .table("auth_users")
        .col(id("user_id"))
        .col(string("username"))
        .col(string("username_key"))
        .col(string("email"))
        .col(boolean("email_verified"))
        .col(string("display_name"))
        .col(string("role"))
        .col(string("state"))
        .col(string_null("password_hash"))
        .col(boolean("is_dev_user"))
        .col(boolean("is_built_in"))
        .col(timestamp_with_time_zone("create_time"))
        .col(timestamp_with_time_zone_null("last_login_time"))
        .take()
}

fn login_names() -> TableCreateStatement {
    Table::create()
        .table("auth_login_names")
        .col(id("name"))
        .col(string("user_id"))
        .take()
}

fn installation() -> TableCreateStatement {
    Table::create()
        .table("auth_installation")
        .col(id("fact"))
        .col(string("user_id"))
        .take()
}

fn sign_ins() -> TableCreateStatement {
    Table::create()
        .table("auth_sign_ins")
        .col(id("sign_in_id"))
        .col(string("user_id"))
        .col(timestamp_with_time_zone("create_time"))
        .col(timestamp_with_time_zone("expire_time"))
        .col(timestamp_with_time_zone_null("revoke_time"))
        .take()
}

fn access_tokens() -> TableCreateStatement {
    Table::create()
        .table("auth_access_tokens")
        .col(id("token_id"))
        .col(string("sign_in_id"))
        .col(string("user_id"))
        .col(timestamp_with_time_zone("expire_time"))
        .take()
}

fn refresh_tokens() -> TableCreateStatement {
    Table::create()
        .table("auth_refresh_tokens")
        .col(id("secret_hash"))
        .col(string("sign_in_id"))
        .col(string("user_id"))
        .col(timestamp_with_time_zone("expire_time"))
        .col(timestamp_with_time_zone_null("use_time"))
        .take()
}

fn api_tokens() -> TableCreateStatement {
    Table::create()
        .table("auth_api_tokens")
        .col(id("token_id"))
        .col(string("user_id"))
        .col(string("secret_hash"))
        .col(string("name"))
        .col(string("prefix"))
        .col(string("scopes"))
        .col(timestamp_with_time_zone("create_time"))
        .col(timestamp_with_time_zone_null("expire_time"))
        .col(timestamp_with_time_zone_null("last_used_time"))
        .col(timestamp_with_time_zone_null("revoke_time"))
        .take()
}

fn audit() -> TableCreateStatement {
    Table::create()
        .table("auth_audit")
        .col(big_pk_auto("audit_id"))
        .col(timestamp_with_time_zone("time"))
        .col(string("actor"))
        .col(string("token_id"))
        .col(string("action"))
        .col(text("object"))
        .col(string("outcome"))
        .col(string("request_id"))
        .col(string("address"))
        .col(text("details"))
        .take()
}

fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        by("auth_users", ["username_key", "user_id"]),
        by("auth_login_names", ["user_id"]),
        by("auth_sign_ins", ["user_id", "revoke_time"]),
        by("auth_sign_ins", ["expire_time"]),
        by("auth_access_tokens", ["sign_in_id"]),
        by("auth_access_tokens", ["expire_time"]),
        by("auth_refresh_tokens", ["sign_in_id"]),
        by("auth_refresh_tokens", ["expire_time"]),
        by("auth_api_tokens", ["secret_hash"]).unique().take(),
        by("auth_api_tokens", ["user_id", "create_time"]),
        by("auth_audit", ["time"]),
        by("auth_audit", ["actor", "time"]),
    ]
}

fn by<const N: usize>(table: &'static str, columns: [&'static str; N]) -> IndexCreateStatement {
    let name = format!("{table}_by_{}", columns.join("_"));
    index(name, table, columns)
}
