//! Reads services and pods out of exports.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::settings::{namespace, pod_spec};
use super::{condition, name, pods};
use crate::analysis::{ListedNode, ListedPod, ListedService, Taint};
use crate::structured::json::{Node, Record};
use crate::time::parse_utc;

/// Returns a service with the places of its ports.
pub(crate) fn service(record: &Record) -> Option<ListedService> {
    let object = &record.root;
    let targets = object.items("spec.ports").iter().filter_map(|port| {
        let target = port.get("targetPort").or_else(|| port.get("port"))?;
        Some((target.as_written()?.to_owned(), record.cite(target)?))
    });
    let chosen = object.members("spec.selector").first();
    let place = chosen.map(|(_, value)| value);
    Some(ListedService {
        name: name(object).to_owned(),
        namespace: namespace(object),
        address: address(object, "spec.clusterIP"),
        selector: texts(object, "spec.selector"),
        targets: targets.collect(),
        ports: object
            .items("spec.ports")
            .iter()
            .flat_map(|port| [port.written("port"), port.written("name")])
            .flatten()
            .map(ToOwned::to_owned)
            .collect(),
        place: record.cite(place.or_else(|| object.get("metadata.name"))?)?,
    })
}

/// Returns a pod with the ports it opens, where it runs and how it is.
pub(crate) fn pod(record: &Record) -> ListedPod {
    let object = &record.root;
    ListedPod {
        name: name(object).to_owned(),
        namespace: namespace(object),
        workload: workload(object),
        address: address(object, "status.podIP"),
        labels: texts(object, "metadata.labels"),
        ports: object.get("spec").map(ports).unwrap_or_default(),
        ready: is_ready(object),
        unscheduled: pods::unscheduled(object),
        node: object.text("spec.nodeName").map(ToOwned::to_owned),
        state: state(object),
        ended_at: ended_at(object),
        restarts: containers(object)
            .filter_map(|it| it.written("restartCount")?.parse::<u64>().ok())
            .sum(),
        place: object
            .get("metadata.name")
            .and_then(|name| record.cite(name)),
        images: object.get("spec").map(images).unwrap_or_default(),
        in_mesh: object.get("spec").is_some_and(in_mesh),
    }
}

/// Returns a node with what keeps pods off it.
pub(crate) fn node(record: &Record) -> ListedNode {
    let object = &record.root;
    let taints = object.items("spec.taints").iter().filter_map(|taint| {
        let text = |key: &str| taint.text(key).unwrap_or_default().to_owned();
        Some(Taint {
            key: text("key"),
            value: text("value"),
            effect: text("effect"),
            place: record.cite(taint.get("key")?)?,
        })
    });
    ListedNode {
        name: name(object).to_owned(),
        taints: taints.collect(),
    }
}

fn containers(pod: &Node) -> impl Iterator<Item = &Node> {
    let paths = ["status.initContainerStatuses", "status.containerStatuses"];
    paths.into_iter().flat_map(|path| pod.items(path))
}

/// What a container waits for now, what one ended with before, else why the pod as a whole failed.
fn state(pod: &Node) -> Option<String> {
    const REASONS: [&str; 3] = [
        "state.waiting.reason",
        "state.terminated.reason",
        "lastState.terminated.reason",
    ];
    let mut reasons = REASONS
        .iter()
        .flat_map(|path| containers(pod).filter_map(|container| container.text(path)));
    let told = reasons.find(|reason| *reason != "Completed");
    let whole = || pod.text("status.reason");
    let phase = || match pod.text("status.phase") {
        Some("Running") => None,
        Some("Succeeded") => Some("Completed"),
        other => other,
    };
    told.or_else(whole).or_else(phase).map(ToOwned::to_owned)
}

fn ended_at(pod: &Node) -> Option<DateTime<Utc>> {
    const ENDS: [&str; 2] = [
        "state.terminated.finishedAt",
        "lastState.terminated.finishedAt",
    ];
    // Those that prepare the pod end by themselves.
    let statuses = || pod.items("status.containerStatuses").iter();
    let ends = ENDS
        .iter()
        .flat_map(|path| statuses().filter_map(|container| container.text(path)));
    ends.filter_map(parse_utc).max()
}

/// Returns the pod that a workload describes.
pub(super) fn template(object: &Node) -> Option<ListedPod> {
    let kind = object.text("kind").filter(|kind| *kind != "Pod")?;
    let spec = pod_spec(kind, object)?;
    Some(ListedPod {
        name: name(object).to_owned(),
        namespace: namespace(object),
        workload: name(object).to_owned(),
        address: None,
        labels: texts(object, "spec.template.metadata.labels"),
        ports: ports(spec),
        ready: true,
        unscheduled: None,
        node: None,
        state: None,
        restarts: 0,
        ended_at: None,
        place: None,
        images: images(spec),
        in_mesh: in_mesh(spec),
    })
}

/// The container that Istio puts beside those of a pod.
const SIDECAR: &str = "istio-proxy";

fn images(spec: &Node) -> Vec<String> {
    let containers = spec.items("containers").iter();
    let own = containers.filter(|it| !matches!(it.text("name"), Some(SIDECAR | "linkerd-proxy")));
    let images = own.filter_map(|it| it.text("image"));
    images.map(ToOwned::to_owned).collect()
}

fn in_mesh(spec: &Node) -> bool {
    let lists = ["containers", "initContainers"];
    let mut containers = lists.iter().flat_map(|list| spec.items(list));
    containers.any(|it| it.text("name") == Some(SIDECAR))
}

fn ports(spec: &Node) -> BTreeSet<String> {
    let containers = spec.items("containers").iter();
    let ports = containers.flat_map(|it| it.items("ports"));
    let named = ports.flat_map(|port| [port.written("containerPort"), port.written("name")]);
    named.flatten().map(ToOwned::to_owned).collect()
}

fn address(object: &Node, path: &str) -> Option<String> {
    let address = object.text(path)?;
    address.contains(['.', ':']).then(|| address.to_owned())
}

fn texts(object: &Node, path: &str) -> BTreeMap<String, String> {
    let pairs = object.members(path).iter();
    pairs
        .filter_map(|(key, value)| Some((key.clone(), value.as_text()?.to_owned())))
        .collect()
}

/// Returns whether a pod runs and takes requests, as far as it says.
pub(super) fn is_ready(pod: &Node) -> bool {
    let is_ready = condition(pod, "Ready").and_then(|it| it.text("status"));
    pod.text("status.phase") == Some("Running") && is_ready != Some("False")
}

/// The name of a replica set ends in a hash that its deployment does not have.
pub(super) fn workload(pod: &Node) -> String {
    let Some(owner) = pod.items("metadata.ownerReferences").first() else {
        return name(pod).to_owned();
    };
    let owned = owner.text("name").unwrap_or_else(|| name(pod));
    let of_deployment = owner.text("kind") == Some("ReplicaSet");
    let stem = owned.rsplit_once('-').filter(|_| of_deployment);
    stem.map_or(owned, |(stem, _)| stem).to_owned()
}

#[cfg(test)]
mod tests {
    use crate::{Options, analyze};

    #[test]
    fn services_and_pods_are_listed_with_their_addresses() {
        let text = r#"{"kind":"List","apiVersion":"v1","items":[
            {"kind":"Service","metadata":{"name":"cart","namespace":"n"},"spec":{"clusterIP":"10.96.0.7",
              "selector":{"app":"cart"},"ports":[{"port":80,"targetPort":8080}]}},
            {"kind":"Pod","metadata":{"name":"cart-5b7-x","namespace":"n","labels":{"app":"cart"},
              "ownerReferences":[{"kind":"ReplicaSet","name":"cart-5b7"}]},
              "spec":{"nodeName":"worker-2"},
              "status":{"phase":"Running","podIP":"10.244.0.9","conditions":[{"type":"Ready","status":"False"}],
              "containerStatuses":[{"restartCount":5,"state":{"waiting":{"reason":"CrashLoopBackOff"}}}]}}]}"#;
        let analysis = analyze(text.as_bytes(), Options::default());
        let (services, pods) = (&analysis.inventory.services, &analysis.inventory.pods);
        assert_eq!(services[0].address.as_deref(), Some("10.96.0.7"));
        assert_eq!(services[0].targets[0].0, "8080");
        assert_eq!(services[0].place.quote, r#""app":"cart""#);
        assert_eq!((pods[0].workload.as_str(), pods[0].ready), ("cart", false));
        assert_eq!(pods[0].node.as_deref(), Some("worker-2"));
        assert_eq!(pods[0].state.as_deref(), Some("CrashLoopBackOff"));
        assert_eq!(pods[0].restarts, 5);
        assert!(pods[0].place.as_ref().unwrap().quote.contains("cart-5b7-x"));
    }
}
