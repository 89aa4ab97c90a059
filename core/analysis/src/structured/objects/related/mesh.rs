//! What Istio is told of encryption, on both sides of a call.

use super::{name, namespace, selector};
use crate::clues::{MeshDemand, MeshRoute};
use crate::structured::json::{Node, Record};

/// Returns what the sidecars of some pods demand.
pub(super) fn demand(object: &Node) -> Option<MeshDemand> {
    let chosen = object.get("spec.selector");
    let is_narrow = chosen.is_some_and(|it| !it.members("matchLabels").is_empty());
    Some(MeshDemand {
        object: format!("peerauthentication/{}", name(object)),
        namespace: namespace(object),
        selector: is_narrow.then(|| selector(chosen)),
        mode: object.text("spec.mtls.mode")?.to_owned(),
        differs_by_port: !object.members("spec.portLevelMtls").is_empty(),
    })
}

/// Returns how a host is called; one port or one part of its pods may do for it.
pub(super) fn route(record: &Record) -> Vec<MeshRoute> {
    let object = &record.root;
    let Some(host) = object.text("spec.host") else {
        return Vec::new();
    };
    let subsets = object.items("spec.subsets").iter();
    let of_subsets = subsets.filter_map(|it| it.get("trafficPolicy"));
    let policies = object.get("spec.trafficPolicy").into_iter();
    let modes = policies.chain(of_subsets).flat_map(modes);
    let routes = modes.filter_map(|mode| {
        Some(MeshRoute {
            object: format!("destinationrule/{}", name(object)),
            namespace: namespace(object),
            host: host.to_owned(),
            mode: mode.as_text()?.to_owned(),
            place: record.cite(mode)?,
        })
    });
    routes.collect()
}

fn modes(policy: &Node) -> impl Iterator<Item = &Node> {
    let by_port = policy.items("portLevelSettings").iter();
    let by_port = by_port.filter_map(|it| it.get("tls.mode"));
    policy.get("tls.mode").into_iter().chain(by_port)
}
