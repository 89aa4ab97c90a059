//! Which changes of the data come first, and which of them are one.

use std::cmp::Reverse;

use chrono::{DateTime, TimeDelta, Utc};
use faultmaven_proto::evidence::v1::ObservedChange;

use super::changes::concerns_the_component;
use super::harvest::Symptoms;
use super::named_object;
use super::relevance::Relevance;
use super::situation::Situation;
use crate::convert::moment;

const CHANGE_WINDOW: TimeDelta = TimeDelta::minutes(120);
/// A change this shortly before the problem is told, whatever it names.
const RIGHT_BEFORE: TimeDelta = TimeDelta::minutes(1);
const PRECEDING_MAX: usize = 2;
/// Seconds within which changes are made together.
const TOGETHER_S: i64 = 300;

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
    let mut preceding = one_per_rollout(preceding);
    preceding.truncate(PRECEDING_MAX);
    preceding
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
pub(super) fn nearest<'a>(
    situation: &'a Situation,
    symptoms: &Symptoms,
) -> Vec<&'a ObservedChange> {
    let mut changes: Vec<&ObservedChange> = situation.assessment.changes.iter().collect();
    let names = named_object::of_errors(situation);
    changes.sort_by_key(|change| {
        let changed = moment(change.change_time.as_ref());
        let delay = changed
            .zip(symptoms.onset)
            .map(|(changed, onset)| onset - changed);
        let is_before = delay.is_some_and(|delay| delay >= TimeDelta::zero());
        let is_named = is_before && named_object::is_named_by(change, &names);
        (!is_named, !is_before, delay.filter(|_| is_before))
    });
    one_per_rollout(changes)
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
    fn the_words_of_a_name_are_parted() {
        assert_eq!(parted("paymentFailure is on"), "payment Failure is on");
    }
}
