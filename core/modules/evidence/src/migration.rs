//! The schema of this module, step by step.

use faultmaven_kit::Migrations;

mod m0001_create_tables;
mod m0002_held_files;
mod m0003_receipts;
mod m0004_notes;
mod m0005_durable_files;

pub(crate) use m0003_receipts::RECEIPTS;

/// Returns the migrations of this module.
pub fn migrations() -> Migrations {
    Migrations::new(
        "evidence",
        [
            m0001_create_tables::migration(),
            m0002_held_files::migration(),
            m0003_receipts::migration(),
            m0004_notes::migration(),
            m0005_durable_files::migration(),
        ],
    )
}
