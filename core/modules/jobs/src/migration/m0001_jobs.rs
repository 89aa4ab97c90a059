//! Creates `jobs_jobs`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, boolean, integer, string, string_null, text, text_null, timestamp_with_time_zone,
    timestamp_with_time_zone_null,
};

const TABLE: &str = "jobs_jobs";

/// The first shape of the table.
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0001_jobs"
    }
}

#[expect(
    elided_lifetimes_in_paths,
    reason = "the macro and the trait agree on the signature only with the lifetime left out"
)]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(table()).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::drop().table(TABLE).to_owned();
        manager.drop_table(table).await
    }
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
        index("jobs_jobs_dedup", ["kind", "dedup_key"])
            .unique()
            .to_owned(),
        index("jobs_jobs_available", ["module", "available_at"]),
        index("jobs_jobs_owner", ["owner_id", "created_at"]),
        index("jobs_jobs_finished", ["finished_at"]),
    ]
}

fn index<const N: usize>(name: &str, columns: [&'static str; N]) -> IndexCreateStatement {
    let mut index = Index::create().name(name).table(TABLE).to_owned();
    for column in columns {
        index.col(column);
    }
    index
}
