//! The typed result of one analysis.

mod coverage;
mod inventory;
mod log;
mod rhythm;
mod structured;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

pub use self::inventory::{
    Inventory, ListedNode, ListedPod, ListedService, Taint, Toleration, Unscheduled,
};
pub use self::log::{
    Entity, EntityKind, Histogram, HistogramBucket, LevelCounts, Onset, OnsetKind, Parameter,
    ParameterValue, PatternHit, StackFrame, StackGroup, Template,
};
pub use self::rhythm::{
    LineCounts, OnsetEstimate, OnsetGround, OnsetGroundKind, Period, RateChange,
};
pub use self::structured::{
    Change, ChangeDirection, ChangeKind, CommandFact, CommandOutcome, CommandRun, ConfigValue,
    Sample,
};
use crate::citation::Citation;
use crate::clues::Clues;
use crate::encoding::Encoding;
use crate::finding::Finding;
use crate::format::LogFormat;
use crate::time_marks::TimeMark;

/// Everything the engine found in one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Analysis {
    pub schema_version: u32,
    pub engine_version: String,
    pub file_name: Option<String>,
    pub classification: Classification,
    pub encoding: Encoding,
    pub line_ending: LineEnding,
    pub log_format: Option<LogFormat>,
    pub coverage: Coverage,
    /// Most frequent first; ties in order of first appearance.
    pub templates: Vec<Template>,
    pub histogram: Option<Histogram>,
    /// When trouble set in, where errors tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub onset: Option<OnsetEstimate>,
    pub stacks: Vec<StackGroup>,
    pub entities: Vec<Entity>,
    /// Metric samples in file order.
    pub samples: Vec<Sample>,
    /// Configuration values in file order; secrets are masked.
    pub values: Vec<ConfigValue>,
    /// Changes of a diff in file order.
    pub changes: Vec<Change>,
    /// Commands and their results in file order.
    pub commands: Vec<CommandRun>,
    /// Services and pods of an export.
    #[serde(default, skip_serializing_if = "Inventory::is_empty")]
    pub inventory: Inventory,
    /// What is laid beside other files; left out of the serialised form.
    #[serde(skip)]
    pub clues: Clues,
    /// Catalogue patterns that matched at least one line.
    pub pattern_hits: Vec<PatternHit>,
    /// Likely origin first, consequences later, noise last.
    pub findings: Vec<Finding>,
    /// Readable structural index, at most `STRUCTURAL_INDEX_MAX` characters.
    pub index: String,
    /// At most `SUMMARY_MAX` characters.
    pub summary: String,
    /// Position in `templates` of each input line, when asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub line_templates: Vec<u32>,
}

/// What kind of data a file holds.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum DataClass {
    Logs,
    ErrorReport,
    Metrics,
    Trace,
    Profile,
    Config,
    Diff,
    CommandOutput,
    Table,
    Code,
    Document,
    Text,
    Image,
    Archive,
    Binary,
}

impl DataClass {
    /// Returns the name used in every interface.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Logs => "logs",
            Self::ErrorReport => "error_report",
            Self::Metrics => "metrics",
            Self::Trace => "trace",
            Self::Profile => "profile",
            Self::Config => "config",
            Self::Diff => "diff",
            Self::CommandOutput => "command_output",
            Self::Table => "table",
            Self::Code => "code",
            Self::Document => "document",
            Self::Text => "text",
            Self::Image => "image",
            Self::Archive => "archive",
            Self::Binary => "binary",
        }
    }

    /// Returns whether the content can be read line by line.
    pub fn is_text(self) -> bool {
        !matches!(self, Self::Image | Self::Archive | Self::Binary)
    }
}

/// The class of a file, how sure that is, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Classification {
    pub data_class: DataClass,
    /// 0..1.
    #[serde(serialize_with = "same_digits")]
    pub confidence: f32,
    pub reason: String,
    pub source: ClassSource,
}

/// Writes the digits of the number as it is, which a wider one would go on behind.
fn same_digits<S: Serializer>(value: &f32, serializer: S) -> Result<S::Ok, S::Error> {
    let wide = value.to_string().parse::<f64>();
    serializer.serialize_f64(wide.unwrap_or_else(|_| f64::from(*value)))
}

/// What decided the class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClassSource {
    User,
    Magic,
    Content,
    Extension,
    Fallback,
}

/// How lines end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LineEnding {
    None,
    Lf,
    Crlf,
    Mixed,
}

/// What was looked at, and what was not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Coverage {
    pub bytes_total: u64,
    pub bytes_read: u64,
    pub lines_total: u64,
    pub lines_read: u64,
    /// Earliest time read; of the whole log when none lies in the wanted time.
    pub first_time: Option<DateTime<Utc>>,
    pub last_time: Option<DateTime<Utc>>,
    pub timezone: Timezone,
    /// Lines whose time is earlier than that of a line before, but for clocks that jump back.
    pub out_of_order_lines: u64,
    /// Places from which the times go on from an earlier one.
    #[serde(default)]
    pub clock_jumps: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_clock_jump: Option<ClockJump>,
    /// Bytes that are no valid text in the detected encoding.
    pub invalid_bytes: u64,
    /// Lines too long to be read at once.
    #[serde(default)]
    pub lines_cut: u64,
    /// Bytes of such lines that were searched for known signatures only.
    #[serde(default)]
    pub bytes_cut: u64,
    /// Names of the limits that were hit, in alphabetical order.
    pub limits_hit: Vec<String>,
    /// Where in a large log which times stand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub time_marks: Vec<TimeMark>,
}

/// A place from which the times of a log go on from an earlier one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClockJump {
    pub back_ms: u64,
    /// The first line after the jump.
    pub citation: Citation,
}

/// The zone times were read in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Timezone {
    /// `UTC` or an offset such as `+02:00`.
    pub value: String,
    pub source: TimezoneSource,
}

/// Where the zone comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimezoneSource {
    Explicit,
    User,
    AssumedUtc,
}
