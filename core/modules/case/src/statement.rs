//! The problem statement and how it comes to be confirmed.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::vocabulary::{ConfirmedHow, Proposer, StatementState};

/// What is to be explained, in one or two sentences.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Statement {
    pub(crate) text: String,
    pub(crate) state: StatementState,
    /// 0 until confirmed, then one more with every confirmation.
    pub(crate) revision: i32,
    /// The proposed text of a revision that is not confirmed yet.
    pub(crate) pending_text: Option<String>,
    /// Evidence that the revision withdraws once it is confirmed.
    #[serde(default)]
    pub(crate) pending_drops: Vec<String>,
    pub(crate) proposed_by: Option<Proposer>,
    pub(crate) confirmed_how: Option<ConfirmedHow>,
    pub(crate) confirmed_at: Option<DateTime<Utc>>,
}

impl Default for Statement {
    fn default() -> Self {
        Self {
            text: String::new(),
            state: StatementState::None,
            revision: 0,
            pending_text: None,
            pending_drops: Vec::new(),
            proposed_by: None,
            confirmed_how: None,
            confirmed_at: None,
        }
    }
}

impl Statement {
    /// Returns whether the user has agreed to a text, now or in the past.
    pub(crate) fn was_confirmed(&self) -> bool {
        self.revision > 0
    }

    /// Returns the text that was proposed last.
    pub(crate) fn newest_text(&self) -> &str {
        self.pending_text.as_deref().unwrap_or(&self.text)
    }

    /// Proposes, rewrites or revises the text; returns whether it is another text than before.
    pub(crate) fn propose(&mut self, text: String, by: Proposer) -> bool {
        let changed = self.newest_text() != text;
        self.pending_drops.clear();
        if self.was_confirmed() {
            if self.text == text {
                self.drop_revision();
                return changed;
            }
            self.state = StatementState::RevisionPending;
            self.pending_text = Some(text);
        } else {
            self.state = StatementState::Proposed;
            self.text = text;
        }
        self.proposed_by = Some(by);
        changed
    }

    /// Confirms the text that was proposed last; returns the evidence that counts no more.
    pub(crate) fn confirm(&mut self, how: ConfirmedHow, now: DateTime<Utc>) -> Vec<String> {
        if let Some(text) = self.pending_text.take() {
            self.text = text;
        }
        self.state = StatementState::Confirmed;
        self.revision += 1;
        self.confirmed_how = Some(how);
        self.confirmed_at = Some(now);
        std::mem::take(&mut self.pending_drops)
    }

    /// Withdraws a revision that is not confirmed.
    pub(crate) fn drop_revision(&mut self) {
        self.pending_text = None;
        self.pending_drops.clear();
        if self.state == StatementState::RevisionPending {
            self.state = StatementState::Confirmed;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proposal_is_rewritten_freely_until_it_is_confirmed() {
        let mut statement = Statement::default();
        assert!(statement.propose("checkout fails".into(), Proposer::Analyst));
        assert!(!statement.propose("checkout fails".into(), Proposer::Analyst));
        assert!(statement.propose("checkout fails in the EU".into(), Proposer::User));
        assert_eq!(statement.state, StatementState::Proposed);
        statement.confirm(ConfirmedHow::Reply, DateTime::UNIX_EPOCH);
        assert_eq!(
            (statement.revision, statement.state),
            (1, StatementState::Confirmed)
        );
    }

    #[test]
    fn a_revision_leaves_the_confirmed_text_until_it_is_confirmed() {
        let mut statement = Statement::default();
        statement.propose("a".into(), Proposer::Analyst);
        statement.confirm(ConfirmedHow::Reply, DateTime::UNIX_EPOCH);
        statement.propose("b".into(), Proposer::User);
        assert_eq!(
            (statement.text.as_str(), statement.newest_text()),
            ("a", "b")
        );
        statement.pending_drops = vec!["ev_1".to_owned()];
        statement.drop_revision();
        assert_eq!(statement.state, StatementState::Confirmed);
        statement.propose("c".into(), Proposer::User);
        let dropped = statement.confirm(ConfirmedHow::Reply, DateTime::UNIX_EPOCH);
        assert!(dropped.is_empty(), "{dropped:?}");
        assert_eq!((statement.text.as_str(), statement.revision), ("c", 2));
    }

    #[test]
    fn proposing_the_confirmed_text_again_withdraws_the_revision() {
        let mut statement = Statement::default();
        statement.propose("a".into(), Proposer::Analyst);
        statement.confirm(ConfirmedHow::Reply, DateTime::UNIX_EPOCH);
        statement.propose("b".into(), Proposer::User);
        statement.propose("a".into(), Proposer::User);
        assert_eq!(statement.state, StatementState::Confirmed);
    }
}
