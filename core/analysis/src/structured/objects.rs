//! Exported objects of Kubernetes, and alerts: what their states say, also one beside the other.

mod alerts;
mod node;
mod pods;
mod services;
mod workloads;

use chrono::{DateTime, Utc};
use node::Node;

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

/// An event of Kubernetes: where it stands, and when and how often it came.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Occurrence {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) first: Option<DateTime<Utc>>,
    pub(crate) last: Option<DateTime<Utc>>,
    pub(crate) count: u64,
}

impl Occurrence {
    /// Returns whether it is a probe that failed while its container came up.
    pub(crate) fn is_of_start(&self, text: &str) -> bool {
        const STARTS_MAX: u64 = 3;
        let told = &text[self.from..self.to];
        let waits = ["Readiness probe failed", "Startup probe failed"];
        self.count <= STARTS_MAX && waits.iter().any(|it| told.contains(it))
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

/// Returns what the objects of a document show to be wrong.
pub(crate) fn read(text: &str) -> Vec<Shown> {
    let Some(document) = Node::parse(text) else {
        return Vec::new();
    };
    let mut shown = alerts::read(&document);
    let objects = objects(&document);
    for object in &objects {
        match object.text("kind") {
            Some("Pod") => pods::read(object, &mut shown),
            Some(kind) => workloads::read(kind, object, &mut shown),
            None => {}
        }
    }
    services::read(&objects, &mut shown);
    shown
}

/// Returns the events of a document.
pub(crate) fn occurrences(text: &str) -> Vec<Occurrence> {
    let Some(document) = Node::parse(text) else {
        return Vec::new();
    };
    let objects = objects(&document);
    let events = objects.iter().filter(|it| it.text("kind") == Some("Event"));
    events.map(|event| occurrence(event)).collect()
}

fn occurrence(event: &Node) -> Occurrence {
    let time = |paths: [&str; 4]| {
        let mut told = paths.iter().filter_map(|path| event.text(path));
        told.find_map(parse_utc)
    };
    let count = event
        .number("count")
        .or_else(|| event.number("series.count"));
    Occurrence {
        from: event.at,
        to: event.end,
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
    }
}

/// The objects of a list, or the only one.
fn objects(document: &Node) -> Vec<&Node> {
    let is_list = document
        .text("kind")
        .is_some_and(|kind| kind.ends_with("List"));
    let listed = document.items("items");
    if is_list || !listed.is_empty() {
        listed.iter().collect()
    } else {
        vec![document]
    }
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

    fn keys(text: &str) -> Vec<(String, &'static str, String)> {
        let shown = read(text).into_iter();
        shown.map(|it| (it.object, it.key, it.value)).collect()
    }

    fn told(text: &str) -> Vec<String> {
        let told = keys(text).into_iter();
        told.map(|(object, key, value)| format!("{object} {key} {value}"))
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
    fn events_have_their_time_and_number() {
        let event = |message: &str, count: u8| {
            format!(
                r#"{{"kind":"List","items":[{{"kind":"Event","message":"{message}","count":{count},
                "firstTimestamp":"2026-10-12T09:30:00Z","lastTimestamp":"2026-10-12T09:40:00Z"}}]}}"#
            )
        };
        let text = event("Readiness probe failed: refused", 2);
        let found = occurrences(&text);
        assert_eq!((found.len(), found[0].count), (1, 2));
        assert_eq!(found[0].first, parse_utc("2026-10-12T09:30:00Z"));
        assert!(found[0].is_of_start(&text));
        for other in [
            event("Readiness probe failed: refused", 40),
            event("Liveness probe failed: refused", 2),
        ] {
            assert!(!occurrences(&other)[0].is_of_start(&other), "{other}");
        }
        assert_eq!(occurrences(r#"{"kind":"Pod"}"#), []);
    }

    #[test]
    fn alerts_that_fire_are_told() {
        let alert = |severity: &str, state: &str| {
            format!(
                r#"{{"data":{{"alerts":[{{"labels":{{"alertname":"Errors","service":"cart","severity":"{severity}"}},"state":"{state}"}}]}}}}"#
            )
        };
        assert_eq!(told(&alert("critical", "firing")), ["cart alert Errors"]);
        assert_eq!(told(&alert("critical", "inactive")), [""; 0]);
        assert_eq!(told(&alert("none", "firing")), [""; 0]);
        assert_eq!(told("not json"), [""; 0]);
    }
}
