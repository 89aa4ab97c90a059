//! The schema of this module, step by step.

use faultmaven_kit::Migrations;

mod m0001_sessions;
mod m0002_messages;
mod m0003_receipts;

pub(crate) use m0003_receipts::RECEIPTS;

/// Returns the migrations of this module.
pub fn migrations() -> Migrations {
    Migrations::new(
        "session",
        [
            m0001_sessions::migration(),
            m0002_messages::migration(),
            m0003_receipts::migration(),
        ],
    )
}
