//! Which entries of the catalogue may explain the problem, best first.

use std::cmp::Reverse;

use faultmaven_proto::case::v1::{Hypothesis, HypothesisKind, Investigation};
use faultmaven_proto::evidence::v1::{Candidate, Indication, IndicationStrength, Severity};

use super::failed_call;
use super::fit::{
    all_that_supports, begins, fit, is_around, is_as_ever, is_past, is_tied, sets_in,
    was_there_before,
};
use super::observed::{OWN_REASON, is_observed};
use super::relevance::Relevance;
use super::situation::{Situation, is_final};
use super::waiting_part;
use super::words::content_stems;

const CONDITIONS_MAX: usize = 3;
/// Causes of a condition that are put up although nothing speaks for them yet.
const CAUSES_MAX: usize = 3;
/// Entries that say that another part ended or is not ready, not why.
const ENDED_PARTS: [&str; 13] = [
    "elasticsearch.unassigned_shards",
    "postgresql.shutdown",
    "redis.shutdown",
    "redis.loading",
    "kafka.consumer_lag",
    "kafka.under_replicated",
    "kubernetes.crash_loop",
    "kubernetes.probe_failed",
    "kubernetes.rollout_stuck",
    "linux.unit_start_limit",
    "docker.container_exited",
    "python.worker_timeout",
    "ruby.worker_timeout",
];
/// Words that a cause shares with the user's description to come before others.
const SHARED_WORDS: usize = 2;
/// Share of common words from which two statements say the same.
const SAME_WORDS: f64 = 0.8;

/// Returns whether an indication speaks for its candidate.
pub(crate) fn supports(indication: &Indication) -> bool {
    matches!(
        indication.strength(),
        IndicationStrength::Direct | IndicationStrength::Indirect
    )
}

fn is_direct(indication: &Indication) -> bool {
    indication.strength() == IndicationStrength::Direct
}

/// Returns the entries that explain the problem itself.
pub(crate) fn conditions<'a>(
    situation: &'a Situation,
    relevance: &Relevance,
) -> Vec<&'a Candidate> {
    let is_known =
        |candidate: &Candidate| situation.by_catalogue_id(&candidate.catalogue_id).is_some();
    let fit_of = |candidate: &Candidate| {
        let has_cause = sets_in_by_a_cause(situation, candidate, relevance);
        fit(candidate, relevance).with_cause(has_cause)
    };
    let mut eligible = eligible(situation, relevance, is_known);
    // What warns as often as ever explains nothing beside what does not.
    let is_weather =
        |it: &&Candidate| is_as_ever(it, relevance) && !has_fresh_cause(situation, it, relevance);
    if eligible.iter().any(|it| !is_weather(it)) {
        eligible.retain(|it| is_known(it) || !is_weather(it));
    }
    // What the catalogue knows explains more than a line by itself, unless it was there before.
    let has_lines = eligible
        .iter()
        .any(|it| is_observed(it) && sets_in(it, relevance));
    let weighs = |it: &&&Candidate| {
        let sets_in = || sets_in(it, relevance) || sets_in_by_a_cause(situation, it, relevance);
        !is_observed(it) && (!has_lines || sets_in())
    };
    let mut named = eligible.iter().filter(weighs).peekable();
    let has_named = named.peek().is_some();
    let only_ends = has_named && named.clone().all(|it| is_end_of_process(it));
    let only_effects = has_named && named.all(|it| is_consequence(it));
    if has_named {
        let is_reason = |it: &Candidate| match only_ends {
            true => is_reason_of_an_end(it),
            false => only_effects && is_own_reason(it),
        };
        eligible.retain(|it| !is_observed(it) || is_known(it) || is_reason(it));
    } else if has_lines {
        let is_meant = |it: &Candidate| is_of_a_named_file(it, relevance);
        eligible.retain(|it| is_observed(it) || is_known(it) || is_meant(it));
    }
    eligible.sort_by_cached_key(|candidate| Reverse(fit_of(candidate)));
    let mut chosen = once_each(situation, eligible, is_known);
    // That something ended, or was there before, explains less than its last words.
    if only_ends || only_effects || has_lines && !has_named {
        chosen.sort_by_key(|candidate| !is_observed(candidate));
    }
    // A call that failed is a symptom once something that set in with it explains it.
    let explains = |it: &&Candidate| !is_failed_call(it) && fit_of(it).explains_calls();
    if let Some(lead) = chosen.first().copied().filter(explains) {
        let is_symptom = |it: &Candidate| is_failed_call(it) && !failed_call::is_apart(it, lead);
        chosen.retain(|it| is_known(it) || !is_symptom(it));
    }
    // What fits worse than the best in every way is noise beside it.
    if let Some(best) = chosen.first().copied() {
        let best_fit = fit_of(best);
        chosen.retain(|it| {
            is_known(it)
                || only_effects && is_own_reason(best)
                || fit_of(it).belongs_beside(best_fit)
                || has_as_cause(situation, best, it)
        });
    }
    chosen.truncate(CONDITIONS_MAX);
    chosen
}

/// Leaves one name for each observation: two would only weaken each other.
fn once_each<'a>(
    situation: &Situation,
    eligible: Vec<&'a Candidate>,
    is_known: impl Fn(&Candidate) -> bool,
) -> Vec<&'a Candidate> {
    let mut chosen: Vec<&Candidate> = Vec::new();
    for candidate in eligible {
        let double = chosen
            .iter()
            .position(|known| rests_on_the_same(known, candidate));
        match double {
            Some(_) if is_known(candidate) => chosen.push(candidate),
            Some(at) if rank(situation, candidate) > rank(situation, chosen[at]) => {
                chosen[at] = candidate;
            }
            Some(_) => {}
            None => chosen.push(candidate),
        }
    }
    chosen
}

/// Returns the entries that may explain the problem: those known to the case, and those that are no weather.
fn eligible<'a>(
    situation: &'a Situation,
    relevance: &Relevance,
    is_known: impl Fn(&Candidate) -> bool,
) -> Vec<&'a Candidate> {
    let may_be_new = |candidate: &Candidate| {
        !is_typed(candidate, relevance)
            && !is_sporadic(candidate, relevance)
            && candidate.severity() != Severity::Info
            && (!is_past(candidate, relevance) || has_fresh_cause(situation, candidate, relevance))
    };
    let candidates = situation.assessment.candidates.iter();
    candidates
        .filter(|candidate| candidate.explains.is_empty())
        .filter(|candidate| !restates_symptom(candidate, relevance))
        .filter(|candidate| !waiting_part::is_named(candidate, situation))
        .filter(|candidate| is_known(candidate) || may_be_new(candidate))
        .collect()
}

/// Returns whether a file that is named like what people complain of speaks for an entry.
fn is_of_a_named_file(candidate: &Candidate, relevance: &Relevance) -> bool {
    let supporting = candidate.indications.iter().filter(|found| supports(found));
    let mut cited = supporting.filter_map(|found| found.citation.as_ref());
    cited.any(|it| relevance.concerns_text(&it.filename))
}

/// Returns whether an entry says no more than that a process ended, again and again.
fn is_end_of_process(candidate: &Candidate) -> bool {
    const ENDS: [&str; 5] = [
        "kubernetes.crash_loop",
        "kubernetes.rollout_stuck",
        "kubernetes.probe_failed",
        "docker.container_exited",
        "linux.unit_start_limit",
    ];
    ENDS.contains(&candidate.catalogue_id.as_str())
}

/// Returns whether what was observed is a reason of a failed call, not another one that failed.
fn is_own_reason(candidate: &Candidate) -> bool {
    is_observed(candidate) && candidate.does_not_prove == OWN_REASON
}

/// Returns whether lines of a log, not states, are what was observed.
fn is_reason_of_an_end(candidate: &Candidate) -> bool {
    is_observed(candidate) && matches!(candidate.category.as_str(), "code" | "other")
}

/// Returns the causes of a condition that are known or supported, and a few more to compete.
pub(crate) fn causes<'a>(situation: &'a Situation, condition: &Candidate) -> Vec<&'a Candidate> {
    let (mut chosen, mut others): (Vec<&Candidate>, Vec<&Candidate>) = situation
        .assessment
        .candidates
        .iter()
        .filter(|candidate| candidate.explains == condition.catalogue_id)
        .filter(|cause| !is_entry_itself(situation, cause))
        .partition(|cause| {
            cause.indications.iter().any(supports)
                || situation.by_catalogue_id(&cause.catalogue_id).is_some()
        });
    // Where the data speak for none, the user's words tell which is likeliest.
    let said = content_stems(&format!("{} {}", situation.statement(), situation.text));
    others.sort_by_key(|cause| {
        let shared = content_stems(&cause.statement).intersection(&said).count();
        Reverse(if shared >= SHARED_WORDS { shared } else { 0 })
    });
    // What sets in with the problem comes first, and of that the earliest.
    let relevance = situation.relevance();
    chosen.sort_by_key(|cause| {
        let is_seen = cause.indications.iter().any(supports);
        let (fits, begins) = (sets_in(cause, relevance), begins(cause, relevance));
        let was_there = was_there_before(cause, relevance);
        let is_sure = cause.indications.iter().any(is_direct);
        (
            !is_seen,
            !fits,
            !is_sure,
            was_there,
            begins.is_none(),
            begins,
        )
    });
    let room = CAUSES_MAX.saturating_sub(chosen.len());
    chosen.extend(others.into_iter().take(room));
    chosen
}

/// Returns what may be fixed: what is investigated, likeliest first, else what the data speak for.
pub(crate) fn leads<'a>(situation: &'a Situation, after: &Investigation) -> Vec<&'a Candidate> {
    let mut open: Vec<&Hypothesis> = after
        .hypotheses
        .iter()
        .filter(|hypothesis| !is_final(hypothesis.status()))
        .collect();
    open.sort_by(|one, other| {
        let weight = |it: &Hypothesis| (it.root, it.kind() == HypothesisKind::Cause);
        let by_likelihood = other.likelihood.total_cmp(&one.likelihood);
        weight(other).cmp(&weight(one)).then(by_likelihood)
    });
    let investigated = open
        .iter()
        .filter_map(|it| situation.candidate(&it.catalogue_id));
    let mut leads: Vec<&Candidate> = investigated.collect();
    if leads.is_empty() {
        let conditions = conditions(situation, situation.relevance());
        leads.extend(conditions.iter().flat_map(|it| causes(situation, it)));
        leads.extend(conditions);
    }
    leads
}

/// Returns whether an entry says that another part failed, not why it did.
pub(crate) fn is_consequence(candidate: &Candidate) -> bool {
    let id = &candidate.catalogue_id;
    is_failed_call(candidate) || ENDED_PARTS.iter().any(|start| id.starts_with(start))
}

pub(super) fn is_failed_call(candidate: &Candidate) -> bool {
    failed_call::is_entry(&candidate.catalogue_id)
}

/// What several files tell together tells more than what names an origin, that more than what has causes,
/// and that more than the rest.
fn rank(situation: &Situation, candidate: &Candidate) -> (bool, bool, bool) {
    let is_tied = is_tied(candidate, situation.relevance());
    let is_origin = !is_consequence(candidate);
    (is_tied, is_origin, has_causes(situation, candidate))
}

fn causes_of<'a>(
    situation: &'a Situation,
    condition: &'a Candidate,
) -> impl Iterator<Item = &'a Candidate> {
    let candidates = situation.assessment.candidates.iter();
    candidates.filter(|cause| cause.explains == condition.catalogue_id)
}

/// Returns whether one of a condition's causes says the same as an entry of its own.
pub(crate) fn has_as_cause(
    situation: &Situation,
    condition: &Candidate,
    entry: &Candidate,
) -> bool {
    causes_of(situation, condition).any(|cause| says_the_same(cause, entry))
}

/// Returns whether a cause of a condition begins with the problem, whenever the condition did.
fn sets_in_by_a_cause(situation: &Situation, condition: &Candidate, relevance: &Relevance) -> bool {
    causes_of(situation, condition).any(|cause| {
        cause.indications.iter().any(is_direct)
            && begins(cause, relevance).is_some()
            && sets_in(cause, relevance)
    })
}

/// Returns whether the data show one of the causes of an entry, so that it is none itself.
pub(crate) fn has_shown_cause(situation: &Situation, entry: &Candidate) -> bool {
    causes_of(situation, entry).any(|cause| cause.indications.iter().any(is_direct))
}

/// Returns whether a cause of a condition shows itself at a time of its own.
fn has_fresh_cause(situation: &Situation, condition: &Candidate, relevance: &Relevance) -> bool {
    let weather = relevance.weather();
    let is_fresh = |found: &Indication| {
        let cited = found.citation.as_ref();
        is_direct(found)
            && is_around(found, relevance.onset())
            && cited.is_some_and(|it| !weather.is_constant(&it.file_id, &found.signature))
    };
    causes_of(situation, condition).any(|cause| cause.indications.iter().any(is_fresh))
}

fn says_the_same(one: &Candidate, other: &Candidate) -> bool {
    let (one, other) = (
        content_stems(&one.statement),
        content_stems(&other.statement),
    );
    let shared = one.intersection(&other).count() as f64;
    shared >= SAME_WORDS * one.union(&other).count() as f64
}

/// Returns whether an entry of its own, which the data speak for, says the same as a cause.
fn is_entry_itself(situation: &Situation, cause: &Candidate) -> bool {
    let mut entries = situation.assessment.candidates.iter();
    entries.any(|entry| {
        entry.explains.is_empty()
            && entry.indications.iter().any(supports)
            && says_the_same(entry, cause)
            && situation.by_catalogue_id(&cause.catalogue_id).is_none()
    })
}

fn has_causes(situation: &Situation, condition: &Candidate) -> bool {
    situation
        .assessment
        .candidates
        .iter()
        .any(|candidate| candidate.explains == condition.catalogue_id)
}

/// Returns whether everything that speaks for one candidate speaks for another too.
fn rests_on_the_same(known: &Candidate, other: &Candidate) -> bool {
    let places = |candidate: &Candidate| -> Vec<(String, i64, i64)> {
        let supporting = candidate.indications.iter().filter(|found| supports(found));
        supporting
            .filter_map(|found| found.citation.as_ref())
            .map(|cited| (cited.file_id.clone(), cited.line_start, cited.byte_start))
            .collect()
    };
    let known = places(known);
    places(other).iter().all(|place| known.contains(place))
}

/// Returns whether all that speaks for a candidate comes now and then or is long over, and nobody
/// complains of it.
fn is_sporadic(candidate: &Candidate, relevance: &Relevance) -> bool {
    let weather = relevance.weather();
    all_that_supports(candidate, |found| {
        found.citation.as_ref().is_some_and(|cited| {
            let is_over = || weather.is_recovered(cited, relevance.says_it_is_back());
            let is_weather = weather.indicates_sporadic(candidate, found)
                || found.observed_from.is_none() && is_over();
            is_weather && !relevance.complains_of(&cited.quote)
        })
    })
}

/// Returns whether people typed by hand all that speaks for a candidate.
fn is_typed(candidate: &Candidate, relevance: &Relevance) -> bool {
    let supporting = candidate.indications.iter().filter(|found| supports(found));
    let cited = supporting.filter_map(|found| found.citation.as_ref());
    let weather = relevance.weather();
    weather.is_typed_alone(&candidate.catalogue_id, cited.clone())
        && !cited
            .into_iter()
            .any(|it| relevance.speaks_of_symptom(&it.quote))
}

/// An entry that only repeats the status the user reported explains nothing.
fn restates_symptom(candidate: &Candidate, relevance: &Relevance) -> bool {
    let is_answer = candidate.catalogue_id.starts_with("http.") || is_observed(candidate);
    let mut supporting = candidate
        .indications
        .iter()
        .filter(|found| supports(found))
        .peekable();
    is_answer
        && supporting.peek().is_some()
        && supporting.all(|found| {
            found
                .citation
                .as_ref()
                .is_some_and(|cited| relevance.has_code(&cited.quote))
        })
}
