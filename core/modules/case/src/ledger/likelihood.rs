//! How likely a hypothesis is, from the links that count.

use std::collections::{BTreeMap, BTreeSet};

use super::grouping::Groups;
use super::{Evidence, Hypothesis, Ledger, Link};
use crate::limits::{
    DECISIVE_REFUTATION, EPSILON, LIKELIHOOD_MAX, LIKELIHOOD_MIN, LINK_MIN, MODEL_STRENGTH_MAX,
    NONDISCRIMINATING_CAP, REFUTATION_MIN, REFUTATIONS_TOGETHER, RIVAL_TOLERANCE, SUPPORT_MIN,
    WEIGHT_REFUTE, WEIGHT_SUPPORT,
};
use crate::vocabulary::{LinkBasis, Stance};

/// A link that counts, with the strength that is left to it.
#[derive(Debug)]
struct Counted<'a> {
    evidence: &'a Evidence,
    group: usize,
    strength: f64,
}

/// Everything that speaks for and against one hypothesis.
#[derive(Debug)]
pub(crate) struct Weighing<'a> {
    supports: Vec<Counted<'a>>,
    /// Those that nothing answers.
    refutations: Vec<Counted<'a>>,
    counted_links: usize,
    prior: f64,
}

/// Returns the stance a basis allows and the strength it gives.
pub(crate) fn strength(basis: LinkBasis, stance: Stance, offered: f64) -> Option<f64> {
    use LinkBasis as B;
    let (allowed, strength): (&[Stance], f64) = match basis {
        B::DirectIndicator | B::ChangeSetsCondition => (&[Stance::Supports], 0.8),
        B::OnsetAfterChange => (&[Stance::Supports], 0.6),
        B::IndirectIndicator => (&[Stance::Supports], 0.5),
        B::CounterIndicatorDirect => (&[Stance::Refutes], 0.9),
        B::CounterIndicatorIndirect | B::FailedFix => (&[Stance::Refutes], 0.5),
        B::ModelJudgement => {
            let offered = if offered.is_finite() { offered } else { 0.0 };
            let judged = offered.clamp(0.0, MODEL_STRENGTH_MAX);
            (&[Stance::Supports, Stance::Refutes], judged)
        }
        B::UserObservation => (&[Stance::Supports, Stance::Refutes], 0.6),
        B::UserAssertion => (&[Stance::Supports], 0.3),
        B::UserRuleOut | B::FailedFixRemovalShown => (&[Stance::Refutes], 1.0),
        B::CounterfactualSuccess => (&[Stance::Supports], 0.9),
    };
    (stance == Stance::Neutral || allowed.contains(&stance)).then_some(strength)
}

impl<'a> Weighing<'a> {
    /// Weighs what counts for `hypothesis` in the light of its live rivals.
    pub(crate) fn of(ledger: &'a Ledger, groups: &Groups<'_>, hypothesis: &'a Hypothesis) -> Self {
        let mut supports = Vec::new();
        let mut refutations = Vec::new();
        let mut counted_links = 0;
        for link in &hypothesis.links {
            let Some((evidence, group)) = counted(ledger, groups, link) else {
                continue;
            };
            counted_links += 1;
            let strength = link.strength;
            let item = |strength| Counted {
                evidence,
                group,
                strength,
            };
            if link.stance == Stance::Refutes {
                if !is_answered(ledger, hypothesis, link) {
                    refutations.push(item(strength));
                }
            } else if shared_with_rival(ledger, groups, hypothesis, group, strength) {
                supports.push(item(strength.min(NONDISCRIMINATING_CAP)));
            } else {
                supports.push(item(strength));
            }
        }
        Self {
            supports,
            refutations,
            counted_links,
            prior: hypothesis.prior,
        }
    }

    /// Returns the likelihood, which is never quite certain.
    pub(crate) fn likelihood(&self) -> f64 {
        let logit = (self.prior / (1.0 - self.prior)).ln();
        let score = logit + WEIGHT_SUPPORT * sum_of_maxima(&self.supports)
            - WEIGHT_REFUTE * sum_of_maxima(&self.refutations);
        (1.0 / (1.0 + (-score).exp())).clamp(LIKELIHOOD_MIN, LIKELIHOOD_MAX)
    }

    /// Returns the number of links that count.
    pub(crate) fn counted_links(&self) -> usize {
        self.counted_links
    }

    /// Returns the supports that are strong enough to validate.
    pub(crate) fn strong_supports(&self) -> impl Iterator<Item = &'a Evidence> {
        self.supports
            .iter()
            .filter(|item| item.strength >= SUPPORT_MIN - EPSILON)
            .map(|item| item.evidence)
    }

    /// Returns how many independent observations support strongly, and how many of them cite files.
    pub(crate) fn independent_supports(&self) -> (usize, usize) {
        let strong = || {
            self.supports
                .iter()
                .filter(|item| item.strength >= SUPPORT_MIN - EPSILON)
        };
        let all: BTreeSet<_> = strong().map(|item| item.group).collect();
        let files: BTreeSet<_> = strong()
            .filter(|item| item.evidence.cites_file())
            .map(|item| item.group)
            .collect();
        (all.len(), files.len())
    }

    /// Returns whether a refutation stands in the way of validation.
    pub(crate) fn has_blocking_refutation(&self) -> bool {
        self.refutations
            .iter()
            .any(|item| item.strength >= REFUTATION_MIN - EPSILON)
    }

    /// Returns whether the refutations are strong or many enough to decide.
    pub(crate) fn refutations_decide(&self) -> bool {
        let decisive = |item: &Counted<'_>| item.strength >= DECISIVE_REFUTATION - EPSILON;
        let strong: BTreeSet<_> = self
            .refutations
            .iter()
            .filter(|item| item.strength >= REFUTATION_MIN - EPSILON)
            .map(|item| item.group)
            .collect();
        self.refutations.iter().any(decisive) || strong.len() >= REFUTATIONS_TOGETHER
    }
}

fn counted<'a>(
    ledger: &'a Ledger,
    groups: &Groups<'_>,
    link: &Link,
) -> Option<(&'a Evidence, usize)> {
    if link.stance == Stance::Neutral || link.strength < LINK_MIN - EPSILON {
        return None;
    }
    let evidence = ledger.active(&link.evidence_id)?;
    Some((evidence, groups.group(&link.evidence_id)?))
}

/// A later link of the same hypothesis may show that a refutation does not apply.
fn is_answered(ledger: &Ledger, hypothesis: &Hypothesis, refutation: &Link) -> bool {
    hypothesis.links.iter().any(|answer| {
        answer.answers_evidence_id == refutation.evidence_id
            && answer.evidence_id != refutation.evidence_id
            && answer.stance != Stance::Refutes
            && answer.turn_number >= refutation.turn_number
            && answer.strength >= refutation.strength - EPSILON
            && ledger.active(&answer.evidence_id).is_some()
    })
}

/// An observation that fits two rivals about equally well separates neither from the other.
fn shared_with_rival(
    ledger: &Ledger,
    groups: &Groups<'_>,
    hypothesis: &Hypothesis,
    group: usize,
    strength: f64,
) -> bool {
    let is_rival = |other: &&Hypothesis| {
        other.hypothesis_id != hypothesis.hypothesis_id
            && other.explains == hypothesis.explains
            && !other.status.is_final()
    };
    ledger.hypotheses.iter().filter(is_rival).any(|rival| {
        rival.links.iter().any(|link| {
            link.stance == Stance::Supports
                && (link.strength - strength).abs() <= RIVAL_TOLERANCE + EPSILON
                && counted(ledger, groups, link).is_some_and(|(_, of_rival)| of_rival == group)
        })
    })
}

fn sum_of_maxima(items: &[Counted<'_>]) -> f64 {
    let mut maxima: BTreeMap<usize, f64> = BTreeMap::new();
    for item in items {
        let strongest = maxima.entry(item.group).or_insert(0.0);
        *strongest = strongest.max(item.strength);
    }
    maxima.values().sum()
}
