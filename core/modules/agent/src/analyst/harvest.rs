//! Turns findings into evidence: symptoms, and what else is worth citing.

use std::collections::BTreeSet;

use chrono::{SecondsFormat, TimeDelta};
use faultmaven_proto::case::v1::{EvidenceKind, FactKind};
use faultmaven_proto::evidence::v1::{Finding, Severity};

use super::plan::{Plan, Sighting, Source};
use super::relevance::{Onset, Relevance, text_of};
use super::situation::Situation;
use super::statement::clipped;
use crate::convert::moment;
use crate::reply::text::{clock, verbatim};

const SYMPTOMS_MAX: usize = 3;
const OTHERS_MAX: usize = 2;
const FACT_MAX: usize = 200;
/// How near to the beginning a line is seen that shows it.
const BEGINS: TimeDelta = TimeDelta::minutes(10);
/// Findings that are cited through their change, their candidate or not at all.
const NOT_BY_THEMSELVES: [&str; 6] = [
    "onset",
    "config_change",
    "code_change",
    "config_lint",
    "template_new",
    "gap",
];

/// What the harvest found of the symptom.
#[derive(Debug, Clone, Default)]
pub(crate) struct Symptoms {
    /// Evidence for the symptom in files that are new to the investigation.
    pub(crate) references: Vec<String>,
    /// Evidence whose onset was observed, best for the time line.
    pub(crate) onset_reference: Option<String>,
    pub(crate) onset: Option<chrono::DateTime<chrono::Utc>>,
    services: BTreeSet<String>,
}

/// Collects the symptom from all files on entering the investigation, later from new ones.
pub(crate) fn symptoms(plan: &mut Plan, situation: &Situation, relevance: &Relevance) -> Symptoms {
    let findings = &situation.assessment.findings;
    let onset = relevance.onset_of(findings);
    let mut found = Symptoms {
        onset: onset.map(|onset| onset.time).or_else(|| relevance.onset()),
        onset_reference: known_onset(situation, onset),
        ..Symptoms::default()
    };
    for finding in symptom_findings(situation, relevance) {
        let Some(reference) = cite(plan, situation, EvidenceKind::Symptom, finding) else {
            break;
        };
        if reference.starts_with('$') {
            found.references.push(reference.clone());
        }
        if onset.is_some_and(|onset| is_same_observation(onset.finding, finding)) {
            state_start(plan, &reference, onset);
            found.onset_reference = Some(reference.clone());
        }
        // Without an onset, what is seen first as the problem begins stands for it.
        let begins = moment(finding.first_seen.as_ref()).zip(found.onset);
        if onset.is_none() && begins.is_some_and(|(seen, onset)| (seen - onset).abs() <= BEGINS) {
            found
                .onset_reference
                .get_or_insert_with(|| reference.clone());
        }
        let is_first = found.services.insert(finding.component.clone());
        if is_first {
            state_service(plan, situation, &reference, finding);
        }
    }
    found
}

/// Cites grave findings that nothing else has cited.
pub(crate) fn others(plan: &mut Plan, situation: &Situation, relevance: &Relevance) {
    let worth_citing = considered(situation).filter(|finding| {
        finding.severity() >= Severity::Error
            && !NOT_BY_THEMSELVES.contains(&finding.kind.as_str())
            && !relevance.is_sporadic(finding)
            && relevance.concerns(finding)
    });
    let new = worth_citing.filter(|finding| !is_cited(plan, situation, finding));
    let new: Vec<&Finding> = new.take(OTHERS_MAX).collect();
    for finding in new {
        cite(plan, situation, EvidenceKind::Other, finding);
    }
}

/// Returns the findings this turn looks at, best first.
pub(crate) fn considered(situation: &Situation) -> impl Iterator<Item = &Finding> {
    situation
        .assessment
        .findings
        .iter()
        .filter(|finding| situation.entering || situation.is_new_file(&finding.file_id))
}

/// Returns a finding as a sighting at its first citation.
pub(crate) fn sighting(finding: &Finding) -> Option<Sighting<'_>> {
    Some(Sighting {
        citation: finding.citations.first()?,
        signature: &finding.signature,
        text: claim(finding),
        from: moment(finding.first_seen.as_ref()),
        to: moment(finding.last_seen.as_ref()),
    })
}

/// Findings that show the symptom; one that is an indicator as well counts only without others.
fn symptom_findings<'a>(situation: &'a Situation, relevance: &Relevance) -> Vec<&'a Finding> {
    let stands_alone = |finding: &&Finding| !NOT_BY_THEMSELVES.contains(&finding.kind.as_str());
    let is_pure = |finding: &&Finding| {
        relevance.shows_symptom(finding)
            && (finding.catalogue_id.is_empty() || relevance.has_code(&text_of(finding)))
    };
    let all = || considered(situation).filter(stands_alone);
    let mut chosen = apart(all().filter(is_pure));
    if chosen.is_empty() {
        chosen = apart(all().filter(|finding| relevance.may_show_symptom(finding)));
    }
    // Errors that begin with the problem show it in words of their own.
    if chosen.is_empty() {
        chosen = apart(all().filter(|finding| relevance.begins_with_it(finding)));
        chosen.truncate(1);
    }
    // What was there before shows the problem less than what sets in with it.
    if chosen.iter().any(|it| relevance.sets_in_with_it(it)) {
        chosen.retain(|it| relevance.sets_in_with_it(it));
    }
    chosen.truncate(SYMPTOMS_MAX);
    chosen
}

/// Keeps one finding of each place.
fn apart<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<&'a Finding> {
    let place = |finding: &Finding| {
        let cited = finding.citations.first();
        cited.map(|cited| (cited.file_id.clone(), cited.byte_start))
    };
    let mut kept: Vec<&Finding> = Vec::new();
    for finding in findings {
        if kept.iter().all(|known| place(known) != place(finding)) {
            kept.push(finding);
        }
    }
    kept
}

fn cite(
    plan: &mut Plan,
    situation: &Situation,
    kind: EvidenceKind,
    finding: &Finding,
) -> Option<String> {
    plan.cite(situation, kind, sighting(finding)?)
}

fn is_cited(plan: &Plan, situation: &Situation, finding: &Finding) -> bool {
    let same_place = |file_id: &str, byte_start: i64| {
        finding
            .citations
            .iter()
            .any(|cited| cited.file_id == file_id && cited.byte_start == byte_start)
    };
    let planned = plan.claims.iter().any(|claim| {
        claim.signature == finding.signature
            || matches!(&claim.source, Source::File(cited) if same_place(&cited.file_id, cited.byte_start))
    });
    let stored = situation.evidence().any(|digest| {
        digest.signature == finding.signature || same_place(&digest.file_id, digest.byte_start)
    });
    planned || stored
}

fn state_start(plan: &mut Plan, reference: &str, onset: Option<Onset<'_>>) {
    if let Some(onset) = onset {
        let value = onset.time.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        plan.fact_from_evidence(reference, FactKind::StartedAt, &value);
    }
}

fn state_service(plan: &mut Plan, situation: &Situation, reference: &str, finding: &Finding) {
    if finding.component.is_empty() {
        return;
    }
    let service = clipped(&finding.component, FACT_MAX);
    let known = situation
        .facts(FactKind::AffectedService)
        .any(|fact| fact.value == service);
    if !known {
        plan.fact_from_evidence(reference, FactKind::AffectedService, &service);
    }
}

/// Evidence of an earlier turn that shows when the symptom set in.
fn known_onset(situation: &Situation, onset: Option<Onset<'_>>) -> Option<String> {
    let shown = onset?.finding;
    let known = situation.evidence().find(|digest| {
        digest.category() == EvidenceKind::Symptom
            && digest.signature == shown.signature
            && digest.file_id == shown.file_id
    });
    known.map(|digest| digest.evidence_id.clone())
}

/// The same line may come back in a later file, which then says nothing about the beginning.
fn is_same_observation(onset: &Finding, finding: &Finding) -> bool {
    onset.signature == finding.signature && onset.file_id == finding.file_id
}

fn claim(finding: &Finding) -> String {
    let quote = finding
        .citations
        .first()
        .map_or("", |citation| citation.quote.as_str());
    let quote = format!("“{}”", verbatim(quote, 160));
    let times = match finding.count {
        0 | 1 => String::new(),
        count => format!(" occurs {count} times"),
    };
    let from = moment(finding.first_seen.as_ref());
    let to = moment(finding.last_seen.as_ref());
    match from.zip(to) {
        Some((from, to)) if from != to => {
            format!("{quote}{times}, from {} to {}", clock(from), clock(to))
        }
        Some((from, _)) => format!("{quote}{times}, seen {}", clock(from)),
        None => format!("{quote}{times}"),
    }
}
