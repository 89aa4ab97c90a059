//! Changes that the data show, and what they may have set off.

use chrono::{DateTime, TimeDelta, Utc};
use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::case::v1::diff_op::Op;
use faultmaven_proto::case::v1::{
    EvidenceKind, Fact, FactKind, HypothesisKind, HypothesisSource, LinkBasis, Stance,
};
use faultmaven_proto::evidence::v1::{Candidate, ObservedChange};

use super::harvest::Symptoms;
use super::hypotheses::{Cast, PROBLEM, category, is_linked, link, overlap, supports};
use super::plan::{Plan, Sighting, change_fact};
use super::relevance::text_of;
use super::situation::Situation;
use super::statement::clipped;
use super::words::content_stems;
use crate::convert::moment;
use crate::reply::text::{clock, plain};

const CHANGE_WINDOW: TimeDelta = TimeDelta::minutes(120);
const STATEMENT_MAX: usize = 500;
const CHANGES_MAX: usize = 10;

/// Adds what changed, as facts, evidence and causes.
pub(crate) fn consider(plan: &mut Plan, situation: &Situation, cast: &Cast, symptoms: &Symptoms) {
    for change in situation.assessment.changes.iter().take(CHANGES_MAX) {
        let Some(evidence) = cite(plan, situation, change) else {
            continue;
        };
        state(plan, situation, change, &evidence);
        let follows = symptoms.onset.is_some_and(|onset| precedes(change, onset))
            && concerns_the_component(situation, change);
        let handles = hypotheses_of(situation, cast, change);
        if follows && handles.is_empty() {
            suspect(plan, situation, cast, change, &evidence, symptoms);
        }
        for handle in handles.iter().filter(|_| follows) {
            link_onset(plan, situation, handle, change, symptoms);
        }
    }
}

/// Returns whether the symptom set in soon after a change.
fn precedes(change: &ObservedChange, onset: DateTime<Utc>) -> bool {
    moment(change.change_time.as_ref()).is_some_and(|changed| {
        let delay = onset - changed;
        delay >= TimeDelta::zero() && delay <= CHANGE_WINDOW
    })
}

fn cite(plan: &mut Plan, situation: &Situation, change: &ObservedChange) -> Option<String> {
    let citation = change.citation.as_ref()?;
    let is_considered = situation.entering || situation.is_new_file(&citation.file_id);
    if !is_considered {
        return None;
    }
    let at = moment(change.change_time.as_ref());
    let when = at.map_or_else(String::new, |at| format!(" at {}", clock(at)));
    plan.cite(
        situation,
        EvidenceKind::Causal,
        Sighting {
            citation,
            signature: &change.signature,
            text: format!("{}{when}", plain(&change.description, 400)),
            from: at,
            to: at,
        },
    )
}

fn state(plan: &mut Plan, situation: &Situation, change: &ObservedChange, evidence: &str) {
    let at = moment(change.change_time.as_ref());
    let known = situation
        .facts(FactKind::Change)
        .any(|fact| fact.value == change.description && moment(fact.change_time.as_ref()) == at);
    if !known {
        plan.push_fact(Fact {
            source_evidence_id: evidence.to_owned(),
            ..change_fact(&change.description, &change.change_type, at)
        });
    }
}

/// The causes that the catalogue sees in a change.
fn hypotheses_of(situation: &Situation, cast: &Cast, change: &ObservedChange) -> Vec<String> {
    let names = |candidate: &&Candidate| {
        candidate.kind == "cause"
            && candidate
                .indications
                .iter()
                .filter(|found| supports(found))
                .any(|found| match (&found.citation, &change.citation) {
                    (Some(found), Some(changed)) => overlap(found, changed),
                    _ => false,
                })
    };
    let candidates = situation.assessment.candidates.iter().filter(names);
    candidates
        .filter_map(|candidate| cast.by_catalogue_id.get(&candidate.catalogue_id).cloned())
        .collect()
}

/// A change concerns the component when both names share a word; without any name it may.
fn concerns_the_component(situation: &Situation, change: &ObservedChange) -> bool {
    let mut described = format!("{} {}", change.description, change.key);
    for finding in &situation.assessment.findings {
        if finding.signature == change.signature {
            described.push(' ');
            described.push_str(&finding.component);
        }
    }
    let changed = content_stems(&described);
    let mut affected = content_stems(situation.statement());
    for fact in situation.facts(FactKind::AffectedService) {
        affected.extend(content_stems(&fact.value));
    }
    for finding in situation
        .assessment
        .findings
        .iter()
        .filter(|finding| finding.kind == "onset")
    {
        affected.extend(content_stems(&text_of(finding)));
    }
    affected.is_empty() || !affected.is_disjoint(&changed)
}

fn link_onset(
    plan: &mut Plan,
    situation: &Situation,
    handle: &str,
    change: &ObservedChange,
    symptoms: &Symptoms,
) {
    let (Some(evidence), Some(onset)) = (&symptoms.onset_reference, symptoms.onset) else {
        return;
    };
    if is_linked(situation, handle, evidence) {
        return;
    }
    let changed = moment(change.change_time.as_ref()).unwrap_or(onset);
    let delay = (onset - changed).num_seconds();
    let reasoning = format!(
        "the symptom set in {} min {} s after the change of the same component",
        delay / 60,
        delay % 60
    );
    let basis = LinkBasis::OnsetAfterChange;
    plan.link(link(handle, evidence, basis, Stance::Supports, &reasoning));
}

/// Makes a cause of a change that no entry of the catalogue knows.
fn suspect(
    plan: &mut Plan,
    situation: &Situation,
    cast: &Cast,
    change: &ObservedChange,
    evidence: &str,
    symptoms: &Symptoms,
) {
    let catalogue_id = format!("change.{}", change.signature);
    if situation.by_catalogue_id(&catalogue_id).is_some() {
        return;
    }
    let handle = plan.hypothesis_reference();
    let onset = symptoms.onset_reference.clone();
    let cited: Vec<String> = std::iter::once(evidence.to_owned()).chain(onset).collect();
    let markers: Vec<String> = cited.iter().map(|name| format!("[{name}]")).collect();
    let area = if change.change_type == "code" {
        "code"
    } else {
        "config"
    };
    plan.push(Op::AddHypothesis(case_pb::AddHypothesis {
        r#ref: handle.clone(),
        statement: clipped(
            &format!("A change set the problem off: {}", change.description),
            STATEMENT_MAX,
        ),
        rationale: "the change precedes the onset and touches the affected component".to_owned(),
        kind: HypothesisKind::Cause.into(),
        category: category(area).into(),
        explains: cast
            .main_condition
            .clone()
            .unwrap_or_else(|| PROBLEM.to_owned()),
        mechanism: format!(
            "The change took effect before the symptom set in {}",
            markers.join(" ")
        ),
        mechanism_evidence: cited,
        source: HypothesisSource::Analyst.into(),
        catalogue_id,
        ..Default::default()
    }));
    let reasoning = "the change itself";
    let basis = LinkBasis::IndirectIndicator;
    plan.link(link(&handle, evidence, basis, Stance::Supports, reasoning));
    link_onset(plan, situation, &handle, change, symptoms);
}
