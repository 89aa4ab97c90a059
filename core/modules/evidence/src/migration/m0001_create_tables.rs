//! Files, analyses, evidence and loose blobs.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, boolean, double, integer, string, string_null, text, text_null,
    timestamp_with_time_zone, timestamp_with_time_zone_null,
};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[expect(
    elided_lifetimes_in_paths,
    reason = "the macro and the trait agree on the signature only with the lifetime left out"
)]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(files()).await?;
        for index in file_indexes() {
            manager.create_index(index).await?;
        }
        manager.create_table(analyses()).await?;
        manager.create_table(records()).await?;
        for index in record_indexes() {
            manager.create_index(index).await?;
        }
        manager.create_table(loose_blobs()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            "evidence_loose_blobs",
            "evidence_records",
            "evidence_analyses",
            "evidence_files",
        ] {
            manager
                .drop_table(Table::drop().table(Alias::new(table)).to_owned())
                .await?;
        }
        Ok(())
    }
}

fn primary(name: &'static str) -> ColumnDef {
    string(name).primary_key().to_owned()
}

fn files() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("evidence_files"))
        .col(primary("file_id"))
        .col(string("owner_id"))
        .col(string("uploaded_by"))
        .col(string_null("case_id"))
        .col(string("dedup_scope"))
        .col(timestamp_with_time_zone("uploaded_at"))
        .col(integer("uploaded_at_turn"))
        .col(string_null("parent_file_id"))
        .col(text("member_path"))
        .col(integer("depth"))
        .col(string("origin"))
        .col(text("filename"))
        .col(big_integer("size_bytes"))
        .col(string("sha256"))
        .col(text("blob_key"))
        .col(string("media_type"))
        .col(string("format"))
        .col(string("encoding"))
        .col(string("line_ending"))
        .col(big_integer("line_count"))
        .col(string("data_class"))
        .col(double("class_confidence"))
        .col(boolean("class_from_user"))
        .col(text("source_url"))
        .col(string("state"))
        .col(text("summary"))
        .col(string("error_reason"))
        .col(text("error_message"))
        .col(text_null("coverage"))
        .col(string("job_id"))
        .col(integer("generation"))
        .col(integer("attempts"))
        .col(boolean("registered"))
        .col(boolean("deleting"))
        .col(timestamp_with_time_zone("updated_at"))
        .to_owned()
}

fn file_indexes() -> [IndexCreateStatement; 5] {
    let index = |name: &str| {
        Index::create()
            .name(name)
            .table(Alias::new("evidence_files"))
            .to_owned()
    };
    [
        index("evidence_files_unique_content")
            .col("dedup_scope")
            .col("sha256")
            .unique()
            .to_owned(),
        index("evidence_files_by_case")
            .col("case_id")
            .col("uploaded_at")
            .to_owned(),
        index("evidence_files_by_owner")
            .col("owner_id")
            .col("uploaded_at")
            .to_owned(),
        index("evidence_files_by_parent")
            .col("parent_file_id")
            .to_owned(),
        index("evidence_files_by_state").col("state").to_owned(),
    ]
}

fn analyses() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("evidence_analyses"))
        .col(primary("file_id"))
        .col(string("engine_version"))
        .col(text("structure"))
        .col(text("report"))
        .col(timestamp_with_time_zone("finished_at"))
        .to_owned()
}

fn records() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("evidence_records"))
        .col(primary("evidence_id"))
        .col(string("case_id"))
        .col(integer("turn_number"))
        .col(string("turn_token"))
        .col(string("state"))
        .col(string("category"))
        .col(text("claim"))
        .col(string("collected_by"))
        .col(timestamp_with_time_zone("collected_at"))
        .col(string_null("file_id"))
        .col(text("filename"))
        .col(string("sha256"))
        .col(string_null("message_id"))
        .col(string("author_id"))
        .col(big_integer("byte_start"))
        .col(big_integer("byte_end"))
        .col(big_integer("line_start"))
        .col(big_integer("line_end"))
        .col(text("quote"))
        .col(text("signature"))
        .col(timestamp_with_time_zone_null("observed_from"))
        .col(timestamp_with_time_zone_null("observed_to"))
        .col(text_null("absence"))
        .to_owned()
}

fn record_indexes() -> [IndexCreateStatement; 3] {
    let index = |name: &str| {
        Index::create()
            .name(name)
            .table(Alias::new("evidence_records"))
            .to_owned()
    };
    [
        index("evidence_records_by_case")
            .col("case_id")
            .col("collected_at")
            .to_owned(),
        index("evidence_records_by_file").col("file_id").to_owned(),
        index("evidence_records_by_state")
            .col("state")
            .col("collected_at")
            .to_owned(),
    ]
}

fn loose_blobs() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("evidence_loose_blobs"))
        .col(primary("prefix"))
        .col(timestamp_with_time_zone("expires_at"))
        .col(boolean("sweeping"))
        .to_owned()
}
