//! The schema of this module, step by step.

use faultmaven_kit::Migrations;

mod m0001_create_tables;
mod m0002_collections;
mod m0003_receipts;
mod m0004_reviews;

pub(crate) use m0003_receipts::RECEIPTS;

/// Returns the migrations of this module.
pub fn migrations() -> Migrations {
    let steps = [
        m0001_create_tables::migration(),
        m0002_collections::migration(),
        m0003_receipts::migration(),
        m0004_reviews::migration(),
    ];
    Migrations::new("knowledge", steps)
}
