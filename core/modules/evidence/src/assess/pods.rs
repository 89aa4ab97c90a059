//! The pods that exports list, as the newest of them shows each.

use std::collections::BTreeMap;

use faultmaven_analysis::ListedPod;
use faultmaven_proto::evidence::v1 as pb;

use super::Listed;
use crate::convert::{self, signed, time};
use crate::entity::file::Model;

const PODS_MAX: usize = 500;

/// Returns the pods of all files, those in trouble first.
pub(super) fn in_trouble_first(listed: &[Listed]) -> Vec<pb::ListedPod> {
    let mut newest: BTreeMap<(&str, &str), (&Model, &ListedPod)> = BTreeMap::new();
    for Listed {
        file, inventory, ..
    } in listed
    {
        for pod in &inventory.pods {
            let name = (pod.namespace.as_str(), pod.name.as_str());
            let is_older =
                |(known, _): &(&Model, &ListedPod)| known.uploaded_at_turn > file.uploaded_at_turn;
            if !newest.get(&name).is_some_and(is_older) {
                newest.insert(name, (file, pod));
            }
        }
    }
    let mut pods: Vec<(&Model, &ListedPod)> = newest.into_values().collect();
    pods.sort_by_key(|(_, pod)| (pod.ready, std::cmp::Reverse(pod.restarts)));
    let pods = pods.into_iter().take(PODS_MAX);
    pods.map(|(file, pod)| to_wire(file, pod)).collect()
}

fn to_wire(file: &Model, pod: &ListedPod) -> pb::ListedPod {
    let place = pod.place.clone();
    pb::ListedPod {
        name: pod.name.clone(),
        workload: pod.workload.clone(),
        node: pod.node.clone().unwrap_or_default(),
        ready: pod.ready,
        state: pod.state.clone().unwrap_or_default(),
        restarts: signed(pod.restarts),
        end_time: time(pod.ended_at),
        citation: place.map(|place| convert::finding::citation(file, place)),
    }
}
