//! When pods were made anew, by workload.

use std::collections::{BTreeMap, BTreeSet};

use faultmaven_proto::evidence::v1 as pb;
use prost_types::Timestamp;

/// Kinds whose pods are replaced when they are altered.
const WORKLOADS: [&str; 3] = ["deployment/", "statefulset/", "daemonset/"];
/// Seconds within which one rollout is told by several objects.
const ONE_ROLLOUT: i64 = 600;

/// How changes begin that tell of new pods.
const TELLS: [&str; 2] = ["pods of ", "replica set "];

/// The rollouts that files tell of: when which workload got new pods, as which file says.
pub(super) struct Rollouts<'a> {
    by_workload: BTreeMap<&'a str, Vec<(&'a str, Timestamp)>>,
}

impl<'a> Rollouts<'a> {
    pub(super) fn of(changes: &'a [pb::ObservedChange]) -> Self {
        let mut by_workload: BTreeMap<&str, Vec<(&str, Timestamp)>> = BTreeMap::new();
        for change in changes {
            let tells = TELLS.iter().any(|it| change.description.starts_with(it));
            let told = workload(&change.description).filter(|_| tells);
            let cited = change.citation.as_ref();
            if let (Some(workload), Some(at), Some(cited)) = (told, change.change_time, cited) {
                let known = by_workload.entry(workload).or_default();
                known.push((&cited.file_id, at));
            }
        }
        Self { by_workload }
    }

    /// Returns the one rollout that `objects` had, unless a file that is older than the change tells of
    /// it; of several rollouts, nobody knows which took the change up.
    pub(super) fn only(
        &self,
        objects: &BTreeSet<&str>,
        is_older: impl Fn(&str) -> bool,
    ) -> Option<(&'a str, Timestamp)> {
        let runs = |workload: &str| objects.iter().any(|object| is_of(object, workload));
        let of_them = self
            .by_workload
            .iter()
            .filter(|(workload, _)| runs(workload));
        let mut told = of_them
            .flat_map(|(workload, told)| told.iter().map(|(file, at)| (*workload, *file, *at)));
        let mut first = told.next()?;
        let mut latest = first.2.seconds;
        let mut older = is_older(first.1);
        for rollout in told {
            older |= is_older(rollout.1);
            latest = latest.max(rollout.2.seconds);
            if rollout.2.seconds < first.2.seconds {
                first = rollout;
            }
        }
        let is_one = latest - first.2.seconds <= ONE_ROLLOUT;
        (is_one && !older).then_some((first.0, first.2))
    }
}

fn workload(description: &str) -> Option<&str> {
    let mut words = description.split([' ', ',']);
    words.find(|word| WORKLOADS.iter().any(|kind| word.starts_with(kind)))
}

/// Returns whether an object is a workload, or one of its pods.
fn is_of(object: &str, workload: &str) -> bool {
    let pod = object.strip_prefix("pod/");
    let name = workload.split_once('/').map(|(_, name)| name);
    object == workload
        || pod.zip(name).is_some_and(|(pod, name)| {
            let rest = pod.strip_prefix(name).and_then(|it| it.strip_prefix('-'));
            rest.is_some_and(|rest| rest.matches('-').count() <= 1)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rollout(description: &str, seconds: i64, file_id: &str) -> pb::ObservedChange {
        pb::ObservedChange {
            description: description.to_owned(),
            change_time: Some(Timestamp { seconds, nanos: 0 }),
            citation: Some(pb::FileCitation {
                file_id: file_id.to_owned(),
                ..Default::default()
            }),
            ..Default::default()
        }
    }

    #[test]
    fn a_rollout_that_two_objects_tell_of_is_the_only_one() {
        let changes = [
            rollout(
                "pods of deployment/web, revision 9, created in a.json",
                10_020,
                "a",
            ),
            rollout(
                "replica set web-5b7 of deployment/web created in b.json",
                10_000,
                "b",
            ),
            rollout(
                "replica set cart-5b7 of deployment/cart created in b.json",
                4_000,
                "b",
            ),
            rollout("deployment/web altered in b.json", 1_000, "b"),
        ];
        let known = Rollouts::of(&changes);
        let time = |object: &str, older: &str| {
            let found = known.only(&BTreeSet::from([object]), |file| file == older);
            found.map(|(_, at)| at.seconds)
        };
        assert_eq!(time("deployment/web", "-"), Some(10_000));
        assert_eq!(time("pod/web-5b7-x2x", "-"), Some(10_000));
        assert_eq!(time("pod/web-front-5b7-x2x", "-"), None);
        assert_eq!(time("service/web", "-"), None);
        assert_eq!(
            time("deployment/web", "a"),
            None,
            "an older file tells of it"
        );
    }

    #[test]
    fn of_two_rollouts_none_is_known_to_be_the_one() {
        let changes = [
            rollout(
                "replica set web-1 of deployment/web created in b.json",
                0,
                "b",
            ),
            rollout(
                "replica set web-2 of deployment/web created in b.json",
                9_000,
                "b",
            ),
        ];
        let known = Rollouts::of(&changes);
        let web = BTreeSet::from(["deployment/web"]);
        assert_eq!(known.only(&web, |_| false), None);
    }
}
