//! Results found in line-oriented text: templates, time histogram, stacks, entities.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rhythm::{LineCounts, Period, RateChange};
use crate::citation::Citation;
use crate::level::Level;

/// A group of lines of one shape.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Template {
    /// Stable within the analysis: `t` and the position.
    pub id: String,
    /// Fingerprint that is stable across files.
    pub signature: String,
    /// The message with `<*>` in place of parameters.
    pub text: String,
    pub count: u64,
    pub first_seen: Option<DateTime<Utc>>,
    pub last_seen: Option<DateTime<Utc>>,
    pub levels: LevelCounts,
    /// Component that wrote most of these lines.
    pub component: Option<String>,
    pub parameters: Vec<Parameter>,
    /// The first line of the template.
    pub example: Citation,
    /// The last line of the template.
    pub last: Citation,
    pub onset: Option<Onset>,
    /// Mean seconds between two lines while present.
    pub mean_interval_s: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
    /// In order of time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rate_changes: Vec<RateChange>,
    /// None for lines without times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<LineCounts>,
    /// Identifiers of the catalogue entries its lines matched.
    pub catalogue: Vec<String>,
}

/// Number of lines per level.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LevelCounts {
    pub fatal: u64,
    pub error: u64,
    pub warn: u64,
    pub info: u64,
    pub debug: u64,
    pub none: u64,
}

impl LevelCounts {
    pub(crate) fn add(&mut self, level: Option<Level>, count: u64) {
        *self.slot(level) += count;
    }

    /// Returns the number of lines at `error` or `fatal`.
    pub fn errors(&self) -> u64 {
        self.fatal + self.error
    }

    /// Returns the level most lines have, the severer one on a tie.
    pub fn dominant(&self) -> Option<Level> {
        let ranked = [
            (self.fatal, Some(Level::Fatal)),
            (self.error, Some(Level::Error)),
            (self.warn, Some(Level::Warn)),
            (self.info, Some(Level::Info)),
            (self.debug, Some(Level::Debug)),
            (self.none, None),
        ];
        let best = ranked.iter().map(|entry| entry.0).max().unwrap_or(0);
        ranked
            .iter()
            .find(|entry| entry.0 == best)
            .and_then(|entry| entry.1)
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.fatal += other.fatal;
        self.error += other.error;
        self.warn += other.warn;
        self.info += other.info;
        self.debug += other.debug;
        self.none += other.none;
    }

    fn slot(&mut self, level: Option<Level>) -> &mut u64 {
        match level {
            Some(Level::Fatal) => &mut self.fatal,
            Some(Level::Error) => &mut self.error,
            Some(Level::Warn) => &mut self.warn,
            Some(Level::Info) => &mut self.info,
            Some(Level::Debug | Level::Trace) => &mut self.debug,
            None => &mut self.none,
        }
    }
}

/// Summary of one `<*>` of a template, left to right.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Parameter {
    /// The key in front of the parameter, as in `duration_ms=<*>`.
    pub name: Option<String>,
    /// Number of values seen.
    pub count: u64,
    pub min: Option<f64>,
    pub max: Option<f64>,
    /// Most frequent values with a lower bound of their count.
    pub top: Vec<ParameterValue>,
    /// Whether more distinct values exist than `top` can hold.
    pub more: bool,
}

/// A value and how often it was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ParameterValue {
    pub value: String,
    pub count: u64,
}

/// When a template, which was rare or absent before, set in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Onset {
    pub time: DateTime<Utc>,
    pub kind: OnsetKind,
    /// The line that bears the time.
    pub citation: Citation,
}

/// Whether the start of the template lies within the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnsetKind {
    Observed,
    AtFileStart,
}

/// Lines per time bucket and level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Histogram {
    pub start: DateTime<Utc>,
    pub step_s: u64,
    /// Consecutive buckets from `start`, empty ones included.
    pub buckets: Vec<HistogramBucket>,
}

/// One bucket of a histogram.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HistogramBucket {
    pub total: u64,
    pub levels: LevelCounts,
}

/// Equal stack traces.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StackGroup {
    pub signature: String,
    /// `java`, `python`, `go`, `node`, `rust`, `dotnet`, `ruby` or `php`.
    pub language: String,
    /// Outermost exception type.
    pub exception: String,
    pub message: String,
    /// Innermost cause, when the trace names one, and its line.
    pub root_cause: Option<String>,
    #[serde(default)]
    pub root_citation: Option<Citation>,
    /// Frames from the top, as written.
    pub frames: Vec<StackFrame>,
    pub count: u64,
    pub first_seen: Option<DateTime<Utc>>,
    pub last_seen: Option<DateTime<Utc>>,
    pub component: Option<String>,
    /// First line of the event that carries the first of these traces.
    pub event_line: u64,
    /// Last line of the first of these traces.
    pub last_line: u64,
    pub citation: Citation,
}

/// One frame of a stack trace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StackFrame {
    pub function: String,
    pub file: Option<String>,
    pub line: Option<u32>,
    /// Whether the frame belongs to application code rather than a runtime or framework.
    pub application: bool,
}

/// Something named in the lines, such as an address or a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Entity {
    pub kind: EntityKind,
    pub value: String,
    pub count: u64,
    /// Occurrences in lines at `error` or `fatal`.
    pub error_count: u64,
    pub first_seen: Option<DateTime<Utc>>,
    pub last_seen: Option<DateTime<Utc>>,
}

/// Kind of an entity.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum EntityKind {
    Ip,
    Host,
    Service,
    User,
    Pid,
    Port,
    Path,
    TraceId,
    RequestId,
    Session,
    Pod,
}

/// A catalogue pattern that matched lines of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PatternHit {
    /// The pattern as written in the catalogue.
    pub pattern: String,
    /// Text of the template of the first line.
    pub template: String,
    /// Fingerprint of that template.
    pub signature: String,
    pub count: u64,
    pub first_seen: Option<DateTime<Utc>>,
    pub last_seen: Option<DateTime<Utc>>,
    pub component: Option<String>,
    pub first: Citation,
    pub last: Citation,
}
