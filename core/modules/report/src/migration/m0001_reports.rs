//! Creates `report_reports`.

use faultmaven_kit::Migration;
use faultmaven_kit::db::index;
use sea_orm_migration::prelude::{IndexCreateStatement, Table, TableCreateStatement};
use sea_orm_migration::schema::{big_integer, integer, string, text, timestamp_with_time_zone};

const TABLE: &str = "report_reports";

/// Returns the first shape of the tables.
pub(super) fn migration() -> Migration {
    Migration::new("m0001_reports")
        .then([table()])
        .then([versions()])
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
    index(
        "report_reports_versions",
        TABLE,
        ["case_id", "report_type", "version"],
    )
    .unique()
    .to_owned()
}
