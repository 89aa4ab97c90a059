//! Scores as a table for people and as JSON for programs.

use super::score::Score;
use super::totals::{FALSE_AT_MOST, FIRST_AT_LEAST, HEALTHY_AT_LEAST, SOON_AT_LEAST, Totals};
use crate::commands::CommandError;

/// Returns the scores and their totals as one JSON document.
pub(super) fn json(scores: &[Score], totals: &Totals) -> Result<String, CommandError> {
    let document = serde_json::json!({"totals": totals, "scenarios": scores});
    Ok(serde_json::to_string_pretty(&document)?)
}

/// Returns the scores and their totals as a table.
pub(super) fn text(scores: &[Score], totals: &Totals) -> String {
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
    lines.push(format!(
        "\ncause in the first answer {} (≥ {FIRST_AT_LEAST:.0}), within three {} (≥ {SOON_AT_LEAST:.0}), \
         healthy called healthy {} (≥ {HEALTHY_AT_LEAST:.0}), abstained rightly {}, \
         expected places cited {}, wrong cause asserted {} (≤ {FALSE_AT_MOST:.0}), invalid citations {} (0)",
        share(totals.first_percent),
        share(totals.soon_percent),
        share(totals.healthy_percent),
        share(totals.abstained_percent),
        share(totals.cited_percent),
        share(totals.false_percent),
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

/// Returns a share for people; that of nothing is none.
fn share(percent: Option<f64>) -> String {
    percent.map_or_else(|| "-".to_owned(), |percent| format!("{percent:.1} %"))
}
