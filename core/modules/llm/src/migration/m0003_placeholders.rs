//! Creates `llm_placeholders`.

use faultmaven_kit::Migration;
use sea_orm_migration::prelude::{Index, Table, TableCreateStatement};
use sea_orm_migration::schema::{integer, string, text, timestamp_with_time_zone};

/// Returns the step.
pub(super) fn migration() -> Migration {
    Migration::new("m0003_placeholders").then([table()])
}

fn table() -> TableCreateStatement {
    Table::create()
        .table("llm_placeholders")
        .col(string("case_id"))
        .col(string("kind"))
        .col(integer("number"))
        .col(integer("spelling"))
        .col(text("value"))
        .col(timestamp_with_time_zone("first_seen"))
        .primary_key(
            Index::create()
                .col("case_id")
                .col("kind")
                .col("number")
                .col("spelling"),
        )
        .to_owned()
}
