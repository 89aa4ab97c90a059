//! Which changes of the data come first, and which of them are one.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use faultmaven_proto::case::v1::FactKind;
use faultmaven_proto::evidence::v1::ObservedChange;

use super::changes::concerns_the_component;
use super::harvest::Symptoms;
use super::named_object;
use super::relevance::Relevance;
use super::situation::Situation;
use super::words::content_stems;
use crate::convert::moment;

const CHANGE_WINDOW: TimeDelta = TimeDelta::minutes(120);
/// A change this shortly before the problem is told, whatever it names.
const RIGHT_BEFORE: TimeDelta = TimeDelta::minutes(1);
/// Changes before this have shown their effects.
const LONG_AGO: TimeDelta = TimeDelta::days(7);
/// Parts of keys that describe, note or log.
const REMARKS: [&str; 10] = [
    "annotation",
    "label",
    "description",
    "log_",
    "loglevel",
    "log-level",
    "comment",
    "revisionhistory",
    "checksum",
    "creationtimestamp",
];
/// Parts of keys that decide where requests go and what they may take.
const DECIDING: [&str; 28] = [
    "limit", "cpu", "memory", "replicas", "port", "path", "selector", "host", "url", "addr",
    "mode", "pool", "timeout", "quota", "rule", "forward", "enabled", "flag", "schedule", "role",
    "user", "max", "min", "size", "args", "command", "env[", "policy",
];
const PRECEDING_MAX: usize = 2;
/// Seconds within which changes are made together.
const TOGETHER_S: i64 = 300;

/// One change, however often the data tell of it.
#[derive(Debug, Clone)]
pub(super) struct Event<'a> {
    pub(super) main: &'a ObservedChange,
    /// What tells of the same change, in its own words.
    pub(super) traces: Vec<&'a ObservedChange>,
}

/// Returns the changes right before the problem, and earlier ones of the same component, nearest first.
pub(crate) fn preceding<'a>(
    situation: &'a Situation,
    relevance: &Relevance,
) -> Vec<&'a ObservedChange> {
    let onset = relevance.onset();
    let names = named_object::of_errors(situation);
    let preceded = |change: &&ObservedChange| {
        let changed = moment(change.change_time.as_ref());
        let fits =
            onset.is_none_or(|onset| changed.is_none_or(|changed| is_soon_after(changed, onset)));
        let at_once = changed
            .zip(onset)
            .is_some_and(|(changed, onset)| onset - changed <= RIGHT_BEFORE);
        let is_named = named_object::is_named_by(change, &names);
        fits && (at_once || is_named || concerns_the_component(situation, change))
    };
    let changes = situation.assessment.changes.iter();
    let mut preceding: Vec<&ObservedChange> = changes.filter(preceded).collect();
    preceding.sort_by_key(|change| {
        let changed = moment(change.change_time.as_ref());
        let together = changed.map(|changed| changed.timestamp() / TOGETHER_S);
        let is_named = named_object::is_named_by(change, &names);
        (
            !is_named,
            Reverse(together),
            !takes_away(change),
            Reverse(changed),
        )
    });
    let events = events(situation, preceding).into_iter();
    events.map(|event| event.main).take(PRECEDING_MAX).collect()
}

/// Puts what tells of one change together; what says what was changed stands for it.
fn events<'a>(situation: &Situation, changes: Vec<&'a ObservedChange>) -> Vec<Event<'a>> {
    let mut events: Vec<Event<'a>> = Vec::new();
    for change in one_per_rollout(changes) {
        let mut known = events.iter();
        match known.position(|event| is_same_change(situation, event.main, change)) {
            Some(at) => events[at].traces.push(change),
            None => events.push(Event {
                main: change,
                traces: Vec::new(),
            }),
        }
    }
    for event in &mut events {
        let named = event.traces.iter().position(|it| !versions(it).is_empty());
        if let Some(at) = named.filter(|_| versions(event.main).is_empty()) {
            std::mem::swap(&mut event.main, &mut event.traces[at]);
        }
    }
    events
}

/// Returns whether two changes are one that was told twice: made together, with the same version or
/// of the same part.
pub(super) fn is_same_change(
    situation: &Situation,
    one: &ObservedChange,
    other: &ObservedChange,
) -> bool {
    let times = moment(one.change_time.as_ref()).zip(moment(other.change_time.as_ref()));
    let is_together =
        times.is_some_and(|(one, other)| (one - other).num_seconds().abs() <= TOGETHER_S);
    // A value that was changed is a change of its own.
    let is_deployment = |it: &ObservedChange| it.change_type == "deployment" && it.key.is_empty();
    if !is_together || !is_deployment(one) || !is_deployment(other) {
        return false;
    }
    let (versions, others) = (versions(one), versions(other));
    if !versions.is_empty() && !others.is_empty() {
        return !versions.is_disjoint(&others);
    }
    let affected = affected_stems(situation);
    let parts = |change: &ObservedChange| -> BTreeSet<String> {
        let stems = content_stems(&parted(&change.description));
        stems.intersection(&affected).cloned().collect()
    };
    !parts(one).is_disjoint(&parts(other))
}

/// Words that name the affected part, and none that tell what was done to it.
fn affected_stems(situation: &Situation) -> BTreeSet<String> {
    let services = situation.facts(FactKind::AffectedService);
    let mut stems: BTreeSet<String> = services
        .flat_map(|fact| content_stems(&fact.value))
        .collect();
    stems.extend(content_stems(situation.statement()));
    stems.retain(|stem| !stem.starts_with("deploy") && !stem.chars().all(char::is_numeric));
    stems
}

fn versions(change: &ObservedChange) -> BTreeSet<String> {
    let words = change.description.split(|letter: char| {
        letter.is_whitespace() || matches!(letter, ',' | '(' | ')' | ':' | ';' | '/')
    });
    let version = |word: &str| {
        let word = word.trim_matches(['.', '"', '\'']).trim_start_matches('v');
        let parts: Vec<&str> = word.split('.').collect();
        let is_number =
            |part: &&str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit());
        let is_version = parts.len() == 3 && parts[..2].iter().all(is_number);
        is_version.then(|| word.to_owned())
    };
    words.filter_map(version).collect()
}

/// Of changes that tell of one rollout, those that say what was changed count.
fn one_per_rollout(changes: Vec<&ObservedChange>) -> Vec<&ObservedChange> {
    let mut kept: Vec<&ObservedChange> = Vec::new();
    for change in changes {
        let same = kept.iter().position(|it| is_same_rollout(it, change));
        match same {
            Some(at) if tells_values(change) && !tells_values(kept[at]) => kept[at] = change,
            Some(_) if !tells_values(change) => {}
            Some(_) | None => kept.push(change),
        }
    }
    kept
}

/// Returns whether a change names what was before and what is now.
fn tells_values(change: &ObservedChange) -> bool {
    !change.key.is_empty() && !change.before.is_empty() && !change.after.is_empty()
}

/// What takes something away breaks more than what adds.
fn takes_away(change: &ObservedChange) -> bool {
    let said = change.description.to_lowercase();
    let mut words = said.split(|letter: char| !letter.is_alphanumeric());
    words.any(|word| {
        matches!(
            word,
            "drop"
                | "dropped"
                | "revoke"
                | "revoked"
                | "truncate"
                | "delete"
                | "deleted"
                | "removed"
        )
    })
}

/// Returns whether a problem began within two hours after a change.
pub(super) fn is_soon_after(changed: DateTime<Utc>, onset: DateTime<Utc>) -> bool {
    let delay = onset - changed;
    delay >= TimeDelta::zero() && delay <= CHANGE_WINDOW
}

/// The changes before the problem first, the nearest of them in front.
pub(super) fn nearest<'a>(situation: &'a Situation, symptoms: &Symptoms) -> Vec<Event<'a>> {
    let mut changes: Vec<&ObservedChange> = situation.assessment.changes.iter().collect();
    let names = named_object::of_errors(situation);
    changes.sort_by_key(|change| {
        let changed = moment(change.change_time.as_ref());
        let delay = changed
            .zip(symptoms.onset)
            .map(|(changed, onset)| onset - changed);
        let is_before = delay.is_some_and(|delay| delay >= TimeDelta::zero());
        let is_named = is_before && named_object::is_named_by(change, &names);
        let delay = delay.filter(|_| is_before);
        (!is_named, !is_before, delay, lightness(change))
    });
    // What was made long ago is no change of the problem.
    changes.retain(|change| {
        let changed = moment(change.change_time.as_ref());
        let between = changed.zip(symptoms.onset);
        between.is_none_or(|(changed, onset)| onset - changed <= LONG_AGO)
    });
    events(situation, changes)
}

/// How little a value can break that was changed: one that decides least of all, a remark most.
fn lightness(change: &ObservedChange) -> u8 {
    let key = change.key.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| key.contains(word));
    let is_added = change.before.is_empty() && !change.after.is_empty();
    match () {
        () if has(&REMARKS) => 3,
        () if is_added => 2,
        () if has(&DECIDING) => 0,
        () => 1,
    }
}

/// Objects and events tell of one rollout, each in its way.
fn is_same_rollout(one: &ObservedChange, other: &ObservedChange) -> bool {
    const ONE_ROLLOUT: TimeDelta = TimeDelta::minutes(3);
    let workload = |change: &ObservedChange| {
        let words = change.description.split([' ', ',']);
        let mut named = words.filter(|word| word.starts_with("deployment/"));
        named.next().map(ToOwned::to_owned)
    };
    let times = moment(one.change_time.as_ref()).zip(moment(other.change_time.as_ref()));
    let is_together = times.is_some_and(|(one, other)| (one - other).abs() <= ONE_ROLLOUT);
    is_together && workload(one).is_some() && workload(one) == workload(other)
}

/// Parts the words of names such as `paymentFailure`.
pub(super) fn parted(text: &str) -> String {
    let mut parted = String::with_capacity(text.len() + 8);
    let mut before = ' ';
    for letter in text.chars() {
        if letter.is_uppercase() && before.is_lowercase() {
            parted.push(' ');
        }
        parted.push(letter);
        before = letter;
    }
    parted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::convert::stamp;

    #[test]
    fn values_that_decide_come_before_additions_and_remarks() {
        let lightness = |key: &str, before: &str, after: &str| {
            super::lightness(&ObservedChange {
                key: key.to_owned(),
                before: before.to_owned(),
                after: after.to_owned(),
                ..Default::default()
            })
        };
        assert_eq!(
            lightness("pgbouncer.ini pool_mode", "transaction", "session"),
            0
        );
        assert_eq!(
            lightness("containers[app].env[TZ].value", "Asia/Shanghai", ""),
            0
        );
        assert_eq!(lightness("containers[app].image", "a:1", "a:2"), 1);
        assert_eq!(lightness("containers[app].env[THREADS].value", "", "40"), 2);
        assert_eq!(lightness("annotation limit-rps", "60", "80"), 3);
    }

    #[test]
    fn a_rollout_is_one_change_however_often_it_is_told() {
        let change = |description: &str, time: &str| ObservedChange {
            description: description.to_owned(),
            change_time: stamp(Some(time.parse().unwrap())),
            ..Default::default()
        };
        let event = change(
            "replica set ad-5b7 of deployment/ad created in events.json",
            "2026-10-30T13:31:00Z",
        );
        let object = change(
            "pods of deployment/ad, revision 9, created in deployments.json",
            "2026-10-30T13:31:20Z",
        );
        let other = change(
            "pods of deployment/cart, revision 2, created in deployments.json",
            "2026-10-30T13:31:20Z",
        );
        let value = ObservedChange {
            key: "resources.limits.cpu".to_owned(),
            before: "2".to_owned(),
            after: "300m".to_owned(),
            ..change(
                "resources.limits.cpu of deployment/ad changed from 2 to 300m in replicasets.json",
                "2026-10-30T13:31:00Z",
            )
        };
        let told = one_per_rollout(vec![&event, &value, &object]);
        assert_eq!(told, [&value]);
        assert!(is_same_rollout(&event, &object));
        assert!(!is_same_rollout(&event, &other));
    }

    #[test]
    fn a_deployment_that_several_lines_tell_of_is_one_change() {
        use faultmaven_proto::case::v1::{Case, ProblemStatement};
        let mut situation = Situation::default();
        situation.investigation.case = Some(Case {
            statement: Some(ProblemStatement {
                text: "orders answers 500".to_owned(),
                ..Default::default()
            }),
            ..Default::default()
        });
        let change = |description: &str, time: &str| ObservedChange {
            description: description.to_owned(),
            change_type: "deployment".to_owned(),
            change_time: stamp(Some(time.parse().unwrap())),
            ..Default::default()
        };
        let finished = change("rollout of orders finished", "2026-03-10T10:02:30Z");
        let deployed = change(
            "bot deployed orders 2.3.1 (was 2.3.0)",
            "2026-03-10T10:01:40Z",
        );
        let started = change("Starting OrdersApplication v2.3.1", "2026-03-10T10:02:11Z");
        let other = change("deployed cart 5.0.2", "2026-03-10T10:02:00Z");
        let earlier = change("deployed orders 2.3.1", "2026-03-10T09:02:00Z");
        let told = vec![&finished, &deployed, &started, &other, &earlier];
        let events = events(&situation, told);
        let mains: Vec<_> = events.iter().map(|event| event.main).collect();
        assert_eq!(mains, [&deployed, &other, &earlier]);
        assert_eq!(events[0].traces.len(), 2);
    }

    #[test]
    fn the_words_of_a_name_are_parted() {
        assert_eq!(parted("paymentFailure is on"), "payment Failure is on");
    }
}
