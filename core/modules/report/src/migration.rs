//! The schema of this module, step by step.

use faultmaven_kit::Migrations;

mod m0001_reports;
mod m0002_receipts;

pub(crate) use m0002_receipts::RECEIPTS;

/// Returns the migrations of this module.
pub fn migrations() -> Migrations {
    Migrations::new(
        "report",
        [m0001_reports::migration(), m0002_receipts::migration()],
    )
}
