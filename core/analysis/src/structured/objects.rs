//! Exported objects of Kubernetes: what their states say, also one beside the other.

mod changes;
mod chaos;
mod deletion;
mod described;
mod flags;
mod inventory;
mod placement;
mod pods;
mod policies;
mod settings;
mod versions;
mod workloads;

use chrono::{DateTime, TimeDelta, Utc};

pub(crate) use changes::{Changes, newest};
pub(crate) use inventory::{node, pod, service};
pub(crate) use settings::add as add_setting;
pub(crate) use versions::{changes_between, removal, rewritten};

use crate::clues::{Clues, Complaint, Setting};
use crate::structured::json::{Node, Record};
use crate::time::parse_utc;

/// Something an export shows, and where.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shown {
    pub(crate) object: String,
    pub(crate) key: &'static str,
    pub(crate) value: String,
    pub(crate) number: Option<f64>,
    /// Offset in the text.
    pub(crate) at: usize,
    pub(crate) time: Option<DateTime<Utc>>,
}

/// When and how often an event of Kubernetes came.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Occurrence {
    pub(crate) first: Option<DateTime<Utc>>,
    pub(crate) last: Option<DateTime<Utc>>,
    pub(crate) count: u64,
}

impl Occurrence {
    /// Returns whether it is a probe that failed while its container came up.
    pub(crate) fn is_of_start(&self, told: &str) -> bool {
        const STARTS_MAX: u64 = 3;
        const BRIEF_MAX: u64 = 10;
        let waits = ["Readiness probe failed", "Startup probe failed"];
        let seen = self.first.zip(self.last);
        let is_brief = seen.is_some_and(|(first, last)| {
            let lasted = last - first;
            lasted > TimeDelta::zero() && lasted <= TimeDelta::seconds(30)
        });
        let is_few = self.count <= STARTS_MAX || is_brief && self.count <= BRIEF_MAX;
        is_few && waits.iter().any(|it| told.contains(it))
    }
}

impl Shown {
    fn new(object: &str, key: &'static str, value: &str, at: usize) -> Self {
        Self {
            object: object.to_owned(),
            key,
            value: value.to_owned(),
            number: value.parse().ok(),
            at,
            time: None,
        }
    }

    fn since(self, time: Option<&str>) -> Self {
        Self {
            time: time.and_then(parse_utc),
            ..self
        }
    }
}

/// Returns what an object shows to be wrong by itself.
pub(crate) fn read(object: &Node) -> Vec<Shown> {
    let mut shown = Vec::new();
    if let Some(kind) = object.text("kind") {
        deletion::read(kind, object, &mut shown);
    }
    match object.text("kind") {
        Some("Pod") => pods::read(object, &mut shown),
        Some("ConfigMap") => flags::read(object, &mut shown),
        Some(kind) => workloads::read(kind, object, &mut shown),
        None => {}
    }
    shown
}

/// Returns when and how often an event came; nothing for other objects.
pub(crate) fn occurrence(event: &Node) -> Option<Occurrence> {
    if event.text("kind") != Some("Event") {
        return None;
    }
    let time = |paths: [&str; 4]| {
        let mut told = paths.iter().filter_map(|path| event.text(path));
        told.find_map(parse_utc)
    };
    let count = event
        .number("count")
        .or_else(|| event.number("series.count"));
    Some(Occurrence {
        first: time([
            "firstTimestamp",
            "eventTime",
            "lastTimestamp",
            "metadata.creationTimestamp",
        ]),
        last: time([
            "lastTimestamp",
            "series.lastObservedTime",
            "eventTime",
            "firstTimestamp",
        ]),
        count: count.map_or(1, |count| count as u64),
    })
}

/// Takes what an object offers to be laid beside other files.
pub(crate) fn clues(record: &Record, clues: &mut Clues) {
    settings::read(record, clues);
    described::read(record, clues);
    policies::read(record, clues);
    placement::read(record, clues);
    chaos::read(record, clues);
    clues.templates.extend(inventory::template(&record.root));
    if record.root.text("kind") == Some("ConfigMap") {
        let mut shown = Vec::new();
        flags::read(&record.root, &mut shown);
        for flag in shown {
            let place = record.root.starting_at(flag.at).unwrap_or(&record.root);
            if let Some(citation) = record.cite(place) {
                let setting = Setting {
                    object: format!("flag/{}", flag.object),
                    namespace: String::new(),
                    key: flag.object,
                    value: flag.value,
                    citation,
                };
                add_setting(setting, clues);
            }
        }
    }
}

/// Returns what a warning complains of.
pub(crate) fn complaint(record: &Record) -> Option<Complaint> {
    let event = &record.root;
    let occurrence = occurrence(event)?;
    let message = event.get("message").or_else(|| event.get("note"))?;
    let text = message.as_text()?;
    (event.text("type") == Some("Warning")).then_some(())?;
    Some(Complaint {
        text: text.chars().take(600).collect(),
        component: subject(event).map(ToOwned::to_owned),
        count: occurrence.count,
        first_seen: occurrence.first,
        last_seen: occurrence.last,
        citation: record.cite(message)?,
    })
}

/// Returns the pod that got a node, and when, if an object tells so.
pub(crate) fn scheduled(object: &Node) -> Option<(String, Option<DateTime<Utc>>)> {
    match object.text("kind") {
        Some("Event") if object.text("reason") == Some("Scheduled") => {
            let time = occurrence(object).and_then(|it| it.last);
            Some((of_pod(object)?, time))
        }
        Some("Pod") => {
            object.text("spec.nodeName")?;
            let placed = condition(object, "PodScheduled");
            let time = placed.and_then(|it| it.text("lastTransitionTime"));
            Some((full_name(object, "metadata")?, time.and_then(parse_utc)))
        }
        _ => None,
    }
}

/// Returns the pod that waits for a node, if an event tells so.
pub(crate) fn waits_for_node(event: &Node) -> Option<String> {
    let waits = event.text("reason") == Some("FailedScheduling");
    waits.then(|| of_pod(event)).flatten()
}

fn of_pod(event: &Node) -> Option<String> {
    full_name(event, "involvedObject").or_else(|| full_name(event, "regarding"))
}

fn full_name(object: &Node, at: &str) -> Option<String> {
    let told = object.get(at)?;
    let space = told.text("namespace").unwrap_or_default();
    Some(format!("{space}/{}", told.text("name")?))
}

/// Returns the name of what an object is about.
pub(crate) fn subject(object: &Node) -> Option<&str> {
    const PATHS: [&str; 3] = ["involvedObject.name", "regarding.name", "metadata.name"];
    PATHS.iter().find_map(|path| object.text(path))
}

fn name(object: &Node) -> &str {
    object.text("metadata.name").unwrap_or("unnamed")
}

/// The condition of a type, such as `Ready`.
fn condition<'a>(object: &'a Node, kind: &str) -> Option<&'a Node> {
    object
        .items("status.conditions")
        .iter()
        .find(|known| known.text("type") == Some(kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, analyze};

    fn told(text: &str) -> Vec<String> {
        let analysis = analyze(text.as_bytes(), Options::default());
        let facts = analysis.commands.iter().flat_map(|run| &run.facts);
        facts
            .map(|it| format!("{} {} {}", it.object, it.key, it.value))
            .collect()
    }

    #[test]
    fn pods_that_wait_or_failed_are_told() {
        let waiting = r#"{"kind":"List","items":[{"kind":"Pod","metadata":{"name":"a"},"status":{"phase":"Running",
            "containerStatuses":[{"name":"a","ready":false,"restartCount":7,"state":{"waiting":{"reason":"CrashLoopBackOff"}},
            "lastState":{"terminated":{"reason":"OOMKilled","exitCode":137}}}]}}]}"#;
        assert_eq!(
            told(waiting),
            [
                "a status CrashLoopBackOff",
                "a exit_code 137",
                "a restarts 7"
            ]
        );
        let well = r#"{"kind":"Pod","metadata":{"name":"a"},"status":{"phase":"Running",
            "conditions":[{"type":"Ready","status":"True"}],
            "containerStatuses":[{"name":"a","ready":true,"restartCount":0,"state":{"running":{}}}]}}"#;
        assert_eq!(told(well), [""; 0]);
        let done = r#"{"kind":"Pod","metadata":{"name":"a"},"status":{"phase":"Succeeded",
            "conditions":[{"type":"Ready","status":"False","reason":"PodCompleted"}],
            "containerStatuses":[{"name":"a","ready":false,"state":{"terminated":{"reason":"Completed","exitCode":0}}}]}}"#;
        assert_eq!(told(done), [""; 0]);
    }

    #[test]
    fn a_selector_that_fits_no_pod_is_told() {
        let export = |label: &str, port: u16| {
            format!(
                r#"{{"kind":"List","items":[
                {{"kind":"Pod","metadata":{{"name":"a","namespace":"n","labels":{{"app":"shop"}}}},
                  "spec":{{"containers":[{{"ports":[{{"containerPort":8080,"name":"http"}}]}}]}},
                  "status":{{"phase":"Running"}}}},
                {{"kind":"Service","metadata":{{"name":"shop","namespace":"n"}},
                  "spec":{{"selector":{{"app":"{label}"}},"ports":[{{"port":80,"targetPort":{port}}}]}}}}]}}"#
            )
        };
        assert_eq!(told(&export("shop", 8080)), [""; 0]);
        assert_eq!(
            told(&export("store", 8080)),
            ["service/shop selector_without_pods app=store"]
        );
        assert_eq!(
            told(&export("shop", 9090)),
            ["service/shop target_port_unserved 9090"]
        );
    }

    #[test]
    fn limits_that_are_reached_are_told() {
        let scaler = |current: u8| {
            format!(
                r#"{{"kind":"HorizontalPodAutoscaler","metadata":{{"name":"s"}},"spec":{{"maxReplicas":6}},
                "status":{{"currentReplicas":{current},"conditions":[{{"type":"ScalingLimited","status":"True","reason":"TooManyReplicas"}}]}}}}"#
            )
        };
        assert_eq!(
            told(&scaler(6)),
            ["horizontalpodautoscaler/s replicas_at_maximum 6"]
        );
        assert_eq!(told(&scaler(4)), [""; 0]);
        let quota = |used: &str| {
            format!(
                r#"{{"kind":"ResourceQuota","metadata":{{"name":"q"}},"status":{{"hard":{{"pods":"4"}},"used":{{"pods":"{used}"}}}}}}"#
            )
        };
        assert_eq!(
            told(&quota("4")),
            ["resourcequota/q quota_used_up pods 4 of 4"]
        );
        assert_eq!(told(&quota("3")), [""; 0]);
    }

    #[test]
    fn nodes_are_told_by_their_conditions() {
        let node = |ready: &str, pressure: &str| {
            format!(
                r#"{{"kind":"Node","metadata":{{"name":"n"}},"status":{{"conditions":[
                {{"type":"DiskPressure","status":"{pressure}"}},{{"type":"Ready","status":"{ready}"}}]}}}}"#
            )
        };
        assert_eq!(told(&node("True", "False")), [""; 0]);
        assert_eq!(
            told(&node("Unknown", "True")),
            ["node/n status NotReady", "node/n event DiskPressure"]
        );
    }

    #[test]
    fn a_manifest_is_neither_short_of_replicas_nor_full_of_repeats() {
        let deployment = |name: &str| {
            format!(
                "{{\"kind\":\"Deployment\",\n\"metadata\":{{\"name\":\"{name}\"}},\n\"spec\":{{\"replicas\":3}}}}"
            )
        };
        let (a, b) = (deployment("a"), deployment("b"));
        let list = format!("{{\"kind\":\"List\",\n\"items\":[\n{a},\n{b}]}}");
        assert_eq!(told(&list), [""; 0]);
        let analysis = analyze(list.as_bytes(), Options::default());
        let repeats = analysis
            .findings
            .iter()
            .filter(|it| it.statement.contains("more than once"));
        assert_eq!(repeats.count(), 0, "{:?}", analysis.findings);
    }

    #[test]
    fn a_webhook_that_does_not_answer_is_told_before_the_deadline() {
        let event = r#"{"kind":"List","items":[{"kind":"Event","type":"Warning","reason":"FailedCreate",
            "message":"Error creating: Internal error occurred: failed calling webhook \"v.policy.io\": Post \"https://p.ns.svc:443\": context deadline exceeded",
            "involvedObject":{"kind":"ReplicaSet","name":"a-1"},"count":12,"lastTimestamp":"2026-10-12T09:30:00Z"}]}"#;
        let analysis = analyze(event.as_bytes(), Options::default());
        let ids = analysis
            .findings
            .iter()
            .filter_map(|it| it.signature_id.as_deref());
        assert_eq!(ids.collect::<Vec<_>>(), ["kubernetes.webhook"]);
    }

    #[test]
    fn a_stateful_set_names_the_pod_it_waits_for() {
        let set = |spec: &str, status: &str| {
            format!(
                r#"{{"kind":"StatefulSet","metadata":{{"name":"db"}},"spec":{{"replicas":3{spec}}},"status":{{{status}}}}}"#
            )
        };
        let update = r#""replicas":3,"readyReplicas":2,"updatedReplicas":1,"currentRevision":"db-1","updateRevision":"db-2""#;
        assert_eq!(
            told(&set("", update)),
            [
                "statefulset/db replicas_missing 2 of 3",
                "statefulset/db ordered_behind db-2"
            ]
        );
        let start =
            r#""replicas":2,"readyReplicas":1,"currentRevision":"db-1","updateRevision":"db-1""#;
        assert!(told(&set("", start)).contains(&"statefulset/db ordered_behind db-1".to_owned()));
        let at_once = r#","podManagementPolicy":"Parallel""#;
        assert_eq!(
            told(&set(at_once, start)),
            ["statefulset/db replicas_missing 1 of 3"]
        );
        let well =
            r#""replicas":3,"readyReplicas":3,"currentRevision":"db-1","updateRevision":"db-1""#;
        assert_eq!(told(&set("", well)), [""; 0]);
    }

    #[test]
    fn a_budget_that_never_allows_an_eviction_is_told() {
        let budget = |wanted: u8| {
            format!(
                r#"{{"kind":"PodDisruptionBudget","metadata":{{"name":"b"}},"status":{{"disruptionsAllowed":{},"desiredHealthy":{wanted},"currentHealthy":3,"expectedPods":3}}}}"#,
                3 - wanted
            )
        };
        assert_eq!(
            told(&budget(3)),
            ["poddisruptionbudget/b disruptions_never 3"]
        );
        assert_eq!(told(&budget(2)), [""; 0]);
    }

    #[test]
    fn events_have_their_time_and_number() {
        let event = |message: &str, count: u8| {
            format!(
                r#"{{"kind":"Event","message":"{message}","count":{count},
                "firstTimestamp":"2026-10-12T09:30:00Z","lastTimestamp":"2026-10-12T09:40:00Z"}}"#
            )
        };
        let read = |text: &str| occurrence(&Node::parse(text).unwrap());
        let text = event("Readiness probe failed: refused", 2);
        let found = read(&text).unwrap();
        assert_eq!(found.count, 2);
        assert_eq!(found.first, parse_utc("2026-10-12T09:30:00Z"));
        assert!(found.is_of_start(&text));
        let brief = event("Readiness probe failed: refused", 7);
        assert!(!read(&brief).unwrap().is_of_start(&brief));
        let brief = brief.replace("09:40:00Z", "09:30:21Z");
        assert!(read(&brief).unwrap().is_of_start(&brief));
        for other in [
            event("Readiness probe failed: refused", 40),
            event("Liveness probe failed: refused", 2),
        ] {
            assert!(!read(&other).unwrap().is_of_start(&other), "{other}");
        }
        assert_eq!(read(r#"{"kind":"Pod"}"#), None);
    }
}
