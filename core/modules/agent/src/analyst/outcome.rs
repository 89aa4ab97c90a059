//! What the user did about the problem, and what came of it.

use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::case::v1::diff_op::Op;
use faultmaven_proto::case::v1::{
    Action, ActionKind, ActionState, ActionType, AttemptOutcome, EvidenceKind, Hypothesis,
    HypothesisKind, LinkBasis,
};

use super::classify::Reading;
use super::deed::Deed;
use super::harvest::Symptoms;
use super::observations::{Observation, Seen};
use super::plan::{Plan, Sighting};
use super::situation::{ProvenAbsence, RestoredValue, Situation};
use super::statement::{clipped, one_line};
use super::words::{flattened, has_phrase};
use crate::convert::{moment, stamp};
use crate::reply::text::{plain, verbatim};

mod settle;

const NOTE_MAX: usize = 500;

/// What this turn says about an attempt.
#[derive(Debug, Clone, Default)]
pub(crate) struct Aftereffects {
    /// Evidence that the symptom is gone.
    pub(crate) gone: Vec<String>,
    /// Evidence that the symptom is still there.
    pub(crate) present: Vec<String>,
    /// Evidence that the cause was removed.
    pub(crate) removed: Vec<String>,
}

/// Records absences, the user's own observations, and the attempt they belong to.
pub(crate) fn record(
    plan: &mut Plan,
    situation: &Situation,
    reading: &Reading,
    symptoms: &Symptoms,
) -> Aftereffects {
    let mut effects = Aftereffects {
        present: symptoms.references.clone(),
        ..Aftereffects::default()
    };
    for absence in &situation.aftermath.absences {
        effects.gone.extend(cite_absence(plan, situation, absence));
    }
    for restored in &situation.aftermath.restored {
        effects
            .removed
            .extend(cite_restored(plan, situation, restored));
    }
    for observation in &reading.observations {
        cite_words(plan, observation, &mut effects);
    }
    record_attempt(plan, situation, reading, &effects);
    effects
}

/// Returns what may be carried out, the newest first: solutions, then other actions.
pub(super) fn open_actions(
    investigation: &case_pb::Investigation,
) -> impl Iterator<Item = &Action> {
    let open = |action: &&Action| {
        let state = action.state();
        let is_open = matches!(state, ActionState::Proposed | ActionState::Accepted);
        is_open && action.r#type() != ActionType::Diagnostic
    };
    let all = || investigation.actions.iter().rev().filter(open);
    let is_solution = |action: &&Action| action.r#type() == ActionType::Solution;
    let others = all().filter(move |action| !is_solution(action));
    all().filter(is_solution).chain(others)
}

/// Returns what is to be carried out next: an open solution, else the newest action.
pub(crate) fn open_action(investigation: &case_pb::Investigation) -> Option<&Action> {
    open_actions(investigation).next()
}

fn cite_absence(plan: &mut Plan, situation: &Situation, absence: &ProvenAbsence) -> Option<String> {
    let kind = if absence.of_symptom {
        EvidenceKind::SymptomAbsence
    } else {
        EvidenceKind::CausalAbsence
    };
    let sighting = Sighting {
        citation: &absence.citation,
        signature: &absence.proof.signature,
        text: format!(
            "0 matches in lines {} to {}, which end with “{}”",
            absence.proof.line_start,
            absence.proof.line_end,
            verbatim(&absence.citation.quote, 160)
        ),
        from: moment(absence.proof.start_time.as_ref()),
        to: moment(absence.proof.end_time.as_ref()),
    };
    let cited = plan.cite_absence(situation, kind, sighting, absence.proof.clone())?;
    absence.of_symptom.then_some(cited)
}

fn cite_restored(
    plan: &mut Plan,
    situation: &Situation,
    restored: &RestoredValue,
) -> Option<String> {
    let sighting = Sighting {
        citation: &restored.citation,
        signature: "",
        text: format!(
            "{} is {} again; the change had made it {}",
            plain(&restored.name, 120),
            plain(&restored.now, 60),
            plain(&restored.before, 60)
        ),
        from: None,
        to: None,
    };
    plan.cite(situation, EvidenceKind::CausalAbsence, sighting)
}

fn cite_words(plan: &mut Plan, observation: &Observation, effects: &mut Aftereffects) {
    let quote = observation.sentence.as_str();
    match observation.what {
        Seen::Gone => {
            let text = "The user says that the symptom is gone";
            let cited = plan.cite_message(EvidenceKind::SymptomAbsence, text, quote);
            effects.gone.push(cited);
        }
        Seen::StillThere => {
            let text = "The user says that the symptom is still there";
            let cited = plan.cite_message(EvidenceKind::Symptom, text, quote);
            effects.present.push(cited);
        }
        Seen::Done { .. } => {
            let text = "The user says what was done";
            plan.cite_message(EvidenceKind::Resolution, text, quote);
        }
        Seen::Since(_)
        | Seen::Region(_)
        | Seen::Users(_)
        | Seen::Change { .. }
        | Seen::NothingChanged => {}
    }
}

fn record_attempt(
    plan: &mut Plan,
    situation: &Situation,
    reading: &Reading,
    effects: &Aftereffects,
) {
    let done = reading
        .observations
        .iter()
        .find_map(|observation| match observation.what {
            Seen::Done { at } => Some((observation, at)),
            _ => None,
        });
    let Some((observation, at)) = done else {
        settle::earlier_attempt(plan, situation, effects);
        return;
    };
    let outcome = outcome(effects);
    let deed = Deed::of(&observation.sentence);
    let action_id = match deed.action(&situation.investigation) {
        Some(action) => action.action_id.clone(),
        // What was done unasked is worth recording once something is known to have come of it.
        None if outcome == AttemptOutcome::Unknown => return,
        None => propose_unasked(plan, situation, &deed, &observation.sentence, outcome),
    };
    let words = plan.references(|claim| claim.kind == EvidenceKind::Resolution);
    let evidence = match outcome {
        AttemptOutcome::Failed => effects.present.clone(),
        _ => effects
            .gone
            .iter()
            .chain(&effects.removed)
            .chain(&words)
            .cloned()
            .collect(),
    };
    let performed = at.and_then(|time| time.resolve(&situation.reference()));
    plan.push(Op::RecordAttempt(case_pb::RecordAttempt {
        action_id,
        outcome: outcome.into(),
        perform_time: stamp(performed),
        evidence,
        note: clipped(&one_line(&observation.sentence), NOTE_MAX),
        attempt_id: String::new(),
    }));
}

/// The symptom in new data or in the user's words outweighs its absence.
fn outcome(effects: &Aftereffects) -> AttemptOutcome {
    match (effects.gone.is_empty(), effects.present.is_empty()) {
        (_, false) => AttemptOutcome::Failed,
        (false, true) => AttemptOutcome::Succeeded,
        (true, true) => AttemptOutcome::Unknown,
    }
}

fn propose_unasked(
    plan: &mut Plan,
    situation: &Situation,
    deed: &Deed,
    sentence: &str,
    outcome: AttemptOutcome,
) -> String {
    // What nobody proposed against a cause does not speak against that cause when it fails; that the
    // trouble outlives a change speaks against that change.
    let target = match outcome {
        AttemptOutcome::Failed => undone_change(situation, sentence),
        _ => target_of(situation, sentence),
    };
    let reference = "$a_unasked".to_owned();
    let kind = if target.is_some_and(|target| target.root) {
        ActionType::Solution
    } else {
        ActionType::Mitigation
    };
    plan.push(Op::ProposeAction(case_pb::ProposeAction {
        r#ref: reference.clone(),
        r#type: kind.into(),
        kind: ActionKind::Other.into(),
        title: deed.title(),
        body: "Done by the user without having been proposed.".to_owned(),
        target_hypothesis: target
            .map(|target| target.hypothesis_id.clone())
            .unwrap_or_default(),
        ..Default::default()
    }));
    reference
}

/// Words by which a change was undone.
const UNDONE: [&str; 4] = ["back", "reverted", "undid", "undone"];

/// The suspected change that was undone.
fn undone_change<'a>(situation: &'a Situation, sentence: &str) -> Option<&'a Hypothesis> {
    let flat = flattened(sentence);
    let is_change = |it: &&Hypothesis| it.catalogue_id.starts_with("change.");
    situation
        .open_hypotheses()
        .filter(is_change)
        .filter(|_| UNDONE.iter().any(|word| has_phrase(&flat, word)))
        .max_by(|one, other| one.likelihood.total_cmp(&other.likelihood))
}

/// The cause that was acted on: the root, or what a change may have caused that was undone.
fn target_of<'a>(situation: &'a Situation, sentence: &str) -> Option<&'a Hypothesis> {
    let all = &situation.investigation.hypotheses;
    if let Some(root) = all.iter().find(|hypothesis| hypothesis.root) {
        return Some(root);
    }
    let flat = flattened(sentence);
    let comes_from_a_change = |hypothesis: &&Hypothesis| {
        hypothesis.kind() == HypothesisKind::Cause
            && hypothesis.links.iter().any(|link| {
                matches!(
                    link.basis(),
                    LinkBasis::ChangeSetsCondition | LinkBasis::OnsetAfterChange
                )
            })
    };
    situation
        .open_hypotheses()
        .filter(comes_from_a_change)
        .filter(|_| UNDONE.iter().any(|word| has_phrase(&flat, word)))
        .max_by(|one, other| one.likelihood.total_cmp(&other.likelihood))
}

#[cfg(test)]
mod tests {
    use faultmaven_proto::case::v1::CaseStatus;

    use super::*;
    use crate::analyst::classify;

    fn planned(text: &str, with_solution: bool) -> Plan {
        let mut situation = Situation {
            text: text.to_owned(),
            ..Situation::default()
        };
        situation.investigation.case = Some(case_pb::Case {
            status: CaseStatus::Investigating.into(),
            ..Default::default()
        });
        if with_solution {
            situation.investigation.actions.push(Action {
                action_id: "sol_1".to_owned(),
                r#type: ActionType::Solution.into(),
                state: ActionState::Proposed.into(),
                ..Default::default()
            });
        }
        let mut plan = Plan::default();
        let reading = classify::read(text, true);
        record(&mut plan, &situation, &reading, &Symptoms::default());
        plan
    }

    fn attempt(plan: &Plan) -> Option<(String, AttemptOutcome)> {
        plan.ops.iter().find_map(|op| match op {
            Op::RecordAttempt(attempt) => Some((attempt.action_id.clone(), attempt.outcome())),
            _ => None,
        })
    }

    #[test]
    fn the_users_words_tell_what_came_of_the_fix() {
        for (text, outcome) in [
            ("I applied it, works again", AttemptOutcome::Succeeded),
            ("restarted it, still 502", AttemptOutcome::Failed),
            ("applied it at 15:08", AttemptOutcome::Unknown),
        ] {
            let expected = Some(("sol_1".to_owned(), outcome));
            assert_eq!(attempt(&planned(text, true)), expected, "{text}");
        }
    }

    #[test]
    fn trouble_that_outlives_a_change_speaks_against_the_change() {
        let mut situation = Situation {
            text: "no, we rolled back and it is still failing".to_owned(),
            ..Situation::default()
        };
        let suspected = |id: &str| Hypothesis {
            hypothesis_id: format!("hyp_{id}"),
            catalogue_id: id.to_owned(),
            kind: HypothesisKind::Cause.into(),
            ..Default::default()
        };
        situation.investigation.hypotheses = vec![suspected("pool.size"), suspected("change.x")];
        let mut plan = Plan::default();
        let reading = classify::read(&situation.text, true);
        record(&mut plan, &situation, &reading, &Symptoms::default());
        let target = plan.ops.iter().find_map(|op| match op {
            Op::ProposeAction(action) => Some(action.target_hypothesis.as_str()),
            _ => None,
        });
        assert_eq!(target, Some("hyp_change.x"));
        assert_eq!(attempt(&plan).unwrap().1, AttemptOutcome::Failed);
    }

    #[test]
    fn a_fix_nobody_proposed_is_recorded_once_its_effect_is_known() {
        let plan = planned("restarted the pods, works again", false);
        assert!(matches!(plan.ops[0], Op::ProposeAction(_)));
        assert_eq!(attempt(&plan).unwrap().1, AttemptOutcome::Succeeded);
        assert_eq!(attempt(&planned("restarted the pods", false)), None);
    }
}
