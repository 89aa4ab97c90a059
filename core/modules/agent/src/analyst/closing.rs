//! The wish to end a case, in the words people use for it.

use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::case::v1::CaseStatus;
use faultmaven_proto::case::v1::diff_op::Op;

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
    use super::*;

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
    fn what_is_said_beside_the_wish_counts() {
        let parts: Vec<String> = besides("close it, it is fixed")
            .iter()
            .map(|it| it.text.to_owned())
            .collect();
        assert_eq!(parts, ["it is fixed"]);
        assert!(besides("mark the case as resolved").is_empty());
    }
}
