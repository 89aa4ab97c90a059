//! The schema of this module, step by step.

use faultmaven_kit::Migrations;

mod m0001_usage;
mod m0002_usage_of_cases;
mod m0003_placeholders;

/// Returns the migrations of this module.
pub fn migrations() -> Migrations {
    Migrations::new(
        "llm",
        [
            m0001_usage::migration(),
            m0002_usage_of_cases::migration(),
            m0003_placeholders::migration(),
        ],
    )
}
