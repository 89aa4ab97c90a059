//! How well an entry of the catalogue fits the problem.

use std::cmp::Reverse;

use chrono::{DateTime, TimeDelta, Utc};
use faultmaven_proto::evidence::v1::{Candidate, Indication, IndicationStrength, Severity};

use super::candidates::{is_consequence, is_failed_call, supports};
use super::observed::is_observed;
use super::relevance::{Relevance, TOGETHER};
use super::weather::{REFUSED_VALUES, warns};
use crate::convert::moment;

/// Entries that are told of several files beside each other alone.
const TIED: [&str; 6] = [
    "config.",
    "kubernetes.foreign_endpoint",
    "kubernetes.mtls_conflict",
    "kubernetes.network_policy",
    "kubernetes.preempted",
    "kubernetes.chaos_experiment",
];
/// Entries of any host and network; those of one technology say more about the same lines.
const GENERIC: [&str; 3] = ["linux.", "network.", "http."];
/// Entries that a controller tells once and that last until it tells otherwise.
const STATES: [&str; 11] = [
    "kubernetes.hpa_request_missing",
    "kubernetes.attach_limit",
    "kubernetes.multi_attach",
    "kubernetes.unschedulable",
    "kubernetes.hpa",
    "kubernetes.hpa_at_maximum",
    "kubernetes.noisy_neighbour",
    "kubernetes.quota",
    "kubernetes.pvc_pending",
    "kubernetes.disruption_budget",
    "kubernetes.deletion_stuck",
];
/// States that are felt only when load comes, however long after.
const FELT_LATER: [&str; 1] = ["kubernetes.hpa_request_missing"];
/// What a log that begins too late tells so soon may have gone on for long.
const AT_ONCE: TimeDelta = TimeDelta::minutes(1);
/// What ended longer than this before the problem began has nothing to do with it.
const PAST: TimeDelta = TimeDelta::minutes(60);
/// What runs at night feels a change of the day before.
const HOURS_BEFORE: TimeDelta = TimeDelta::hours(12);
/// What comes for so long before a problem and goes on does not set it off.
const LONG_BEFORE: TimeDelta = TimeDelta::minutes(30);

/// How well a candidate fits the problem; the order of the fields is the order of their weight.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fit {
    sets_in_with_it: bool,
    /// What ended before the problem began explains it less.
    lasts: bool,
    /// Values that are refused from the beginning of a log to its end are its weather.
    is_unusual: bool,
    /// What was only warned of at an unknown time is no origin.
    is_origin: bool,
    /// That a part ended tells more than that calls to it failed.
    is_of_part: bool,
    /// A warning explains less than an error.
    is_grave: bool,
    /// A setting that errors of another file meet tells more than those errors.
    is_tied: bool,
    /// What is damaged explains what those who use it say.
    is_damage: bool,
    concerns_it: bool,
    is_direct: bool,
    /// Whether it sets in by itself, and not a cause of it alone.
    sets_in_itself: bool,
    /// Earlier is nearer to the origin.
    begins: Option<Reverse<DateTime<Utc>>>,
    is_specific: bool,
    count: i64,
    is_critical: bool,
    /// Whether it is a state of the cluster rather than what a part said.
    is_state: bool,
}

impl Fit {
    /// What was there before sets in with the problem when a cause of it does.
    pub(super) fn with_cause(self, sets_in: bool) -> Self {
        Self {
            sets_in_with_it: self.sets_in_with_it || sets_in,
            lasts: self.lasts || sets_in,
            ..self
        }
    }

    pub(super) fn explains_calls(self) -> bool {
        self.sets_in_with_it && (self.is_origin || self.is_state) && self.is_direct
    }

    pub(super) fn belongs_beside(self, best: Self) -> bool {
        let is_nearer =
            self.concerns_it >= best.concerns_it || self.sets_in_with_it && !best.sets_in_with_it;
        let is_weighty = self.explains_calls() && self.is_critical;
        let is_over = !self.lasts && best.explains_calls();
        is_nearer && !is_over && (self.is_grave || !best.is_grave) || is_weighty
    }
}

/// Returns how well a candidate fits the problem.
pub(super) fn fit(candidate: &Candidate, relevance: &Relevance) -> Fit {
    let supporting = || candidate.indications.iter().filter(|found| supports(found));
    // What was only observed comes in its order already.
    if is_observed(candidate) {
        return Fit::default();
    }
    let begins = begins_with_it(candidate, relevance);
    let sets_in = sets_in(candidate, relevance);
    let mut cited = supporting().filter_map(|found| found.citation.as_ref());
    let is_grave = candidate.severity() != Severity::Warn && !cited.all(|it| warns(&it.quote));
    Fit {
        sets_in_with_it: sets_in,
        sets_in_itself: sets_in,
        lasts: is_state(candidate)
            || supporting().any(|found| !ended_before(found, relevance.onset(), TOGETHER)),
        is_unusual: !is_refused_as_ever(candidate, relevance),
        is_origin: !is_consequence(candidate) && (is_grave || begins.is_some()),
        is_grave,
        is_of_part: !is_failed_call(candidate),
        is_tied: is_tied(candidate, relevance),
        is_damage: is_damage(candidate),
        concerns_it: supporting()
            .filter_map(|found| found.citation.as_ref())
            .any(|cited| relevance.concerns_text(&cited.quote)),
        is_direct: supporting().any(|it| it.strength() == IndicationStrength::Direct),
        begins: begins.map(Reverse),
        is_specific: !GENERIC
            .iter()
            .any(|start| candidate.catalogue_id.starts_with(start)),
        count: supporting().map(|found| found.count).sum(),
        is_critical: candidate.severity() == Severity::Critical,
        is_state: candidate.catalogue_id.starts_with("kubernetes."),
    }
}

/// Returns whether an entry is told of several files beside each other alone, and not of what came long
/// after the problem began.
pub(super) fn is_tied(candidate: &Candidate, relevance: &Relevance) -> bool {
    let mut starts = TIED.iter();
    starts.any(|start| candidate.catalogue_id.starts_with(start))
        && !begins_later(candidate, relevance)
}

/// Returns what speaks most for a candidate: what sets in with the problem before what did not.
pub(crate) fn most_telling<'a>(
    candidate: &'a Candidate,
    relevance: &Relevance,
) -> Option<&'a Indication> {
    let cited = candidate
        .indications
        .iter()
        .filter(|it| it.citation.is_some());
    let supporting = cited.filter(|it| supports(it));
    supporting.min_by_key(|found| match (relevance.onset(), begin(found, relevance)) {
        (Some(onset), Some(begins)) => (begins - onset).abs() > TOGETHER,
        _ => false,
    })
}

/// Returns when what speaks for a candidate was seen first, or came in numbers.
pub(super) fn begins(candidate: &Candidate, relevance: &Relevance) -> Option<DateTime<Utc>> {
    times(candidate, relevance).min()
}

/// The same of what does not begin before the problem, where anything does.
fn begins_with_it(candidate: &Candidate, relevance: &Relevance) -> Option<DateTime<Utc>> {
    let onset = relevance.onset();
    let begun = |time: &DateTime<Utc>| onset.is_some_and(|onset| onset - *time <= TOGETHER);
    let with_it = times(candidate, relevance).filter(begun).min();
    with_it.or_else(|| begins(candidate, relevance))
}

fn times(candidate: &Candidate, relevance: &Relevance) -> impl Iterator<Item = DateTime<Utc>> {
    let supporting = candidate.indications.iter().filter(|found| supports(found));
    supporting.filter_map(|found| begin(found, relevance))
}

fn begin(found: &Indication, relevance: &Relevance) -> Option<DateTime<Utc>> {
    let risen = relevance.risen(&found.signature);
    risen.or_else(|| moment(found.observed_from.as_ref()))
}

/// Returns whether what speaks for a candidate stands at the beginning of a log that begins after the
/// problem, and may have come before it.
fn may_have_begun(found: &Indication, relevance: &Relevance, onset: DateTime<Utc>) -> bool {
    let cited = found.citation.as_ref();
    let log = cited.and_then(|it| relevance.begin_of(&it.file_id));
    log.zip(begin(found, relevance))
        .is_some_and(|(log, begins)| log > onset && begins - log <= AT_ONCE)
}

/// Returns whether something that speaks for a candidate begins with the problem, or whenever it may have.
pub(super) fn sets_in(candidate: &Candidate, relevance: &Relevance) -> bool {
    let Some(onset) = relevance.onset() else {
        return true;
    };
    // A state may last a while before it is felt.
    let before = if is_state(candidate) { PAST } else { TOGETHER };
    let mut times = times(candidate, relevance).peekable();
    let mut supporting = candidate.indications.iter().filter(|it| supports(it));
    let is_felt_later = FELT_LATER.contains(&candidate.catalogue_id.as_str());
    times.peek().is_none()
        || is_felt_later && times.peek().is_some_and(|begins| *begins <= onset)
        || times.any(|begins| onset - begins <= before && begins - onset <= relevance.late())
        || supporting.any(|found| may_have_begun(found, relevance, onset))
        || lasts_throughout(candidate, relevance, onset)
}

/// Returns whether all that has a time came long after the problem began.
fn begins_later(candidate: &Candidate, relevance: &Relevance) -> bool {
    let mut times = times(candidate, relevance).peekable();
    let onset = relevance.onset().filter(|_| times.peek().is_some());
    onset.is_some_and(|onset| times.all(|begins| begins - onset > PAST))
}

/// Returns whether the cluster tells of a state, or of the part in question, before and after the onset.
fn lasts_throughout(candidate: &Candidate, relevance: &Relevance, onset: DateTime<Utc>) -> bool {
    let mut supporting = candidate.indications.iter().filter(|it| supports(it));
    let is_grave = candidate.catalogue_id.starts_with("kubernetes.")
        && candidate.severity() >= Severity::Error;
    let is_state = is_state(candidate);
    (is_grave || is_state)
        && supporting.any(|found| {
            let seen = moment(found.observed_from.as_ref()).zip(moment(found.observed_to.as_ref()));
            let quote = found.citation.as_ref().map_or("", |it| it.quote.as_str());
            seen.is_some_and(|(from, to)| from <= onset && onset <= to)
                && (is_state || relevance.concerns_text(quote))
        })
}

/// Returns whether everything that speaks for a candidate ended before the problem began, or warns
/// as often as ever.
pub(super) fn is_past(candidate: &Candidate, relevance: &Relevance) -> bool {
    let Some(onset) = relevance.onset() else {
        return false;
    };
    let warns = candidate.severity() == Severity::Warn;
    let long = if warns { TOGETHER } else { PAST };
    let is_state = is_state(candidate);
    all_that_supports(candidate, |found| {
        !is_state && ended_before(found, Some(onset), long)
            || warns && comes_as_ever(found, relevance)
    })
}

/// Returns whether everything that speaks for a candidate came before the problem and goes on, as often
/// as ever.
pub(super) fn was_there_before(candidate: &Candidate, relevance: &Relevance) -> bool {
    let Some(onset) = relevance.onset() else {
        return false;
    };
    all_that_supports(candidate, |found| {
        let seen = moment(found.observed_from.as_ref()).zip(moment(found.observed_to.as_ref()));
        let spans = seen.is_some_and(|(from, to)| onset - from >= LONG_BEFORE && to > onset);
        spans && relevance.risen(&found.signature).is_none()
    })
}

/// Returns whether a store or a host itself can do no more; containers that end are started again.
fn is_damage(candidate: &Candidate) -> bool {
    candidate.severity() == Severity::Critical
        && !is_consequence(candidate)
        && !candidate.catalogue_id.starts_with("kubernetes.")
        && candidate
            .indications
            .iter()
            .any(|it| it.strength() == IndicationStrength::Direct)
}

fn is_state(candidate: &Candidate) -> bool {
    STATES.contains(&candidate.catalogue_id.as_str())
}

/// Returns whether all that speaks for a candidate warns, and does so as often as ever.
pub(super) fn is_as_ever(candidate: &Candidate, relevance: &Relevance) -> bool {
    candidate.severity() == Severity::Warn
        && all_that_supports(candidate, |found| comes_as_ever(found, relevance))
}

/// Returns whether values of people are refused, as often at the end of a log as at its beginning; that
/// some are refused makes nothing slow.
fn is_refused_as_ever(candidate: &Candidate, relevance: &Relevance) -> bool {
    let weather = relevance.weather();
    let is_refusal = REFUSED_VALUES
        .iter()
        .any(|end| candidate.catalogue_id.ends_with(end));
    let is_constant = |found: &Indication| {
        let cited = found.citation.as_ref();
        cited.is_some_and(|it| weather.is_constant(&it.file_id, &found.signature))
    };
    is_refusal && (relevance.is_about_slowness() || all_that_supports(candidate, is_constant))
}

pub(super) fn comes_as_ever(found: &Indication, relevance: &Relevance) -> bool {
    let weather = relevance.weather();
    let cited = found.citation.as_ref();
    cited.is_some_and(|it| weather.comes_as_ever(&it.file_id, &found.signature))
}

/// Returns whether something speaks for a candidate, and all of it fits.
pub(super) fn all_that_supports(candidate: &Candidate, fits: impl Fn(&Indication) -> bool) -> bool {
    let supporting = candidate.indications.iter().filter(|found| supports(found));
    let mut supporting = supporting.peekable();
    supporting.peek().is_some() && supporting.all(fits)
}

/// Returns whether something began around the time at which a problem began, or some hours before it.
pub(super) fn is_around(found: &Indication, onset: Option<DateTime<Utc>>) -> bool {
    let begun = moment(found.observed_from.as_ref());
    begun.is_some_and(|begun| {
        onset.is_none_or(|onset| onset - begun <= HOURS_BEFORE && begun - onset <= TOGETHER)
    })
}

/// Returns whether something was seen for the last time so long before the problem began.
fn ended_before(found: &Indication, onset: Option<DateTime<Utc>>, long: TimeDelta) -> bool {
    let last = moment(found.observed_to.as_ref()).or_else(|| moment(found.observed_from.as_ref()));
    last.zip(onset)
        .is_some_and(|(last, onset)| last < onset - long)
}
