//! Changes that the data show, and what they may have set off.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};
use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::case::v1::diff_op::Op;
use faultmaven_proto::case::v1::{
    EvidenceKind, Fact, FactKind, HypothesisKind, HypothesisSource, LinkBasis, Stance,
};
use faultmaven_proto::evidence::v1::{Candidate, ObservedChange, Severity};

use super::candidates::supports;
use super::change_order::{is_soon_after, nearest, parted};
use super::classify::Reading;
use super::harvest::Symptoms;
use super::hypotheses::{Cast, PROBLEM, category, is_linked, link, overlap};
use super::named_object;
use super::observations::Seen;
use super::plan::{Plan, Sighting, change_fact};
use super::relevance::{MEASURED, started, text_of};
use super::situation::{Situation, is_final};
use super::statement::{clipped, one_line};
use super::words::content_stems;
use crate::convert::moment;
use crate::reply::text::{clock, plain};

const STATEMENT_MAX: usize = 500;
const CHANGES_MAX: usize = 10;
/// Changes without a time that are put up as causes.
const UNDATED_MAX: usize = 2;
/// Words that a told change shares with the cause it is about.
const SHARED_STEMS: usize = 2;
const BEFORE_THE_SYMPTOM: &str = "The change took effect before the symptom set in";
/// What the user's words about a change show.
pub(crate) const SAID_TO_HAVE_CHANGED: &str = "The user says what changed";

/// Adds what the data show to have changed, as facts, evidence and causes.
pub(crate) fn consider(plan: &mut Plan, situation: &Situation, cast: &Cast, symptoms: &Symptoms) {
    let mut room = room_for_undated(situation);
    let names = named_object::of_errors(situation);
    let is_named = |change: &ObservedChange| named_object::is_named_by(change, &names);
    let mut changes = situation.assessment.changes.iter();
    let one_is_named =
        changes.any(|it| follows(moment(it.change_time.as_ref()), symptoms) && is_named(it));
    for change in nearest(situation, symptoms).into_iter().take(CHANGES_MAX) {
        let Some(evidence) = cite(plan, situation, change) else {
            continue;
        };
        state(plan, situation, change, &evidence);
        let changed = moment(change.change_time.as_ref());
        let is_handed_over = changed.is_none() && room > 0;
        if !(follows(changed, symptoms) || is_handed_over)
            || !(is_named(change) || concerns_the_component(situation, change))
        {
            continue;
        }
        let known = causes_of(situation, change);
        // What the errors name was changed; other changes merely came before.
        if known.is_empty() && one_is_named && !is_named(change) {
            continue;
        }
        let handles: Vec<String> = if known.is_empty() {
            room = room.saturating_sub(usize::from(is_handed_over));
            let suspected = suspect(plan, situation, cast, change, &evidence, symptoms);
            suspected.into_iter().collect()
        } else {
            known
                .iter()
                .filter_map(|cause| handle_of(situation, cast, cause))
                .collect()
        };
        // Without a time nothing tells that the problem followed.
        if changed.is_some() {
            for handle in handles {
                link_onset(plan, situation, &handle, changed, symptoms);
            }
        }
    }
}

/// How many undated changes may be put up as causes: none beside one that the catalogue knows.
fn room_for_undated(situation: &Situation) -> usize {
    let mut changes = situation.assessment.changes.iter();
    if changes.any(|change| !causes_of(situation, change).is_empty()) {
        0
    } else {
        UNDATED_MAX
    }
}

/// Adds what the user says has changed; the words alone prove little, the time may support them.
pub(crate) fn consider_words(
    plan: &mut Plan,
    situation: &Situation,
    cast: &Cast,
    symptoms: &Symptoms,
    reading: &Reading,
) {
    for observation in &reading.observations {
        let Seen::Change { kind, at } = &observation.what else {
            continue;
        };
        let changed = at.and_then(|at| at.resolve(&situation.reference()));
        let since = symptoms.onset.or_else(|| started(situation));
        if !changed
            .zip(since)
            .is_some_and(|(changed, since)| is_soon_after(changed, since))
        {
            continue;
        }
        let text = SAID_TO_HAVE_CHANGED;
        let evidence = plan.cite_message(EvidenceKind::Causal, text, &observation.sentence);
        let handle = match named_cause(situation, cast, &observation.sentence) {
            Some(known) => known,
            None => {
                let cited = std::slice::from_ref(&evidence);
                told(&observation.sentence, kind).add(plan, situation, cast, cited)
            }
        };
        let (basis, reasoning) = (LinkBasis::UserObservation, "the user saw the change");
        plan.link(link(&handle, &evidence, basis, Stance::Supports, reasoning));
        link_onset(plan, situation, &handle, changed, symptoms);
    }
}

/// Adds what the user said to have changed before the investigation began.
pub(crate) fn consider_stated(
    plan: &mut Plan,
    situation: &Situation,
    cast: &Cast,
    symptoms: &Symptoms,
) {
    let (true, Some(onset)) = (situation.entering, &symptoms.onset_reference) else {
        return;
    };
    let stated = situation
        .facts(FactKind::Change)
        .filter(|fact| !fact.source_message_id.is_empty());
    for fact in stated {
        let changed = moment(fact.change_time.as_ref());
        if !follows(changed, symptoms) {
            continue;
        }
        let known = named_cause(situation, cast, &fact.value);
        let cited = std::slice::from_ref(onset);
        let handle = known.unwrap_or_else(|| {
            told(&fact.value, &fact.change_type).add(plan, situation, cast, cited)
        });
        link_onset(plan, situation, &handle, changed, symptoms);
    }
}

/// A change as the user tells it.
fn told(sentence: &str, kind: &str) -> Suspect {
    let area = match kind {
        "deployment" | "code" => "code",
        "config" => "config",
        "data" => "data",
        _ => "environment",
    };
    Suspect {
        statement: format!("A change set the problem off: {}", one_line(sentence)),
        area,
        effect: BEFORE_THE_SYMPTOM,
        catalogue_id: String::new(),
    }
}

/// The cause on the table that a told change is about, by the words they share.
fn named_cause(situation: &Situation, cast: &Cast, sentence: &str) -> Option<String> {
    let said = content_stems(sentence);
    let causes = situation.assessment.candidates.iter();
    let shared = causes
        .filter(|cause| !cause.explains.is_empty())
        .map(|cause| {
            (
                content_stems(&cause.statement).intersection(&said).count(),
                cause,
            )
        })
        .filter(|(shared, _)| *shared >= SHARED_STEMS);
    let mut ranked: Vec<(usize, &Candidate)> = shared.collect();
    ranked.sort_by_key(|(shared, _)| Reverse(*shared));
    ranked
        .into_iter()
        .find_map(|(_, cause)| handle_of(situation, cast, cause))
}

fn follows(changed: Option<DateTime<Utc>>, symptoms: &Symptoms) -> bool {
    changed
        .zip(symptoms.onset)
        .is_some_and(|(changed, onset)| is_soon_after(changed, onset))
}

/// Cites a change of new data; one of older data only if it is evidence already.
fn cite(plan: &mut Plan, situation: &Situation, change: &ObservedChange) -> Option<String> {
    let citation = change.citation.as_ref()?;
    let at = moment(change.change_time.as_ref());
    let when = at.map_or_else(String::new, |at| format!(" at {}", clock(at)));
    let sighting = Sighting {
        citation,
        signature: &change.signature,
        text: format!("{}{when}", plain(&change.description, 400)),
        from: at,
        to: at,
    };
    if situation.entering || situation.is_new_file(&citation.file_id) {
        plan.cite(situation, EvidenceKind::Causal, sighting)
    } else {
        plan.cited(situation, EvidenceKind::Causal, &sighting)
    }
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

/// Returns the causes that the catalogue sees in a change.
pub(crate) fn causes_of<'a>(
    situation: &'a Situation,
    change: &ObservedChange,
) -> Vec<&'a Candidate> {
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
    situation
        .assessment
        .candidates
        .iter()
        .filter(names)
        .collect()
}

/// The hypothesis made from a candidate, in this turn or before, unless it is settled.
fn handle_of(situation: &Situation, cast: &Cast, candidate: &Candidate) -> Option<String> {
    let id = &candidate.catalogue_id;
    if let Some(handle) = cast.by_catalogue_id.get(id) {
        return Some(handle.clone());
    }
    let known = situation.by_catalogue_id(id)?;
    (!is_final(known.status())).then(|| known.hypothesis_id.clone())
}

/// A change concerns the component when both names share a word; without any name it may.
pub(super) fn concerns_the_component(situation: &Situation, change: &ObservedChange) -> bool {
    let mut described = format!("{} {}", change.description, change.key);
    for finding in &situation.assessment.findings {
        if finding.signature == change.signature {
            described.push(' ');
            described.push_str(&finding.component);
        }
    }
    let mut changed = content_stems(&described);
    changed.extend(content_stems(&parted(&described)));
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
    // What is measured to be short of something, or down, is part of it.
    let relevance = situation.relevance();
    for finding in situation.assessment.findings.iter().filter(|finding| {
        MEASURED.contains(&finding.kind.as_str())
            && finding.severity() >= Severity::Error
            && relevance.sets_in_with_it(finding)
    }) {
        affected.extend(content_stems(&finding.component));
    }
    affected.is_empty() || !affected.is_disjoint(&changed)
}

fn link_onset(
    plan: &mut Plan,
    situation: &Situation,
    handle: &str,
    changed: Option<DateTime<Utc>>,
    symptoms: &Symptoms,
) {
    let (Some(evidence), Some(onset)) = (&symptoms.onset_reference, symptoms.onset) else {
        return;
    };
    if is_linked(situation, handle, evidence) {
        return;
    }
    let delay = changed.map_or(0, |changed| (onset - changed).num_seconds());
    let reasoning = format!(
        "the symptom set in {} min {} s after the change of the same component",
        delay / 60,
        delay % 60
    );
    let basis = LinkBasis::OnsetAfterChange;
    plan.link(link(handle, evidence, basis, Stance::Supports, &reasoning));
}

/// Makes a cause of a change that no entry of the catalogue knows; none when it is settled.
fn suspect(
    plan: &mut Plan,
    situation: &Situation,
    cast: &Cast,
    change: &ObservedChange,
    evidence: &str,
    symptoms: &Symptoms,
) -> Option<String> {
    let catalogue_id = format!("change.{}", change.signature);
    if let Some(known) = situation.by_catalogue_id(&catalogue_id) {
        return (!is_final(known.status())).then(|| known.hypothesis_id.clone());
    }
    let suspect = Suspect {
        statement: format!("A change set the problem off: {}", change.description),
        area: if change.change_type == "code" {
            "code"
        } else {
            "config"
        },
        effect: match change.change_time {
            Some(_) => BEFORE_THE_SYMPTOM,
            None => "The change was handed over; when it took effect is not known",
        },
        catalogue_id,
    };
    let is_dated = change.change_time.is_some();
    let onset = symptoms.onset_reference.clone().filter(|_| is_dated);
    let cited: Vec<String> = std::iter::once(evidence.to_owned()).chain(onset).collect();
    let handle = suspect.add(plan, situation, cast, &cited);
    let (basis, reasoning) = (LinkBasis::IndirectIndicator, "the change itself");
    plan.link(link(&handle, evidence, basis, Stance::Supports, reasoning));
    Some(handle)
}

/// A change as the cause it may be.
struct Suspect {
    statement: String,
    area: &'static str,
    /// What is known of how it came to the symptom.
    effect: &'static str,
    catalogue_id: String,
}

impl Suspect {
    fn add(self, plan: &mut Plan, situation: &Situation, cast: &Cast, cited: &[String]) -> String {
        let handle = plan.hypothesis_reference();
        let markers: Vec<String> = cited.iter().map(|name| format!("[{name}]")).collect();
        plan.push(Op::AddHypothesis(case_pb::AddHypothesis {
            r#ref: handle.clone(),
            statement: clipped(&self.statement, STATEMENT_MAX),
            rationale: "a change that may have set it off".to_owned(),
            kind: HypothesisKind::Cause.into(),
            category: category(self.area).into(),
            explains: explained(situation, cast),
            mechanism: format!("{} {}", self.effect, markers.join(" ")),
            mechanism_evidence: cited.to_vec(),
            source: HypothesisSource::Analyst.into(),
            catalogue_id: self.catalogue_id,
            ..Default::default()
        }));
        handle
    }
}

/// The condition the problem comes from, as far as one is known.
fn explained(situation: &Situation, cast: &Cast) -> String {
    let known = situation
        .open_hypotheses()
        .filter(|known| known.kind() == HypothesisKind::Condition && known.explains == PROBLEM)
        .max_by(|one, other| one.likelihood.total_cmp(&other.likelihood));
    let known = known.map(|known| known.hypothesis_id.clone());
    cast.main_condition
        .clone()
        .or(known)
        .unwrap_or_else(|| PROBLEM.to_owned())
}
