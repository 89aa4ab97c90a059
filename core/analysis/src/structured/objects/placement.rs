//! Where pods run, nodes, priorities, and who pushed whom off a node.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::inventory::{is_ready, workload};
use super::settings::namespace;
use super::{name, occurrence, subject};
use crate::clues::{Clues, Machine, PlacedPod, Preemption, PriorityClass};
use crate::structured::json::Record;

/// Pods, nodes and notices, each.
const LISTED_MAX: usize = 2_000;
/// Labels of nodes that tell one from another, and what they tell.
const LABELS: [(&str, &str); 12] = [
    ("kubernetes.io/arch", "architecture"),
    ("kubernetes.io/os", "system"),
    ("topology.kubernetes.io/zone", "zone"),
    ("node.kubernetes.io/instance-type", "machine type"),
    ("karpenter.sh/nodepool", "node pool"),
    ("eks.amazonaws.com/nodegroup", "node pool"),
    ("cloud.google.com/gke-nodepool", "node pool"),
    ("kubernetes.azure.com/agentpool", "node pool"),
    ("agentpool", "node pool"),
    ("kops.k8s.io/instancegroup", "node pool"),
    ("karpenter.sh/capacity-type", "capacity type"),
    ("eks.amazonaws.com/capacityType", "capacity type"),
];
/// What a node says of itself.
const SAID: [(&str, &str); 5] = [
    ("architecture", "architecture"),
    ("kernelVersion", "kernel"),
    ("osImage", "system image"),
    ("containerRuntimeVersion", "runtime"),
    ("kubeletVersion", "kubelet"),
];

static PREEMPTED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^Preempted by (?:a )?(?:pod )?(?:(\S+) )?on node (\S+?)\.?$").ok()
});

/// Takes what an object says of it.
pub(super) fn read(record: &Record, clues: &mut Clues) {
    let object = &record.root;
    match object.text("kind") {
        Some("Pod") if clues.placed.len() < LISTED_MAX => clues.placed.extend(pod(record)),
        Some("Node") if clues.machines.len() < LISTED_MAX => clues.machines.extend(machine(record)),
        Some("Event") if clues.preemptions.len() < LISTED_MAX => {
            clues.preemptions.extend(preemption(record));
        }
        Some("PriorityClass") if clues.classes.len() < LISTED_MAX => {
            clues.classes.extend(class(record));
        }
        _ => {}
    }
}

fn pod(record: &Record) -> Option<PlacedPod> {
    let pod = &record.root;
    if pod.text("status.phase") == Some("Succeeded") {
        return None;
    }
    let place = pod
        .get("spec.nodeName")
        .or_else(|| pod.get("metadata.name"))?;
    let owner = pod.items("metadata.ownerReferences").first();
    Some(PlacedPod {
        name: name(pod).to_owned(),
        namespace: namespace(pod),
        workload: workload(pod),
        owner: owner
            .and_then(|it| it.text("name"))
            .unwrap_or_else(|| name(pod))
            .to_owned(),
        uid: pod.text("metadata.uid").unwrap_or_default().to_owned(),
        node: pod.text("spec.nodeName").map(ToOwned::to_owned),
        priority: pod.number("spec.priority").map(|it| it as i64),
        class: pod.text("spec.priorityClassName").map(ToOwned::to_owned),
        ready: is_ready(pod),
        place: record.cite(place)?,
    })
}

fn machine(record: &Record) -> Option<Machine> {
    let node = &record.root;
    let labels = node.get("metadata.labels");
    let mut traits = BTreeMap::new();
    for (key, told) in LABELS {
        if let Some(value) = labels.and_then(|it| it.member(key)?.as_text()) {
            traits.insert(told.to_owned(), value.to_owned());
        }
    }
    for (key, told) in SAID {
        if let Some(value) = node.text(&format!("status.nodeInfo.{key}")) {
            traits.insert(told.to_owned(), value.to_owned());
        }
    }
    let place = labels
        .and_then(|it| it.member("kubernetes.io/arch"))
        .or_else(|| node.get("metadata.name"))?;
    Some(Machine {
        name: name(node).to_owned(),
        traits,
        place: record.cite(place)?,
    })
}

fn preemption(record: &Record) -> Option<Preemption> {
    let event = &record.root;
    let message = event.get("message").or_else(|| event.get("note"))?;
    let found = PREEMPTED.as_ref()?.captures(message.as_text()?)?;
    let spaces = ["involvedObject.namespace", "regarding.namespace"];
    let space = spaces.iter().find_map(|path| event.text(path));
    let told = |at: usize| found.get(at).map(|it| it.as_str().to_owned());
    Some(Preemption {
        pod: subject(event)?.to_owned(),
        namespace: space.map_or_else(|| namespace(event), ToOwned::to_owned),
        by: told(1),
        node: told(2),
        time: occurrence(event).and_then(|it| it.first),
        place: record.cite(message)?,
    })
}

fn class(record: &Record) -> Option<PriorityClass> {
    let value = record.root.get("value")?;
    Some(PriorityClass {
        name: name(&record.root).to_owned(),
        value: value.as_number()? as i64,
        place: record.cite(value)?,
    })
}
