//! Results found in metrics, configuration, diffs and command output.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::citation::Citation;

/// One metric sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sample {
    pub name: String,
    pub labels: BTreeMap<String, String>,
    /// Not-a-number and infinities of the exposition format are left out of the analysis.
    pub value: f64,
    /// Time of the sample, else of the command that printed it.
    pub observed_at: Option<DateTime<Utc>>,
    pub citation: Citation,
}

/// One value of a configuration file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConfigValue {
    /// Dotted key path; list items as `[0]`.
    pub path: String,
    /// The value, or `******` for a secret.
    pub value: String,
    pub secret: bool,
    pub citation: Citation,
}

/// One change of a diff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    pub kind: ChangeKind,
    /// Fingerprint of format and key path, not of the values.
    pub signature: String,
    /// File after the change, without the `b/` prefix.
    pub file: String,
    /// Directory or service the file belongs to.
    pub component: Option<String>,
    /// Dotted key path as far as the hunk shows it; empty for code.
    pub path: String,
    /// Value before; masked for a secret.
    pub before: Option<String>,
    /// Value after; masked for a secret.
    pub after: Option<String>,
    pub direction: ChangeDirection,
    pub secret: bool,
    /// Time stamp of the file after the change, else of the commit.
    pub changed_at: Option<DateTime<Utc>>,
    /// The removed and added lines.
    pub citation: Citation,
}

impl Change {
    /// Returns what was done to something that has no values, such as an index.
    pub fn done(&self) -> String {
        let is_gone = self.direction == ChangeDirection::Removed;
        if let Some(rights) = self.path.strip_prefix("grant of ") {
            return format!("{rights} {}", if is_gone { "revoked" } else { "granted" });
        }
        if self.path.starts_with("rows of ") {
            return format!("{} deleted", self.path);
        }
        let verb = match self.direction {
            ChangeDirection::Added => "created",
            // An object of Kubernetes is named with its kind.
            ChangeDirection::Removed if self.path.contains('/') => "deleted",
            ChangeDirection::Removed => "dropped",
            _ => "altered",
        };
        format!("{} {verb}", self.path)
    }
}

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    Config,
    Code,
}

/// How a value changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeDirection {
    Added,
    Removed,
    Increased,
    Decreased,
    Replaced,
}

/// One command and what it printed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CommandRun {
    /// The command line, when the output shows it.
    pub command: Option<String>,
    /// Program whose layout was recognised, such as `getent` or `df`.
    pub tool: String,
    pub observed_at: Option<DateTime<Utc>>,
    /// When what it tells was over, where it came to an end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    pub outcome: CommandOutcome,
    pub facts: Vec<CommandFact>,
    /// Command line and output, cut to the longest quote.
    pub citation: Citation,
}

impl CommandRun {
    /// Returns what exported objects show as the run of the program that exports them.
    pub(crate) fn exported(facts: Vec<CommandFact>) -> Option<Self> {
        Some(Self {
            command: None,
            tool: "kubectl".to_owned(),
            observed_at: None,
            until: None,
            outcome: CommandOutcome::Unknown,
            citation: facts.first()?.citation.clone(),
            facts,
        })
    }
}

/// What a command's output says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CommandOutcome {
    /// A name was resolved.
    Resolved,
    /// A name was not resolved.
    NotResolved,
    Succeeded,
    Failed,
    Refused,
    TimedOut,
    Unknown,
}

/// One value read from a command's output, such as `use_percent` of `/var`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CommandFact {
    /// What the value belongs to: a name, mount point, unit, pod or process.
    pub object: String,
    pub key: String,
    pub value: String,
    pub number: Option<f64>,
    pub citation: Citation,
}
