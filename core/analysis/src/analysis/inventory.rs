//! Services, pods and nodes that exports list, so that what one file shows explains what another shows.

mod taints;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use taints::{ListedNode, Taint, Toleration, Unscheduled};

use super::{CommandFact, CommandRun};
use crate::citation::Citation;

const WITHOUT_PODS: &str = "selector_without_pods";
const UNSERVED: &str = "target_port_unserved";

/// What an export lists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Inventory {
    pub services: Vec<ListedService>,
    pub pods: Vec<ListedPod>,
    #[serde(default)]
    pub nodes: Vec<ListedNode>,
}

/// A service with the ports it sends to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ListedService {
    pub name: String,
    pub namespace: String,
    pub address: Option<String>,
    pub selector: BTreeMap<String, String>,
    pub targets: Vec<(String, Citation)>,
    /// Numbers and names of the ports it is asked at.
    #[serde(default)]
    pub ports: BTreeSet<String>,
    /// Where its selector stands, or its name.
    pub place: Citation,
}

/// A pod with the ports it opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ListedPod {
    pub name: String,
    pub namespace: String,
    /// The deployment, stateful set or job it belongs to, else its own name.
    pub workload: String,
    pub address: Option<String>,
    pub labels: BTreeMap<String, String>,
    /// Numbers and names.
    pub ports: BTreeSet<String>,
    pub ready: bool,
    /// Set while no node was found for it.
    #[serde(default)]
    pub unscheduled: Option<Unscheduled>,
    /// Where it runs.
    #[serde(default)]
    pub node: Option<String>,
    /// What a container waits for or ended with, else what became of the pod.
    #[serde(default)]
    pub state: Option<String>,
    /// Of all its containers.
    #[serde(default)]
    pub restarts: u64,
    /// When one of its containers ended last.
    #[serde(default)]
    pub ended_at: Option<DateTime<Utc>>,
    /// Where its name stands; none for the pods that a workload describes.
    #[serde(default)]
    pub place: Option<Citation>,
    /// Of its containers, without those that a mesh puts beside them.
    #[serde(default)]
    pub images: Vec<String>,
    /// Whether a sidecar of Istio runs in it.
    #[serde(default)]
    pub in_mesh: bool,
}

impl Inventory {
    /// Returns whether nothing is listed.
    pub fn is_empty(&self) -> bool {
        self.services.is_empty() && self.pods.is_empty() && self.nodes.is_empty()
    }

    /// Returns who has which address.
    pub fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        let services = self.services.iter();
        let services = services.filter_map(|it| Some((it.address.as_deref()?, it.name.as_str())));
        let pods = self.pods.iter();
        services.chain(pods.filter_map(|it| Some((it.address.as_deref()?, it.workload.as_str()))))
    }

    /// Returns what is wrong with its services and nodes, seen beside the pods of other files.
    pub fn beside(&self, others: &[ListedPod]) -> Option<CommandRun> {
        let mut facts = Vec::new();
        for service in self.services.iter().filter(|it| !it.selector.is_empty()) {
            let of_space: Vec<&ListedPod> = others
                .iter()
                .filter(|pod| pod.namespace == service.namespace)
                .collect();
            // An export without pods says nothing about them.
            if !of_space.is_empty() {
                service.judge(&of_space, &mut facts);
            }
        }
        // When several services miss their pods, some pods were not exported.
        let is_lonely = |fact: &CommandFact| fact.key == WITHOUT_PODS;
        if facts.iter().filter(|fact| is_lonely(fact)).count() > 1 {
            facts.retain(|fact| !is_lonely(fact));
        }
        // Where several services miss ports, their pods do not declare what they serve.
        if facts.iter().filter(|fact| fact.key == UNSERVED).count() > 1 {
            facts.retain(|fact| fact.key != UNSERVED);
        }
        taints::judge(&self.nodes, others, &mut facts);
        CommandRun::exported(facts)
    }
}

impl ListedService {
    /// Returns whether the labels of a pod of its namespace fit.
    pub(crate) fn selects(&self, pod: &ListedPod) -> bool {
        let mut wanted = self.selector.iter();
        wanted.all(|(key, value)| pod.labels.get(key) == Some(value))
    }

    fn judge(&self, pods: &[&ListedPod], facts: &mut Vec<CommandFact>) {
        let chosen: Vec<&&ListedPod> = pods.iter().filter(|pod| self.selects(pod)).collect();
        let fact = |key: &str, value: &str, citation: &Citation| CommandFact {
            object: format!("service/{}", self.name),
            key: key.to_owned(),
            value: value.to_owned(),
            number: value.parse().ok(),
            citation: citation.clone(),
        };
        if chosen.is_empty() {
            let pairs: Vec<String> = self
                .selector
                .iter()
                .map(|(key, value)| format!("{key}={value}"))
                .collect();
            facts.push(fact(WITHOUT_PODS, &pairs.join(","), &self.place));
            return;
        }
        if chosen.iter().all(|pod| !pod.ready) {
            let names: Vec<&str> = chosen.iter().map(|pod| pod.name.as_str()).collect();
            facts.push(fact("no_ready_pods", &names.join(", "), &self.place));
        }
        for (target, citation) in &self.targets {
            let opens = |pod: &&&ListedPod| pod.ports.is_empty() || pod.ports.contains(target);
            if !chosen.iter().all(opens) {
                facts.push(fact(UNSERVED, target, citation));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(name: &str) -> ListedService {
        let log = b"2025-03-04T14:05:00Z ERROR api: disk full\n".repeat(3);
        let analysis = crate::analyze(&log, crate::Options::default());
        let citation = analysis.templates[0].example.clone();
        ListedService {
            name: name.to_owned(),
            namespace: "n".to_owned(),
            address: None,
            selector: BTreeMap::from([("app".to_owned(), name.to_owned())]),
            targets: vec![("9090".to_owned(), citation.clone())],
            ports: BTreeSet::new(),
            place: citation,
        }
    }

    fn told(services: Vec<ListedService>, ready: bool) -> Vec<String> {
        let inventory = Inventory {
            services,
            ..Inventory::default()
        };
        let pod = ListedPod {
            name: "cart-1".to_owned(),
            namespace: "n".to_owned(),
            workload: "cart".to_owned(),
            address: None,
            labels: BTreeMap::from([("app".to_owned(), "cart".to_owned())]),
            ports: BTreeSet::from(["8080".to_owned()]),
            ready,
            unscheduled: None,
            node: None,
            state: None,
            restarts: 0,
            ended_at: None,
            place: None,
            images: Vec::new(),
            in_mesh: false,
        };
        let run = inventory.beside(&[pod]);
        let facts = run.into_iter().flat_map(|run| run.facts);
        facts
            .map(|fact| format!("{} {}", fact.object, fact.key))
            .collect()
    }

    #[test]
    fn services_are_judged_by_the_pods_of_other_files() {
        assert_eq!(
            told(vec![service("cart")], true),
            ["service/cart target_port_unserved"]
        );
        assert_eq!(
            told(vec![service("cart")], false),
            [
                "service/cart no_ready_pods",
                "service/cart target_port_unserved"
            ]
        );
        assert_eq!(
            told(vec![service("shop")], true),
            ["service/shop selector_without_pods"]
        );
        assert!(told(vec![service("shop"), service("ads")], true).is_empty());
        assert!(told(vec![service("cart"), service("cart")], true).is_empty());
    }
}
