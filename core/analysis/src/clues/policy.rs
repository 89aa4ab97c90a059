//! Network policies: whom they let in and out.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::Selector;
use crate::analysis::ListedPod;
use crate::citation::Citation;

/// A network policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedPolicy {
    pub name: String,
    pub namespace: String,
    pub selector: Selector,
    /// What is let in; nothing when the policy does not limit it.
    pub ingress: Option<Vec<PolicyRule>>,
    /// What is let out; nothing when the policy does not limit it.
    pub egress: Option<Vec<PolicyRule>>,
    /// Where it says whom it is for.
    pub place: Citation,
}

/// Peers and ports that are let through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyRule {
    /// Everybody when there are none.
    pub peers: Vec<Peer>,
    /// All when there are none.
    pub ports: Vec<String>,
    /// Those of them that are let through over UDP.
    #[serde(default)]
    pub datagrams: Vec<String>,
}

/// Who is let through.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peer {
    pub pods: Option<Selector>,
    pub spaces: Option<Selector>,
    /// A range of addresses.
    pub block: Option<String>,
}

impl ListedPolicy {
    /// Returns whether the policy is for a pod.
    pub fn selects(&self, pod: &ListedPod) -> bool {
        self.namespace == pod.namespace && self.selector.fits(&pod.labels)
    }
}

impl PolicyRule {
    /// Returns whether a rule lets a pod through on one of these ports; without ports, on any.
    pub(crate) fn admits(&self, space: &str, pod: &ListedPod, ports: &[String]) -> bool {
        self.admits_port(ports)
            && (self.peers.is_empty() || self.peers.iter().any(|peer| peer.fits(space, pod)))
    }

    pub(crate) fn admits_port(&self, ports: &[String]) -> bool {
        self.ports.is_empty()
            || ports.is_empty()
            || ports.iter().any(|port| self.ports.contains(port))
    }

    /// Returns whom the rule lets through, in words.
    pub(crate) fn words(&self) -> String {
        let peers: Vec<String> = self.peers.iter().map(Peer::words).collect();
        let peers = if peers.is_empty() {
            "everybody".to_owned()
        } else {
            peers.join(" or ")
        };
        if self.ports.is_empty() {
            peers
        } else {
            format!("{peers} on port {}", self.ports.join(", "))
        }
    }
}

impl Peer {
    /// Returns whether a pod is this peer of a policy in a namespace; in doubt it is.
    fn fits(&self, space: &str, pod: &ListedPod) -> bool {
        if let Some(block) = &self.block {
            return pod.address.as_deref().is_none_or(|it| is_within(it, block));
        }
        let is_of_space = match &self.spaces {
            None => pod.namespace == space,
            Some(spaces) => spaces.tests.iter().all(|test| {
                // Labels of namespaces are known by this one alone.
                test.key != "kubernetes.io/metadata.name" || test.values.contains(&pod.namespace)
            }),
        };
        is_of_space && self.pods.as_ref().is_none_or(|it| it.fits(&pod.labels))
    }

    fn words(&self) -> String {
        match (&self.block, &self.pods, &self.spaces) {
            (Some(block), _, _) => format!("addresses of {block}"),
            (None, Some(pods), None) => format!("pods with {}", pods.words()),
            (None, Some(pods), Some(spaces)) => {
                format!(
                    "pods with {} of namespaces with {}",
                    pods.words(),
                    spaces.words()
                )
            }
            (None, None, Some(spaces)) => format!("namespaces with {}", spaces.words()),
            (None, None, None) => "everybody".to_owned(),
        }
    }
}

/// Returns whether an address lies in a range; in doubt it does.
fn is_within(address: &str, block: &str) -> bool {
    let parts = block.split_once('/');
    let range = parts.and_then(|(base, bits)| {
        let base: Ipv4Addr = base.parse().ok()?;
        Some((base.to_bits(), bits.parse::<u32>().ok()?.min(32)))
    });
    let (Some((base, bits)), Ok(address)) = (range, address.parse::<Ipv4Addr>()) else {
        return true;
    };
    let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
    base & mask == address.to_bits() & mask
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lie_in_ranges() {
        assert!(is_within("10.1.2.3", "10.0.0.0/8"));
        assert!(!is_within("10.1.2.3", "10.2.0.0/16"));
        assert!(is_within("10.1.2.3", "0.0.0.0/0"));
        assert!(is_within("fe80::1", "10.0.0.0/8"));
    }
}
