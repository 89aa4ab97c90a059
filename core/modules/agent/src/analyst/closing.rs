//! The wish to end a case, in the words people use for it.

use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::case::v1::diff_op::Op;
use faultmaven_proto::case::v1::{AttemptOutcome, CaseStatus, EvidenceKind};

use super::plan::Plan;
use super::situation::Situation;
use super::words::{NEGATIONS, Sentence, flattened, has_phrase, sentences};

/// Verbs that give a case a state.
const SETS: [&str; 14] = [
    "mark", "marked", "set", "flag", "close", "closed", "treat", "consider", "call", "declare",
    "move", "put", "register", "log",
];
/// States of a case whose problem is over.
const OVER: [&str; 4] = ["resolved", "solved", "fixed", "done"];
/// What ends a case as resolved wherever it is said.
const RESOLVES: [&str; 12] = [
    "resolve the case",
    "resolve this case",
    "resolve my case",
    "resolve case",
    "resolving the case",
    "resolving this case",
    "case is resolved",
    "case is solved",
    "case resolved",
    "case solved",
    "case can be resolved",
    "case as resolved",
];
/// What closes a case, which resolves it when its problem is said to be over.
const CLOSES: [&str; 11] = [
    "close it",
    "close this",
    "close that",
    "close the case",
    "close this case",
    "close case",
    "close the ticket",
    "close the incident",
    "be closed",
    "close up",
    "closing this case",
];
const SAID_OVER: [&str; 12] = [
    "fixed",
    "resolved",
    "solved",
    "works again",
    "working again",
    "is gone",
    "are gone",
    "went away",
    "back to normal",
    "recovered",
    "over now",
    "no longer happens",
];
/// Questions about what is, not for something to be done.
const ASKS_WHETHER: [&str; 8] = ["is", "was", "has", "why", "who", "when", "did", "are"];
/// Words between a verb and the state it gives.
const REACH: usize = 6;

/// Returns whether a text wants the case to end as resolved.
pub(crate) fn asks_to_resolve(text: &str) -> bool {
    let flat = flattened(text);
    let closes = CLOSES.iter().any(|phrase| has_phrase(&flat, phrase));
    let is_over = SAID_OVER.iter().any(|phrase| {
        flat.find(phrase).is_some_and(|at| !is_denied(&flat[..at])) && has_phrase(&flat, phrase)
    });
    sentences(text).iter().any(|it| is_wish(it.text)) && (names_end(&flat) || closes && is_over)
}

/// Returns whether a flattened text is nothing but the wish to end the case: "close it", "please close".
pub(crate) fn is_stop(flat: &str) -> bool {
    const STOPS: [&str; 10] = [
        "close",
        "close it",
        "close this",
        "close that",
        "close case",
        "close up",
        "end it",
        "end the case",
        "end this case",
        "we are done here",
    ];
    const COURTESIES: [&str; 8] = ["please", "ok", "okay", "now", "just", "then", "and", "so"];
    let words = flat.split(' ').filter(|word| !COURTESIES.contains(word));
    STOPS.contains(&words.collect::<Vec<_>>().join(" ").as_str())
}

/// Returns whether a sentence is or holds the wish itself.
pub(crate) fn is_wish(sentence: &str) -> bool {
    let flat = flattened(sentence);
    let first = flat.split(' ').next().unwrap_or_default();
    let wishes = names_end(&flat) || CLOSES.iter().any(|phrase| has_phrase(&flat, phrase));
    wishes && !ASKS_WHETHER.contains(&first)
}

/// Returns the parts of a sentence beside the wish: "close it, it is fixed" says that it is fixed.
pub(crate) fn besides(sentence: &str) -> Vec<Sentence<'_>> {
    let parts = sentence
        .split([',', ';', ':'])
        .flat_map(|part| part.split(" because "))
        .flat_map(|part| part.split(" and "));
    parts
        .filter(|part| !is_wish(part))
        .flat_map(sentences)
        .collect()
}

/// Proposes what the wish comes to; the guard decides whether it can be.
pub(crate) fn resolve(plan: &mut Plan, situation: &Situation) {
    if situation.is_investigating() {
        offer(
            plan,
            CaseStatus::Resolved,
            "the user wants the case resolved",
            situation.statement(),
        );
    } else if CLOSES
        .iter()
        .any(|it| has_phrase(&flattened(&situation.text), it))
    {
        stop(plan);
    }
}

/// Proposes to close the case without a solution.
pub(crate) fn stop(plan: &mut Plan) {
    let summary = "Close the case without a resolution.";
    offer(plan, CaseStatus::Closed, "the user wants to stop", summary);
}

/// Repeats the offer to resolve that words beside new data withdrew without denying it.
pub(crate) fn renew(plan: &mut Plan, situation: &Situation) {
    let case = situation.investigation.case.as_ref();
    let Some(pending) = case.and_then(|case| case.pending_transition.as_ref()) else {
        return;
    };
    if pending.to() == CaseStatus::Resolved {
        plan.push(Op::ProposeTransition(case_pb::ProposeTransition {
            to: pending.to,
            reason: pending.reason.clone(),
            summary: pending.summary.clone(),
            evidence: pending.evidence_ids.clone(),
            closure_reason: pending.closure_reason,
        }));
    }
}

/// Offers to resolve the case when new data prove that the symptom is gone after a fix or after the user
/// said so, whatever the cause is graded.
pub(crate) fn verify(plan: &mut Plan, situation: &Situation) {
    let is_proven = situation.aftermath.absences.iter().any(|it| it.of_symptom);
    let shows_symptom = |kind: EvidenceKind| !plan.references(|it| it.kind == kind).is_empty();
    let case = situation.investigation.case.as_ref();
    let is_pending = case.is_some_and(|case| case.pending_transition.is_some());
    if is_proven && !is_pending && !shows_symptom(EvidenceKind::Symptom) && was_said_over(situation)
    {
        let reason = "the data after the fix show that the symptom is gone";
        offer(plan, CaseStatus::Resolved, reason, situation.statement());
    }
}

/// Returns whether a fix was carried out that did not fail, or the user said that the symptom is gone.
fn was_said_over(situation: &Situation) -> bool {
    let mut actions = situation.investigation.actions.iter();
    let is_done = actions.any(|action| {
        let last = action.attempts.last();
        last.is_some_and(|it| it.outcome() != AttemptOutcome::Failed)
    });
    let is_word = |it: &&case_pb::EvidenceDigest| {
        it.category() == EvidenceKind::SymptomAbsence && it.file_id.is_empty()
    };
    is_done || situation.evidence().any(|it| is_word(&it))
}

fn offer(plan: &mut Plan, to: CaseStatus, reason: &str, summary: &str) {
    plan.push(Op::ProposeTransition(case_pb::ProposeTransition {
        to: to.into(),
        reason: reason.to_owned(),
        summary: summary.to_owned(),
        ..Default::default()
    }));
}

/// Returns whether words name the end as resolved: "mark it as resolved".
fn names_end(flat: &str) -> bool {
    if RESOLVES.iter().any(|phrase| has_phrase(flat, phrase)) {
        return !is_denied(flat);
    }
    let words: Vec<&str> = flat.split(' ').collect();
    words.iter().enumerate().any(|(at, word)| {
        let end = words.len().min(at + REACH);
        let sets = SETS.contains(word) && !words[..at].iter().any(|it| NEGATIONS.contains(it));
        let state = words[at + 1..end.max(at + 1)]
            .iter()
            .position(|it| OVER.contains(it));
        // "set it back, fixed" does something; "set it to fixed" ends the case.
        sets && state.is_some_and(|state| is_of_the_case(&words[at + 1..at + 1 + state]))
    })
}

/// What stands between the verb and the state names the case and nothing else.
fn is_of_the_case(between: &[&str]) -> bool {
    const CASE: [&str; 15] = [
        "the", "this", "it", "case", "as", "to", "my", "that", "status", "state", "ticket",
        "incident", "of", "be", "please",
    ];
    between.iter().all(|word| CASE.contains(word))
}

fn is_denied(before: &str) -> bool {
    let last: Vec<&str> = before.split_whitespace().rev().take(3).collect();
    last.iter().any(|word| NEGATIONS.contains(word))
}

#[cfg(test)]
mod tests {
    use faultmaven_proto::evidence::v1::{AbsenceProof, FileCitation};

    use super::*;
    use crate::analyst::situation::ProvenAbsence;

    #[test]
    fn clean_data_after_a_fix_offer_the_end() {
        let mut situation = Situation::default();
        situation.aftermath.absences.push(ProvenAbsence {
            of_symptom: true,
            proof: AbsenceProof::default(),
            citation: FileCitation::default(),
        });
        let offers = |situation: &Situation| {
            let mut plan = Plan::default();
            verify(&mut plan, situation);
            plan.ops.len()
        };
        assert_eq!(offers(&situation), 0);
        let action = case_pb::Action {
            attempts: vec![case_pb::Attempt {
                outcome: AttemptOutcome::Unknown.into(),
                ..Default::default()
            }],
            ..Default::default()
        };
        situation.investigation.actions.push(action);
        assert_eq!(offers(&situation), 1);
    }

    #[test]
    fn a_case_is_resolved_in_many_words() {
        for text in [
            "mark the case as resolved",
            "Mark it resolved.",
            "resolve this case",
            "please resolve the case now",
            "can you mark this as resolved?",
            "close it, it is fixed",
            "It's fixed, you can close the case.",
            "it works again. close this case",
            "set the status to resolved",
            "close the case as solved",
            "consider it done",
        ] {
            assert!(asks_to_resolve(text), "{text}");
        }
        for text in [
            "close this case as unresolved and summarise it",
            "close the case",
            "close the case, it is not fixed",
            "don't mark it as resolved",
            "is the case resolved?",
            "it is fixed",
            "restart the pods and set the limit to 50",
            "the ticket was closed but fixed nothing",
            "how do I resolve this error?",
        ] {
            assert!(!asks_to_resolve(text), "{text}");
        }
    }

    #[test]
    fn a_case_is_closed_by_two_words() {
        for text in ["close it", "please close this", "ok close"] {
            assert!(is_stop(&flattened(text)), "{text}");
        }
        assert!(!is_stop("close the connection"));
    }

    #[test]
    fn what_is_said_beside_the_wish_counts() {
        let parts: Vec<String> = besides("close it, it is fixed")
            .iter()
            .map(|it| it.text.to_owned())
            .collect();
        assert_eq!(parts, ["it is fixed"]);
        assert!(besides("mark the case as resolved").is_empty());
    }
}
