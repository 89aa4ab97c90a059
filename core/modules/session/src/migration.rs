//! The schema of this module, step by step.

use faultmaven_kit::Migrations;

mod m0001_sessions;
mod m0002_messages;

/// Returns the migrations of this module.
pub fn migrations() -> Migrations {
    Migrations::new(
        "session",
        [m0001_sessions::migration(), m0002_messages::migration()],
    )
}
