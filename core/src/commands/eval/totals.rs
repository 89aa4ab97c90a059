//! What the scores of a suite come to, and what they have to reach.

use serde::Serialize;

use super::score::Score;

/// In percent of the scenarios of the kind.
pub(super) const FIRST_AT_LEAST: f64 = 75.0;
pub(super) const SOON_AT_LEAST: f64 = 85.0;
pub(super) const FALSE_AT_MOST: f64 = 3.0;
pub(super) const HEALTHY_AT_LEAST: f64 = 100.0;

/// Shares are in percent, and absent when there is nothing of which they are a share.
#[derive(Debug, Serialize)]
pub(super) struct Totals {
    scenarios: usize,
    /// Scenarios with a cause whose first answer is right.
    pub(super) first_percent: Option<f64>,
    /// Those of which one of the first three answers is.
    pub(super) soon_percent: Option<f64>,
    /// Scenarios in which nothing is wrong whose first answer says so.
    pub(super) healthy_percent: Option<f64>,
    /// Scenarios whose data do not tell the cause in which one of three answers claims none and
    /// asks for more.
    pub(super) abstained_percent: Option<f64>,
    /// Scenarios with expected places all of which were cited.
    pub(super) cited_percent: Option<f64>,
    /// Scenarios in which some answer called a wrong cause likely or confirmed.
    pub(super) false_percent: Option<f64>,
    pub(super) invalid_citations: usize,
    by_model: usize,
    tokens: i64,
    cost_usd: f64,
    /// The targets that were missed, for people.
    pub(super) missed: Vec<String>,
}

impl Totals {
    pub(super) fn of(scores: &[Score]) -> Self {
        let of = |outcome: &str, holds: fn(&Score) -> bool| {
            let all = scores.iter().filter(|score| score.outcome == outcome);
            percent(all.map(holds))
        };
        let mut totals = Self {
            scenarios: scores.len(),
            first_percent: of("cause", |score| score.first),
            soon_percent: of("cause", |score| score.soon),
            healthy_percent: of("healthy", |score| score.first),
            abstained_percent: of("abstain", |score| score.soon),
            cited_percent: percent(scores.iter().filter_map(|score| score.cited)),
            false_percent: percent(scores.iter().map(|score| score.false_claims > 0)),
            invalid_citations: scores.iter().map(|score| score.invalid_citations).sum(),
            by_model: scores.iter().map(|score| score.by_model).sum(),
            tokens: scores.iter().map(|score| score.tokens).sum(),
            cost_usd: scores.iter().map(|score| score.cost_usd).sum(),
            missed: Vec::new(),
        };
        totals.missed = totals.misses();
        totals
    }

    fn misses(&self) -> Vec<String> {
        let mut misses = Vec::new();
        for (what, reached, least) in [
            (
                "cause in the first answer",
                self.first_percent,
                FIRST_AT_LEAST,
            ),
            (
                "cause within three answers",
                self.soon_percent,
                SOON_AT_LEAST,
            ),
            (
                "healthy called healthy",
                self.healthy_percent,
                HEALTHY_AT_LEAST,
            ),
        ] {
            if let Some(reached) = reached.filter(|reached| *reached < least) {
                misses.push(format!("{what}: {reached:.1} % instead of {least:.0} %"));
            }
        }
        if let Some(wrong) = self.false_percent.filter(|wrong| *wrong > FALSE_AT_MOST) {
            let most = format!("{wrong:.1} % instead of at most {FALSE_AT_MOST:.0} %");
            misses.push(format!("wrong cause asserted: {most}"));
        }
        if self.invalid_citations > 0 {
            misses.push(format!("invalid citations: {}", self.invalid_citations));
        }
        misses
    }
}

/// Returns how many hold; nothing when there is none.
fn percent(held: impl Iterator<Item = bool>) -> Option<f64> {
    let (mut all, mut holding) = (0.0, 0.0);
    for holds in held {
        all += 1.0;
        holding += f64::from(u8::from(holds));
    }
    (all > 0.0).then(|| 100.0 * holding / all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_has_no_share() {
        assert_eq!(percent(std::iter::empty()), None);
        assert_eq!(percent([true, false].into_iter()), Some(50.0));
    }

    #[test]
    fn a_target_counts_where_scenarios_of_its_kind_were_run() {
        let score = |outcome, first, soon, false_claims| Score {
            outcome,
            first,
            soon,
            false_claims,
            ..Score::default()
        };
        assert!(
            Totals::of(&[score("healthy", true, true, 0)])
                .missed
                .is_empty()
        );
        let late = Totals::of(&[score("cause", false, true, 0)]);
        assert_eq!(
            late.missed,
            ["cause in the first answer: 0.0 % instead of 75 %"]
        );
        let wrong = Totals::of(&[score("healthy", false, false, 1)]);
        assert_eq!(wrong.missed.len(), 2, "{:?}", wrong.missed);
    }
}
