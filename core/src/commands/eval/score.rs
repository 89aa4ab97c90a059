//! Scores a conversation mechanically.

use std::time::Duration;

use bytes::Bytes;
use faultmaven_proto::agent::v1::{CitedEvidence, TurnResult};
use faultmaven_proto::case::v1::{
    Hypothesis, HypothesisCategory, HypothesisStatus, ListHypothesesResponse,
};
use serde::Serialize;

use super::conversation::{Exchange, Held};
use super::scenario::{Expect, Naming, Outcome, Pattern, Place, Scenario};

/// Answers within which the cause should be found.
const SOON: usize = 3;
const BY_MODEL: &str = "model";
const NOTHING_WRONG: &str = "nothing wrong found";

/// How a conversation compares with what was expected; a part that was not asked for is absent.
#[derive(Debug, Default, Serialize)]
pub(super) struct Score {
    pub(super) scenario: String,
    pub(super) outcome: &'static str,
    /// Whether the first answer is right: of every fault it names the component and, outside quotes
    /// and candidates that come second, the mechanism; or it finds nothing wrong; or it names what
    /// fails, claims no cause and asks for more.
    pub(super) first: bool,
    /// Whether one of the first three answers is; several faults may be named in several of them.
    pub(super) soon: bool,
    /// Whether the first three answers name the component of every fault.
    pub(super) component: Option<bool>,
    /// Whether they name the mechanism of every fault.
    pub(super) mechanism: Option<bool>,
    /// Whether the cause that leads at the end is of an expected category.
    pub(super) category: Option<bool>,
    /// Whether every expected place is cited by some answer.
    pub(super) cited: Option<bool>,
    /// Whether everything to be ruled out is refuted at the end.
    pub(super) ruled_out: Option<bool>,
    /// Quotes that are not in the file where they are said to be.
    pub(super) invalid_citations: usize,
    /// Answers, the earlier ones too, that call a cause likely or confirmed whose statement and
    /// mechanism are those of none of the faults.
    pub(super) false_claims: usize,
    /// That of the last answer.
    pub(super) grade: String,
    pub(super) turns: usize,
    pub(super) longest_answer: usize,
    /// Answers that a model gave.
    pub(super) by_model: usize,
    /// Sent to models and got from them.
    pub(super) tokens: i64,
    pub(super) cost_usd: f64,
    pub(super) seconds: f64,
    /// Why the conversation ended early; then no answer counts as right.
    pub(super) failure: Option<String>,
}

/// Returns the score of a conversation.
pub(super) fn score(scenario: &Scenario, held: &Held, took: Duration) -> Score {
    let expect = &scenario.script.expect;
    let answers: Vec<&TurnResult> = held.exchanges.iter().map(|held| &held.result).collect();
    let cited = || answers.iter().flat_map(|answer| &answer.evidence);
    let calls = || answers.iter().flat_map(|answer| &answer.model_calls);
    let is_cited = |place: &Place| cited().any(|it| covers(it, place));
    let soon = &answers[..answers.len().min(SOON)];
    let right = |answers: &[&TurnResult]| held.failure.is_none() && are_right(expect, answers);
    let known: Vec<Told> = soon.iter().map(|answer| told(&answer.answer)).collect();
    let components = expect.faults().map(|it| it.component);
    let components = components.filter(|patterns| !patterns.is_empty());
    let mechanisms = expect.faults().map(|it| it.mechanism);
    let mechanisms = mechanisms.filter(|patterns| !patterns.is_empty());
    let last = held.exchanges.last();
    Score {
        scenario: scenario.name.clone(),
        outcome: match expect.outcome {
            Outcome::Cause => "cause",
            Outcome::Healthy => "healthy",
            Outcome::Abstain => "abstain",
        },
        first: right(&answers[..answers.len().min(1)]),
        soon: right(soon),
        component: all_hold(components, |it| {
            known.iter().any(|told| any(it, &told.everything))
        }),
        mechanism: all_hold(mechanisms, |it| {
            known.iter().any(|told| any(it, &told.explanation))
        }),
        category: category(expect, last),
        cited: all_hold(expect.places(), is_cited),
        ruled_out: all_hold(expect.rule_out.iter(), |it| is_ruled_out(it, last)),
        invalid_citations: cited().filter(|it| !is_valid(scenario, it)).count(),
        false_claims: false_claims(expect, &held.exchanges),
        grade: last.map_or_else(String::new, |last| last.result.assurance.clone()),
        turns: answers.len(),
        longest_answer: known_length(&answers),
        by_model: answers.iter().filter(|it| it.path == BY_MODEL).count(),
        tokens: calls().map(|call| call.tokens_in + call.tokens_out).sum(),
        // The sum of nothing is a negative zero.
        cost_usd: calls().map(|call| call.cost_usd).sum::<f64>() + 0.0,
        seconds: took.as_secs_f64(),
        failure: held.failure.as_ref().map(ToString::to_string),
    }
}

/// What an answer says by itself, apart from the problem it repeats.
struct Told {
    everything: String,
    /// Without quotes and without candidates that come second.
    explanation: String,
}

/// Returns whether answers are right together; where one fault or none is expected, one of them is.
fn are_right(expect: &Expect, answers: &[&TurnResult]) -> bool {
    let mut each = answers.iter();
    match expect.outcome {
        Outcome::Cause => expect
            .faults()
            .all(|fault| answers.iter().any(|answer| names(fault, answer))),
        Outcome::Healthy => each.any(|answer| finds_nothing_wrong(answer)),
        Outcome::Abstain => each.any(|answer| abstains(expect, answer)),
    }
}

fn names(fault: Naming<'_>, answer: &TurnResult) -> bool {
    let told = told(&answer.answer);
    any(fault.component, &told.everything) && any(fault.mechanism, &told.explanation)
}

fn finds_nothing_wrong(answer: &TurnResult) -> bool {
    let told = told(&answer.answer);
    let says_so = told.explanation.to_lowercase().contains(NOTHING_WRONG);
    says_so && !claims(answer) && !told.explanation.contains("may be:")
}

fn abstains(expect: &Expect, answer: &TurnResult) -> bool {
    let told = told(&answer.answer);
    !claims(answer) && any(&expect.mechanism, &told.everything) && asks_for_more(answer)
}

/// Returns whether an answer calls its cause likely or confirmed.
fn claims(answer: &TurnResult) -> bool {
    matches!(answer.assurance.as_str(), "likely" | "confirmed")
}

fn asks_for_more(answer: &TurnResult) -> bool {
    let asks = |kind: &str| matches!(kind, "RUN" | "EVIDENCE" | "DECIDE");
    answer.suggestions.iter().any(|it| asks(&it.r#type))
}

fn told(answer: &str) -> Told {
    const REPETITIONS: [&str; 4] = [
        "Problem statement",
        "New problem statement",
        "The investigation has begun",
        "Shall I",
    ];
    let mut everything = String::new();
    let mut explanation = String::new();
    let mut is_first_of_causes = false;
    for line in answer.lines() {
        if REPETITIONS.iter().any(|start| line.starts_with(start)) {
            continue;
        }
        everything.push_str(line);
        everything.push('\n');
        let is_item = line.starts_with("- ");
        if !is_item || is_first_of_causes {
            explanation.push_str(&without_code(line));
            explanation.push('\n');
        }
        is_first_of_causes = !is_item && line.ends_with("cause:");
    }
    Told {
        everything,
        explanation,
    }
}

/// Quotes stand in code spans; they say nothing by themselves.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect()
}

fn any(patterns: &[Pattern], text: &str) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| pattern.matches(text))
}

/// Returns whether each holds; nothing when nothing is asked for.
fn all_hold<T>(asked: impl Iterator<Item = T>, holds: impl Fn(T) -> bool) -> Option<bool> {
    let mut asked = asked.peekable();
    asked.peek().is_some().then(|| asked.all(holds))
}

fn lead(ledger: &ListHypothesesResponse) -> Option<&Hypothesis> {
    let id = &ledger.conclusion.as_ref()?.lead_hypothesis_id;
    let all = &ledger.hypotheses;
    all.iter().find(|known| known.hypothesis_id == *id)
}

fn category(expect: &Expect, last: Option<&Exchange>) -> Option<bool> {
    if expect.category.is_empty() {
        return None;
    }
    let lead = last.and_then(|last| lead(&last.ledger));
    let named = lead.is_some_and(|lead| {
        expect.category.iter().any(|word| {
            let name = format!("HYPOTHESIS_CATEGORY_{}", word.to_uppercase());
            HypothesisCategory::from_str_name(&name) == Some(lead.category())
        })
    });
    Some(named)
}

fn is_ruled_out(pattern: &Pattern, last: Option<&Exchange>) -> bool {
    let mut known = last.iter().flat_map(|last| &last.ledger.hypotheses);
    known.any(|known| {
        known.status() == HypothesisStatus::Refuted && pattern.matches(&known.statement)
    })
}

fn false_claims(expect: &Expect, exchanges: &[Exchange]) -> usize {
    let claiming = exchanges.iter().filter(|it| claims(&it.result));
    claiming.filter(|it| !is_cause(expect, &it.ledger)).count()
}

/// Returns whether the cause that leads is one of the faults.
fn is_cause(expect: &Expect, ledger: &ListHypothesesResponse) -> bool {
    expect.outcome == Outcome::Cause
        && lead(ledger).is_some_and(|lead| {
            let text = format!("{} {}", lead.statement, lead.mechanism);
            expect.faults().any(|fault| any(fault.mechanism, &text))
        })
}

fn covers(cited: &CitedEvidence, place: &Place) -> bool {
    cited.filename == place.file && cited.line_start <= place.last && cited.line_end >= place.first
}

/// Compares a quote with the file it is said to come from; words of the user need no file.
fn is_valid(scenario: &Scenario, cited: &CitedEvidence) -> bool {
    if cited.file_id.is_empty() {
        return true;
    }
    let range = usize::try_from(cited.byte_start)
        .ok()
        .zip(usize::try_from(cited.byte_end).ok());
    let Some((start, end)) = range else {
        return false;
    };
    let says = |bytes: &Bytes| bytes.get(start..end) == Some(cited.quote.as_bytes());
    let name = |path: &str| path.rsplit('/').next() == Some(cited.filename.as_str());
    let by_name = scenario.files.iter().filter(|(path, _)| name(path));
    // What was pasted has a name of its own.
    let named: Vec<&Bytes> = by_name.map(|(_, bytes)| bytes).collect();
    if named.is_empty() {
        return scenario.files.values().any(says);
    }
    named.into_iter().any(says)
}

fn known_length(answers: &[&TurnResult]) -> usize {
    let lengths = answers.iter().map(|answer| answer.answer.chars().count());
    lengths.max().unwrap_or_default()
}

#[cfg(test)]
#[path = "score_tests.rs"]
mod tests;
