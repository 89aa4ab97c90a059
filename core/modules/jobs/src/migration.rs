//! The schema of this module, step by step.

use faultmaven_kit::Migrations;

mod m0001_jobs;

/// Returns the migrations of this module.
pub fn migrations() -> Migrations {
    Migrations::new("jobs", [m0001_jobs::migration()])
}
