//! The schema of this module, step by step.

use faultmaven_kit::Migrations;

mod m0001_sessions;

/// Returns the migrations of this module.
pub fn migrations() -> Migrations {
    Migrations::new("session", [m0001_sessions::migration()])
}
