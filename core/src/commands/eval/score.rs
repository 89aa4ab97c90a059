//! Scores a conversation mechanically.

use std::time::Duration;

use bytes::Bytes;
use faultmaven_proto::agent::v1::{CitedEvidence, TurnResult};
use faultmaven_proto::case::v1::{
    Hypothesis, HypothesisCategory, HypothesisStatus, ListHypothesesResponse,
};
use serde::Serialize;

use super::conversation::Held;
use super::scenario::{Expect, Outcome, Pattern, Place, Scenario};

/// Answers within which the cause should be found.
const SOON: usize = 3;
const BY_MODEL: &str = "model";
const NOTHING_WRONG: &str = "nothing wrong found";

/// How a conversation compares with what was expected; a part that was not asked for is absent.
#[derive(Debug, Serialize)]
pub(super) struct Score {
    pub(super) scenario: String,
    pub(super) outcome: &'static str,
    /// Whether the first answer is right.
    pub(super) first: bool,
    /// Whether one of the first three answers is.
    pub(super) soon: bool,
    pub(super) component: Option<bool>,
    pub(super) mechanism: Option<bool>,
    pub(super) category: Option<bool>,
    pub(super) cited: Option<bool>,
    pub(super) ruled_out: Option<bool>,
    /// Quotes that are not in the file where they are said to be.
    pub(super) invalid_citations: usize,
    /// Causes called likely or confirmed that are not the cause.
    pub(super) false_claims: usize,
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
    let places = expect.cite.iter();
    let cites_all = || {
        places
            .clone()
            .all(|place| cited().any(|it| covers(it, place)))
    };
    let right = |answer: &&TurnResult| held.failure.is_none() && is_right(expect, answer);
    let known = answers.iter().take(SOON).map(|answer| told(&answer.answer));
    let known: Vec<Told> = known.collect();
    let last = answers.last();
    Score {
        scenario: scenario.name.clone(),
        outcome: match expect.outcome {
            Outcome::Cause => "cause",
            Outcome::Healthy => "healthy",
            Outcome::Abstain => "abstain",
        },
        first: answers.first().is_some_and(right),
        soon: answers.iter().take(SOON).any(right),
        component: asked(&expect.component, |it| {
            known.iter().any(|told| it.matches(&told.everything))
        }),
        mechanism: asked(&expect.mechanism, |it| {
            known.iter().any(|told| it.matches(&told.explanation))
        }),
        category: category(expect, &held.ledger),
        cited: (!expect.cite.is_empty()).then(cites_all),
        ruled_out: (!expect.rule_out.is_empty()).then(|| rules_out(expect, &held.ledger)),
        invalid_citations: cited().filter(|it| !is_valid(scenario, it)).count(),
        false_claims: false_claims(expect, &held.ledger, last.copied()),
        grade: last.map_or_else(String::new, |answer| answer.assurance.clone()),
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

fn is_right(expect: &Expect, answer: &TurnResult) -> bool {
    let told = told(&answer.answer);
    let claims = matches!(answer.assurance.as_str(), "likely" | "confirmed");
    match expect.outcome {
        Outcome::Cause => {
            any(&expect.component, &told.everything) && any(&expect.mechanism, &told.explanation)
        }
        Outcome::Healthy => {
            let says_so = told.explanation.to_lowercase().contains(NOTHING_WRONG);
            says_so && !claims && !told.explanation.contains("may be:")
        }
        Outcome::Abstain => {
            !claims && any(&expect.mechanism, &told.everything) && asks_for_more(answer)
        }
    }
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

fn asked(patterns: &[Pattern], holds: impl Fn(&Pattern) -> bool) -> Option<bool> {
    (!patterns.is_empty()).then(|| patterns.iter().any(holds))
}

fn lead(ledger: &ListHypothesesResponse) -> Option<&Hypothesis> {
    let id = &ledger.conclusion.as_ref()?.lead_hypothesis_id;
    let all = &ledger.hypotheses;
    all.iter().find(|known| known.hypothesis_id == *id)
}

fn category(expect: &Expect, ledger: &ListHypothesesResponse) -> Option<bool> {
    if expect.category.is_empty() {
        return None;
    }
    let named = lead(ledger).is_some_and(|lead| {
        expect.category.iter().any(|word| {
            let name = format!("HYPOTHESIS_CATEGORY_{}", word.to_uppercase());
            HypothesisCategory::from_str_name(&name) == Some(lead.category())
        })
    });
    Some(named)
}

fn rules_out(expect: &Expect, ledger: &ListHypothesesResponse) -> bool {
    let ruled_out = |pattern: &Pattern| {
        ledger.hypotheses.iter().any(|known| {
            known.status() == HypothesisStatus::Refuted && pattern.matches(&known.statement)
        })
    };
    expect.rule_out.iter().all(ruled_out)
}

fn false_claims(
    expect: &Expect,
    ledger: &ListHypothesesResponse,
    last: Option<&TurnResult>,
) -> usize {
    let claims = last.is_some_and(|it| matches!(it.assurance.as_str(), "likely" | "confirmed"));
    let is_right = expect.outcome == Outcome::Cause
        && lead(ledger).is_some_and(|lead| {
            let text = format!("{} {}", lead.statement, lead.mechanism);
            any(&expect.mechanism, &text)
        });
    usize::from(claims && !is_right)
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
mod tests {
    use super::*;

    #[test]
    fn quotes_and_the_problem_itself_explain_nothing() {
        let told = told(
            "Problem statement: “pool exhausted”.\n\nWhat stands out:\n- `too many clients` (a:1)\n\n\
             Candidates for the cause:\n- leak of connections\n- pool too small",
        );
        assert!(told.everything.contains("too many clients"));
        for absent in ["exhausted", "too many clients", "too small"] {
            assert!(!told.explanation.contains(absent), "{absent}");
        }
        assert!(told.explanation.contains("leak of connections"));
    }
}
