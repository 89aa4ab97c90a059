//! What the investigation lacks: asked for, met, and out of reach.

use std::cmp::Reverse;

use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::case::v1::diff_op::Op;
use faultmaven_proto::case::v1::{
    EvidenceKind, FactKind, HypothesisKind, Investigation, LinkBasis, Need, NeedPurpose, NeedState,
    Obtainability, Prediction,
};
use faultmaven_proto::evidence::v1::{Check, Finding, Severity};

use super::changes::SAID_TO_HAVE_CHANGED;
use super::classify::Reading;
use super::observations::Seen;
use super::outputs;
use super::plan::Plan;
use super::situation::{Situation, facts_of, is_final};
use super::statement::clipped;
use super::words::content_stems;
use crate::reply::text::{capitalized, clock};

mod callee;

const NEW_NEEDS_MAX: usize = 2;
const OPEN_NEEDS_MAX: usize = 4;
const NEED_MAX: usize = 300;
const HOW_MAX: usize = 500;
const SURFACE_MAX: i32 = 3;
/// Marks the way to meet a need as a command.
const COMMAND_MARK: &str = "$ ";
const WHAT_CHANGED: &str = "What changed before the problem began";

/// Returns a command as the way to meet a need.
pub(crate) fn command_how(command: &str) -> String {
    clipped(&format!("{COMMAND_MARK}{}", command.trim()), HOW_MAX)
}

/// Returns the command that meets a need, if one does.
pub(crate) fn command_of(need: &Need) -> Option<&str> {
    need.how.strip_prefix(COMMAND_MARK)
}

/// Returns what a prediction is tested with, a command or words, without the mark of commands.
pub(crate) fn tested_with(prediction: &Prediction) -> &str {
    let how = prediction.how.as_str();
    how.strip_prefix(COMMAND_MARK).unwrap_or(how)
}

/// Returns the needs that can be asked for now, most urgent first.
pub(crate) fn askable(investigation: &Investigation) -> Vec<&Need> {
    let mut needs: Vec<&Need> = investigation
        .needs
        .iter()
        .filter(|need| is_open(need) && need.surfaced_turns < SURFACE_MAX)
        .filter(|need| need.obtainability() != Obtainability::Unobtainable)
        .collect();
    needs.sort_by_key(|need| (need.priority, need.surfaced_turns));
    needs
}

/// Returns whether the output of a command was asked for before.
pub(crate) fn is_asked_for(situation: &Situation, command: &str) -> bool {
    let how = command_how(command);
    situation
        .investigation
        .needs
        .iter()
        .any(|need| need.how == how)
}

/// Returns whether a need still waits for something.
pub(crate) fn is_open(need: &Need) -> bool {
    matches!(need.state(), NeedState::Pending | NeedState::PartiallyMet)
}

/// Marks needs as met by evidence of this turn that says something about their hypotheses.
pub(crate) fn fulfil(plan: &mut Plan, situation: &Situation) {
    let new_links: Vec<(String, String)> = plan
        .ops
        .iter()
        .filter_map(|op| match op {
            Op::Link(link) if cites_a_new_file(plan, situation, &link.evidence) => {
                Some((link.hypothesis.clone(), link.evidence.clone()))
            }
            _ => None,
        })
        .collect();
    let has_symptom = |reference: &&String| cites_a_new_file(plan, situation, reference);
    let symptoms = plan.references(|claim| claim.kind == EvidenceKind::Symptom);
    let symptom = symptoms.iter().find(has_symptom).cloned();
    for need in situation
        .investigation
        .needs
        .iter()
        .filter(|need| is_open(need))
    {
        let link = new_links
            .iter()
            .find(|(hypothesis, _)| need.hypothesis_ids.contains(hypothesis));
        let met_by = match need.purpose() {
            NeedPurpose::Symptom => symptom.clone(),
            _ => link.map(|(_, evidence)| evidence.clone()),
        };
        if let Some(evidence) = met_by {
            plan.push(Op::UpdateNeed(case_pb::UpdateNeed {
                need_id: need.need_id.clone(),
                state: NeedState::Fulfilled.into(),
                fulfilling_evidence: vec![evidence],
                ..Default::default()
            }));
        }
    }
}

/// Marks the question for changes as answered by the user's words.
pub(crate) fn answer(plan: &mut Plan, situation: &Situation, reading: &Reading) {
    let asked = situation
        .investigation
        .needs
        .iter()
        .find(|need| is_open(need) && need.request == WHAT_CHANGED);
    let said = reading
        .observations
        .iter()
        .find(|observation| matches!(observation.what, Seen::Change { .. } | Seen::NothingChanged));
    let (Some(need), Some(said)) = (asked, said) else {
        return;
    };
    let (kind, text) = match said.what {
        Seen::NothingChanged => (EvidenceKind::Other, "The user says that nothing changed"),
        _ => (EvidenceKind::Causal, SAID_TO_HAVE_CHANGED),
    };
    let evidence = plan.cite_message(kind, text, &said.sentence);
    plan.push(Op::UpdateNeed(case_pb::UpdateNeed {
        need_id: need.need_id.clone(),
        state: NeedState::Fulfilled.into(),
        fulfilling_evidence: vec![evidence],
        ..Default::default()
    }));
}

/// Marks the need that the user cannot meet; returns what was asked for.
pub(crate) fn give_up(plan: &mut Plan, situation: &Situation) -> Option<String> {
    let said = content_stems(&situation.text);
    let live = askable(&situation.investigation);
    let open = || {
        situation
            .investigation
            .needs
            .iter()
            .filter(|need| is_open(need))
    };
    let named = open()
        .map(|need| {
            (
                need,
                content_stems(&format!("{} {}", need.request, need.how)),
            )
        })
        .map(|(need, stems)| (need, stems.intersection(&said).count()))
        .filter(|(_, shared)| *shared > 0)
        .max_by_key(|(need, shared)| (*shared, need.surfaced_turns));
    let need = named
        .map(|(need, _)| need)
        .or_else(|| live.first().copied())
        .or_else(|| open().find(|need| need.obtainability() != Obtainability::Unobtainable))
        .or_else(|| open().next())?;
    plan.push(Op::UpdateNeed(case_pb::UpdateNeed {
        need_id: need.need_id.clone(),
        obtainability: Obtainability::Unobtainable.into(),
        ..Default::default()
    }));
    Some(need.request.clone())
}

/// Asks for what would decide between the causes that are left.
pub(crate) fn ask(situation: &Situation, after: &Investigation) -> Vec<Op> {
    let open = after.needs.iter().filter(|need| is_open(need)).count();
    let room = OPEN_NEEDS_MAX.saturating_sub(open).min(NEW_NEEDS_MAX);
    let checks = undecided_checks(situation, after);
    let mut ops: Vec<Op> = symptom_need(situation, after).into_iter().collect();
    ops.extend(callee::need(situation, after).filter(|_| room > 0));
    if checks.is_empty() {
        ops.extend(change_need(after).or_else(|| content_need(after)));
    }
    for (position, (check, hypotheses)) in checks.into_iter().take(room).enumerate() {
        ops.push(Op::AddNeed(case_pb::AddNeed {
            r#ref: format!("$n{}", position + 1),
            purpose: NeedPurpose::Cause.into(),
            request: request(&check.title, &check.command),
            rationale: clipped(&check.if_true, NEED_MAX),
            how: command_how(&check.command),
            priority: 2,
            hypotheses,
        }));
    }
    ops
}

/// Returns what a check would show, as a noun: catalogues say "Shows the limit."
pub(crate) fn request(title: &str, command: &str) -> String {
    let title = title.trim().trim_end_matches('.');
    let title = title.strip_prefix("Shows ").unwrap_or(title);
    if title.is_empty() {
        return clipped(&format!("The output of {command}"), NEED_MAX);
    }
    clipped(&capitalized(title), NEED_MAX)
}

fn symptom_need(situation: &Situation, after: &Investigation) -> Option<Op> {
    let shown = after
        .evidence
        .iter()
        .any(|digest| !digest.withdrawn && digest.category() == EvidenceKind::Symptom);
    let asked = after
        .needs
        .iter()
        .any(|need| need.purpose() == NeedPurpose::Symptom);
    (!shown && !asked).then(|| {
        Op::AddNeed(case_pb::AddNeed {
            r#ref: "$n_symptom".to_owned(),
            purpose: NeedPurpose::Symptom.into(),
            request: "A log or metric of the affected service from the time of the problem"
                .to_owned(),
            rationale: clipped(&why_unseen(situation), NEED_MAX),
            how: "Upload the log file, or paste the lines around the time of the problem"
                .to_owned(),
            priority: 1,
            hypotheses: Vec::new(),
        })
    })
}

/// Why none of the data at hand shows the symptom.
fn why_unseen(situation: &Situation) -> String {
    let onset = situation.relevance().onset();
    let grave = situation
        .assessment
        .findings
        .iter()
        .filter(|finding| finding.severity() >= Severity::Error);
    let name = |finding: &Finding| finding.citations.first().map(|it| it.filename.clone());
    match (grave.filter_map(name).next(), onset) {
        (Some(file), Some(onset)) => format!(
            "The errors in {file} do not count as the symptom: they come more than an hour before or after {}",
            clock(onset)
        ),
        (Some(file), None) => format!(
            "The errors in {file} share no word with the problem, and no time is known that would connect them"
        ),
        (None, _) if situation.has_data() => {
            "The data at hand hold no errors that show the symptom".to_owned()
        }
        (None, _) => "Nothing in the case shows the symptom yet".to_owned(),
    }
}

/// Without a check to run, what changed before is the best thing to know.
fn change_need(after: &Investigation) -> Option<Op> {
    let is_known = [FactKind::Change, FactKind::NoChanges]
        .into_iter()
        .any(|kind| facts_of(after, kind).next().is_some());
    let is_asked = after.needs.iter().any(|need| need.request == WHAT_CHANGED);
    (!is_known && !is_asked).then(|| {
        Op::AddNeed(case_pb::AddNeed {
            r#ref: "$n_change".to_owned(),
            purpose: NeedPurpose::Cause.into(),
            request: WHAT_CHANGED.to_owned(),
            rationale: "Most problems begin with a change".to_owned(),
            how: "Name deployments, configuration, data or traffic that changed, or say that nothing did"
                .to_owned(),
            priority: 2,
            hypotheses: Vec::new(),
        })
    })
}

/// What a suspected change contained tells whether it can have set the problem off.
fn content_need(after: &Investigation) -> Option<Op> {
    let suspect = after.hypotheses.iter().find(|known| {
        known.kind() == HypothesisKind::Cause
            && !is_final(known.status())
            && known
                .links
                .iter()
                .any(|it| it.basis() == LinkBasis::OnsetAfterChange)
    })?;
    let is_asked = after
        .needs
        .iter()
        .any(|need| need.hypothesis_ids.contains(&suspect.hypothesis_id));
    (!is_asked).then(|| {
        Op::AddNeed(case_pb::AddNeed {
            r#ref: "$n_content".to_owned(),
            purpose: NeedPurpose::Cause.into(),
            request: "What the suspected change contained".to_owned(),
            rationale: clipped(&suspect.statement, NEED_MAX),
            how: "Upload its diff or release notes, or undo it on one instance and tell whether the problem goes away there"
                .to_owned(),
            priority: 1,
            hypotheses: vec![suspect.hypothesis_id.clone()],
        })
    })
}

/// Checks of open causes that were not asked for, those that separate most of them first.
fn undecided_checks<'a>(
    situation: &'a Situation,
    after: &Investigation,
) -> Vec<(&'a Check, Vec<String>)> {
    let mut checks: Vec<(&Check, Vec<String>, bool)> = Vec::new();
    for hypothesis in after
        .hypotheses
        .iter()
        .filter(|hypothesis| !is_final(hypothesis.status()))
    {
        let Some(candidate) = situation.candidate(&hypothesis.catalogue_id) else {
            continue;
        };
        let is_cause = hypothesis.kind() == HypothesisKind::Cause;
        for check in &candidate.checks {
            match checks
                .iter_mut()
                .find(|(known, _, _)| known.command == check.command)
            {
                Some((_, hypotheses, _)) => hypotheses.push(hypothesis.hypothesis_id.clone()),
                None => checks.push((check, vec![hypothesis.hypothesis_id.clone()], is_cause)),
            }
        }
    }
    checks.retain(|(check, _, _)| {
        let how = command_how(&check.command);
        let is_held = situation.held.contains(&check.command);
        !check.command.trim().is_empty()
            && !is_held
            && !outputs::is_printed(after, &check.command)
            && !after.needs.iter().any(|need| need.how == how)
    });
    checks.sort_by_key(|(_, hypotheses, is_cause)| (Reverse(hypotheses.len()), *is_cause));
    checks
        .into_iter()
        .map(|(check, hypotheses, _)| (check, hypotheses))
        .collect()
}

fn cites_a_new_file(plan: &Plan, situation: &Situation, reference: &str) -> bool {
    plan.claims.iter().any(|claim| {
        claim.reference == reference
            && matches!(&claim.source, super::plan::Source::File(cited)
                if situation.is_new_file(&cited.file_id))
    })
}

#[cfg(test)]
#[path = "needs_tests.rs"]
mod tests;
