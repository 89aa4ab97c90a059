//! Answers of turns that need no analyst.

use faultmaven_proto::case::v1::{
    AttemptOutcome, CaseStatus, EvidenceDigest, EvidenceKind, Hypothesis, HypothesisStatus,
};

use super::cite::Cited;
use super::compose::{Composed, Told, graded};
use super::grade;
use super::text::plain;
use crate::analyst::classify::is_greeting;
use crate::analyst::needs::request;
use crate::analyst::situation::{statement_of, status_of};
use crate::analyst::words::flattened;

const CITED_MAX: usize = 4;
/// How it is asked for that an ended case go on.
const REOPENS: [&str; 5] = [
    "reopen",
    "re-open",
    "open it again",
    "open the case again",
    "open this case again",
];

/// Answers a greeting with where the case stands.
pub(crate) fn greeting(answer: &mut Composed, told: &Told<'_>) {
    let statement = statement_of(told.after);
    let thanks = told.situation.text.to_lowercase().contains("thank");
    let word = if thanks { "You are welcome." } else { "Hello." };
    answer.say(match status_of(told.after) {
        CaseStatus::Investigating => {
            format!("{word} We are investigating: “{}”.", plain(statement, 400))
        }
        _ if statement.is_empty() => {
            format!("{word} Tell me what is wrong, with which service, and since when; a log from that time helps most.")
        }
        _ => format!("{word} The problem statement so far: “{}”.", plain(statement, 400)),
    });
    if status_of(told.after) == CaseStatus::Investigating {
        answer.say(graded(told));
    }
}

/// Says that an offer is off the table, and how to take it up again.
pub(crate) fn declined(answer: &mut Composed, told: &Told<'_>) {
    answer.say(match status_of(told.after) {
        CaseStatus::Investigating => "All right, the investigation goes on.",
        _ => {
            "All right, not yet. Correct or complete the statement, or add data, whenever you like."
        }
    });
}

/// Says that words mean nothing here, and what would.
pub(crate) fn nothing_understood(answer: &mut Composed, told: &Told<'_>) {
    let said = super::text::inert(&told.situation.text, 80);
    answer.say(format!(
        "I do not understand {said}, and nothing in the case changes by it. Tell me what you saw, did or suspect, ask a question, or add data."
    ));
    super::outcome::withdrawn_offer(answer, told);
}

/// Says that nothing was taken from words, where the case stands and what would help, in few lines.
pub(crate) fn nothing_taken(answer: &mut Composed, told: &Told<'_>) {
    answer.say(
        "I took nothing from that; the case stays as it is. Tell me what you saw, did or suspect, or ask a question.",
    );
    super::outcome::withdrawn_offer(answer, told);
    answer.say(graded(told));
    super::investigation::next_step(answer, told);
}

/// Says which language is read.
pub(crate) fn foreign(answer: &mut Composed, told: &Told<'_>) {
    answer.say(
        "I read English only, so I took nothing from that; please say it in English. Data may come in any language.",
    );
    super::outcome::withdrawn_offer(answer, told);
}

/// Says what became of a hypothesis that the user judged.
pub(crate) fn judged(answer: &mut Composed, told: &Told<'_>, hypothesis_id: &str) {
    let known = told
        .after
        .hypotheses
        .iter()
        .find(|known| known.hypothesis_id == hypothesis_id);
    let Some(hypothesis) = known else {
        return;
    };
    super::objected::weighed(answer, told, hypothesis);
    answer.say(graded(told));
}

/// Says how a case ended.
pub(crate) fn ended(answer: &mut Composed, told: &Told<'_>) {
    let is_resolved = status_of(told.after) == CaseStatus::Resolved;
    answer.say(if is_resolved {
        "The case is resolved."
    } else {
        "The case is closed."
    });
    if told.after.hypotheses.is_empty() && told.after.evidence.is_empty() {
        return;
    }
    answer.say(graded(told));
    if let Some(fix) = fix(told) {
        answer.say(fix);
    }
    let mut cited = Cited::default();
    let root = told
        .after
        .hypotheses
        .iter()
        .find(|hypothesis| hypothesis.root);
    let decides = |digest: &&EvidenceDigest| {
        !digest.withdrawn
            && (digest.category() == EvidenceKind::SymptomAbsence
                || root.is_some_and(|root| {
                    root.links
                        .iter()
                        .any(|link| link.evidence_id == digest.evidence_id)
                }))
    };
    let deciding = told.after.evidence.iter().filter(decides);
    deciding
        .rev()
        .take(CITED_MAX)
        .for_each(|digest| cited.evidence(digest));
    answer.cite("What it rests on:", cited);
}

/// Answers questions about a case that takes no more changes.
pub(crate) fn terminal(answer: &mut Composed, told: &Told<'_>) {
    let word = match status_of(told.after) {
        CaseStatus::Resolved => "resolved",
        _ => "closed",
    };
    let flat = flattened(&told.situation.text);
    if is_greeting(&flat) {
        answer.say(format!("You are welcome. This case is {word}."));
        return;
    }
    if REOPENS.iter().any(|it| flat.contains(it)) {
        answer.say(format!(
            "This case is {word} and cannot be opened again. Open a new case for what comes now and hand over the data from after it; this one stays readable, and questions about it go on."
        ));
        return;
    }
    answer.say(format!(
        "This case is {word}; I can answer questions about it, and nothing in it changes any more."
    ));
    if told.analysis.reading.question.is_some() {
        super::answers::direct(answer, told);
        return;
    }
    answer.say(graded(told));
    if let Some(fix) = fix(told) {
        answer.say(fix);
    }
    let watch = to_watch(told);
    if !watch.is_empty() {
        answer.say(format!("What is worth watching:\n{}", watch.join("\n")));
    }
    super::answers::knowledge(answer, told);
    let mut cited = Cited::default();
    let shown = told.after.evidence.iter().filter(|digest| {
        !digest.withdrawn
            && matches!(
                digest.category(),
                EvidenceKind::Symptom | EvidenceKind::Causal
            )
    });
    shown
        .take(CITED_MAX)
        .for_each(|digest| cited.evidence(digest));
    answer.cite("How it showed itself:", cited);
}

/// Checks of the hypotheses that held, which would show the problem early next time.
fn to_watch(told: &Told<'_>) -> Vec<String> {
    let mut held: Vec<&Hypothesis> = told
        .after
        .hypotheses
        .iter()
        .filter(|hypothesis| hypothesis.status() == HypothesisStatus::Validated)
        .collect();
    // A condition shows itself before its cause is asked for.
    held.sort_by_key(|hypothesis| hypothesis.root);
    let checks = held.into_iter().filter_map(|hypothesis| {
        let candidate = told.situation.candidate(&hypothesis.catalogue_id)?;
        let check = candidate.checks.first()?;
        let what = request(&check.title, &check.command);
        Some(format!(
            "- {}: {}",
            plain(&what, 160),
            super::text::inert(&check.command, 300)
        ))
    });
    checks.take(3).collect()
}

fn fix(told: &Told<'_>) -> Option<String> {
    let action = told.after.actions.iter().rev().find(|action| {
        action
            .attempts
            .last()
            .is_some_and(|attempt| attempt.outcome() == AttemptOutcome::Succeeded)
    })?;
    Some(format!(
        "The fix you reported: {}.",
        plain(&action.title, 200)
    ))
}

/// Returns where a hypothesis stands; a number only where evidence makes it one.
pub(crate) fn standing(hypothesis: &Hypothesis) -> String {
    if hypothesis.links.is_empty() {
        return "nothing speaks for or against it yet".to_owned();
    }
    let percent = hypothesis.likelihood * 100.0;
    format!("{}, {percent:.0} %", status_word(hypothesis))
}

/// Returns the word for where a hypothesis stands.
pub(crate) fn status_word(hypothesis: &Hypothesis) -> &'static str {
    match hypothesis.status() {
        HypothesisStatus::Unspecified | HypothesisStatus::Captured => "noted, not tested yet",
        HypothesisStatus::Active => "under test",
        HypothesisStatus::Validated => "supported by independent evidence",
        HypothesisStatus::Refuted => "ruled out",
        HypothesisStatus::Inconclusive => "undecided",
        HypothesisStatus::Retired => "set aside",
    }
}

/// Returns prose of the catalogue as far as the grade bears it.
pub(crate) fn prose(told: &Told<'_>, text: &str) -> String {
    let assurance = told
        .after
        .conclusion
        .as_ref()
        .map(|conclusion| conclusion.assurance());
    grade::guarded(assurance.unwrap_or_default(), &plain(text, 600))
}
