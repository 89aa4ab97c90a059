//! What pods wait for or were given from outside: gates of readiness, limits by default, tolerations.

use super::super::{Shown, condition, name};
use crate::analysis::{Toleration, Unscheduled};
use crate::structured::json::Node;

const LIMIT_RANGER: &str = "kubernetes.io/limit-ranger";

/// Reports gates that are shut, and defaults of a limit range that are too low for a container.
pub(super) fn read(pod: &Node, shown: &mut Vec<Shown>) {
    gates(pod, shown);
    limits(pod, shown);
}

/// Returns what the scheduler knows of a pod that it has found no node for.
pub(in super::super) fn unscheduled(pod: &Node) -> Option<Unscheduled> {
    let told = condition(pod, "PodScheduled").filter(|it| it.text("status") == Some("False"))?;
    let message = told.text("message").unwrap_or_default();
    let tolerations = pod.items("spec.tolerations").iter().map(|it| {
        let text = |key: &str| it.text(key).unwrap_or_default().to_owned();
        Toleration {
            key: text("key"),
            exists: it.text("operator") == Some("Exists"),
            value: text("value"),
            effect: text("effect"),
        }
    });
    Some(Unscheduled {
        by_taint: message.contains("taint"),
        tolerations: tolerations.collect(),
    })
}

/// A pod whose containers are ready, and which counts as ready only when somebody else says so.
fn gates(pod: &Node, shown: &mut Vec<Shown>) {
    let contained = condition(pod, "ContainersReady").and_then(|it| it.text("status"));
    if contained != Some("True") {
        return;
    }
    for gate in pod.items("spec.readinessGates") {
        let Some(kind) = gate
            .get("conditionType")
            .filter(|it| it.as_text().is_some())
        else {
            continue;
        };
        let named = kind.as_text().unwrap_or_default();
        let state = condition(pod, named);
        if state.and_then(|it| it.text("status")) != Some("True") {
            let since = condition(pod, "Ready").and_then(|it| it.text("lastTransitionTime"));
            let at = state.map_or(kind.at, |it| it.at);
            shown.push(Shown::new(name(pod), "readiness_gate", named, at).since(since));
        }
    }
}

/// A container that was killed at a limit which nobody set for it.
fn limits(pod: &Node, shown: &mut Vec<Shown>) {
    let given = pod
        .members("metadata.annotations")
        .iter()
        .find(|(key, _)| key == LIMIT_RANGER)
        .and_then(|(_, value)| value.as_text());
    let Some(given) = given else { return };
    for status in pod.items("status.containerStatuses") {
        let states = ["state.terminated.reason", "lastState.terminated.reason"];
        let was_killed = states
            .iter()
            .any(|path| status.text(path) == Some("OOMKilled"));
        let named = status.text("name").unwrap_or_default();
        let by_default = given.split(';').any(|part| {
            let told = part.split_once(" limit for container ");
            told.is_some_and(|(what, who)| what.contains("memory") && who.trim() == named)
        });
        let mut containers = pod.items("spec.containers").iter();
        let container = containers.find(|it| it.text("name") == Some(named));
        let limit = container.and_then(|it| it.get("resources.limits.memory"));
        if let Some(limit) = limit.filter(|_| was_killed && by_default) {
            let value = limit.as_written().unwrap_or_default();
            shown.push(Shown::new(name(pod), "limit_by_default", value, limit.at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let mut shown = Vec::new();
        read(&Node::parse(text).unwrap(), &mut shown);
        shown
            .into_iter()
            .map(|it| format!("{} {}", it.key, it.value))
            .collect()
    }

    #[test]
    fn gates_that_are_shut_are_told() {
        let pod = |gate: &str| {
            format!(
                r#"{{"kind":"Pod","metadata":{{"name":"a"}},"spec":{{"readinessGates":[{{"conditionType":"example.org/in-pool"}}]}},
                "status":{{"conditions":[{{"type":"ContainersReady","status":"True"}},{{"type":"example.org/in-pool","status":"{gate}"}}]}}}}"#
            )
        };
        assert_eq!(told(&pod("False")), ["readiness_gate example.org/in-pool"]);
        assert_eq!(told(&pod("True")), [""; 0]);
    }

    #[test]
    fn a_limit_that_nobody_set_is_told_when_it_kills() {
        let pod = |given: &str, reason: &str| {
            format!(
                r#"{{"kind":"Pod","metadata":{{"name":"a","annotations":{{"kubernetes.io/limit-ranger":"{given}"}}}},
                "spec":{{"containers":[{{"name":"app","resources":{{"limits":{{"memory":"128Mi"}}}}}}]}},
                "status":{{"containerStatuses":[{{"name":"app","lastState":{{"terminated":{{"reason":"{reason}"}}}}}}]}}}}"#
            )
        };
        let given = "LimitRanger plugin set: memory request for container app; memory limit for container app";
        assert_eq!(told(&pod(given, "OOMKilled")), ["limit_by_default 128Mi"]);
        assert_eq!(told(&pod(given, "Error")), [""; 0]);
        let request = "LimitRanger plugin set: memory request for container app";
        assert_eq!(told(&pod(request, "OOMKilled")), [""; 0]);
    }
}
