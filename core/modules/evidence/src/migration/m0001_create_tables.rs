//! Files, analyses, evidence and loose blobs.

use faultmaven_kit::Migration;
use faultmaven_kit::db::index;
use sea_orm_migration::prelude::{ColumnDef, IndexCreateStatement, Table, TableCreateStatement};
use sea_orm_migration::schema::{
    big_integer, boolean, double, integer, string, string_null, text, text_null,
    timestamp_with_time_zone, timestamp_with_time_zone_null,
};

const FILES: &str = "evidence_files";
const RECORDS: &str = "evidence_records";

/// Returns the first shape of the tables.
pub(super) fn migration() -> Migration {
    Migration::new("m0001_create_tables")
        .then([files(), analyses(), records(), loose_blobs()])
        .then(file_indexes())
        .then(record_indexes())
}

fn primary(name: &'static str) -> ColumnDef {
    string(name).primary_key().to_owned()
}

fn files() -> TableCreateStatement {
    Table::create()
        .table(FILES)
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
    [
        index(
            "evidence_files_unique_content",
            FILES,
            ["dedup_scope", "sha256"],
        )
        .unique()
        .to_owned(),
        index("evidence_files_by_case", FILES, ["case_id", "uploaded_at"]),
        index(
            "evidence_files_by_owner",
            FILES,
            ["owner_id", "uploaded_at"],
        ),
        index("evidence_files_by_parent", FILES, ["parent_file_id"]),
        index("evidence_files_by_state", FILES, ["state"]),
    ]
}

fn analyses() -> TableCreateStatement {
    Table::create()
        .table("evidence_analyses")
        .col(primary("file_id"))
        .col(string("engine_version"))
        .col(text("structure"))
        .col(text("report"))
        .col(timestamp_with_time_zone("finished_at"))
        .to_owned()
}

fn records() -> TableCreateStatement {
    Table::create()
        .table(RECORDS)
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
    [
        index(
            "evidence_records_by_case",
            RECORDS,
            ["case_id", "collected_at"],
        ),
        index("evidence_records_by_file", RECORDS, ["file_id"]),
        index(
            "evidence_records_by_state",
            RECORDS,
            ["state", "collected_at"],
        ),
    ]
}

fn loose_blobs() -> TableCreateStatement {
    Table::create()
        .table("evidence_loose_blobs")
        .col(primary("prefix"))
        .col(timestamp_with_time_zone("expires_at"))
        .col(boolean("sweeping"))
        .to_owned()
}
