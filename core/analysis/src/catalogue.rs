//! Catalogue of known failure signatures: data, not code.

mod check;
mod evaluate;
mod literals;
mod load;
pub(crate) mod matcher;
mod needs;
mod own;
mod rarity;
mod remedy;
mod required;
mod signatures;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use evaluate::IndicatorHit;
use load::built_in_entries;
pub use own::{CatalogueFault, CatalogueFile, OwnCatalogue, own_catalogue};
pub use remedy::{Remedy, RemedyCommand, Risk, Safety};
pub use signatures::{SignatureSource, Signatures, catalogue};

use crate::analysis::{ChangeDirection, CommandOutcome};
use crate::finding::Severity;

/// All entries, ordered by technology and position in their file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Catalogue {
    pub entries: Vec<CatalogueEntry>,
}

/// One known failure signature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogueEntry {
    /// `technology.name`, stable.
    pub id: String,
    #[serde(default)]
    pub technology: String,
    pub title: String,
    pub kind: HypothesisKind,
    pub category: Category,
    #[serde(default = "error_severity")]
    pub severity: Severity,
    /// Regular expressions, matched line by line without regard to case.
    pub patterns: Vec<String>,
    /// Regular expression whose group holds the name of what a matching line is about.
    #[serde(default)]
    pub subject: Option<String>,
    /// Whether it says that a call failed and not which, so that another entry of a line leads.
    #[serde(default)]
    pub general: bool,
    /// Whether it comes now and then wherever people work, and is no fault as long as it stays rare.
    #[serde(default)]
    pub everyday: bool,
    /// Regular expressions of lines that tell that it is over.
    #[serde(default)]
    pub recovery: Vec<String>,
    /// Whether such a line ends one occurrence alone, so that there have to be as many of them.
    #[serde(default)]
    pub recovery_each: bool,
    /// How the condition produces what is seen.
    pub mechanism: String,
    /// What it usually means.
    pub meaning: String,
    /// What it does not prove.
    pub not_proof: String,
    #[serde(default)]
    pub indicators: Indicators,
    /// Causes that explain the entry; empty when the entry is a cause itself.
    #[serde(default, rename = "cause", alias = "causes")]
    pub causes: Vec<CandidateCause>,
    /// Checks that tell the candidates apart, or confirm the entry itself.
    #[serde(default)]
    pub checks: Vec<Check>,
    #[serde(default)]
    pub remedy: Option<Remedy>,
    /// Lines that must match.
    pub positive: Vec<String>,
    /// Lines that must not match.
    pub negative: Vec<String>,
}

/// A state that itself needs explaining, or something that can be acted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HypothesisKind {
    Condition,
    Cause,
}

/// Area a hypothesis belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    Code,
    Config,
    Environment,
    Network,
    Data,
    Database,
    Security,
    Hardware,
    External,
    Human,
    Other,
}

/// A cause that may explain a catalogue entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CandidateCause {
    /// Unique within the entry.
    pub id: String,
    /// At most 300 characters.
    pub statement: String,
    pub category: Category,
    pub mechanism: String,
    #[serde(default)]
    pub indicators: Indicators,
    #[serde(default)]
    pub checks: Vec<Check>,
    #[serde(default)]
    pub remedy: Option<Remedy>,
}

/// What speaks for and against a hypothesis.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Indicators {
    pub direct: Vec<Indicator>,
    pub indirect: Vec<Indicator>,
    pub counter_direct: Vec<Indicator>,
    pub counter_indirect: Vec<Indicator>,
}

/// A test on one analysis, expressed as data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Indicator {
    /// A line matches the regular expression.
    Log(String),
    /// A metric sample satisfies a comparison.
    Metric(MetricTest),
    /// A diff changed a key.
    ConfigChange(ConfigChangeTest),
    /// A configuration holds a value.
    ConfigValue(ConfigValueTest),
    /// A command ended with a result.
    Command(CommandTest),
    /// A command printed a value.
    CommandFact(CommandFactTest),
    /// All of them hold in the same file; the citation is that of the first.
    All(Vec<Indicator>),
    /// One of them holds.
    Any(Vec<Indicator>),
}

/// Comparison of a metric with a number or with another metric of the same labels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricTest {
    /// Regular expression for the whole name.
    pub name: String,
    /// Regular expressions for whole label values.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    pub is: Comparison,
    /// Number to compare with; exactly one of `value` and `metric` is given.
    #[serde(default)]
    pub value: Option<f64>,
    /// Name of the other metric.
    #[serde(default)]
    pub metric: Option<String>,
    /// Factor applied to the other metric, 1 when absent.
    #[serde(default)]
    pub times: Option<f64>,
}

/// How two numbers relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    Above,
    AtLeast,
    Equal,
    AtMost,
    Below,
}

/// A changed key and the direction of the change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigChangeTest {
    /// Regular expression found in the key path.
    pub path: String,
    /// Any direction when absent.
    #[serde(default)]
    pub direction: Option<ChangeDirection>,
    /// Regular expression found in the new value.
    #[serde(default)]
    pub after: Option<String>,
    /// Regular expression found in the old value and not in the new one.
    #[serde(default)]
    pub lost: Option<String>,
}

/// A key and a test on its value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigValueTest {
    /// Regular expression found in the key path.
    pub path: String,
    #[serde(default)]
    pub is: Option<Comparison>,
    #[serde(default)]
    pub value: Option<f64>,
    /// Regular expression found in the value.
    #[serde(default)]
    pub text: Option<String>,
}

/// A command and its outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommandTest {
    /// Regular expression for the whole name of the tool.
    pub tool: String,
    /// Any of these outcomes.
    pub outcome: Vec<CommandOutcome>,
}

/// A value a command printed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommandFactTest {
    /// Regular expression for the whole name of the tool.
    pub tool: String,
    pub key: String,
    /// Regular expression found in what the fact is about.
    #[serde(default)]
    pub object: Option<String>,
    #[serde(default)]
    pub is: Option<Comparison>,
    #[serde(default)]
    pub value: Option<f64>,
    /// Regular expression found in the value.
    #[serde(default)]
    pub text: Option<String>,
}

/// A read-only command and what it tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    pub command: String,
    pub description: String,
    /// What the result means for the hypothesis.
    #[serde(default)]
    pub reading: Option<String>,
}

fn error_severity() -> Severity {
    Severity::Error
}
