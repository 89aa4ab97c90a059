//! The ledger: hypotheses, evidence and everything else an investigation knows, with its history.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::limits::RULES_VERSION;
use crate::vocabulary::{
    ActionKind, ActionState, ActionType, Assurance, AttemptOutcome, CaseStatus, CommandSafety,
    ConfirmedHow, EvidenceKind, HypothesisCategory, HypothesisKind, HypothesisSource,
    HypothesisStatus, LinkBasis, NeedPurpose, NeedState, Obtainability, Stance,
};

pub(crate) mod assurance;
pub(crate) mod decision;
pub(crate) mod grouping;
pub(crate) mod likelihood;
mod reading;
pub(crate) mod root;
pub(crate) mod similarity;
pub(crate) mod upkeep;

#[cfg(test)]
mod property_tests;
#[cfg(test)]
pub(crate) mod sample;

/// The word for the problem itself where a hypothesis says what it explains.
pub(crate) const PROBLEM: &str = "problem";

/// Everything an investigation knows, stored as one document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Ledger {
    pub(crate) rules_version: String,
    pub(crate) statement_history: Vec<StatementRevision>,
    pub(crate) proposals: Vec<Proposal>,
    pub(crate) status_changes: Vec<StatusChange>,
    pub(crate) hypotheses: Vec<Hypothesis>,
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) files: Vec<FileRef>,
    pub(crate) needs: Vec<Need>,
    pub(crate) actions: Vec<Action>,
    pub(crate) journal: Vec<JournalEntry>,
    pub(crate) turns: Vec<TurnMark>,
    /// Labels of the suggestions of the newest turn.
    pub(crate) next_actions: Vec<String>,
    /// When the conclusion changed last.
    pub(crate) concluded_at: Option<DateTime<Utc>>,
    /// Why an analyst thinks that the conclusion is what it is.
    pub(crate) conclusion_note: Option<ConclusionNote>,
    /// What was known when the case ended; a record that nothing reads back.
    pub(crate) conclusion_record: Option<ConclusionRecord>,
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            rules_version: RULES_VERSION.to_owned(),
            statement_history: Vec::new(),
            proposals: Vec::new(),
            status_changes: Vec::new(),
            hypotheses: Vec::new(),
            evidence: Vec::new(),
            files: Vec::new(),
            needs: Vec::new(),
            actions: Vec::new(),
            journal: Vec::new(),
            turns: Vec::new(),
            next_actions: Vec::new(),
            concluded_at: None,
            conclusion_note: None,
            conclusion_record: None,
        }
    }
}

/// One text a statement has had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StatementRevision {
    pub(crate) turn_number: i32,
    pub(crate) text: String,
    /// Set when the text was confirmed, absent while it was proposed.
    pub(crate) confirmed_how: Option<ConfirmedHow>,
    pub(crate) at: DateTime<Utc>,
}

/// What became of offers of one transition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Proposal {
    pub(crate) key: String,
    pub(crate) offers: u32,
    pub(crate) declined: bool,
}

/// One change of status that took effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StatusChange {
    pub(crate) from: CaseStatus,
    pub(crate) to: CaseStatus,
    pub(crate) at: DateTime<Utc>,
    pub(crate) turn_number: i32,
    pub(crate) by: String,
    pub(crate) how: String,
    pub(crate) reason: String,
}

/// A falsifiable statement and what speaks for and against it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Hypothesis {
    pub(crate) hypothesis_id: String,
    pub(crate) created_turn: i32,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) statement: String,
    pub(crate) rationale: String,
    pub(crate) kind: HypothesisKind,
    pub(crate) category: HypothesisCategory,
    /// [`PROBLEM`] or the id of the hypothesis it explains.
    pub(crate) explains: String,
    pub(crate) mechanism: String,
    pub(crate) mechanism_evidence: Vec<String>,
    pub(crate) prior: f64,
    pub(crate) status: HypothesisStatus,
    pub(crate) likelihood: f64,
    pub(crate) contested: bool,
    pub(crate) root: bool,
    pub(crate) tested_turn: i32,
    pub(crate) concluded_turn: i32,
    pub(crate) concluded_reason: String,
    pub(crate) source: HypothesisSource,
    pub(crate) document_id: String,
    pub(crate) catalogue_id: String,
    pub(crate) predictions: Vec<Prediction>,
    pub(crate) supersedes: String,
    pub(crate) links: Vec<Link>,
}

/// What a check would show either way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Prediction {
    pub(crate) if_true: String,
    pub(crate) if_false: String,
    pub(crate) how: String,
}

/// What one piece of evidence says about one hypothesis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Link {
    pub(crate) evidence_id: String,
    pub(crate) stance: Stance,
    pub(crate) strength: f64,
    pub(crate) basis: LinkBasis,
    pub(crate) reasoning: String,
    /// The refuting evidence that this link answers; empty for none.
    pub(crate) answers_evidence_id: String,
    pub(crate) turn_number: i32,
}

/// What the case remembers of one piece of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Evidence {
    pub(crate) evidence_id: String,
    pub(crate) category: EvidenceKind,
    pub(crate) claim: String,
    pub(crate) quote: String,
    pub(crate) citation: Citation,
    pub(crate) signature: String,
    pub(crate) observed_from: Option<DateTime<Utc>>,
    pub(crate) observed_to: Option<DateTime<Utc>>,
    pub(crate) turn_number: i32,
    pub(crate) withdrawn: bool,
    pub(crate) statement_revision: i32,
}

/// Where a quote stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Citation {
    File {
        file_id: String,
        file_name: String,
        sha256: String,
        byte_start: i64,
        byte_end: i64,
        line_start: i64,
        line_end: i64,
    },
    Message {
        message_id: String,
        author_id: String,
        byte_start: i64,
        byte_end: i64,
    },
}

/// What the case remembers of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileRef {
    pub(crate) file_id: String,
    pub(crate) file_name: String,
    pub(crate) sha256: String,
    pub(crate) top_level: bool,
    pub(crate) turn_number: i32,
}

/// What the investigation lacks and how to get it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Need {
    pub(crate) need_id: String,
    pub(crate) purpose: NeedPurpose,
    pub(crate) request: String,
    pub(crate) rationale: String,
    pub(crate) how: String,
    pub(crate) priority: i32,
    pub(crate) state: NeedState,
    pub(crate) obtainability: Obtainability,
    pub(crate) hypothesis_ids: Vec<String>,
    pub(crate) fulfilling_evidence_ids: Vec<String>,
    pub(crate) surfaced_turns: i32,
}

/// A check or change that the user may run elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Action {
    pub(crate) action_id: String,
    pub(crate) action_type: ActionType,
    pub(crate) kind: ActionKind,
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) commands: Vec<Command>,
    pub(crate) rollback: String,
    pub(crate) risks: String,
    /// Empty for none.
    pub(crate) target_hypothesis_id: String,
    pub(crate) state: ActionState,
    /// Why it was superseded.
    pub(crate) state_reason: String,
    pub(crate) proposed_turn: i32,
    pub(crate) attempts: Vec<Attempt>,
}

/// A shell command the user may copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Command {
    pub(crate) command: String,
    pub(crate) description: String,
    pub(crate) safety: CommandSafety,
}

/// The user's report of having run an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attempt {
    pub(crate) attempt_id: String,
    pub(crate) outcome: AttemptOutcome,
    pub(crate) performed_at: Option<DateTime<Utc>>,
    pub(crate) reported_turn: i32,
    pub(crate) evidence_ids: Vec<String>,
    pub(crate) note: String,
}

/// One line of the investigation's journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct JournalEntry {
    pub(crate) turn_number: i32,
    pub(crate) kind: String,
    pub(crate) text: String,
}

/// An analyst's words about the conclusion; they hold as long as the grade does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ConclusionNote {
    pub(crate) assurance: Assurance,
    pub(crate) reasoning: String,
    pub(crate) caveats: Vec<String>,
}

/// What the rules need to remember of a committed turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TurnMark {
    pub(crate) turn_number: i32,
    /// The status the case had when the turn began.
    pub(crate) began_in: CaseStatus,
    pub(crate) investigative: bool,
    pub(crate) progress: bool,
    pub(crate) user_message_id: String,
}

/// What was known when a case ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ConclusionRecord {
    pub(crate) at: DateTime<Utc>,
    pub(crate) assurance: String,
    pub(crate) confidence: f64,
    pub(crate) lead_hypothesis_id: String,
    pub(crate) summary: String,
    pub(crate) milestones: Vec<String>,
    pub(crate) rules_version: String,
}
