//! The parts of an answer. A comment on a field is what the model is told of it.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Others;

/// Something known about the problem.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct NewFact {
    /// symptom_indicator, affected_service, affected_region, environment, affected_users, user_impact, started_at, noticed_at, resolved_naturally_at, change, no_changes, temporal_state, severity, urgency, problem_type
    pub(super) kind: String,
    /// times as 2025-03-04T14:05:00Z
    pub(super) value: String,
    /// id or name
    #[serde(default)]
    pub(super) evidence: String,
    #[serde(default)]
    pub(super) finding: String,
    /// else the user's words of this turn
    #[serde(default)]
    pub(super) quote: String,
    /// of a change
    #[serde(default)]
    pub(super) at: String,
    /// deployment, config, scaling, code, infrastructure, data, other
    #[serde(default)]
    pub(super) change_type: String,
    #[serde(flatten)]
    #[schemars(skip)]
    pub(super) others: Others,
}

/// A claim and its quote.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct NewEvidence {
    pub(super) name: String,
    /// symptom, causal, resolution, symptom_absence, causal_absence, other
    pub(super) category: String,
    pub(super) claim: String,
    /// empty for the user's message of this turn
    #[serde(default)]
    pub(super) file_id: String,
    /// letter by letter
    #[serde(default)]
    pub(super) quote: String,
    #[serde(default)]
    pub(super) line: i64,
    /// of an absence: id of the finding that the file no longer shows
    #[serde(default)]
    pub(super) absent_finding: String,
    #[serde(flatten)]
    #[schemars(skip)]
    pub(super) others: Others,
}

/// An explanation that the ledger does not hold yet.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct NewHypothesis {
    pub(super) name: String,
    pub(super) statement: String,
    /// condition or cause
    pub(super) kind: String,
    /// code, config, environment, network, data, database, security, hardware, external, human, other
    pub(super) category: String,
    /// problem, or id or name of a hypothesis
    #[serde(default)]
    pub(super) explains: String,
    #[serde(default)]
    pub(super) rationale: String,
    /// 0.1 to 0.4
    #[serde(default)]
    pub(super) prior: Option<f64>,
    #[serde(default)]
    pub(super) mechanism: String,
    #[serde(default)]
    pub(super) mechanism_evidence: Vec<String>,
    #[serde(default)]
    pub(super) predictions: Vec<NewPrediction>,
    #[serde(flatten)]
    #[schemars(skip)]
    pub(super) others: Others,
}

/// What a check would show.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct NewPrediction {
    pub(super) if_true: String,
    pub(super) if_false: String,
    #[serde(default)]
    pub(super) how: String,
}

/// How a cause produces the symptom.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct NewMechanism {
    pub(super) hypothesis: String,
    pub(super) mechanism: String,
    pub(super) evidence: Vec<String>,
    #[serde(flatten)]
    #[schemars(skip)]
    pub(super) others: Others,
}

/// What evidence says about a hypothesis.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct NewLink {
    pub(super) hypothesis: String,
    pub(super) evidence: String,
    /// supports or refutes
    pub(super) stance: String,
    pub(super) strength: f64,
    pub(super) reasoning: String,
    /// refuting evidence that this shows not to apply
    #[serde(default)]
    pub(super) answers: String,
    #[serde(flatten)]
    #[schemars(skip)]
    pub(super) others: Others,
}

/// Two hypotheses that say the same.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct Merge {
    pub(super) keep: String,
    pub(super) drop: String,
    #[serde(flatten)]
    #[schemars(skip)]
    pub(super) others: Others,
}

/// A hypothesis that the user sets aside.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct Retirement {
    pub(super) hypothesis: String,
    /// the user's words
    pub(super) quote: String,
    #[serde(flatten)]
    #[schemars(skip)]
    pub(super) others: Others,
}

/// What is missing, and how to get it.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct NewNeed {
    #[serde(default)]
    pub(super) name: String,
    /// symptom, cause or resolution
    pub(super) purpose: String,
    pub(super) request: String,
    #[serde(default)]
    pub(super) rationale: String,
    /// one read-only command that shows it
    #[serde(default)]
    pub(super) command: String,
    /// else a file, page or question
    #[serde(default)]
    pub(super) how: String,
    /// 1 is most urgent, 3 least
    #[serde(default)]
    pub(super) priority: i32,
    #[serde(default)]
    pub(super) hypotheses: Vec<String>,
    #[serde(flatten)]
    #[schemars(skip)]
    pub(super) others: Others,
}

/// A need that is met, or out of reach.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct Met {
    pub(super) need: String,
    /// what meets it
    #[serde(default)]
    pub(super) evidence: Vec<String>,
    #[serde(default)]
    pub(super) partially: bool,
    /// the user's words that it cannot be got
    #[serde(default)]
    pub(super) unobtainable_quote: String,
    #[serde(flatten)]
    #[schemars(skip)]
    pub(super) others: Others,
}

/// A check or change for the user to run.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct NewAction {
    #[serde(default)]
    pub(super) name: String,
    /// diagnostic, mitigation or solution
    pub(super) r#type: String,
    /// rollback, config_change, restart, scaling, code_fix, workaround, infrastructure, data_fix, other
    pub(super) kind: String,
    pub(super) title: String,
    #[serde(default)]
    pub(super) body: String,
    #[serde(default)]
    pub(super) commands: Vec<NewCommand>,
    /// required beside commands that change something
    #[serde(default)]
    pub(super) rollback: String,
    #[serde(default)]
    pub(super) risks: String,
    #[serde(default)]
    pub(super) hypothesis: String,
    #[serde(flatten)]
    #[schemars(skip)]
    pub(super) others: Others,
}

/// A command to copy.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct NewCommand {
    pub(super) command: String,
    #[serde(default)]
    pub(super) description: String,
}

/// What the user decided about an action.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct Verdict {
    pub(super) action: String,
    pub(super) accepted: bool,
    /// the user's words
    pub(super) quote: String,
    #[serde(flatten)]
    #[schemars(skip)]
    pub(super) others: Others,
}

/// What came of an action that the user ran.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct NewAttempt {
    pub(super) action: String,
    /// succeeded, failed, partial or unknown
    pub(super) outcome: String,
    /// the user's words
    pub(super) quote: String,
    #[serde(default)]
    pub(super) at: String,
    #[serde(default)]
    pub(super) evidence: Vec<String>,
    #[serde(flatten)]
    #[schemars(skip)]
    pub(super) others: Others,
}

/// A line of the journal.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct NewEntry {
    /// finding, decision, user_context, ruled_out, blocker or milestone
    pub(super) kind: String,
    pub(super) text: String,
    #[serde(flatten)]
    #[schemars(skip)]
    pub(super) others: Others,
}

/// Why the conclusion is what it is.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct NewConclusion {
    pub(super) reasoning: String,
    #[serde(default)]
    pub(super) caveats: Vec<String>,
    #[serde(flatten)]
    #[schemars(skip)]
    pub(super) others: Others,
}

/// A change of status for the user to confirm.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct NewTransition {
    /// investigating, resolved or closed
    pub(super) to: String,
    pub(super) reason: String,
    #[serde(default)]
    pub(super) evidence: Vec<String>,
    /// of closed: abandoned, escalated, duplicate, solution_deferred, mitigation_sufficient, cause_infeasible, insufficient_evidence, other
    #[serde(default)]
    pub(super) closure_reason: String,
    /// of closed: the user's words that ask for it
    #[serde(default)]
    pub(super) quote: String,
    #[serde(flatten)]
    #[schemars(skip)]
    pub(super) others: Others,
}

/// Something to click below the answer.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct NewSuggestion {
    /// RUN, EVIDENCE or FREE_SPEECH
    pub(super) r#type: String,
    pub(super) label: String,
    /// of RUN: one read-only command
    #[serde(default)]
    pub(super) payload: String,
    #[serde(flatten)]
    #[schemars(skip)]
    pub(super) others: Others,
}
