//! The schema of this module, step by step.

use faultmaven_kit::Migrations;

mod m0001_create_tables;

/// Returns the migrations of this module.
pub fn migrations() -> Migrations {
    Migrations::new("evidence", [m0001_create_tables::migration()])
}
