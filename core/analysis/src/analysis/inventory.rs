//! Services and pods that exports list, so that what one file shows explains what another shows.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{CommandFact, CommandOutcome, CommandRun};
use crate::citation::Citation;

/// What an export lists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inventory {
    pub services: Vec<ListedService>,
    pub pods: Vec<ListedPod>,
}

/// A service with the ports it sends to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedService {
    pub name: String,
    pub namespace: String,
    pub address: Option<String>,
    pub selector: BTreeMap<String, String>,
    pub targets: Vec<(String, Citation)>,
    /// Where its selector stands, or its name.
    pub place: Citation,
}

/// A pod with the ports it opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
}

impl Inventory {
    /// Returns whether nothing is listed.
    pub fn is_empty(&self) -> bool {
        self.services.is_empty() && self.pods.is_empty()
    }

    /// Returns who has which address.
    pub fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        let services = self.services.iter();
        let services = services.filter_map(|it| Some((it.address.as_deref()?, it.name.as_str())));
        let pods = self.pods.iter();
        services.chain(pods.filter_map(|it| Some((it.address.as_deref()?, it.workload.as_str()))))
    }

    /// Returns what is wrong with its services, seen beside the pods of other files.
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
        let first = facts.first()?;
        Some(CommandRun {
            command: None,
            tool: "kubectl".to_owned(),
            observed_at: None,
            outcome: CommandOutcome::Unknown,
            citation: CommandFact::clone(first).citation,
            facts,
        })
    }
}

impl ListedService {
    fn judge(&self, pods: &[&ListedPod], facts: &mut Vec<CommandFact>) {
        let is_chosen = |pod: &&&ListedPod| {
            let mut wanted = self.selector.iter();
            wanted.all(|(key, value)| pod.labels.get(key) == Some(value))
        };
        let chosen: Vec<&&ListedPod> = pods.iter().filter(is_chosen).collect();
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
            facts.push(fact("selector_without_pods", &pairs.join(","), &self.place));
            return;
        }
        if chosen.iter().all(|pod| !pod.ready) {
            let names: Vec<&str> = chosen.iter().map(|pod| pod.name.as_str()).collect();
            facts.push(fact("no_ready_pods", &names.join(", "), &self.place));
        }
        for (target, citation) in &self.targets {
            let opens = |pod: &&&ListedPod| pod.ports.is_empty() || pod.ports.contains(target);
            if !chosen.iter().all(opens) {
                facts.push(fact("target_port_unserved", target, citation));
            }
        }
    }
}
