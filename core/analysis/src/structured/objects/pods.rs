//! States of pods and their containers.

mod admission;
mod probes;
mod volumes;

pub(super) use admission::unscheduled;

use super::{Shown, condition, name};
use crate::structured::json::Node;

const OUT_OF_MEMORY: &str = "OOMKilled";
/// States a container passes through on its way up.
const ON_THE_WAY: [&str; 2] = ["ContainerCreating", "PodInitializing"];

/// Reports what is wrong with a pod.
pub(super) fn read(pod: &Node, shown: &mut Vec<Shown>) {
    let before = shown.len();
    for path in ["status.initContainerStatuses", "status.containerStatuses"] {
        for container in pod.items(path) {
            self::container(name(pod), container, path.contains("init"), shown);
            volumes::in_memory(pod, container, shown);
        }
    }
    probes::read(pod, shown);
    admission::read(pod, shown);
    let is_explained = shown.len() > before;
    match pod.text("status.phase") {
        Some("Failed") => {
            let reason = pod.text("status.reason").unwrap_or("Failed");
            push(pod, "status.phase", reason, shown);
        }
        Some("Pending") if is_unscheduled(pod) => {
            push(pod, "status.phase", "Pending", shown);
            let told = condition(pod, "PodScheduled").and_then(|it| it.get("message"));
            if let Some(told) = told {
                let message = told.as_text().unwrap_or_default();
                let since = shown.last().and_then(|it| it.time);
                let mut because = Shown::new(name(pod), "waits_because", message, told.at);
                because.time = since;
                shown.push(because);
            }
        }
        Some("Running") if !is_explained && is_unready(pod) => {
            push(pod, "status.phase", "NotReady", shown);
        }
        _ => {}
    }
}

fn push(pod: &Node, path: &str, value: &str, shown: &mut Vec<Shown>) {
    let at = pod.get(path).map_or(pod.at, |node| node.at);
    let since = condition(pod, "Ready").and_then(|it| it.text("lastTransitionTime"));
    shown.push(Shown::new(name(pod), "status", value, at).since(since));
}

fn is_unscheduled(pod: &Node) -> bool {
    let scheduled = condition(pod, "PodScheduled");
    scheduled.is_some_and(|it| it.text("status") == Some("False"))
}

fn is_unready(pod: &Node) -> bool {
    let ready = condition(pod, "Ready");
    ready.is_some_and(|it| it.text("status") == Some("False"))
}

fn container(pod: &str, container: &Node, is_first: bool, shown: &mut Vec<Shown>) {
    let waits = container
        .get("state.waiting.reason")
        .filter(|reason| reason.as_text().is_some_and(|it| !ON_THE_WAY.contains(&it)));
    if let Some(reason) = waits {
        let text = reason.as_text().unwrap_or_default();
        // The containers of the pod wait for those that come first.
        let state = if is_first {
            format!("Init:{text}")
        } else {
            text.to_owned()
        };
        shown.push(Shown::new(pod, "status", &state, reason.at));
    }
    // What ended before a container that is well now is told by the number of its restarts.
    let is_well = container.written("ready") == Some("true");
    let ended = ["state.terminated", "lastState.terminated"];
    let ended = ended.iter().find_map(|path| container.get(path));
    if let Some(code) = ended.and_then(|it| it.get("exitCode")).filter(|_| !is_well) {
        let value = ended.and_then(|it| it.written("exitCode")).unwrap_or("0");
        if value != "0" {
            let since = ended.and_then(|it| it.text("finishedAt"));
            shown.push(Shown::new(pod, "exit_code", value, code.at).since(since));
            let reason = ended.and_then(|it| it.get("reason"));
            if let Some(reason) = reason.filter(|it| it.as_text() == Some(OUT_OF_MEMORY)) {
                let reason = Shown::new(pod, "exit_reason", OUT_OF_MEMORY, reason.at);
                shown.push(reason.since(since));
            }
        }
    }
    if let Some(restarts) = container.written("restartCount").filter(|it| *it != "0") {
        let at = container
            .get("restartCount")
            .map_or(container.at, |it| it.at);
        shown.push(Shown::new(pod, "restarts", restarts, at));
    }
}
