//! What a turn did to its case, in the rules' words.

use chrono::{DateTime, TimeDelta, Timelike as _};
use faultmaven_proto::case::v1::{
    AttemptOutcome, CaseStatus, EvidenceKind, Fact, FactKind, Hypothesis, HypothesisKind,
    HypothesisStatus, Investigation, Stance,
};

use super::cite::Cited;
use super::compose::{Composed, Told};
use super::text::plain;
use super::{confirmation, objected};
use crate::analyst::situation::statement_of;
use crate::fast_path::Route;

/// Says what became of the case and of its statement.
pub(crate) fn state(answer: &mut Composed, told: &Told<'_>) {
    if told.preview.status_changed {
        answer.say(format!(
            "The investigation has begun: “{}”.",
            plain(statement_of(told.after), 600)
        ));
    }
    refused_confirmation(answer, told);
    withdrawn_offer(answer, told);
    revised_statement(answer, told);
    corrected_facts(answer, told);
}

/// Says what the turn decided.
pub(crate) fn verdict(answer: &mut Composed, told: &Told<'_>) {
    attempt(answer, told);
    decided(answer, told);
}

/// Says that the offer to resolve is off the table, and why where data speak against it.
pub(super) fn withdrawn_offer(answer: &mut Composed, told: &Told<'_>) {
    let was_offered = crate::fast_path::pending_target(&told.situation.investigation)
        == Some(CaseStatus::Resolved);
    let was_answered = matches!(
        told.route,
        Route::Confirm | Route::Decline | Route::Command(_)
    );
    let is_offered = crate::fast_path::pending_target(told.after).is_some();
    if !was_offered || was_answered || is_offered {
        return;
    }
    let new_symptom = told
        .new_evidence
        .iter()
        .find(|digest| digest.category() == EvidenceKind::Symptom);
    let Some(symptom) = new_symptom else {
        answer.say(
            "My question whether to mark the case as resolved is withdrawn; say “mark the case as resolved” whenever you want it.",
        );
        return;
    };
    let mut cited = Cited::default();
    cited.evidence(symptom);
    answer.cite(
        "I no longer offer to mark the case as resolved: the symptom was seen again.",
        cited,
    );
}

/// Says which facts no longer count since the user corrected them.
fn corrected_facts(answer: &mut Composed, told: &Told<'_>) {
    let now: Vec<&Fact> = facts(told.after).filter(|fact| fact.superseded).collect();
    let before = facts(&told.situation.investigation);
    let corrected = before.filter(|fact| {
        let is_same = |known: &&&Fact| {
            known.kind == fact.kind
                && known.value == fact.value
                && known.turn_number == fact.turn_number
        };
        !fact.superseded
            && matches!(
                fact.kind(),
                FactKind::Change | FactKind::NoChanges | FactKind::StartedAt
            )
            && now.iter().any(|known| is_same(&known))
    });
    let begins = now_begins(told);
    for fact in corrected {
        if fact.kind() == FactKind::StartedAt && is_near(&fact.value, begins) {
            continue;
        }
        let was = plain(&fact.value, 240);
        answer.say(match fact.kind() {
            FactKind::Change => format!("Corrected: the change “{was}” no longer counts."),
            FactKind::NoChanges => {
                "Corrected: that nothing changed before no longer counts.".to_owned()
            }
            _ => format!("Corrected: {was} no longer counts as the beginning."),
        });
    }
}

/// Returns when the problem began as the case knows it after the turn.
fn now_begins<'a>(told: &Told<'a>) -> Option<&'a str> {
    let beginnings = facts(told.after).filter(|fact| fact.kind() == FactKind::StartedAt);
    let newest = beginnings.filter(|fact| !fact.superseded).last()?;
    Some(&newest.value)
}

/// Tells whether two times are so close that a correction of one by the other is not worth a word:
/// what was told to the minute is no wrong second, and what was rounded to five no wrong minute.
fn is_near(before: &str, after: Option<&str>) -> bool {
    let time = |text| DateTime::parse_from_rfc3339(text).ok();
    let Some((before, after)) = time(before).zip(after.and_then(time)) else {
        return false;
    };
    let of_minute = before.second() == 0 && before.nanosecond() == 0;
    let told_to = TimeDelta::seconds(match (of_minute, before.minute() % 5) {
        (true, 0) => 300,
        (true, _) => 60,
        (false, _) => 1,
    });
    (before - after).abs() < told_to
}

fn facts(investigation: &Investigation) -> impl Iterator<Item = &Fact> {
    let case = investigation.case.as_ref();
    case.into_iter().flat_map(|case| &case.facts)
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
    let reported = told.after.actions.iter().find_map(|action| {
        let last = action.attempts.last()?;
        let is_news = before_turn(told, &last.attempt_id) != Some(last.outcome());
        is_news.then(|| (action, last.outcome()))
    });
    let Some((action, outcome)) = reported else {
        return;
    };
    let title = plain(&action.title, 200);
    let title = title.trim_end_matches('.');
    answer.say(match outcome {
        AttemptOutcome::Succeeded => {
            let by_word = told.situation.aftermath.absences.is_empty();
            let source = if by_word { " by your word alone" } else { "" };
            format!("Recorded: you carried out “{title}”, and the symptom is gone{source}.")
        }
        AttemptOutcome::Failed => {
            let aims = !action.target_hypothesis_id.is_empty();
            let therefore = if aims { "; that speaks against its cause" } else { "" };
            format!("Recorded: you carried out “{title}”, but the symptom is still there{therefore}.")
        }
        AttemptOutcome::Partial | AttemptOutcome::Unknown | AttemptOutcome::Unspecified => format!(
            "Recorded: you carried out “{title}”. Data from after the fix would show what came of it."
        ),
    });
    if outcome != AttemptOutcome::Failed {
        answer.say(confirmation::missing(told).unwrap_or_default());
    }
}

/// Returns what had come of an attempt before this turn; nothing for one that this turn reported.
fn before_turn(told: &Told<'_>, attempt_id: &str) -> Option<AttemptOutcome> {
    let actions = &told.situation.investigation.actions;
    let mut attempts = actions.iter().flat_map(|action| &action.attempts);
    let known = attempts.find(|attempt| attempt.attempt_id == attempt_id)?;
    Some(known.outcome())
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
        if was == hypothesis.status() || objected::tells_of(told, hypothesis) {
            continue;
        }
        let statement = plain(&hypothesis.statement, 240);
        let reason = reason(hypothesis);
        match hypothesis.status() {
            HypothesisStatus::Refuted => lines.push(format!("- Ruled out: {statement}{reason}")),
            HypothesisStatus::Validated if hypothesis.kind() == HypothesisKind::Condition => {
                lines.push(format!("- Established as a condition: {statement}"));
            }
            // What stays undecided is said with the candidates.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_corrects_no_beginning() {
        let began = "2025-03-04T14:05:00.001Z";
        assert!(is_near("2025-03-04T14:05:00Z", Some(began)));
        assert!(!is_near("2025-03-04T14:04:59Z", Some(began)));
        assert!(is_near("2025-03-04T14:06:00Z", Some(began)));
        assert!(!is_near("2025-03-04T14:07:00Z", Some(began)));
        assert!(is_near("2025-03-04T14:10:00Z", Some(began)));
        assert!(!is_near("at noon", Some(began)));
        assert!(!is_near("2025-03-04T14:05:00Z", None));
    }
}
