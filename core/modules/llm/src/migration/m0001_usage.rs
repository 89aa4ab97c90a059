//! Creates `llm_usage`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, double, string, string_null, timestamp_with_time_zone,
};

const TABLE: &str = "llm_usage";

/// The first shape of the table.
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0001_usage"
    }
}

#[expect(
    elided_lifetimes_in_paths,
    reason = "the trait hides this lifetime, and an implementation must do as it does"
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
        index("llm_usage_user", ["user_id", "recorded_at"]),
        index("llm_usage_time", ["recorded_at"]),
    ]
}

fn index<const N: usize>(name: &str, columns: [&'static str; N]) -> IndexCreateStatement {
    let mut index = Index::create().name(name).table(TABLE).to_owned();
    for column in columns {
        index.col(column);
    }
    index
}
