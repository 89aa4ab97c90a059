//! What may be said about the cause at each grade.

use std::collections::BTreeSet;

use faultmaven_proto::case::v1::{
    Assurance, Conclusion, Hypothesis, HypothesisKind, Investigation, Stance,
};

use super::text::plain;
use crate::analyst::situation::is_final;
use crate::analyst::standstill::is_forced;

const STATEMENT_SHOWN: usize = 400;
/// The most that may be said of anything at the grade possible.
const POSSIBLE_MAX: f64 = 0.69;
/// What one cause is ahead of the next to be named first.
const LEAD: f64 = 0.1;
/// Words of certainty about a cause that only a confirmed one bears.
const CERTAIN: [&str; 9] = [
    "is caused by",
    "was caused by",
    "the root cause is",
    "the cause is",
    "the cause was",
    "confirmed",
    "definitely",
    "proven",
    "verified",
];

/// Returns the sentence that says how sure the cause is.
pub(crate) fn sentence(investigation: &Investigation) -> Option<String> {
    let conclusion = investigation.conclusion.as_ref()?;
    let lead = lead(investigation, conclusion);
    let percent = (conclusion.confidence * 100.0).round();
    let grade = conclusion.assurance();
    let text = match (grade, lead) {
        (_, None) => return Some(match leading(investigation) {
            Some(cause) => format!(
                "**Grade: possible.** The data speak most for: {}; nothing else supports it yet.",
                statement(cause)
            ),
            None => "**Grade: possible.** No cause can be named yet; the evidence does not point to one.".to_owned(),
        }),
        (Assurance::Confirmed, Some(lead)) => {
            format!("**Grade: confirmed.** The cause was: {}.", statement(lead))
        }
        (Assurance::Likely, Some(lead)) => format!(
            "**Grade: likely.** The evidence points to a likely cause: {}.",
            statement(lead)
        ),
        (Assurance::Possible | Assurance::Unspecified, Some(lead)) if is_forced(lead.source()) && lead.links.is_empty() => {
            "**Grade: possible.** No cause can be named yet; what was looked at so far came to nothing.".to_owned()
        }
        (Assurance::Possible | Assurance::Unspecified, Some(lead)) if lead.contested => {
            "**Grade: possible.** Two or more causes fit the evidence equally well; none can be preferred yet.".to_owned()
        }
        (Assurance::Possible | Assurance::Unspecified, Some(lead)) => possible(investigation, lead),
    };
    // Without evidence there is nothing that a number could measure; after the fix nothing is open.
    let is_unmeasured = lead.is_some_and(|lead| lead.links.is_empty());
    // A condition and what may have led to it have numbers of their own.
    let is_told = lead.is_some_and(|lead| lead.kind() == HypothesisKind::Condition);
    if grade == Assurance::Confirmed || is_unmeasured || is_told {
        return Some(text);
    }
    Some(format!("{text} Confidence {percent:.0} %."))
}

/// The cause that leads clearly although the ledger names none.
fn leading(investigation: &Investigation) -> Option<&Hypothesis> {
    let open = open_causes(investigation);
    let (first, others) = open.split_first()?;
    let next = others.first().map_or(0.0, |it| it.likelihood);
    let leads = has_support(first) && !first.contested && first.likelihood - next >= LEAD;
    leads.then_some(*first)
}

/// Returns how sure the cause is.
pub(crate) fn of(investigation: &Investigation) -> Assurance {
    let conclusion = investigation.conclusion.as_ref();
    conclusion.map(Conclusion::assurance).unwrap_or_default()
}

/// Returns whether a sentence of prose claims no more than the grade bears.
pub(crate) fn allows(grade: Assurance, prose: &str) -> bool {
    let lower = prose.to_lowercase();
    match grade {
        Assurance::Confirmed => true,
        Assurance::Likely => !CERTAIN.iter().any(|word| lower.contains(word)),
        Assurance::Possible | Assurance::Unspecified => {
            !CERTAIN.iter().any(|word| lower.contains(word)) && !lower.contains("likely")
        }
    }
}

/// Returns prose without the sentences that claim too much.
pub(crate) fn guarded(grade: Assurance, prose: &str) -> String {
    let sentences = prose.split_inclusive(['.', '!']);
    let kept: String = sentences
        .filter(|sentence| allows(grade, sentence))
        .collect();
    kept.trim().to_owned()
}

fn possible(investigation: &Investigation, lead: &Hypothesis) -> String {
    let is_condition = lead.kind() == HypothesisKind::Condition;
    if !is_condition {
        return format!(
            "**Grade: possible.** A candidate for the cause: {}.",
            statement(lead)
        );
    }
    let causes = open_causes(investigation);
    let mut supported = causes.iter().filter(|cause| speaks_for(cause, lead));
    let of_it = supported
        .clone()
        .find(|cause| cause.explains == lead.hypothesis_id);
    if let Some(cause) = of_it {
        return format!(
            "**Grade: possible.** The condition “{}” fits the evidence{}; of what may have led to it, the data speak most for: {}{}.",
            statement(lead),
            measured(lead),
            statement(cause),
            measured(cause)
        );
    }
    let beside = supported.next().map_or_else(String::new, |cause| {
        let (cause, measured) = (statement(cause), measured(cause));
        format!("; beside it the data speak for: {cause}{measured}")
    });
    let open = match causes.len() {
        0 => "what may have led to it is open".to_owned(),
        1 => "what may have led to it is open (1 candidate)".to_owned(),
        causes => format!("what may have led to it is open ({causes} candidates)"),
    };
    format!(
        "**Grade: possible.** The condition “{}” fits the evidence{}; {open}{beside}.",
        statement(lead),
        measured(lead)
    )
}

/// How sure one statement is, which says nothing of another; nothing where no evidence measures it.
fn measured(hypothesis: &Hypothesis) -> String {
    if hypothesis.links.is_empty() {
        return String::new();
    }
    let percent = (hypothesis.likelihood.min(POSSIBLE_MAX) * 100.0).round();
    format!(" (confidence {percent:.0} %)")
}

/// Returns whether evidence speaks for a cause, which is something else than its condition.
fn speaks_for(cause: &Hypothesis, condition: &Hypothesis) -> bool {
    let rests_on = |it: &Hypothesis| -> BTreeSet<String> {
        let supports = it
            .links
            .iter()
            .filter(|link| link.stance() == Stance::Supports);
        supports.map(|link| link.evidence_id.clone()).collect()
    };
    // Another entry for the same lines tells the condition once more.
    let says_the_same =
        cause.category == condition.category && rests_on(cause).is_subset(&rests_on(condition));
    has_support(cause) && !says_the_same
}

/// Returns whether evidence makes a cause likelier than it was before any.
fn has_support(cause: &Hypothesis) -> bool {
    let mut links = cause.links.iter();
    links.any(|link| link.stance() == Stance::Supports) && cause.likelihood > cause.prior
}

/// Returns the causes that are open, likeliest first.
pub(crate) fn open_causes(investigation: &Investigation) -> Vec<&Hypothesis> {
    let hypotheses = investigation.hypotheses.iter();
    let mut open: Vec<&Hypothesis> = hypotheses
        .filter(|known| known.kind() == HypothesisKind::Cause && !is_final(known.status()))
        .collect();
    open.sort_by(|one, other| other.likelihood.total_cmp(&one.likelihood));
    open
}

fn lead<'a>(investigation: &'a Investigation, conclusion: &Conclusion) -> Option<&'a Hypothesis> {
    let id = &conclusion.lead_hypothesis_id;
    investigation
        .hypotheses
        .iter()
        .find(|known| known.hypothesis_id == *id)
}

fn statement(hypothesis: &Hypothesis) -> String {
    plain(&hypothesis.statement, STATEMENT_SHOWN)
        .trim_end_matches('.')
        .to_owned()
}

#[cfg(test)]
mod tests {
    use faultmaven_proto::case::v1::Link;

    use super::*;

    #[test]
    fn a_cause_is_preferred_by_evidence_of_its_own() {
        let link = |evidence: &str| Link {
            evidence_id: evidence.to_owned(),
            stance: Stance::Supports.into(),
            ..Default::default()
        };
        let hypothesis = |likelihood: f64, evidence: &[&str]| Hypothesis {
            prior: 0.3,
            likelihood,
            links: evidence.iter().map(|it| link(it)).collect(),
            ..Default::default()
        };
        let condition = hypothesis(0.8, &["ev_1"]);
        for (cause, expected) in [
            (hypothesis(0.6, &["ev_1", "ev_2"]), true),
            (hypothesis(0.6, &["ev_1"]), false),
            (hypothesis(0.15, &["ev_2"]), false),
            (hypothesis(0.3, &[]), false),
        ] {
            assert_eq!(speaks_for(&cause, &condition), expected, "{cause:?}");
        }
    }

    fn investigation(grade: Assurance) -> Investigation {
        Investigation {
            hypotheses: vec![Hypothesis {
                hypothesis_id: "hyp_1".to_owned(),
                statement: "The pool is too small".to_owned(),
                kind: 2,
                ..Default::default()
            }],
            conclusion: Some(Conclusion {
                assurance: grade.into(),
                lead_hypothesis_id: "hyp_1".to_owned(),
                confidence: 0.75,
                ..Default::default()
            }),
            ..Default::default()
        }
    }

    #[test]
    fn each_grade_has_its_words() {
        for (grade, word) in [
            (Assurance::Possible, "candidate"),
            (Assurance::Likely, "likely"),
            (Assurance::Confirmed, "confirmed"),
        ] {
            let text = sentence(&investigation(grade)).unwrap();
            assert!(text.contains(word), "{text}");
            assert!(allows(grade, &text), "{text}");
        }
    }

    #[test]
    fn a_cause_that_leads_is_named_though_the_ledger_names_none() {
        let mut investigation = investigation(Assurance::Possible);
        investigation.conclusion = Some(Conclusion::default());
        assert!(sentence(&investigation).unwrap().contains("No cause"));
        let lead = &mut investigation.hypotheses[0];
        lead.likelihood = 0.57;
        lead.links.push(Link {
            stance: Stance::Supports.into(),
            ..Default::default()
        });
        let said = sentence(&investigation).unwrap();
        assert!(said.contains("The pool is too small"), "{said}");
    }

    #[test]
    fn the_grade_counts_the_causes_that_are_listed() {
        let mut investigation = investigation(Assurance::Possible);
        investigation.hypotheses[0].set_kind(HypothesisKind::Condition);
        for (id, explains) in [("a", "hyp_1"), ("b", "hyp_1"), ("c", "problem")] {
            let mut cause = Hypothesis {
                hypothesis_id: id.to_owned(),
                explains: explains.to_owned(),
                ..Default::default()
            };
            cause.set_kind(HypothesisKind::Cause);
            investigation.hypotheses.push(cause);
        }
        assert_eq!(open_causes(&investigation).len(), 3);
        assert!(sentence(&investigation).unwrap().contains("3 candidates"));
    }

    #[test]
    fn a_condition_and_its_cause_have_a_confidence_each() {
        let mut investigation = investigation(Assurance::Possible);
        let link = |evidence: &str| Link {
            evidence_id: evidence.to_owned(),
            stance: Stance::Supports.into(),
            ..Default::default()
        };
        investigation.hypotheses[0].set_kind(HypothesisKind::Condition);
        investigation.hypotheses[0].likelihood = 0.8;
        investigation.hypotheses[0].links = vec![link("ev_1")];
        let mut cause = Hypothesis {
            hypothesis_id: "a".to_owned(),
            statement: "The limit was lowered".to_owned(),
            explains: "hyp_1".to_owned(),
            likelihood: 0.57,
            prior: 0.3,
            links: vec![link("ev_2")],
            ..Default::default()
        };
        cause.set_kind(HypothesisKind::Cause);
        investigation.hypotheses.push(cause);
        let said = sentence(&investigation).unwrap();
        assert!(
            said.contains("fits the evidence (confidence 69 %)"),
            "{said}"
        );
        assert!(
            said.ends_with("The limit was lowered (confidence 57 %)."),
            "{said}"
        );
    }

    #[test]
    fn prose_loses_what_claims_too_much() {
        let prose = "Requests wait for a connection. The root cause is the pool. It may be small.";
        let kept = guarded(Assurance::Likely, prose);
        assert_eq!(kept, "Requests wait for a connection. It may be small.");
        assert!(!allows(Assurance::Possible, "this is likely"));
    }
}
