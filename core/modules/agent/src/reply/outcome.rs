//! What a turn did to its case, in the rules' words.

use faultmaven_proto::case::v1::{
    AttemptOutcome, CaseStatus, Hypothesis, HypothesisKind, HypothesisStatus, Stance,
};

use super::compose::{Composed, Told};
use super::text::plain;
use crate::analyst::situation::statement_of;
use crate::fast_path::Route;

/// What is missing when only the user's word says that a fix worked.
const UNCONFIRMED: &str =
    " So far that is your word alone: a log or metric from after the fix would confirm it.";

/// Says what became of the case and of its statement.
pub(crate) fn state(answer: &mut Composed, told: &Told<'_>) {
    if told.preview.status_changed {
        answer.say(format!(
            "The investigation has begun: “{}”.",
            plain(statement_of(told.after), 600)
        ));
    }
    refused_confirmation(answer, told);
    revised_statement(answer, told);
}

/// Says what the turn decided.
pub(crate) fn verdict(answer: &mut Composed, told: &Told<'_>) {
    attempt(answer, told);
    decided(answer, told);
}

/// The user said yes, but meanwhile the transition is not allowed any more.
fn refused_confirmation(answer: &mut Composed, told: &Told<'_>) {
    let wanted = crate::fast_path::pending_target(&told.situation.investigation);
    if *told.route == Route::Confirm && wanted == Some(CaseStatus::Resolved) {
        answer.say(
            "I cannot mark the case as resolved: the symptom was seen again after the evidence that it is gone.",
        );
    }
}

fn revised_statement(answer: &mut Composed, told: &Told<'_>) {
    let before = statement_of(&told.situation.investigation);
    let after = statement_of(told.after);
    if !told.preview.status_changed && before != after {
        answer.say(format!("New problem statement: “{}”.", plain(after, 600)));
    }
}

fn attempt(answer: &mut Composed, told: &Told<'_>) {
    let turn = told.after.case.as_ref().map_or(0, |case| case.current_turn);
    let reported = told.after.actions.iter().find_map(|action| {
        let attempt = action
            .attempts
            .last()
            .filter(|attempt| attempt.reported_turn == turn)?;
        Some((action, attempt.outcome()))
    });
    let Some((action, outcome)) = reported else {
        return;
    };
    let title = plain(&action.title, 200);
    answer.say(match outcome {
        AttemptOutcome::Succeeded => {
            let by_word = told.situation.aftermath.absences.is_empty();
            let confirmed = if by_word { UNCONFIRMED } else { "" };
            format!("Recorded: you carried out “{title}”, and the symptom is gone.{confirmed}")
        }
        AttemptOutcome::Failed => format!(
            "Recorded: you carried out “{title}”, but the symptom is still there; that speaks against its cause."
        ),
        AttemptOutcome::Partial | AttemptOutcome::Unknown | AttemptOutcome::Unspecified => format!(
            "Recorded: you carried out “{title}”. Data from after the fix would show what came of it."
        ),
    });
}

/// Hypotheses whose status this turn decided.
fn decided(answer: &mut Composed, told: &Told<'_>) {
    let before = &told.situation.investigation.hypotheses;
    let mut lines = Vec::new();
    for hypothesis in &told.after.hypotheses {
        let was = before
            .iter()
            .find(|known| known.hypothesis_id == hypothesis.hypothesis_id)
            .map_or(HypothesisStatus::Captured, Hypothesis::status);
        if was == hypothesis.status() {
            continue;
        }
        let statement = plain(&hypothesis.statement, 240);
        let reason = reason(hypothesis);
        match hypothesis.status() {
            HypothesisStatus::Refuted => lines.push(format!("- Ruled out: {statement}{reason}")),
            HypothesisStatus::Validated if hypothesis.kind() == HypothesisKind::Condition => {
                lines.push(format!("- Established as a condition: {statement}"));
            }
            HypothesisStatus::Inconclusive => lines.push(format!("- Undecided: {statement}")),
            HypothesisStatus::Retired => {
                let reason = plain(&hypothesis.concluded_reason, 200);
                lines.push(format!("- Set aside: {statement} — {reason}"));
            }
            _ => {}
        }
    }
    if !lines.is_empty() {
        answer.say(lines.join("\n"));
    }
}

fn reason(hypothesis: &Hypothesis) -> String {
    let strongest = hypothesis
        .links
        .iter()
        .filter(|link| link.stance() == Stance::Refutes)
        .max_by(|a, b| a.strength.total_cmp(&b.strength));
    match strongest {
        Some(link) => format!(" — {} [{}]", plain(&link.reasoning, 240), link.evidence_id),
        None => String::new(),
    }
}
