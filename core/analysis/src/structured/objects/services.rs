//! Services beside the pods they should lead to.

use super::node::Node;
use super::{Shown, name};

/// Reports services that lead to no pod, or to a port on which their pods do not listen.
pub(super) fn read(objects: &[&Node], shown: &mut Vec<Shown>) {
    let of_kind = |kind: &'static str| {
        objects
            .iter()
            .filter(move |object| object.text("kind") == Some(kind))
    };
    for endpoints in of_kind("Endpoints").filter(|it| it.items("subsets").is_empty()) {
        let full = format!("service/{}", name(endpoints));
        shown.push(Shown::new(
            &full,
            "no_endpoints",
            "none",
            endpoints.at_name(),
        ));
    }
    for service in of_kind("Service") {
        let pods: Vec<&Node> = of_kind("Pod")
            .copied()
            .filter(|pod| pod.text("metadata.namespace") == service.text("metadata.namespace"))
            .collect();
        // An export without pods says nothing about them.
        if !pods.is_empty() {
            self::service(service, &pods, shown);
        }
    }
}

impl Node {
    fn at_name(&self) -> usize {
        self.get("metadata.name").map_or(self.at, |node| node.at)
    }
}

fn service(service: &Node, pods: &[&Node], shown: &mut Vec<Shown>) {
    let selector: Vec<(&str, &str)> = service
        .members("spec.selector")
        .iter()
        .filter_map(|(key, value)| Some((key.as_str(), value.as_text()?)))
        .collect();
    if selector.is_empty() {
        return;
    }
    let full = format!("service/{}", name(service));
    let chosen: Vec<&Node> = pods
        .iter()
        .copied()
        .filter(|pod| selector.iter().all(|pair| has_label(pod, *pair)))
        .collect();
    if chosen.is_empty() {
        let pairs: Vec<String> = selector
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        let first = service.members("spec.selector").first();
        let at = first.map_or(service.at, |(_, value)| value.at);
        shown.push(Shown::new(
            &full,
            "selector_without_pods",
            &pairs.join(","),
            at,
        ));
        return;
    }
    for port in service.items("spec.ports") {
        let Some(target) = port.written("targetPort").or_else(|| port.written("port")) else {
            continue;
        };
        if !chosen.iter().all(|pod| declares(pod, target)) {
            let line = port.get("targetPort").or_else(|| port.get("port"));
            let at = line.map_or(port.at, |node| node.at);
            shown.push(Shown::new(&full, "target_port_unserved", target, at));
        }
    }
}

fn has_label(pod: &Node, (key, value): (&str, &str)) -> bool {
    let mut labels = pod.members("metadata.labels").iter();
    labels.any(|(known, label)| known == key && label.as_text() == Some(value))
}

/// Returns whether a pod declares a port by number or name; one that declares none may have it.
fn declares(pod: &Node, target: &str) -> bool {
    let containers = pod.items("spec.containers").iter();
    let ports: Vec<&Node> = containers.flat_map(|it| it.items("ports")).collect();
    ports.is_empty()
        || ports.iter().any(|port| {
            port.written("containerPort") == Some(target) || port.text("name") == Some(target)
        })
}
