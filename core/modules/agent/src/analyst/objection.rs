//! What a disagreement does to the ledger: the user's word counts against what it names.

use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::case::v1::diff_op::Op;
use faultmaven_proto::case::v1::{
    EvidenceKind, Hypothesis, HypothesisKind, HypothesisStatus, LinkBasis, Stance,
};

use super::classify::Reading;
use super::denial::{Denial, Denied};
use super::hypotheses::link;
use super::observations::Seen;
use super::plan::Plan;
use super::situation::{Situation, is_final};
use super::statement::{self, clipped, one_line};
use super::words::content_stems;
use super::{contradicted, suspicion, taken_back, topics};

const REASON_MAX: usize = 300;
const MEANT_MAX: usize = 4;
/// Stems of names that fit every hypothesis.
const GENERIC: [&str; 10] = [
    "problem", "caus", "reason", "issu", "fault", "root", "culprit", "error", "thing", "that",
];

/// What became of a disagreement.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Objection {
    /// It counts against a hypothesis, known by its id or its name in the plan.
    Counts { hypothesis: String },
    /// The hypothesis was settled before.
    Settled {
        statement: String,
        status: HypothesisStatus,
        reason: String,
    },
    /// It may mean any of these hypotheses, or names none.
    Unclear { said: String, meant: Vec<String> },
    /// Nothing is weighed before the investigation.
    TooEarly { said: String },
    /// The user's last words count no more for or against these hypotheses.
    TakenBack { said: String, undone: Vec<String> },
    /// The user's last words are on record in nothing that can be undone.
    NothingToTakeBack { said: String },
}

/// Has the user's disagreement count, as far as it names something.
pub(crate) fn consider(
    plan: &mut Plan,
    situation: &Situation,
    reading: &Reading,
) -> Vec<Objection> {
    // What the problem is instead says more than that it is not this.
    if statement::rewrite(&situation.text).is_some() {
        return Vec::new();
    }
    if reading.takes_back {
        return vec![taken_back::undo(plan, situation)];
    }
    let mut found: Vec<Objection> = Vec::new();
    for denial in &reading.denials {
        found.extend(object(plan, situation, denial));
    }
    for observation in &reading.observations {
        if observation.what == Seen::NothingChanged {
            found.extend(deny_changes(plan, situation, &observation.sentence));
        }
    }
    found.dedup();
    found
}

fn object(plan: &mut Plan, situation: &Situation, denial: &Denial) -> Option<Objection> {
    let (said, basis) = match &denial.what {
        Denied::Named(said) => (said.as_str(), LinkBasis::UserRuleOut),
        Denied::Fine(said) => (said.as_str(), LinkBasis::UserObservation),
        Denied::Unnamed => ("", LinkBasis::UserRuleOut),
    };
    let named = named(situation, said);
    let open: Vec<&Hypothesis> = named
        .iter()
        .copied()
        .filter(|known| !is_final(known.status()))
        .collect();
    let one = one_of(&open).or_else(|| only_one(situation, &denial.what));
    if let Some(meant) = one {
        let hypothesis = meant.hypothesis_id.clone();
        count_against(plan, situation, &hypothesis, &denial.sentence, basis);
        return Some(Objection::Counts { hypothesis });
    }
    if let (true, Some(settled)) = (open.is_empty(), named.last()) {
        return Some(Objection::Settled {
            statement: settled.statement.clone(),
            status: settled.status(),
            reason: settled.concluded_reason.clone(),
        });
    }
    if open.is_empty()
        && situation.is_investigating()
        && let Some(hypothesis) = suspicion::enlist(plan, situation, said)
    {
        count_against(plan, situation, &hypothesis, &denial.sentence, basis);
        return Some(Objection::Counts { hypothesis });
    }
    // What is fine and was suspected by nobody contradicts nothing.
    if open.is_empty() && matches!(denial.what, Denied::Fine(_)) {
        return None;
    }
    if !situation.is_investigating() {
        return Some(Objection::TooEarly {
            said: said.to_owned(),
        });
    }
    Some(Objection::Unclear {
        said: said.to_owned(),
        meant: meant(situation, &open),
    })
}

/// Puts the user's words against a hypothesis; before the investigation it is set aside.
fn count_against(
    plan: &mut Plan,
    situation: &Situation,
    hypothesis: &str,
    sentence: &str,
    basis: LinkBasis,
) {
    if !situation.is_investigating() {
        plan.push(Op::RetireHypothesis(case_pb::RetireHypothesis {
            hypothesis_id: hypothesis.to_owned(),
            reason: "the user rules it out".to_owned(),
        }));
        return;
    }
    let text = match basis {
        LinkBasis::UserObservation => "The user says that it is in order",
        _ => "The user rules it out",
    };
    take_back(plan, situation, hypothesis);
    let evidence = plan.cite_message(EvidenceKind::Other, text, sentence);
    let reasoning = format!(
        "the user says: {}",
        clipped(&one_line(sentence), REASON_MAX)
    );
    plan.link(link(
        hypothesis,
        &evidence,
        basis,
        Stance::Refutes,
        &reasoning,
    ));
}

/// What the user said for a hypothesis before no longer counts once the user speaks against it.
fn take_back(plan: &mut Plan, situation: &Situation, hypothesis: &str) {
    let mut all = situation.investigation.hypotheses.iter();
    let known = all.find(|known| known.hypothesis_id == hypothesis);
    let said = known.into_iter().flat_map(|known| &known.links);
    let said = said.filter(|link| {
        link.stance() == Stance::Supports
            && matches!(
                link.basis(),
                LinkBasis::UserObservation | LinkBasis::UserAssertion
            )
    });
    for word in said {
        let reasoning = "the user takes it back";
        let (evidence, basis) = (&word.evidence_id, word.basis());
        plan.link(link(
            hypothesis,
            evidence,
            basis,
            Stance::Neutral,
            reasoning,
        ));
    }
}

/// That nothing changed speaks against the causes that come from a change.
fn deny_changes(plan: &mut Plan, situation: &Situation, sentence: &str) -> Vec<Objection> {
    if !situation.is_investigating() || contradicted::by_a_file(situation, sentence).is_some() {
        return Vec::new();
    }
    let is_of_deployments = is_about_deployments(sentence);
    let (basis, suspects): (LinkBasis, Vec<&Hypothesis>) = if is_of_deployments {
        let deployed = |known: &&Hypothesis| is_about_deployments(&known.statement);
        let changes = situation.open_hypotheses().filter(|it| is_a_change(it));
        (LinkBasis::UserRuleOut, changes.filter(deployed).collect())
    } else {
        let changes = situation.open_hypotheses().filter(|it| is_a_change(it));
        (LinkBasis::UserObservation, changes.collect())
    };
    let mut counted = Vec::new();
    for suspect in suspects {
        let hypothesis = suspect.hypothesis_id.clone();
        count_against(plan, situation, &hypothesis, sentence, basis);
        counted.push(Objection::Counts { hypothesis });
    }
    counted
}

/// Returns whether words speak of deployments and nothing wider.
pub(crate) fn is_about_deployments(text: &str) -> bool {
    const DEPLOYMENTS: [&str; 5] = ["deploy", "releas", "rollout", "redeploy", "upgrad"];
    let stems = content_stems(text);
    DEPLOYMENTS.iter().any(|stem| stems.contains(*stem))
}

/// Returns whether a hypothesis is that a change set the problem off.
fn is_a_change(hypothesis: &Hypothesis) -> bool {
    let comes_from_one = |link: &case_pb::Link| {
        matches!(
            link.basis(),
            LinkBasis::ChangeSetsCondition | LinkBasis::OnsetAfterChange
        )
    };
    hypothesis.kind() == HypothesisKind::Cause
        && (hypothesis.catalogue_id.starts_with("change.")
            || hypothesis.catalogue_id == topics::DEPLOYMENT
            || hypothesis.links.iter().any(comes_from_one))
}

/// The hypotheses that words name, by their statement or by the area it is about.
fn named<'a>(situation: &'a Situation, said: &str) -> Vec<&'a Hypothesis> {
    let mut wanted = content_stems(said);
    wanted.retain(|stem| !GENERIC.contains(&stem.as_str()));
    if wanted.is_empty() {
        return Vec::new();
    }
    let all = &situation.investigation.hypotheses;
    let by_statement: Vec<&Hypothesis> = all
        .iter()
        .filter(|known| wanted.is_subset(&content_stems(&known.statement)))
        .collect();
    if !by_statement.is_empty() {
        return by_statement;
    }
    let topic = topics::of_text(said).map(|topic| topic.id);
    let by_area = |known: &&Hypothesis| {
        let keywords = situation
            .candidate(&known.catalogue_id)
            .map(|candidate| candidate.keywords.join(" "));
        topic.is_some_and(|topic| topic == known.catalogue_id)
            || keywords.is_some_and(|words| wanted.is_subset(&content_stems(&words)))
    };
    all.iter().filter(by_area).collect()
}

/// The one that is meant: of a condition and what may have led to it, the condition.
fn one_of<'a>(open: &[&'a Hypothesis]) -> Option<&'a Hypothesis> {
    let explains = |other: &Hypothesis, one: &Hypothesis| {
        let mut next = other.explains.as_str();
        for _ in 0..open.len() {
            if next == one.hypothesis_id {
                return true;
            }
            let known = open.iter().find(|known| known.hypothesis_id == next);
            next = known.map_or("", |known| known.explains.as_str());
        }
        false
    };
    open.iter().copied().find(|one| {
        let mut others = open
            .iter()
            .filter(|other| other.hypothesis_id != one.hypothesis_id);
        others.all(|other| explains(other, one))
    })
}

/// Without a name, what is said of the only cause on the table.
fn only_one<'a>(situation: &'a Situation, denied: &Denied) -> Option<&'a Hypothesis> {
    if *denied != Denied::Unnamed {
        return None;
    }
    let mut causes = situation
        .open_hypotheses()
        .filter(|known| known.kind() == HypothesisKind::Cause);
    let first = causes.next()?;
    causes.next().is_none().then_some(first)
}

/// The hypotheses to choose from, likeliest first.
fn meant(situation: &Situation, open: &[&Hypothesis]) -> Vec<String> {
    let mut choice: Vec<&Hypothesis> = if open.is_empty() {
        situation.open_hypotheses().collect()
    } else {
        open.to_vec()
    };
    choice.sort_by(|one, other| other.likelihood.total_cmp(&one.likelihood));
    let ids = choice.iter().take(MEANT_MAX);
    ids.map(|known| known.hypothesis_id.clone()).collect()
}

#[cfg(test)]
#[path = "objection_tests.rs"]
mod tests;
