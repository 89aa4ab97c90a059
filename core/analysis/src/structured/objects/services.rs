//! Services beside the pods they should lead to.

use super::name;
use crate::analysis::CommandFact;
use crate::citation::Citation;
use crate::structured::json::{Node, Record};

/// Pods and services that are kept, each.
const KEPT_MAX: usize = 5_000;

/// Pods and services, as far as one has to do with the other.
#[derive(Debug, Default)]
pub(crate) struct Wiring {
    pods: Vec<Pod>,
    services: Vec<Service>,
    /// Endpoints without an address.
    empty: Vec<CommandFact>,
    /// Whether there are more than are kept.
    pub(crate) more: bool,
}

#[derive(Debug)]
struct Pod {
    namespace: Option<String>,
    labels: Vec<(String, String)>,
    /// Numbers and names of the ports it declares.
    ports: Vec<String>,
}

#[derive(Debug)]
struct Service {
    name: String,
    namespace: Option<String>,
    selector: Vec<(String, String)>,
    /// Where the selector stands.
    place: Option<Citation>,
    /// Ports it sends to, and where they stand.
    targets: Vec<(String, Citation)>,
}

impl Wiring {
    /// Takes an object.
    pub(crate) fn note(&mut self, record: &Record) {
        let root = &record.root;
        match root.text("kind") {
            Some("Pod") if self.pods.len() < KEPT_MAX => self.pods.push(Pod::of(root)),
            Some("Service") if self.services.len() < KEPT_MAX => {
                self.services.push(Service::of(record));
            }
            Some("Pod" | "Service") => self.more = true,
            Some("Endpoints") if root.items("subsets").is_empty() => {
                let place = root.get("metadata.name").unwrap_or(root);
                let full = format!("service/{}", name(root));
                let cited = record.cite(place);
                self.empty
                    .extend(cited.map(|cited| fact(&full, "no_endpoints", "none", cited)));
            }
            _ => {}
        }
    }

    /// Returns services that lead to no pod, or to a port on which their pods do not listen.
    pub(crate) fn facts(&self) -> Vec<CommandFact> {
        let mut facts = self.empty.clone();
        for service in self.services.iter().filter(|it| !it.selector.is_empty()) {
            let pods: Vec<&Pod> = self
                .pods
                .iter()
                .filter(|pod| pod.namespace == service.namespace)
                .collect();
            // An export without pods says nothing about them.
            if !pods.is_empty() {
                service.facts(&pods, &mut facts);
            }
        }
        facts
    }
}

impl Pod {
    fn of(root: &Node) -> Self {
        let containers = root.items("spec.containers").iter();
        let ports = containers.flat_map(|it| it.items("ports"));
        let named = ports.flat_map(|port| {
            [port.written("containerPort"), port.text("name")]
                .into_iter()
                .flatten()
        });
        Self {
            namespace: root.text("metadata.namespace").map(ToOwned::to_owned),
            labels: pairs(root.members("metadata.labels")),
            ports: named.map(ToOwned::to_owned).collect(),
        }
    }

    /// Returns whether it declares a port by number or name; one that declares none may have it.
    fn declares(&self, target: &str) -> bool {
        self.ports.is_empty() || self.ports.iter().any(|port| port == target)
    }
}

impl Service {
    fn of(record: &Record) -> Self {
        let root = &record.root;
        let targets = root.items("spec.ports").iter().filter_map(|port| {
            let target = port.get("targetPort").or_else(|| port.get("port"))?;
            Some((target.as_written()?.to_owned(), record.cite(target)?))
        });
        let selector = root.members("spec.selector");
        Self {
            name: format!("service/{}", name(root)),
            namespace: root.text("metadata.namespace").map(ToOwned::to_owned),
            selector: pairs(selector),
            place: selector.first().and_then(|(_, value)| record.cite(value)),
            targets: targets.collect(),
        }
    }

    fn facts(&self, pods: &[&Pod], facts: &mut Vec<CommandFact>) {
        let is_chosen = |pod: &&&Pod| self.selector.iter().all(|pair| pod.labels.contains(pair));
        let chosen: Vec<&&Pod> = pods.iter().filter(is_chosen).collect();
        if chosen.is_empty() {
            let told = self.selector.iter();
            let told: Vec<String> = told.map(|(key, value)| format!("{key}={value}")).collect();
            let key = "selector_without_pods";
            let place = self.place.clone();
            facts.extend(place.map(|place| fact(&self.name, key, &told.join(","), place)));
            return;
        }
        for (target, place) in &self.targets {
            if !chosen.iter().all(|pod| pod.declares(target)) {
                let key = "target_port_unserved";
                facts.push(fact(&self.name, key, target, place.clone()));
            }
        }
    }
}

fn pairs(members: &[(String, Node)]) -> Vec<(String, String)> {
    let told = members.iter();
    told.filter_map(|(key, value)| Some((key.clone(), value.as_text()?.to_owned())))
        .collect()
}

fn fact(object: &str, key: &str, value: &str, citation: Citation) -> CommandFact {
    CommandFact {
        object: object.to_owned(),
        key: key.to_owned(),
        value: value.to_owned(),
        number: value.parse().ok(),
        citation,
    }
}
