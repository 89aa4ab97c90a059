//! Programs that are told to listen at a port which their containers do not declare, so that services
//! send elsewhere.

use std::collections::BTreeSet;

use super::{Placed, fact};
use crate::analysis::ListedPod;
use crate::clues::{ReadEnvironment, Setting, StoreKind};
use crate::ties::Known;

/// Keys whose value is the port a program listens at.
const LISTENS: [&str; 5] = [
    "server_port",
    "http_port",
    "listen_port",
    "app_port",
    "server.port",
];

/// Returns settings of such ports, one of each workload.
pub(super) fn facts(known: &Known<'_>) -> Vec<Placed> {
    let reads = known.each(|it| &it.clues.related.environments);
    let mut told = BTreeSet::new();
    let mut facts = Vec::new();
    let listening = known.settings.iter().filter(|(_, it)| is_port(it));
    for (file, setting) in listening {
        let is_missed =
            |pod: &&ListedPod| is_missing(pod, &setting.value) && is_asked_elsewhere(known, pod);
        let Some(pod) = readers(known, &reads, setting).find(is_missed) else {
            continue;
        };
        if told.insert((pod.namespace.as_str(), pod.workload.as_str())) {
            let declared: Vec<&str> = pod.ports.iter().map(String::as_str).collect();
            let value = format!(
                "{} ({} in {}), while its containers declare {}",
                setting.value,
                setting.key,
                setting.object,
                declared.join(", ")
            );
            let place = &setting.citation;
            facts.push((
                *file,
                fact(pod.workload.clone(), "port_undeclared", value, place),
            ));
        }
    }
    facts
}

fn is_port(setting: &Setting) -> bool {
    LISTENS.contains(&setting.key.to_ascii_lowercase().as_str())
        && setting.value.parse::<u16>().is_ok()
        && !setting.object.is_empty()
}

/// Returns the pods that take a setting: those that hold it, and those that read its config map.
fn readers<'a>(
    known: &Known<'a>,
    reads: &[(usize, &'a ReadEnvironment)],
    setting: &'a Setting,
) -> impl Iterator<Item = &'a ListedPod> {
    let store = setting.object.strip_prefix("configmap/");
    let of_store = reads.iter().filter(|(_, read)| {
        store == Some(read.name.as_str())
            && read.kind == StoreKind::ConfigMap
            && read.namespace == setting.namespace
            && read.key.as_ref().is_none_or(|key| *key == setting.key)
    });
    let workloads: BTreeSet<&str> = of_store.map(|(_, read)| read.workload.as_str()).collect();
    let pods = known.offers.iter().flat_map(|it| &it.inventory.pods);
    pods.filter(move |pod| {
        let is_own = setting.object.split_once('/').is_some_and(|(_, name)| {
            setting.object.starts_with("pod/") && name == pod.name
                || store.is_none() && name == pod.workload
        });
        pod.namespace == setting.namespace && (is_own || workloads.contains(pod.workload.as_str()))
    })
}

/// Whether a service sends what is for a pod to a port that it declares.
fn is_asked_elsewhere(known: &Known<'_>, pod: &ListedPod) -> bool {
    let mut services = known.offers.iter().flat_map(|it| &it.inventory.services);
    services.any(|service| {
        let mut selector = service.selector.iter().peekable();
        let mut targets = service.targets.iter();
        service.namespace == pod.namespace
            && selector.peek().is_some()
            && selector.all(|(key, value)| pod.labels.get(key) == Some(value))
            && targets.any(|(target, _)| pod.ports.contains(target))
    })
}

/// Whether a pod declares ports, and others only.
fn is_missing(pod: &ListedPod, port: &str) -> bool {
    !pod.ports.is_empty() && !pod.ports.contains(port)
}
