//! Changes that the data show, and what they may have set off.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};
use faultmaven_proto::case::v1::{EvidenceKind, Fact, FactKind, HypothesisKind, LinkBasis, Stance};
use faultmaven_proto::evidence::v1::{Candidate, Finding, Indication, ObservedChange, Severity};

mod suspect;

use suspect::{Suspected, Told};

use super::agreement;
use super::candidates::supports;
use super::change_order::{is_soon_after, nearest, parted};
use super::classify::Reading;
use super::harvest::{Symptoms, sighting};
use super::hypotheses::{Cast, PROBLEM, is_linked, link, overlap};
use super::named_object;
use super::observations::Seen;
use super::plan::{Plan, Sighting, change_fact};
use super::relevance::{MEASURED, started, text_of};
use super::situation::{Situation, is_final};
use super::words::content_stems;
use crate::convert::moment;
use crate::reply::text::{clock, plain};

const CHANGES_MAX: usize = 10;
/// Changes without a time that are put up as causes.
const UNDATED_MAX: usize = 2;
/// Words that a told change shares with the cause it is about.
const SHARED_STEMS: usize = 2;
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
    for event in nearest(situation, symptoms).into_iter().take(CHANGES_MAX) {
        let change = event.main;
        let Some(evidence) = show(plan, situation, change) else {
            continue;
        };
        let traces = event.traces.iter();
        let mut traces: Vec<String> = traces.filter_map(|it| show(plan, situation, it)).collect();
        traces.extend(cite_before(plan, situation, change));
        let changed = moment(change.change_time.as_ref());
        let met = agreement::met(situation, change);
        // Nobody knows when the problem began: what differs between two exports may be it.
        let is_open =
            changed.is_none() || symptoms.onset.is_none() && change.before_citation.is_some();
        let is_handed_over = is_open && (room > 0 || met.is_some());
        if !(follows(changed, symptoms) || is_handed_over)
            || !(met.is_some()
                || is_named(change)
                // Who hands over two exports says that something changed between them.
                || change.before_citation.is_some()
                || concerns_the_component(situation, change))
        {
            continue;
        }
        let known = causes_of(situation, change);
        // What the errors name was changed; other changes merely came before.
        if known.is_empty() && one_is_named && !is_named(change) {
            continue;
        }
        let causes = known.iter();
        let mut handles: Vec<String> = causes
            .filter_map(|cause| handle_of(situation, cast, cause))
            .collect();
        // No cause is put up that the change is known to be.
        if handles.is_empty() {
            room = room.saturating_sub(usize::from(is_handed_over));
            let suspected = Suspected {
                change,
                evidence: &evidence,
                sets_what_is_met: met.is_some(),
            };
            handles.extend(suspected.suspect(plan, situation, cast, symptoms));
        }
        for handle in handles {
            // Without a time nothing tells that the problem followed.
            if changed.is_some() {
                link_onset(plan, situation, &handle, changed, symptoms);
            }
            link_met(plan, situation, &handle, met);
            link_traces(plan, situation, &handle, &traces);
        }
    }
}

/// Cites a change and notes it as a fact.
fn show(plan: &mut Plan, situation: &Situation, change: &ObservedChange) -> Option<String> {
    let evidence = cite(plan, situation, change)?;
    state(plan, situation, change, &evidence);
    Some(evidence)
}

/// Links the errors that meet what a change has set.
fn link_met(plan: &mut Plan, situation: &Situation, handle: &str, met: Option<&Finding>) {
    let Some(sighting) = met.and_then(sighting) else {
        return;
    };
    let Some(evidence) = plan.cite(situation, EvidenceKind::Causal, sighting) else {
        return;
    };
    if is_linked(situation, handle, &evidence) {
        return;
    }
    let (basis, reasoning) = (
        LinkBasis::IndirectIndicator,
        "the errors meet what the change has set",
    );
    plan.link(link(handle, &evidence, basis, Stance::Supports, reasoning));
}

/// Links what tells of the same change once more: it shows that it was made, not what it led to.
fn link_traces(plan: &mut Plan, situation: &Situation, handle: &str, traces: &[String]) {
    for trace in traces.iter().filter(|it| !is_linked(situation, handle, it)) {
        let (basis, reasoning) = (LinkBasis::IndirectIndicator, "tells of the same change");
        plan.link(link(handle, trace, basis, Stance::Neutral, reasoning));
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
        let told = Told::of(&observation.sentence, kind, changed);
        if let Some(known) = told.known(plan, situation) {
            link_traces(plan, situation, &known, std::slice::from_ref(&evidence));
            continue;
        }
        let handle = match named_cause(situation, cast, &observation.sentence) {
            Some(known) => known,
            None => {
                let cited = std::slice::from_ref(&evidence);
                told.suspect().add(plan, situation, cast, cited)
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
        let told = Told::of(&fact.value, &fact.change_type, changed);
        if told.known(plan, situation).is_some() {
            continue;
        }
        let known = named_cause(situation, cast, &fact.value);
        let cited = std::slice::from_ref(onset);
        let handle = known.unwrap_or_else(|| told.suspect().add(plan, situation, cast, cited));
        link_onset(plan, situation, &handle, changed, symptoms);
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

/// Cites the value that was there before, where it stands in another place.
fn cite_before(plan: &mut Plan, situation: &Situation, change: &ObservedChange) -> Option<String> {
    let citation = change.before_citation.as_ref()?;
    let sighting = Sighting {
        citation,
        signature: "",
        text: format!(
            "{} was {} before",
            plain(&change.key, 200),
            plain(&change.before, 160)
        ),
        from: None,
        to: None,
    };
    plan.cite(situation, EvidenceKind::Causal, sighting)
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
                    (Some(cited), Some(changed)) => {
                        overlap(cited, changed) || tells_of(found, change)
                    }
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

/// Returns whether an indication, wherever it stands, says that this object was changed.
fn tells_of(found: &Indication, change: &ObservedChange) -> bool {
    let object = change.description.split(' ').next().unwrap_or_default();
    object.contains('/') && found.statement.contains(&format!("{object} changed at "))
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
    // What is measured to be short of something, or down, or takes long is part of it.
    let relevance = situation.relevance();
    for finding in situation.assessment.findings.iter().filter(|finding| {
        finding.severity() >= Severity::Error && relevance.sets_in_with_it(finding)
    }) {
        match finding.kind.as_str() {
            "slow_span" => affected.extend(content_stems(&text_of(finding))),
            kind if MEASURED.contains(&kind) => affected.extend(content_stems(&finding.component)),
            _ => {}
        }
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

/// The condition the problem comes from, as far as one is known.
pub(super) fn explained(situation: &Situation, cast: &Cast) -> String {
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
