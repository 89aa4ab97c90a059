//! The schema of this module, step by step.

use faultmaven_kit::Migrations;

mod m0001_create_tables;
mod m0002_oauth;
mod m0003_teams;
mod m0004_receipts;

pub(crate) use m0004_receipts::RECEIPTS;

/// Returns the migrations of this module.
pub fn migrations() -> Migrations {
    Migrations::new(
        "auth",
        [
            m0001_create_tables::migration(),
            m0002_oauth::migration(),
            m0003_teams::migration(),
            m0004_receipts::migration(),
        ],
    )
}
