//! Which pods and nodes are in trouble, by what exports show of them.

use std::collections::BTreeMap;

use faultmaven_proto::evidence::v1::ListedPod;

use super::cite::Cited;
use super::compose::{Composed, Told};
use super::text::{counted, inert, listed};
use crate::analyst::questions::Names;
use crate::analyst::words::words;

const PODS_SHOWN: usize = 8;
const NODES_SHOWN: usize = 8;

/// Names the pods or nodes that are asked for; returns whether an export lists any.
pub(super) fn tell(answer: &mut Composed, told: &Told<'_>, asked: &Names) -> bool {
    let pods = asked_for(&told.situation.assessment.pods, &asked.among);
    if pods.is_empty() {
        return false;
    }
    if asked.kind == "node" {
        answer.say(by_node(&pods));
        return true;
    }
    let (ill, well): (Vec<&ListedPod>, Vec<&ListedPod>) =
        pods.iter().copied().partition(|pod| is_in_trouble(pod));
    let is_chosen = pods.len() < told.situation.assessment.pods.len();
    if ill.is_empty() && !is_chosen {
        let lines = told.situation.lookup.iter().flat_map(|it| &it.names);
        let has_errors = lines.flat_map(|it| &it.rows).any(|row| row.among > 0);
        let all = counted(well.len() as i64, "pod", "pods");
        answer.say(format!("The exports list {all}; all are ready."));
        return !has_errors;
    }
    let shown = if ill.is_empty() { &well } else { &ill };
    show(answer, shown);
    if !ill.is_empty() && !well.is_empty() {
        let rest = counted(well.len() as i64, "pod is", "pods are");
        answer.say(format!("{rest} ready, by the same exports."));
    }
    true
}

/// The pods of a node, a workload or a name that the words hold; all where they hold none.
fn asked_for<'a>(pods: &'a [ListedPod], among: &str) -> Vec<&'a ListedPod> {
    let words = words(among);
    let is_named = |pod: &&ListedPod| {
        words.iter().any(|word| {
            let word = word.lower.as_str();
            [&pod.name, &pod.workload, &pod.node].contains(&&word.to_owned())
                || pod.workload.split('-').any(|part| part == word)
        })
    };
    let named: Vec<&ListedPod> = pods.iter().filter(is_named).collect();
    if named.is_empty() {
        pods.iter().collect()
    } else {
        named
    }
}

fn is_in_trouble(pod: &ListedPod) -> bool {
    let has_ended_well = pod.state == "Completed";
    !has_ended_well && (!pod.ready || !pod.state.is_empty() || pod.restarts > 0)
}

fn show(answer: &mut Composed, pods: &[&ListedPod]) {
    let mut cited = Cited::default();
    let mut uncited = Vec::new();
    for pod in pods.iter().take(PODS_SHOWN) {
        let told = described(pod);
        match &pod.citation {
            Some(place) => cited.noted("a pod as an export shows it", place, &told),
            None => uncited.push(format!("- {told}")),
        }
    }
    let rest = pods.len().saturating_sub(PODS_SHOWN);
    let rest = match rest {
        0 => String::new(),
        rest => format!(" ({rest} more)"),
    };
    answer.cite(&format!("Pods, those in trouble first{rest}:"), cited);
    answer.say(uncited.join("\n"));
}

fn described(pod: &ListedPod) -> String {
    let mut told = vec![if pod.ready { "ready" } else { "not ready" }.to_owned()];
    if !pod.state.is_empty() {
        told.push(inert(&pod.state, 80));
    }
    if pod.restarts > 0 {
        told.push(counted(pod.restarts, "restart", "restarts"));
    }
    let node = match pod.node.as_str() {
        "" => "on no node".to_owned(),
        node => format!("on node {}", inert(node, 120)),
    };
    format!("{} {node}: {}", inert(&pod.name, 120), told.join(", "))
}

fn by_node(pods: &[&ListedPod]) -> String {
    let mut nodes: BTreeMap<&str, Vec<&ListedPod>> = BTreeMap::new();
    for pod in pods {
        nodes.entry(pod.node.as_str()).or_default().push(pod);
    }
    let mut ranked: Vec<(&str, Vec<&ListedPod>)> = nodes.into_iter().collect();
    let ill = |pods: &[&ListedPod]| pods.iter().filter(|pod| is_in_trouble(pod)).count();
    ranked.sort_by_key(|(_, pods)| std::cmp::Reverse((ill(pods), pods.len())));
    let rows = ranked.iter().take(NODES_SHOWN).map(|(node, pods)| {
        let node = match *node {
            "" => "not scheduled on any node".to_owned(),
            node => inert(node, 120),
        };
        let troubled: Vec<String> = pods
            .iter()
            .filter(|pod| is_in_trouble(pod))
            .take(PODS_SHOWN)
            .map(|pod| inert(&pod.name, 120))
            .collect();
        let all = counted(pods.len() as i64, "pod", "pods");
        match troubled.len() {
            0 => format!("- {node}: {all}, none in trouble"),
            _ => format!("- {node}: {all}, in trouble: {}", listed(&troubled)),
        }
    });
    let rows: Vec<String> = rows.collect();
    format!(
        "By node, as the exports list their pods:\n{}",
        rows.join("\n")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(name: &str, workload: &str, node: &str, ready: bool) -> ListedPod {
        ListedPod {
            name: name.to_owned(),
            workload: workload.to_owned(),
            node: node.to_owned(),
            ready,
            ..Default::default()
        }
    }

    #[test]
    fn pods_are_chosen_by_workload_and_node() {
        let pods = [
            pod("cart-1", "cart", "worker-1", true),
            pod("cart-2", "cart", "worker-2", false),
            pod("ads-1", "ads", "worker-2", true),
        ];
        for (among, count) in [("cart run", 2), ("worker-2", 2), ("ready", 3), ("", 3)] {
            assert_eq!(asked_for(&pods, among).len(), count, "{among}");
        }
        let all: Vec<&ListedPod> = pods.iter().collect();
        let told = by_node(&all);
        let first = told.lines().nth(1).unwrap();
        assert_eq!(first, "- `worker-2`: 2 pods, in trouble: `cart-2`");
    }

    #[test]
    fn a_pod_is_told_with_its_node_and_state() {
        let pod = ListedPod {
            state: "OOMKilled".to_owned(),
            restarts: 3,
            ..pod("cart-2", "cart", "worker-2", false)
        };
        assert_eq!(
            described(&pod),
            "`cart-2` on node `worker-2`: not ready, `OOMKilled`, 3 restarts"
        );
        assert!(is_in_trouble(&pod));
    }
}
