//! A turn while it is being applied.

use std::collections::BTreeSet;

use faultmaven_proto::case::v1 as pb;
use sha2::{Digest as _, Sha256};

use super::Taker;
use super::event::Event;
use super::refs::Refs;
use crate::case::{Case, clip};
use crate::drop_reason::DropReason;
use crate::ledger::{Ledger, StatementRevision};
use crate::limits::{EXCERPT_MAX, NOTICE_MAX};
use crate::store::turns::DroppedPart;
use crate::transition::PendingTransition;
use crate::vocabulary::{CaseStatus, ConfirmedHow};

/// The case on its way through a turn.
#[derive(Debug)]
pub(super) struct Work<'a> {
    pub(super) case: Case,
    pub(super) ledger: Ledger,
    pub(super) draft: &'a pb::TurnDraft,
    pub(super) taker: Taker<'a>,
    pub(super) turn_number: i32,
    pub(super) refs: Refs,
    pub(super) events: Vec<Event>,
    pub(super) dropped: Vec<DroppedPart>,
    /// An offer the user accepted that takes effect at the end of the turn.
    pub(super) confirmed: Option<PendingTransition>,
    /// The ids that parts of this draft have got.
    new_ids: BTreeSet<String>,
}

impl<'a> Work<'a> {
    /// Begins to carry out a draft on a case and its ledger.
    pub(super) fn begin(
        case: Case,
        ledger: Ledger,
        draft: &'a pb::TurnDraft,
        taker: Taker<'a>,
    ) -> Self {
        let refused_before = draft.dropped.iter().map(|part| DroppedPart {
            op: clip(&part.op, EXCERPT_MAX),
            reason: clip(&part.reason, EXCERPT_MAX),
            excerpt: clip(&part.excerpt, EXCERPT_MAX),
        });
        Self {
            turn_number: case.current_turn + 1,
            case,
            ledger,
            draft,
            taker,
            refs: Refs::default(),
            events: Vec::new(),
            dropped: refused_before.collect(),
            confirmed: None,
            new_ids: BTreeSet::new(),
        }
    }

    /// Returns the id of what a part creates, made from the part's name or else from its text.
    ///
    /// # Errors
    /// [`DropReason::Duplicate`] when an earlier part of the draft has created something under the
    /// same name or text.
    pub(super) fn new_id(
        &mut self,
        prefix: &str,
        bytes: usize,
        name: &str,
        text: &str,
    ) -> Result<String, DropReason> {
        let id = self.derived_id(prefix, bytes, if name.is_empty() { text } else { name });
        if !self.new_ids.insert(id.clone()) {
            return Err(DropReason::Duplicate);
        }
        Ok(id)
    }

    /// Returns an id that a preview and the commit of the same draft agree on.
    pub(super) fn derived_id(&self, prefix: &str, bytes: usize, seed: &str) -> String {
        let mut hash = Sha256::new();
        for part in [self.taker.turn_token, prefix, seed] {
            hash.update(part.len().to_le_bytes());
            hash.update(part.as_bytes());
        }
        let digest = hex::encode(hash.finalize());
        format!("{prefix}_{}", digest.get(..bytes * 2).unwrap_or(&digest))
    }

    /// Adds the statement as it is now to its history.
    pub(super) fn remember_statement(&mut self, confirmed_how: Option<ConfirmedHow>) {
        self.ledger.statement_history.push(StatementRevision {
            turn_number: self.turn_number,
            text: self.case.overview.statement.newest_text().to_owned(),
            confirmed_how,
            at: self.taker.now,
        });
    }

    /// Remembers a part that was refused.
    pub(super) fn drop_part(&mut self, op: &str, reason: DropReason, excerpt: &str) {
        self.dropped.push(DroppedPart {
            op: op.to_owned(),
            reason: reason.as_str().to_owned(),
            excerpt: clip(excerpt, EXCERPT_MAX),
        });
    }

    /// Fails unless the case is being investigated.
    pub(super) fn expect_investigating(&self) -> Result<(), DropReason> {
        match self.case.status {
            CaseStatus::Investigating => Ok(()),
            _ => Err(DropReason::WrongStatus),
        }
    }

    /// Fails unless the user said something in this turn.
    pub(super) fn expect_users_words(&self) -> Result<(), DropReason> {
        if self.draft.user_text.trim().is_empty() {
            return Err(DropReason::NotAUserDecision);
        }
        Ok(())
    }

    /// Returns whether a message is a live one of the user in this case.
    pub(super) fn is_users_message(&self, message_id: &str) -> bool {
        !message_id.is_empty()
            && self
                .ledger
                .turns
                .iter()
                .any(|turn| turn.user_message_id == message_id)
    }

    /// Returns the id of evidence that counts, given by id or reference.
    pub(super) fn active_evidence(&self, name: &str) -> Result<String, DropReason> {
        let id = self.refs.resolve(name)?;
        match self.ledger.active(&id) {
            Some(_) => Ok(id),
            None => Err(DropReason::UnknownId),
        }
    }

    /// Returns the ids of evidence that counts, without repetitions.
    pub(super) fn all_active_evidence(&self, names: &[String]) -> Result<Vec<String>, DropReason> {
        let mut ids = Vec::with_capacity(names.len());
        for name in names {
            let id = self.active_evidence(name)?;
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        Ok(ids)
    }

    /// Returns the id of a hypothesis, given by id or reference.
    pub(super) fn known_hypothesis(&self, name: &str) -> Result<String, DropReason> {
        let id = self.refs.resolve(name)?;
        match self.ledger.hypothesis(&id) {
            Some(_) => Ok(id),
            None => Err(DropReason::UnknownId),
        }
    }

    /// Returns the ids of the evidence this turn brought in.
    pub(super) fn new_evidence_ids(&self) -> Vec<String> {
        self.ledger
            .evidence
            .iter()
            .filter(|evidence| evidence.turn_number == self.turn_number)
            .map(|evidence| evidence.evidence_id.clone())
            .collect()
    }
}

/// Returns a text of at most `max` characters, or why it cannot be used.
pub(super) fn required(text: &str, max: usize) -> Result<String, DropReason> {
    let text = text.trim();
    if text.is_empty() || text.contains('\0') {
        return Err(DropReason::InvalidField);
    }
    if text.chars().count() > max {
        return Err(DropReason::LimitReached);
    }
    Ok(text.to_owned())
}

/// Returns the notices of a draft as they are stored.
pub(crate) fn notices(draft: &pb::TurnDraft) -> Vec<String> {
    draft
        .notices
        .iter()
        .map(|notice| clip(notice, NOTICE_MAX))
        .collect()
}
