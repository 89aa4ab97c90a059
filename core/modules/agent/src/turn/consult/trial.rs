//! Tries what a model answers: its changes beside those of the rules, its text against what is left.

use std::collections::HashMap;

use faultmaven_proto::case::v1::diff_op::Op;
use faultmaven_proto::case::v1::{DroppedPart, TurnDraft, TurnPath};
use faultmaven_proto::llm::v1::ChatRole;

use super::super::draft::Draft;
use super::Consultation;
use crate::analyst::plan::Source;
use crate::analyst::situation::status_of;
use crate::error::TurnError;
use crate::model::failure::Unanswered;
use crate::model::grounds::Grounds;
use crate::model::guard::{Violation, violations};
use crate::model::proposal::{Absence, Proposal, Read, Setting};
use crate::model::prose::{Prose, settled};
use crate::reply::grade;

const EXCERPT_MAX: usize = 200;
/// Reasons of dropped parts that a second answer may do better on.
const CORRECTABLE: [&str; 14] = [
    "unknown_id",
    "foreign_id",
    "unknown_value",
    "quote_not_found",
    "quote_too_long",
    "not_citable",
    "cycle",
    "no_source",
    "not_a_user_decision",
    "unsafe_command",
    "absence_not_proven",
    "overclaim",
    "actor_claim",
    "limit_reached",
];
/// Reasons of dropped parts that may be true all the same.
const HARMLESS: [&str; 6] = [
    "duplicate",
    "invalid_field",
    "limit_reached",
    "unknown_value",
    "wrong_status",
    "proposal_declined_before",
];

/// A model's answer with everything it proposed applied.
pub(super) struct Tried {
    pub(super) draft: Draft,
    /// Parts that were refused because of the model.
    refused: Vec<DroppedPart>,
    pub(super) violations: Vec<Violation>,
}

impl Consultation<'_> {
    /// Applies what the model proposes on top of the rules' changes and checks the text against it.
    pub(super) async fn attempt(&self, proposal: &Proposal) -> Result<Tried, Unanswered> {
        let mut read = proposal.read(self.setting());
        let proven = self.prove(&mut read).await;
        proven.map_err(|_| Unanswered::Unchecked)?;
        let applied = self.apply(&read).await;
        let mut draft = applied.map_err(|_| Unanswered::Unchecked)?;
        let prose = self.settled(&proposal.answer, &read, &draft);
        let unresolved = unresolved(&prose);
        draft.draft.dropped.extend(unresolved.clone());
        draft.preview.turn.dropped.extend(unresolved);
        let known = &self.rules.preview.turn.dropped;
        let dropped = draft.preview.turn.dropped.iter();
        let refused = dropped.filter(|part| !known.contains(part)).cloned();
        Ok(Tried {
            refused: refused.collect(),
            violations: violations(grade::of(&draft.preview.after), &prose.text),
            draft: Draft {
                prose: Some(prose),
                ..draft
            },
        })
    }

    fn setting(&self) -> Setting<'_> {
        let after = &self.rules.preview.after;
        let diff = self.unsettled.diff.as_ref();
        Setting {
            status: status_of(after),
            grade: grade::of(after),
            situation: &self.rules.situation,
            after,
            planned: diff.map_or(&[], |diff| diff.ops.as_slice()),
        }
    }

    /// Has what is claimed to be gone searched for; what is proven becomes a claim like others.
    async fn prove(&self, read: &mut Read) -> Result<(), TurnError> {
        for absence in std::mem::take(&mut read.absences) {
            let Absence {
                mut claim,
                file_id,
                signature,
            } = absence;
            let (turns, turn) = (self.turns, self.turn);
            let proven = turns
                .prove_absence(turn, &signature, true, &file_id)
                .await?;
            match proven {
                Some(proven) => {
                    claim.source = Source::File(proven.citation);
                    claim.absence = Some(proven.proof);
                    read.plan.claims.push(claim);
                }
                None => read.refuse("add_evidence", "absence_not_proven", &claim.text),
            }
        }
        Ok(())
    }

    /// Returns the turn with the model's changes beside those of the rules.
    async fn apply(&self, read: &Read) -> Result<Draft, TurnError> {
        let (turn, rules) = (self.turn, self.rules);
        let mut draft = self.unsettled.clone();
        draft.dropped.extend(read.dropped.clone());
        if read.rewords_the_problem() {
            leave_out_statements(&mut draft);
        }
        let (plan, collector) = (read.plan.clone(), self.talk.collector());
        let staged = self.turns.stage(turn, &mut draft, plan, &collector).await?;
        if draft.path() == TurnPath::Embedded {
            draft.set_path(TurnPath::Model);
        }
        let settled = self
            .turns
            .settle(turn, &rules.situation, &rules.analysis, &mut draft);
        let preview = settled.await?;
        let mut applied = Draft {
            draft,
            preview,
            ..rules.clone()
        };
        applied.staged.extend(staged);
        applied.suggested.extend(read.suggestions.iter().cloned());
        if self.cut_evidence > 0 {
            let cut = self.cut_evidence;
            let notice = format!("the model was not shown {cut} older pieces of evidence");
            applied.notices.push(notice);
        }
        Ok(applied)
    }

    /// Returns the text with the ids of what its markers name.
    fn settled(&self, answer: &str, read: &Read, tried: &Draft) -> Prose {
        let refs: &HashMap<String, String> = &tried.preview.turn.resolved_refs;
        let evidence = &tried.preview.after.evidence;
        let passages = self.tools.passages.iter();
        let passages: Vec<&str> = passages
            .chain(&self.rules.situation.passages)
            .map(|it| it.document_id.as_str())
            .collect();
        let resolve = |name: &str| {
            if let Some(document) = name.strip_prefix("doc:") {
                return passages.contains(&document).then(|| name.to_owned());
            }
            let name = read.known(name)?;
            let id = refs.get(name).map_or(name, String::as_str);
            let is_active = evidence
                .iter()
                .any(|it| it.evidence_id == id && !it.withdrawn);
            is_active.then(|| id.to_owned())
        };
        let grounds = self.grounds(read, tried);
        settled(answer, resolve, |sentence| grounds.problem(sentence))
    }

    /// Returns what the text may rest on.
    fn grounds(&self, read: &Read, tried: &Draft) -> Grounds {
        let mut grounds = Grounds::default();
        // What the model itself said, and what was wrong with it, shows nothing.
        let told = self.talk.messages.iter().enumerate();
        let told = told.filter(|(at, it)| *at == 0 || it.role() == ChatRole::Tool);
        told.for_each(|(_, message)| grounds.show(&message.text));
        let after = &tried.preview.after;
        let kept = after.evidence.iter().filter(|it| !it.withdrawn);
        kept.for_each(|evidence| grounds.show(&evidence.quote));
        after.needs.iter().for_each(|need| grounds.show(&need.how));
        for action in &after.actions {
            grounds.show(&action.body);
            grounds.show(&action.rollback);
            let commands = action.commands.iter();
            commands.for_each(|command| grounds.show(&command.command));
        }
        let suggested = read.suggestions.iter();
        suggested.for_each(|suggestion| grounds.show(&suggestion.payload));
        let known = &self.rules.preview.turn.dropped;
        let dropped = tried.preview.turn.dropped.iter();
        let dropped = dropped.filter(|part| !known.contains(part));
        let false_ones = dropped.filter(|part| !HARMLESS.contains(&part.reason.as_str()));
        false_ones.for_each(|part| grounds.refuse(&part.excerpt));
        let claims = read.plan.claims.iter();
        let refused = claims.filter(|claim| tried.staged.iter().all(|it| it.claim != claim.text));
        refused.for_each(|claim| grounds.refuse(&claim.text));
        grounds
    }
}

impl Tried {
    /// Returns what the model can correct, in words.
    pub(super) fn faults(&self) -> Vec<String> {
        let refused = self.refused.iter();
        let refused = refused.filter(|part| CORRECTABLE.contains(&part.reason.as_str()));
        let refused = refused.map(|part| {
            let reason = part.reason.replace('_', " ");
            format!("- {}, {reason}: {}", part.op, part.excerpt)
        });
        let violations = self.violations.iter();
        let violations = violations.map(|it| format!("- answer: {}", it.correction()));
        refused.chain(violations).collect()
    }
}

/// A statement of the model takes the place of the rules' one.
fn leave_out_statements(draft: &mut TurnDraft) {
    let diff = draft.diff.get_or_insert_default();
    let is_statement = |op: &Op| matches!(op, Op::ProposeStatement(_));
    diff.ops
        .retain(|it| !it.op.as_ref().is_some_and(is_statement));
}

/// Markers that name nothing and sentences without grounds, as dropped parts.
fn unresolved(prose: &Prose) -> Vec<DroppedPart> {
    let part = |reason: &str, text: &str| DroppedPart {
        op: "answer".to_owned(),
        reason: reason.to_owned(),
        excerpt: text.chars().take(EXCERPT_MAX).collect(),
    };
    let unknown = prose.unknown.iter();
    let unknown = unknown.map(|name| part("unknown_id", name));
    let groundless = prose.groundless.iter();
    let groundless = groundless.map(|(reason, sentence)| part(reason, sentence));
    unknown.chain(groundless).collect()
}
