//! Scores as a table for people and as JSON for programs.

use serde::Serialize;

use super::score::Score;
use crate::commands::CommandError;

/// What the suite as a whole has to reach, in percent.
const FIRST_AT_LEAST: f64 = 75.0;
const SOON_AT_LEAST: f64 = 85.0;
const FALSE_AT_MOST: f64 = 3.0;
const HEALTHY_AT_LEAST: f64 = 100.0;

#[derive(Serialize)]
struct Totals {
    scenarios: usize,
    first_percent: f64,
    soon_percent: f64,
    healthy_percent: f64,
    abstained_percent: f64,
    cited_percent: f64,
    false_percent: f64,
    invalid_citations: usize,
    by_model: usize,
    tokens: i64,
    cost_usd: f64,
}

/// Returns the scores and their totals as one JSON document.
pub(super) fn json(scores: &[Score]) -> Result<String, CommandError> {
    let document = serde_json::json!({"totals": totals(scores), "scenarios": scores});
    Ok(serde_json::to_string_pretty(&document)?)
}

/// Returns the scores and their totals as a table.
pub(super) fn text(scores: &[Score]) -> String {
    let mut lines = vec![format!(
        "{:<38} {:<8} {:<5} {:<5} {:<5} {:<5} {:<5} {:<5} {:<5} {:>3} {:>3} {:<9} {:>5} {:>5} {:>7} {:>7} {:>6} {:>6}",
        "scenario",
        "outcome",
        "first",
        "soon",
        "comp",
        "mech",
        "categ",
        "cited",
        "ruled",
        "bad",
        "fal",
        "grade",
        "turns",
        "model",
        "tokens",
        "usd",
        "chars",
        "s"
    )];
    lines.extend(scores.iter().map(row));
    let totals = totals(scores);
    lines.push(format!(
        "\ncause in the first answer {:.0} % (≥ {FIRST_AT_LEAST:.0}), within three {:.0} % (≥ {SOON_AT_LEAST:.0}), \
         healthy called healthy {:.0} % (≥ {HEALTHY_AT_LEAST:.0}), abstained rightly {:.0} %, \
         expected places cited {:.0} %, wrong cause asserted {:.1} % (≤ {FALSE_AT_MOST:.0}), invalid citations {} (0)",
        totals.first_percent,
        totals.soon_percent,
        totals.healthy_percent,
        totals.abstained_percent,
        totals.cited_percent,
        totals.false_percent,
        totals.invalid_citations,
    ));
    lines.join("\n")
}

fn row(score: &Score) -> String {
    format!(
        "{:<38} {:<8} {:<5} {:<5} {:<5} {:<5} {:<5} {:<5} {:<5} {:>3} {:>3} {:<9} {:>5} {:>5} {:>7} {:>7.4} {:>6} {:>6.2}",
        score.scenario,
        score.outcome,
        mark(Some(score.first)),
        mark(Some(score.soon)),
        mark(score.component),
        mark(score.mechanism),
        mark(score.category),
        mark(score.cited),
        mark(score.ruled_out),
        score.invalid_citations,
        score.false_claims,
        score.grade,
        score.turns,
        score.by_model,
        score.tokens,
        score.cost_usd,
        score.longest_answer,
        score.seconds,
    )
}

fn mark(held: Option<bool>) -> &'static str {
    match held {
        Some(true) => "yes",
        Some(false) => "NO",
        None => "-",
    }
}

fn totals(scores: &[Score]) -> Totals {
    let of = |outcome: &str, holds: fn(&Score) -> bool| {
        let all = scores.iter().filter(|score| score.outcome == outcome);
        percent(all.map(holds))
    };
    Totals {
        scenarios: scores.len(),
        first_percent: of("cause", |score| score.first),
        soon_percent: of("cause", |score| score.soon),
        healthy_percent: of("healthy", |score| score.first && score.soon),
        abstained_percent: of("abstain", |score| score.soon),
        cited_percent: percent(scores.iter().filter_map(|score| score.cited)),
        false_percent: percent(scores.iter().map(|score| score.false_claims > 0)),
        invalid_citations: scores.iter().map(|score| score.invalid_citations).sum(),
        by_model: scores.iter().map(|score| score.by_model).sum(),
        tokens: scores.iter().map(|score| score.tokens).sum(),
        cost_usd: scores.iter().map(|score| score.cost_usd).sum(),
    }
}

/// Returns how many hold; none at all counts as all.
fn percent(held: impl Iterator<Item = bool>) -> f64 {
    let (mut all, mut holding) = (0.0, 0.0);
    for holds in held {
        all += 1.0;
        holding += f64::from(u8::from(holds));
    }
    if all == 0.0 {
        100.0
    } else {
        100.0 * holding / all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_nothing_is_whole() {
        assert_eq!(percent(std::iter::empty()), 100.0);
        assert_eq!(percent([true, false].into_iter()), 50.0);
    }
}
