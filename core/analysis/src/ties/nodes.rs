//! Pods of which some fail and some do not, beside the nodes they run on.

use std::collections::{BTreeMap, BTreeSet};

use super::{Cause, Heard, Known, Tie};
use crate::clues::{Machine, PlacedPod};
use crate::finding::Severity;

/// Pods of each sort from which their nodes say something.
const PODS_MIN: usize = 2;
const NAMES_MAX: usize = 3;
/// What a kernel says of a program for another processor.
const WRONG_FORMAT: &str = "exec format error";

/// Pods by name, each with the file that tells of it.
type Pods<'a> = BTreeMap<&'a str, (usize, &'a PlacedPod)>;

/// Returns workloads whose failing pods run on other nodes than the healthy ones.
pub(super) fn ties(known: &Known<'_>) -> Vec<Tie> {
    // Of several exports of a pod, the last one counts.
    let mut owners: BTreeMap<(&str, &str), Pods<'_>> = BTreeMap::new();
    for (file, pod) in known.each(|it| &it.clues.placed) {
        if pod.node.is_some() {
            let owner = (pod.namespace.as_str(), pod.owner.as_str());
            let pods = owners.entry(owner).or_default();
            pods.insert(&pod.name, (file, pod));
        }
    }
    let machines = known.each(|it| &it.clues.machines);
    let machines: BTreeMap<&str, (usize, &Machine)> = machines
        .into_iter()
        .map(|(file, it)| (it.name.as_str(), (file, it)))
        .collect();
    let owners = owners.into_values();
    owners
        .filter_map(|pods| {
            let pods: Vec<_> = pods.into_values().collect();
            Some(Split::of(&pods, &machines)?.tie(known))
        })
        .collect()
}

/// Pods of one owner that fail on some nodes and are well on others.
struct Split<'a> {
    workload: &'a str,
    first: (usize, &'a PlacedPod),
    failing: Vec<&'a PlacedPod>,
    well: Vec<&'a PlacedPod>,
    /// What all nodes of the failing pods have, and what those of the others have instead.
    traits: Vec<(&'a str, &'a str, BTreeSet<&'a str>)>,
    /// A node of a failing pod.
    machine: Option<(usize, &'a Machine)>,
}

impl<'a> Split<'a> {
    fn of(
        pods: &[(usize, &'a PlacedPod)],
        machines: &BTreeMap<&str, (usize, &'a Machine)>,
    ) -> Option<Self> {
        let failing = pods.iter().filter(|(_, pod)| !pod.ready);
        let failing: Vec<(usize, &PlacedPod)> = failing.copied().collect();
        let well = pods.iter().filter(|(_, pod)| pod.ready);
        let well: Vec<&PlacedPod> = well.map(|(_, pod)| *pod).collect();
        if failing.len() < PODS_MIN || well.len() < PODS_MIN {
            return None;
        }
        let first = *failing.first()?;
        let failing: Vec<&PlacedPod> = failing.into_iter().map(|(_, pod)| pod).collect();
        let (bad, good) = (nodes(&failing), nodes(&well));
        if !bad.is_disjoint(&good) {
            return None;
        }
        let traits = traits(&bad, &good, machines);
        // Pods that each have a node of their own are on different ones anyway.
        let is_telling = bad.len() < failing.len() || good.len() < well.len();
        let machine = bad.iter().find_map(|node| machines.get(node).copied());
        (is_telling || !traits.is_empty()).then_some(Self {
            workload: &first.1.workload,
            first,
            failing,
            well,
            traits,
            machine,
        })
    }

    fn tie(self, known: &Known<'_>) -> Tie {
        let says = |it: &&Heard<'_>| it.lower.contains(WRONG_FORMAT);
        let heard: Vec<&Heard<'_>> = known.heard.iter().filter(says).collect();
        let is_of_processor = self.traits.iter().any(|(key, ..)| *key == "architecture");
        let (file, first) = self.first;
        let cause = Cause {
            id: Some(if is_of_processor {
                "docker.exec_format"
            } else {
                "kubernetes.node_specific"
            }),
            severity: Severity::Error,
            statement: self.statement(),
            component: self.workload.to_owned(),
            file,
            place: &first.place,
            heard,
        };
        let mut tie = cause.tie();
        let machine = self.machine.map(|(at, it)| (at, it.place.clone()));
        tie.elsewhere.extend(machine.filter(|(at, _)| *at != file));
        tie
    }

    fn statement(&self) -> String {
        let mut statement = format!(
            "all {} pods of {} that fail run on {}, the {} healthy ones on {}",
            self.failing.len(),
            self.workload,
            listed(&nodes(&self.failing)),
            self.well.len(),
            listed(&nodes(&self.well)),
        );
        let told: Vec<String> = self
            .traits
            .iter()
            .map(|(key, bad, good)| format!("{key} {bad} instead of {}", listed(good)))
            .collect();
        if !told.is_empty() {
            statement = format!("{statement}; their nodes have {}", told.join(", "));
        }
        statement
    }
}

fn nodes<'a>(pods: &[&'a PlacedPod]) -> BTreeSet<&'a str> {
    let nodes = pods.iter().filter_map(|pod| pod.node.as_deref());
    nodes.collect()
}

/// What all bad nodes have in common and no good one has.
fn traits<'a>(
    bad: &BTreeSet<&str>,
    good: &BTreeSet<&str>,
    machines: &BTreeMap<&str, (usize, &'a Machine)>,
) -> Vec<(&'a str, &'a str, BTreeSet<&'a str>)> {
    let of = |nodes: &BTreeSet<&str>| -> Option<Vec<&'a Machine>> {
        let known = nodes.iter().map(|node| Some(machines.get(node)?.1));
        known.collect()
    };
    let (Some(bad), Some(good)) = (of(bad), of(good)) else {
        return Vec::new();
    };
    let Some(first) = bad.first() else {
        return Vec::new();
    };
    let traits = first.traits.iter().filter_map(|(key, value)| {
        let is_common = bad.iter().all(|it| it.traits.get(key) == Some(value));
        let others: BTreeSet<&str> = good
            .iter()
            .filter_map(|it| it.traits.get(key).map(String::as_str))
            .collect();
        let differs = !others.is_empty() && !others.contains(value.as_str());
        (is_common && differs).then_some((key.as_str(), value.as_str(), others))
    });
    traits.collect()
}

fn listed(names: &BTreeSet<&str>) -> String {
    let some: Vec<&str> = names.iter().take(NAMES_MAX).copied().collect();
    let more = names.len().saturating_sub(NAMES_MAX);
    match more {
        0 => some.join(" and "),
        more => format!("{} and {more} more", some.join(", ")),
    }
}
