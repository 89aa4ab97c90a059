//! Everything about one case, as of its last committed turn.

use chrono::{DateTime, Utc};
use faultmaven_proto::case::v1 as pb;

use super::conclusion::conclusion;
use super::header::{by_likelihood, header};
use crate::case::Case;
use crate::convert;
use crate::ledger::Ledger;

/// The newest part of the conversation, oldest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recent {
    pub(crate) messages: Vec<pb::Message>,
    pub(crate) turns: Vec<pb::Turn>,
}

/// Returns all an analyst needs to know.
pub(crate) fn investigation(
    case: &Case,
    ledger: &Ledger,
    recent: Recent,
    now: DateTime<Utc>,
) -> pb::Investigation {
    pb::Investigation {
        case: Some(convert::case(case)),
        header: Some(header(case, ledger, now)),
        hypotheses: hypotheses(ledger),
        evidence: ledger.evidence.iter().map(convert::evidence).collect(),
        files: ledger.files.iter().map(convert::file).collect(),
        needs: ledger.needs.iter().map(convert::need).collect(),
        actions: ledger.actions.iter().map(convert::action).collect(),
        journal: ledger.journal.iter().map(convert::journal_entry).collect(),
        recent_messages: recent.messages,
        recent_turns: recent.turns,
        conclusion: Some(conclusion(ledger)),
        status_changes: ledger
            .status_changes
            .iter()
            .map(convert::status_change)
            .collect(),
        declined_proposal_keys: ledger
            .proposals
            .iter()
            .filter(|proposal| proposal.declined)
            .map(|proposal| proposal.key.clone())
            .collect(),
    }
}

/// Returns the hypotheses with their links, likeliest first.
pub(crate) fn hypotheses(ledger: &Ledger) -> Vec<pb::Hypothesis> {
    by_likelihood(ledger)
        .into_iter()
        .map(|hypothesis| convert::hypothesis(ledger, hypothesis))
        .collect()
}
