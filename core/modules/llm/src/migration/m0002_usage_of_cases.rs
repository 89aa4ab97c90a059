//! Finds the rows of a case fast, for its budget.

use faultmaven_kit::Migration;
use faultmaven_kit::db::index;

/// Returns the step.
pub(super) fn migration() -> Migration {
    Migration::new("m0002_usage_of_cases").then([index(
        "llm_usage_case",
        "llm_usage",
        ["case_id", "recorded_at"],
    )])
}
