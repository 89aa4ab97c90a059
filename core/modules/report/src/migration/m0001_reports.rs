//! Creates `report_reports`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, integer, string, text, timestamp_with_time_zone};

const TABLE: &str = "report_reports";

/// The first shape of the table.
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0001_reports"
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
        manager.create_index(versions()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::drop().table(TABLE).to_owned();
        manager.drop_table(table).await
    }
}

fn table() -> TableCreateStatement {
    Table::create()
        .table(TABLE)
        .col(string("report_id").primary_key())
        .col(string("case_id"))
        .col(string("report_type"))
        .col(integer("version"))
        .col(string("title"))
        .col(text("document"))
        .col(big_integer("case_version"))
        .col(string("created_by"))
        .col(timestamp_with_time_zone("created_at"))
        .to_owned()
}

fn versions() -> IndexCreateStatement {
    Index::create()
        .name("report_reports_versions")
        .table(TABLE)
        .col("case_id")
        .col("report_type")
        .col("version")
        .unique()
        .to_owned()
}
