//! Creates `llm_usage`.

use faultmaven_kit::Migration;
use faultmaven_kit::db::index;
use sea_orm_migration::prelude::{IndexCreateStatement, Table, TableCreateStatement};
use sea_orm_migration::schema::{
    big_integer, double, string, string_null, timestamp_with_time_zone,
};

const TABLE: &str = "llm_usage";

/// Returns the first shape of the tables.
pub(super) fn migration() -> Migration {
    Migration::new("m0001_usage")
        .then([table()])
        .then(indexes())
}

fn table() -> TableCreateStatement {
    Table::create()
        .table(TABLE)
        .col(string("usage_id").primary_key())
        .col(string("user_id"))
        .col(string_null("case_id"))
        .col(string("task"))
        .col(string("provider"))
        .col(string("model"))
        .col(big_integer("tokens_in"))
        .col(big_integer("tokens_out"))
        .col(double("cost_usd"))
        .col(big_integer("duration_ms"))
        .col(string_null("error"))
        .col(timestamp_with_time_zone("recorded_at"))
        .to_owned()
}

fn indexes() -> [IndexCreateStatement; 2] {
    [
        index("llm_usage_user", TABLE, ["user_id", "recorded_at"]),
        index("llm_usage_time", TABLE, ["recorded_at"]),
    ]
}
