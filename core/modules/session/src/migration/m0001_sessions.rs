//! Creates `session_sessions`.

use faultmaven_kit::Migration;
use faultmaven_kit::db::index;
use sea_orm_migration::prelude::{IndexCreateStatement, Table, TableCreateStatement};
use sea_orm_migration::schema::{
    big_integer, boolean, string, string_null, text, timestamp_with_time_zone,
};

const TABLE: &str = "session_sessions";

/// Returns the first shape of the tables.
pub(super) fn migration() -> Migration {
    Migration::new("m0001_sessions")
        .then([table()])
        .then(indexes())
}

fn table() -> TableCreateStatement {
    Table::create()
        .table(TABLE)
        .col(string("session_id").primary_key())
        .col(string_null("user_id"))
        .col(string_null("client_id"))
        .col(text("resume_key").null().unique_key())
        .col(string("session_type"))
        .col(string_null("title"))
        .col(text("metadata"))
        .col(big_integer("timeout_seconds"))
        .col(boolean("terminated"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .col(timestamp_with_time_zone("last_activity_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .to_owned()
}

fn indexes() -> [IndexCreateStatement; 2] {
    [
        index(
            "session_sessions_user",
            TABLE,
            ["user_id", "last_activity_at"],
        ),
        index("session_sessions_expiry", TABLE, ["expires_at"]),
    ]
}
