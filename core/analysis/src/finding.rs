//! Findings: what the engine concludes from the bytes.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::citation::Citation;

/// One result with signature, count, times and citations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    pub kind: FindingKind,
    pub severity: Severity,
    /// At most `STATEMENT_MAX` characters.
    pub statement: String,
    pub signature: String,
    pub count: u64,
    pub first_seen: Option<DateTime<Utc>>,
    pub last_seen: Option<DateTime<Utc>>,
    /// 0..1; findings are ordered by it, highest first.
    pub score: f64,
    /// 0..1: how sure it is that this tells of something wrong; 0 where it was not judged.
    #[serde(default)]
    pub confidence: f64,
    /// What the confidence rests on, the basis first.
    #[serde(default)]
    pub reasons: Vec<String>,
    pub component: Option<String>,
    /// One to `CITATIONS_MAX` places.
    pub citations: Vec<Citation>,
    /// Places in other files, when the finding is about several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub elsewhere: Vec<Elsewhere>,
    /// Catalogue entry behind the finding.
    pub signature_id: Option<String>,
    /// Text of the template the finding is about, usable for an absence check.
    pub template: Option<String>,
    /// Start of the onset, when one was observed.
    pub onset: Option<DateTime<Utc>>,
    /// The line behind the last occurrence that tells that it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery: Option<Citation>,
}

/// A place in another file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Elsewhere {
    pub file: String,
    pub citation: Citation,
}

/// Kind of a finding.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    TemplateNew,
    TemplateRare,
    TemplateBurst,
    ErrorSignature,
    Onset,
    Gap,
    RestartLoop,
    StackGroup,
    Spike,
    Drop,
    LevelShift,
    Saturation,
    Flatline,
    ErrorSpan,
    SlowSpan,
    CriticalPath,
    LockContention,
    ConfigLint,
    ConfigSecret,
    ConfigValue,
    ConfigChange,
    CodeChange,
    ResourcePressure,
    UnitFailed,
    PodState,
    NameResolution,
    HttpResult,
    ConnectionResult,
    Alert,
    Certificate,
    Growth,
    /// Lines that came steadily come no more, or hardly, while the log goes on.
    TemplateStopped,
    /// Lines come far more or less often than before.
    RateChange,
}

impl FindingKind {
    /// Returns the name used in every interface.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TemplateNew => "template_new",
            Self::TemplateRare => "template_rare",
            Self::TemplateBurst => "template_burst",
            Self::ErrorSignature => "error_signature",
            Self::Onset => "onset",
            Self::Gap => "gap",
            Self::RestartLoop => "restart_loop",
            Self::StackGroup => "stack_group",
            Self::Spike => "spike",
            Self::Drop => "drop",
            Self::LevelShift => "level_shift",
            Self::Saturation => "saturation",
            Self::Flatline => "flatline",
            Self::ErrorSpan => "error_span",
            Self::SlowSpan => "slow_span",
            Self::CriticalPath => "critical_path",
            Self::LockContention => "lock_contention",
            Self::ConfigLint => "config_lint",
            Self::ConfigSecret => "config_secret",
            Self::ConfigValue => "config_value",
            Self::ConfigChange => "config_change",
            Self::CodeChange => "code_change",
            Self::ResourcePressure => "resource_pressure",
            Self::UnitFailed => "unit_failed",
            Self::PodState => "pod_state",
            Self::NameResolution => "name_resolution",
            Self::HttpResult => "http_result",
            Self::ConnectionResult => "connection_result",
            Self::Alert => "alert",
            Self::Certificate => "certificate",
            Self::Growth => "growth",
            Self::TemplateStopped => "template_stopped",
            Self::RateChange => "rate_change",
        }
    }
}

/// How bad a finding is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Info,
    Warn,
    Error,
    Critical,
}

impl Severity {
    /// Returns the name used in every interface.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Critical => "critical",
        }
    }
}
