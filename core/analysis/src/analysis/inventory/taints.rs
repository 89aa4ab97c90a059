//! Which taints of nodes keep a pod waiting that does not tolerate them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ListedPod;
use crate::analysis::CommandFact;
use crate::citation::Citation;

/// Pods that are told.
const PODS_MAX: usize = 50;
/// Taints of the nodes that run the cluster itself.
const CONTROL_PLANE: [&str; 2] = [
    "node-role.kubernetes.io/control-plane",
    "node-role.kubernetes.io/master",
];

/// A node with what keeps pods off it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ListedNode {
    pub name: String,
    pub taints: Vec<Taint>,
}

/// What keeps pods off a node unless they tolerate it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Taint {
    pub key: String,
    pub value: String,
    pub effect: String,
    pub place: Citation,
}

/// A taint that a pod tolerates; an empty key or effect stands for all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Toleration {
    pub key: String,
    /// Whether any value will do.
    pub exists: bool,
    pub value: String,
    pub effect: String,
}

/// What is known of a pod that no node was found for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unscheduled {
    /// Whether the scheduler names taints as a reason.
    pub by_taint: bool,
    pub tolerations: Vec<Toleration>,
}

/// Adds the taints that keep pods waiting, each with the nodes that have it.
pub(super) fn judge(nodes: &[ListedNode], pods: &[ListedPod], facts: &mut Vec<CommandFact>) {
    let waiting = pods.iter().filter_map(|pod| {
        let waits = pod.unscheduled.as_ref().filter(|it| it.by_taint)?;
        Some((pod, waits))
    });
    for (pod, waits) in waiting.take(PODS_MAX) {
        let mut told: Vec<(String, &Taint, Vec<&str>)> = Vec::new();
        for (node, taint) in hostile(nodes, waits) {
            let text = taint.text();
            match told.iter_mut().find(|it| it.0 == text) {
                Some(known) => known.2.push(&node.name),
                None => told.push((text, taint, vec![&node.name])),
            }
        }
        facts.extend(told.into_iter().map(|(text, taint, nodes)| CommandFact {
            object: pod.name.clone(),
            key: "taint_untolerated".to_owned(),
            value: format!("{text} of {}", listed(&nodes)),
            number: None,
            citation: taint.place.clone(),
        }));
    }
}

/// The taints a pod does not tolerate; those of the control plane only where there are no others.
fn hostile<'a>(
    nodes: &'a [ListedNode],
    waits: &'a Unscheduled,
) -> impl Iterator<Item = (&'a ListedNode, &'a Taint)> {
    let is_hostile = |taint: &&Taint| {
        matches!(taint.effect.as_str(), "NoSchedule" | "NoExecute")
            && !waits.tolerations.iter().any(|it| it.fits(taint))
    };
    let of_control = |taint: &Taint| CONTROL_PLANE.contains(&taint.key.as_str());
    let pairs = nodes
        .iter()
        .flat_map(|node| node.taints.iter().map(move |it| (node, it)));
    let pairs = pairs.filter(move |(_, taint)| is_hostile(taint));
    let has_others = pairs.clone().any(|(_, taint)| !of_control(taint));
    let is_single = nodes.len() == 1;
    pairs.filter(move |(_, taint)| !of_control(taint) || is_single && !has_others)
}

impl Taint {
    fn text(&self) -> String {
        match self.value.as_str() {
            "" => format!("{}:{}", self.key, self.effect),
            value => format!("{}={value}:{}", self.key, self.effect),
        }
    }
}

impl Toleration {
    fn fits(&self, taint: &Taint) -> bool {
        let any_key = self.key.is_empty() && self.exists;
        let effect = self.effect.is_empty() || self.effect == taint.effect;
        let value = self.exists || self.value == taint.value;
        effect && (any_key || self.key == taint.key && value)
    }
}

/// Names up to three nodes.
fn listed(nodes: &[&str]) -> String {
    const NAMED: usize = 3;
    let names = nodes[..nodes.len().min(NAMED)].join(", ");
    match nodes.len().saturating_sub(NAMED) {
        0 if nodes.len() == 1 => format!("node {names}"),
        0 => format!("nodes {names}"),
        more => format!("nodes {names} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use crate::{Options, analyze};

    fn export(tolerations: &str, message: &str) -> String {
        format!(
            r#"{{"kind":"List","apiVersion":"v1","items":[
            {{"kind":"Node","metadata":{{"name":"gpu-1"}},"spec":{{"taints":[{{"key":"dedicated","value":"gpu","effect":"NoSchedule"}}]}}}},
            {{"kind":"Node","metadata":{{"name":"gpu-2"}},"spec":{{"taints":[{{"key":"dedicated","value":"gpu","effect":"NoSchedule"}}]}}}},
            {{"kind":"Node","metadata":{{"name":"cp"}},"spec":{{"taints":[{{"key":"node-role.kubernetes.io/control-plane","effect":"NoSchedule"}}]}}}},
            {{"kind":"Pod","metadata":{{"name":"train-1","namespace":"n"}},"spec":{{"tolerations":[{tolerations}]}},
              "status":{{"phase":"Pending","conditions":[{{"type":"PodScheduled","status":"False","reason":"Unschedulable","message":"{message}"}}]}}}}]}}"#
        )
    }

    fn told(tolerations: &str, message: &str) -> Vec<String> {
        let export = export(tolerations, message);
        let analysis = analyze(export.as_bytes(), Options::default());
        let told = analysis.findings.into_iter().map(|it| it.statement);
        told.filter(|it| it.contains("does not tolerate")).collect()
    }

    const MESSAGE: &str = "0/3 nodes are available: 3 node(s) had untolerated taints.";

    #[test]
    fn the_taint_is_named_with_its_nodes_and_the_missing_toleration() {
        assert_eq!(
            told("", MESSAGE),
            [
                "pod train-1 waits: it does not tolerate the taint dedicated=gpu:NoSchedule of nodes gpu-1, gpu-2"
            ]
        );
    }

    #[test]
    fn what_is_tolerated_or_not_the_reason_is_not_told() {
        for toleration in [
            r#"{"key":"dedicated","operator":"Equal","value":"gpu","effect":"NoSchedule"}"#,
            r#"{"key":"dedicated","operator":"Exists"}"#,
            r#"{"operator":"Exists"}"#,
        ] {
            assert_eq!(told(toleration, MESSAGE), [""; 0], "{toleration}");
        }
        let other = r#"{"key":"dedicated","operator":"Equal","value":"db"}"#;
        assert_eq!(told(other, MESSAGE).len(), 1);
        assert_eq!(
            told("", "0/3 nodes are available: 3 Insufficient cpu."),
            [""; 0]
        );
    }
}
