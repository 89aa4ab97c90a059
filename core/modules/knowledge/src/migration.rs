//! The schema of this module, step by step.

use faultmaven_kit::Migrations;

mod m0001_create_tables;
mod m0002_collections;

/// Returns the migrations of this module.
pub fn migrations() -> Migrations {
    let steps = [
        m0001_create_tables::migration(),
        m0002_collections::migration(),
    ];
    Migrations::new("knowledge", steps)
}
