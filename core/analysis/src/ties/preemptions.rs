//! Pods that had to leave their nodes, beside those of higher priority that came.

use std::collections::BTreeMap;

use super::{Cause, Known, Tie};
use crate::clues::{PlacedPod, Preemption};
use crate::finding::Severity;
use crate::pod_name;

const CITED_MAX: usize = 3;

/// Who came and who had to leave: both as workloads with their namespaces.
type Pair = (Option<(String, String)>, (String, String));

/// Returns who pushed whom off the nodes.
pub(super) fn ties(known: &Known<'_>) -> Vec<Tie> {
    let pods = known.each(|it| &it.clues.placed);
    let mut pairs: BTreeMap<Pair, Vec<(usize, &Preemption)>> = BTreeMap::new();
    for (file, preemption) in known.each(|it| &it.clues.preemptions) {
        let came = comer(preemption, &pods).map(|(_, pod)| of(pod));
        let left = pods
            .iter()
            .find(|(_, pod)| pod.name == preemption.pod && pod.namespace == preemption.namespace);
        let left = left.map_or_else(
            || {
                let name = pod_name::workload(&preemption.pod).unwrap_or(&preemption.pod);
                (preemption.namespace.clone(), name.to_owned())
            },
            |(_, pod)| of(pod),
        );
        let pair = pairs.entry((came, left)).or_default();
        pair.push((file, preemption));
    }
    let pairs = pairs.into_iter();
    pairs
        .filter_map(|((came, left), notices)| pair(known, &pods, came.as_ref(), &left, &notices))
        .collect()
}

fn of(pod: &PlacedPod) -> (String, String) {
    (pod.namespace.clone(), pod.workload.clone())
}

/// The pod that came: the one that is told, else the one of the highest priority on the node.
fn comer<'a>(
    preemption: &Preemption,
    pods: &[(usize, &'a PlacedPod)],
) -> Option<(usize, &'a PlacedPod)> {
    let by = preemption.by.as_deref();
    let is_told = |pod: &PlacedPod| {
        let full = format!("{}/{}", pod.namespace, pod.name);
        by.is_some_and(|by| by == pod.uid || by == pod.name || by == full)
    };
    let told = pods.iter().find(|(_, pod)| is_told(pod)).copied();
    told.or_else(|| {
        let node = preemption.node.as_ref()?;
        let on_node = pods
            .iter()
            .filter(|(_, pod)| pod.node.as_ref() == Some(node) && pod.namespace != "kube-system");
        let above = on_node.filter(|(_, pod)| pod.priority.is_some_and(|it| it > 0));
        above.max_by_key(|(_, pod)| pod.priority).copied()
    })
}

fn pair(
    known: &Known<'_>,
    pods: &[(usize, &PlacedPod)],
    came: Option<&(String, String)>,
    left: &(String, String),
    notices: &[(usize, &Preemption)],
) -> Option<Tie> {
    let (file, first) = *notices.iter().min_by_key(|(_, it)| it.time)?;
    let comer = came.and_then(|_| comer(first, pods));
    let who = match (came, comer) {
        (Some((space, workload)), Some((_, pod))) => {
            format!("{workload} (namespace {space}{})", rank(pod))
        }
        _ => "a pod of higher priority".to_owned(),
    };
    let mut others: Vec<&str> = notices.iter().map(|(_, it)| it.pod.as_str()).collect();
    others.sort_unstable();
    others.dedup();
    let count = others.len();
    let pods_of = if count == 1 { "pod" } else { "pods" };
    let statement = format!(
        "{count} {pods_of} of {} had to leave their nodes for {who}: preemption by priority",
        left.1
    );
    let cause = Cause {
        id: Some("kubernetes.preempted"),
        severity: Severity::Error,
        statement,
        component: left.1.clone(),
        file,
        place: &first.place,
        heard: Vec::new(),
    };
    let mut tie = cause.tie();
    let more = notices
        .iter()
        .filter(|(at, it)| *at == file && it.place != first.place);
    tie.finding
        .citations
        .extend(more.take(CITED_MAX - 1).map(|(_, it)| it.place.clone()));
    tie.finding.count = notices.len() as u64;
    tie.finding.first_seen = first.time;
    tie.finding.last_seen = notices.iter().filter_map(|(_, it)| it.time).max();
    tie.elsewhere = elsewhere(known, file, comer);
    Some(tie)
}

/// The priority of a pod, as far as it is told.
fn rank(pod: &PlacedPod) -> String {
    match (&pod.class, pod.priority) {
        (Some(class), Some(priority)) => format!(", priority class {class}, {priority}"),
        (Some(class), None) => format!(", priority class {class}"),
        (None, Some(priority)) => format!(", priority {priority}"),
        (None, None) => String::new(),
    }
}

/// Where the pod that came, and its priority class, stand.
fn elsewhere(
    known: &Known<'_>,
    file: usize,
    comer: Option<(usize, &PlacedPod)>,
) -> Vec<(usize, crate::citation::Citation)> {
    let class = comer.and_then(|(_, pod)| pod.class.as_ref());
    let classes = known.each(|it| &it.clues.classes);
    let class = classes.into_iter().find(|(_, it)| Some(&it.name) == class);
    let class = class.map(|(at, it)| (at, it.place.clone()));
    let pod = comer.map(|(at, pod)| (at, pod.place.clone()));
    let places = pod.into_iter().chain(class);
    places.filter(|(at, _)| *at != file).collect()
}
