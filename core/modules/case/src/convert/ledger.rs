//! The ledger on the wire.

use faultmaven_proto::case::v1 as pb;

use super::{time, time_from_wire};
use crate::drop_reason::DropReason;
use crate::ledger::{
    Action, Attempt, Citation, Command, Evidence, FileRef, Hypothesis, JournalEntry, Ledger, Link,
    Need, StatusChange,
};
use crate::limits::LINK_MIN;
use crate::vocabulary::{EvidenceKind, Stance, Word as _};

/// Returns a hypothesis with its links.
pub(crate) fn hypothesis(ledger: &Ledger, hypothesis: &Hypothesis) -> pb::Hypothesis {
    let counted = hypothesis.links.iter().filter(|link| {
        link.stance != Stance::Neutral
            && link.strength >= LINK_MIN
            && ledger.active(&link.evidence_id).is_some()
    });
    pb::Hypothesis {
        hypothesis_id: hypothesis.hypothesis_id.clone(),
        created_turn: hypothesis.created_turn,
        create_time: time(Some(hypothesis.created_at)),
        statement: hypothesis.statement.clone(),
        rationale: hypothesis.rationale.clone(),
        kind: hypothesis.kind.into(),
        category: hypothesis.category.into(),
        explains: hypothesis.explains.clone(),
        mechanism: hypothesis.mechanism.clone(),
        prior: hypothesis.prior,
        status: hypothesis.status.into(),
        likelihood: hypothesis.likelihood,
        contested: hypothesis.contested,
        root: hypothesis.root,
        tested_turn: hypothesis.tested_turn,
        concluded_turn: hypothesis.concluded_turn,
        concluded_reason: hypothesis.concluded_reason.clone(),
        source: hypothesis.source.into(),
        document_id: hypothesis.document_id.clone(),
        catalogue_id: hypothesis.catalogue_id.clone(),
        predictions: hypothesis
            .predictions
            .iter()
            .map(|prediction| pb::Prediction {
                if_true: prediction.if_true.clone(),
                if_false: prediction.if_false.clone(),
                how: prediction.how.clone(),
            })
            .collect(),
        supersedes: hypothesis.supersedes.clone(),
        links: hypothesis.links.iter().map(link).collect(),
        evidence_count: i32::try_from(counted.count()).unwrap_or(i32::MAX),
    }
}

fn link(link: &Link) -> pb::Link {
    pb::Link {
        evidence_id: link.evidence_id.clone(),
        stance: link.stance.into(),
        strength: link.strength,
        basis: link.basis.into(),
        reasoning: link.reasoning.clone(),
        answers_evidence_id: link.answers_evidence_id.clone(),
        turn_number: link.turn_number,
    }
}

/// Returns the digest of a piece of evidence.
pub(crate) fn evidence(evidence: &Evidence) -> pb::EvidenceDigest {
    let digest = pb::EvidenceDigest {
        evidence_id: evidence.evidence_id.clone(),
        category: evidence.category.into(),
        claim: evidence.claim.clone(),
        quote: evidence.quote.clone(),
        signature: evidence.signature.clone(),
        observed_from: time(evidence.observed_from),
        observed_to: time(evidence.observed_to),
        turn_number: evidence.turn_number,
        withdrawn: evidence.withdrawn,
        statement_revision: evidence.statement_revision,
        ..pb::EvidenceDigest::default()
    };
    match evidence.citation.clone() {
        Citation::File {
            file_id,
            file_name,
            sha256,
            byte_start,
            byte_end,
            line_start,
            line_end,
        } => pb::EvidenceDigest {
            file_id,
            file_name,
            sha256,
            byte_start,
            byte_end,
            line_start,
            line_end,
            ..digest
        },
        Citation::Message {
            message_id,
            author_id,
            byte_start,
            byte_end,
        } => pb::EvidenceDigest {
            message_id,
            author_id,
            byte_start,
            byte_end,
            ..digest
        },
    }
}

/// Returns the evidence a digest describes, or why it cannot be evidence.
pub(crate) fn evidence_from_wire(digest: &pb::EvidenceDigest) -> Result<Evidence, DropReason> {
    let citation = match (digest.file_id.as_str(), digest.message_id.as_str()) {
        ("", "") => return Err(DropReason::NoSource),
        (_, "") => Citation::File {
            file_id: digest.file_id.clone(),
            file_name: digest.file_name.clone(),
            sha256: digest.sha256.clone(),
            byte_start: digest.byte_start,
            byte_end: digest.byte_end,
            line_start: digest.line_start,
            line_end: digest.line_end,
        },
        ("", _) => Citation::Message {
            message_id: digest.message_id.clone(),
            author_id: digest.author_id.clone(),
            byte_start: digest.byte_start,
            byte_end: digest.byte_end,
        },
        _ => return Err(DropReason::InvalidField),
    };
    Ok(Evidence {
        evidence_id: digest.evidence_id.clone(),
        category: EvidenceKind::from_wire(digest.category).ok_or(DropReason::UnknownValue)?,
        claim: digest.claim.clone(),
        quote: digest.quote.clone(),
        citation,
        signature: digest.signature.clone(),
        observed_from: time_from_wire(digest.observed_from.as_ref()),
        observed_to: time_from_wire(digest.observed_to.as_ref()),
        turn_number: digest.turn_number,
        withdrawn: false,
        statement_revision: digest.statement_revision,
    })
}

/// Returns the digest of a file.
pub(crate) fn file(file: &FileRef) -> pb::FileDigest {
    pb::FileDigest {
        file_id: file.file_id.clone(),
        file_name: file.file_name.clone(),
        sha256: file.sha256.clone(),
        top_level: file.top_level,
        turn_number: file.turn_number,
    }
}

/// Returns the file a digest describes.
pub(crate) fn file_from_wire(digest: pb::FileDigest) -> FileRef {
    FileRef {
        file_id: digest.file_id,
        file_name: digest.file_name,
        sha256: digest.sha256,
        top_level: digest.top_level,
        turn_number: digest.turn_number,
    }
}

/// Returns a need.
pub(crate) fn need(need: &Need) -> pb::Need {
    pb::Need {
        need_id: need.need_id.clone(),
        purpose: need.purpose.into(),
        request: need.request.clone(),
        rationale: need.rationale.clone(),
        how: need.how.clone(),
        priority: need.priority,
        state: need.state.into(),
        obtainability: need.obtainability.into(),
        hypothesis_ids: need.hypothesis_ids.clone(),
        fulfilling_evidence_ids: need.fulfilling_evidence_ids.clone(),
        surfaced_turns: need.surfaced_turns,
    }
}

/// Returns an action with its attempts.
pub(crate) fn action(action: &Action) -> pb::Action {
    pb::Action {
        action_id: action.action_id.clone(),
        r#type: action.action_type.into(),
        kind: action.kind.into(),
        title: action.title.clone(),
        body: action.body.clone(),
        commands: action.commands.iter().map(command).collect(),
        rollback: action.rollback.clone(),
        risks: action.risks.clone(),
        target_hypothesis_id: action.target_hypothesis_id.clone(),
        state: action.state.into(),
        proposed_turn: action.proposed_turn,
        attempts: action.attempts.iter().map(attempt).collect(),
    }
}

fn command(command: &Command) -> pb::Command {
    pb::Command {
        command: command.command.clone(),
        description: command.description.clone(),
        safety: command.safety.into(),
    }
}

fn attempt(attempt: &Attempt) -> pb::Attempt {
    pb::Attempt {
        attempt_id: attempt.attempt_id.clone(),
        outcome: attempt.outcome.into(),
        perform_time: time(attempt.performed_at),
        reported_turn: attempt.reported_turn,
        evidence_ids: attempt.evidence_ids.clone(),
        note: attempt.note.clone(),
    }
}

/// Returns a line of the journal.
pub(crate) fn journal_entry(entry: &JournalEntry) -> pb::JournalEntry {
    pb::JournalEntry {
        turn_number: entry.turn_number,
        kind: entry.kind.clone(),
        text: entry.text.clone(),
    }
}

/// Returns a change of status.
pub(crate) fn status_change(change: &StatusChange) -> pb::StatusChange {
    pb::StatusChange {
        from: change.from.into(),
        to: change.to.into(),
        change_time: time(Some(change.at)),
        turn_number: change.turn_number,
        by: change.by.clone(),
        how: change.how.clone(),
        reason: change.reason.clone(),
    }
}
