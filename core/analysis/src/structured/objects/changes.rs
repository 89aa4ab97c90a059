//! What an export of objects shows to have been created or altered of late.

mod rollouts;

use chrono::{DateTime, TimeDelta, Utc};

use super::{condition, name};
use crate::analysis::{Change, ChangeDirection, ChangeKind};
use crate::citation::Citation;
use crate::fingerprint;
use crate::structured::json::{Node, Record};
use crate::time::parse_utc;
use rollouts::Rollouts;

/// Something that was made or altered, and when.
#[derive(Debug, Clone, PartialEq)]
struct Altered {
    /// The object with its kind.
    path: String,
    component: String,
    is_new: bool,
    time: DateTime<Utc>,
    /// Offset in the text.
    at: usize,
}

/// What is older than this when the export ends is how things always were.
pub(crate) const LATELY: TimeDelta = TimeDelta::hours(24);
const CHANGES_MAX: usize = 20;
/// Changes that are held until the newest time is known.
const HELD_MAX: usize = 10 * CHANGES_MAX;
/// Kinds that the cluster itself rewrites all the time.
pub(super) const RESTLESS: [&str; 11] = [
    "Pod",
    "Event",
    "Node",
    "Endpoints",
    "EndpointSlice",
    "Lease",
    "ReplicaSet",
    "Job",
    "ControllerRevision",
    "PersistentVolumeClaim",
    "PersistentVolume",
];
/// Keys of times at which something happened.
const HAPPENED: [&str; 21] = [
    "acquireTime",
    "completionTime",
    "creationTimestamp",
    "deletionTimestamp",
    "eventTime",
    "finishedAt",
    "firstTimestamp",
    "lastHeartbeatTime",
    "lastObservedTime",
    "lastProbeTime",
    "lastScaleTime",
    "lastScheduleTime",
    "lastSuccessfulTime",
    "lastTimestamp",
    "lastTransitionTime",
    "lastUpdateTime",
    "renewTime",
    "startTime",
    "startedAt",
    "time",
    "timestamp",
];
/// Writers that are part of the cluster.
const CLUSTER: [&str; 5] = [
    "kube-controller-manager",
    "kubelet",
    "kube-scheduler",
    "cluster-autoscaler",
    "cloud-controller-manager",
];

/// Collects what was made or altered, object by object; whoever knows the file names it.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    found: Vec<Change>,
    rollouts: Rollouts,
    /// Objects that are no events.
    objects: usize,
}

impl Changes {
    /// Takes an object.
    pub(crate) fn note(&mut self, record: &Record) {
        let object = &record.root;
        self.objects += usize::from(object.text("kind") != Some("Event"));
        self.rollouts.note(record);
        for altered in of_object(object) {
            let place = object.starting_at(altered.at).unwrap_or(object);
            let citation = record.cite(place);
            self.found
                .extend(citation.map(|citation| altered.change(citation)));
        }
        if self.found.len() > HELD_MAX {
            self.keep_latest(CHANGES_MAX);
        }
    }

    /// Returns what was made or altered within a day before the newest time of the export.
    pub(crate) fn finish(mut self, newest: Option<DateTime<Utc>>) -> Vec<Change> {
        let rollouts = std::mem::take(&mut self.rollouts);
        self.found.extend(rollouts.finish());
        self.found.retain(|it| {
            let times = newest.zip(it.changed_at);
            times.is_some_and(|(newest, time)| newest - time <= LATELY)
        });
        self.keep_latest(CHANGES_MAX);
        // An export in which everything is new shows a cluster that was set up.
        if self.found.len() > 2 && self.found.len() * 2 > self.objects {
            self.found
                .retain(|it| it.direction != ChangeDirection::Added);
        }
        self.found
    }

    fn keep_latest(&mut self, most: usize) {
        self.found
            .sort_by_key(|it| std::cmp::Reverse(it.changed_at));
        self.found.truncate(most);
    }
}

impl Altered {
    fn change(self, citation: Citation) -> Change {
        Change {
            kind: ChangeKind::Config,
            signature: fingerprint::config("kubernetes", &self.path),
            file: String::new(),
            component: Some(self.component),
            direction: if self.is_new {
                ChangeDirection::Added
            } else {
                ChangeDirection::Replaced
            },
            path: self.path,
            before: None,
            after: None,
            secret: false,
            changed_at: Some(self.time),
            citation,
        }
    }
}

/// The latest time at which something happened to an object; times to come are none of them.
pub(crate) fn newest(node: &Node) -> Option<DateTime<Utc>> {
    let members = node.object().iter();
    let own = members.filter(|(key, _)| HAPPENED.contains(&key.as_str()));
    let own = own.filter_map(|(_, time)| time.as_text().and_then(parse_utc));
    own.chain(node.children().filter_map(newest)).max()
}

fn of_object(object: &Node) -> Vec<Altered> {
    let Some(kind) = object.text("kind") else {
        return Vec::new();
    };
    let found = match kind {
        "Event" => vec![scaled_event(object)],
        "Deployment" | "StatefulSet" | "DaemonSet" => vec![rolled_out(object), altered(object)],
        kind if RESTLESS.contains(&kind) => Vec::new(),
        _ => vec![created(object), altered(object)],
    };
    found.into_iter().flatten().collect()
}

fn full(object: &Node) -> String {
    let kind = object.text("kind").unwrap_or("object").to_ascii_lowercase();
    format!("{kind}/{}", name(object))
}

fn change(object: &Node, path: String, is_new: bool, time: &Node) -> Option<Altered> {
    Some(Altered {
        path,
        component: name(object).to_owned(),
        is_new,
        time: parse_utc(time.as_text()?)?,
        at: time.at,
    })
}

fn created(object: &Node) -> Option<Altered> {
    change(
        object,
        full(object),
        true,
        object.get("metadata.creationTimestamp")?,
    )
}

/// The time at which anybody but the cluster last wrote an object.
pub(super) fn written_by_people(object: &Node) -> Option<&Node> {
    let writers = object.items("metadata.managedFields").iter();
    let by_people = writers.filter(|it| {
        let manager = it.text("manager").unwrap_or_default();
        it.get("subresource").is_none() && !CLUSTER.contains(&manager)
    });
    let written = by_people.filter_map(|it| it.get("time"));
    written.max_by_key(|time| time.as_text().and_then(parse_utc))
}

/// The last time that anybody but the cluster wrote an object that was there before.
fn altered(object: &Node) -> Option<Altered> {
    let last = written_by_people(object)?;
    let made = object
        .text("metadata.creationTimestamp")
        .and_then(parse_utc);
    let is_later = last.as_text().and_then(parse_utc) > made;
    is_later
        .then(|| change(object, full(object), false, last))
        .flatten()
}

/// The time at which the pods of a workload were last replaced.
fn rolled_out(object: &Node) -> Option<Altered> {
    let revision = object
        .get("metadata.annotations")?
        .member("deployment.kubernetes.io/revision")?
        .as_text()
        .filter(|it| *it != "1")?;
    let path = format!("pods of {}, revision {revision},", full(object));
    let progress = condition(object, "Progressing")?;
    let since = progress
        .get("lastUpdateTime")
        .or_else(|| progress.get("lastTransitionTime"))?;
    change(object, path, true, since)
}

/// The event of a new replica set.
fn scaled_event(event: &Node) -> Option<Altered> {
    let message = event.text("message")?;
    let scaled = message.strip_prefix("Scaled up replica set ")?;
    let set = scaled.split_whitespace().next()?;
    let is_new = scaled.contains(" from 0 to ") || scaled.ends_with(" to 1");
    let times = ["firstTimestamp", "eventTime", "lastTimestamp"];
    let time = times
        .iter()
        .filter_map(|path| event.get(path))
        .find(|time| time.as_text().is_some())?;
    let about = event.text("involvedObject.name").unwrap_or(set);
    let made = Altered {
        path: format!("replica set {set} of deployment/{about}"),
        component: about.to_owned(),
        is_new,
        time: parse_utc(time.as_text()?)?,
        at: event.get("message")?.at,
    };
    is_new.then_some(made)
}

#[cfg(test)]
mod tests {
    use crate::analysis::{Change, ChangeDirection};
    use crate::{Options, analyze};

    fn changes(text: &str) -> Vec<Change> {
        analyze(text.as_bytes(), Options::default()).changes
    }

    #[test]
    fn what_was_written_by_people_of_late_is_told() {
        let export = |manager: &str| {
            format!(
                r#"{{"kind":"List","apiVersion":"v1","items":[
                {{"kind":"ConfigMap","metadata":{{"name":"flags","creationTimestamp":"2026-01-01T00:00:00Z",
                  "managedFields":[{{"manager":"{manager}","time":"2026-10-12T09:30:00Z"}}]}}}},
                {{"kind":"Service","metadata":{{"name":"cart","creationTimestamp":"2026-01-01T00:00:00Z"}}}}]}}"#
            )
        };
        let found = changes(&export("kubectl-edit"));
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].path.as_str(), found[0].direction),
            ("configmap/flags", ChangeDirection::Replaced)
        );
        assert_eq!(changes(&export("kube-controller-manager")), []);
    }

    #[test]
    fn a_new_replica_set_is_a_change() {
        let event = |message: &str| {
            format!(
                r#"{{"kind":"Event","apiVersion":"v1","metadata":{{"name":"e"}},"message":"{message}","involvedObject":{{"name":"cart"}},"firstTimestamp":"2026-10-12T09:30:00Z"}}"#
            )
        };
        let found = changes(&event("Scaled up replica set cart-5b7 from 0 to 1"));
        assert_eq!(found[0].component.as_deref(), Some("cart"));
        assert_eq!(
            changes(&event("Scaled up replica set cart-5b7 from 3 to 5")),
            []
        );
    }
}
