//! What helps, and how much harm it can do.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A fix, how to apply it and how to undo it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Remedy {
    pub title: String,
    /// Every embedded entry names it.
    #[serde(default)]
    pub risk: Risk,
    pub body: String,
    #[serde(default)]
    pub commands: Vec<RemedyCommand>,
    pub rollback: String,
    /// What may go wrong, where there is more to say than the level does.
    #[serde(default)]
    pub risks: Option<String>,
}

/// How much harm applying a remedy can do.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// It interrupts nothing and can be taken back.
    Low,
    /// It may interrupt a service or put load on it.
    #[default]
    Medium,
    /// It may lose data or is hard to take back.
    High,
}

/// One command of a remedy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemedyCommand {
    pub command: String,
    pub description: String,
    pub safety: Safety,
}

/// Whether a command changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Safety {
    ReadOnly,
    Caution,
}

impl Remedy {
    /// Returns the level of the risk and what it consists in, as sentences.
    pub fn risk_told(&self) -> String {
        let (level, usual) = match self.risk {
            Risk::Low => ("Low", "It interrupts nothing and can be taken back."),
            Risk::Medium => ("Medium", "It may interrupt a service or put load on it."),
            Risk::High => ("High", "It may lose data or is hard to take back."),
        };
        format!("{level}. {}", self.risks.as_deref().unwrap_or(usual))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REMEDY: &str = "title = 'Raise it'\nbody = 'Raise the limit.'\nrollback = 'Lower it.'\n";

    fn told(more: &str) -> String {
        let remedy: Remedy = toml::from_str(&format!("{REMEDY}{more}")).unwrap();
        remedy.risk_told()
    }

    #[test]
    fn a_risk_is_told_by_its_level_and_by_what_the_entry_says_of_it() {
        assert_eq!(
            told("risk = 'low'"),
            "Low. It interrupts nothing and can be taken back."
        );
        assert_eq!(
            told("risk = 'high'\nrisks = 'Deleted rows are gone.'"),
            "High. Deleted rows are gone."
        );
        assert!(told("").starts_with("Medium. "), "{}", told(""));
        let unknown = toml::from_str::<Remedy>(&format!("{REMEDY}risk = 'none'"));
        let said = unknown.unwrap_err().to_string();
        assert!(said.contains("`low`, `medium`, `high`"), "{said}");
    }
}
