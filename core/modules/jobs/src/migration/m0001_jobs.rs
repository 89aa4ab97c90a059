//! Creates `jobs_jobs`.

use faultmaven_kit::Migration;
use faultmaven_kit::db::index;
use sea_orm_migration::prelude::{IndexCreateStatement, Table, TableCreateStatement};
use sea_orm_migration::schema::{
    big_integer, boolean, integer, string, string_null, text, text_null, timestamp_with_time_zone,
    timestamp_with_time_zone_null,
};

const TABLE: &str = "jobs_jobs";

/// Returns the first shape of the tables.
pub(super) fn migration() -> Migration {
    Migration::new("m0001_jobs").then([table()]).then(indexes())
}

fn table() -> TableCreateStatement {
    Table::create()
        .table(TABLE)
        .col(string("job_id").primary_key())
        .col(string("kind"))
        .col(string("module"))
        .col(string("owner_id"))
        .col(string_null("case_id"))
        .col(string_null("dedup_key"))
        .col(string("status"))
        .col(integer("progress"))
        .col(string("stage"))
        .col(text("input"))
        .col(text_null("result"))
        .col(string_null("failure_reason"))
        .col(text_null("failure_message"))
        .col(integer("attempt"))
        .col(string_null("lease_owner"))
        .col(big_integer("lease_epoch"))
        .col(boolean("cancel_requested"))
        .col(timestamp_with_time_zone_null("available_at"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("started_at"))
        .col(timestamp_with_time_zone_null("finished_at"))
        .to_owned()
}

fn indexes() -> [IndexCreateStatement; 4] {
    [
        // Nulls differ from each other on both databases, so jobs without a key never collide.
        index("jobs_jobs_dedup", TABLE, ["kind", "dedup_key"])
            .unique()
            .to_owned(),
        index("jobs_jobs_available", TABLE, ["module", "available_at"]),
        index("jobs_jobs_owner", TABLE, ["owner_id", "created_at"]),
        index("jobs_jobs_finished", TABLE, ["finished_at"]),
    ]
}
