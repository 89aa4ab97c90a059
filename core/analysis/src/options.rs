//! What a caller may tell the engine about the bytes it is about to push.

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};

use crate::analysis::DataClass;
use crate::catalogue::Signatures;

/// Settings of one analysis.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Name of the file, a hint for classification only.
    pub file_name: Option<String>,
    /// The user's own classification; it is final.
    pub data_class: Option<DataClass>,
    /// Zone of times that carry none; UTC is assumed, and marked as assumed, when absent.
    pub assumed_zone: Option<FixedOffset>,
    /// Latest plausible day, from which a missing year is derived.
    pub reference_date: Option<NaiveDate>,
    /// Events before this time are left out.
    pub since: Option<DateTime<Utc>>,
    /// Events after this time are left out.
    pub until: Option<DateTime<Utc>>,
    /// Whether the template of every input line is recorded (four bytes per line).
    pub line_templates: bool,
    /// Threads that read a log at once, one when 0; the result does not depend on it.
    pub threads: usize,
    /// Known failures that are looked for.
    pub signatures: Signatures,
    /// Bounds on memory and output.
    pub limits: Limits,
}

/// Bounds that keep memory and output independent of the input size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Distinct masked messages kept before rare ones are folded together.
    pub mined_forms: usize,
    /// Templates reported.
    pub templates: usize,
    /// Findings reported.
    pub findings: usize,
    /// Stack groups kept.
    pub stacks: usize,
    /// Entities kept per kind.
    pub entities_per_kind: usize,
    /// Metric samples, configuration values and changes kept, each.
    pub values: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            mined_forms: 20_000,
            templates: 2_000,
            findings: 100,
            stacks: 500,
            entities_per_kind: crate::constants::ENTITIES_MAX,
            values: 10_000,
        }
    }
}
