//! Reads network policies, and what ingresses send requests to.

use super::name;
use super::settings::namespace;
use crate::clues::{Backend, Clues, LabelTest, ListedPolicy, Peer, PolicyRule, Selector, TestKind};
use crate::structured::json::{Node, Record};

/// Policies and backends, each.
const LISTED_MAX: usize = 1_000;

/// Takes a network policy or an ingress.
pub(crate) fn read(record: &Record, clues: &mut Clues) {
    match record.root.text("kind") {
        Some("NetworkPolicy") if clues.policies.len() < LISTED_MAX => {
            clues.policies.extend(policy(record));
        }
        Some("Ingress") => backends(record, clues),
        _ => {}
    }
}

fn policy(record: &Record) -> Option<ListedPolicy> {
    let object = &record.root;
    let spec = object.get("spec")?;
    let types: Vec<&str> = spec
        .items("policyTypes")
        .iter()
        .filter_map(Node::as_text)
        .collect();
    let limits = |kind: &str, list: &str| {
        let by_default = list == "ingress" || spec.get(list).is_some();
        types.contains(&kind) || types.is_empty() && by_default
    };
    let rules = |kind: &str, list: &str, side: &str| {
        limits(kind, list).then(|| {
            let rules = spec.items(list).iter();
            rules.map(|rule| self::rule(rule, side)).collect()
        })
    };
    let chosen = spec
        .members("podSelector.matchLabels")
        .first()
        .map(|(_, value)| value);
    let place = chosen
        .or_else(|| spec.get("podSelector"))
        .or_else(|| object.get("metadata.name"))?;
    Some(ListedPolicy {
        name: name(object).to_owned(),
        namespace: namespace(object),
        selector: selector(spec.get("podSelector")),
        ingress: rules("Ingress", "ingress", "from"),
        egress: rules("Egress", "egress", "to"),
        place: record.cite(place)?,
    })
}

/// The port at which names are asked for.
const DNS: f64 = 53.0;

fn rule(rule: &Node, side: &str) -> PolicyRule {
    let peers = rule.items(side).iter().map(|peer| Peer {
        pods: peer.get("podSelector").map(|it| selector(Some(it))),
        spaces: peer.get("namespaceSelector").map(|it| selector(Some(it))),
        block: peer.text("ipBlock.cidr").map(ToOwned::to_owned),
    });
    let ports = rule.items("ports").iter();
    let number = |port: &Node| port.written("port").map(ToOwned::to_owned);
    let is_datagram = |port: &&Node| port.text("protocol") == Some("UDP");
    // Without a port all are let through, and a range may hold the one of names.
    let datagram = |port: &Node| {
        let (first, last) = (port.number("port"), port.number("endPort"));
        let ends = first.zip(last);
        let holds_names = ends.is_some_and(|(first, last)| first <= DNS && DNS <= last);
        match number(port) {
            Some(own) if !holds_names => own,
            _ => DNS.to_string(),
        }
    };
    PolicyRule {
        peers: peers.collect(),
        ports: ports.clone().filter_map(number).collect(),
        datagrams: ports.filter(is_datagram).map(datagram).collect(),
    }
}

/// Reads labels and expressions of a selector.
pub(super) fn selector(node: Option<&Node>) -> Selector {
    let Some(node) = node else {
        return Selector::default();
    };
    let labels = node
        .members("matchLabels")
        .iter()
        .filter_map(|(key, value)| {
            Some(LabelTest {
                key: key.clone(),
                is: TestKind::In,
                values: vec![value.as_written()?.to_owned()],
            })
        });
    let expressions = node.items("matchExpressions").iter().filter_map(|test| {
        let values = test.items("values").iter().filter_map(Node::as_written);
        Some(LabelTest {
            key: test.text("key")?.to_owned(),
            is: match test.text("operator")? {
                "In" => TestKind::In,
                "NotIn" => TestKind::NotIn,
                "Exists" => TestKind::Exists,
                _ => TestKind::Absent,
            },
            values: values.map(ToOwned::to_owned).collect(),
        })
    });
    Selector {
        tests: labels.chain(expressions).collect(),
    }
}

/// Takes the services of an ingress.
fn backends(record: &Record, clues: &mut Clues) {
    let object = &record.root;
    let rules = object.items("spec.rules").iter();
    let paths = rules.flat_map(|rule| rule.items("http.paths"));
    let named = paths.filter_map(|path| path.get("backend"));
    for backend in named.chain(object.get("spec.defaultBackend")) {
        let service = backend
            .get("service.name")
            .or_else(|| backend.get("serviceName"));
        let port = ["service.port.number", "service.port.name", "servicePort"];
        let Some((service, place)) = service.and_then(|it| Some((it.as_text()?, record.cite(it)?)))
        else {
            continue;
        };
        if clues.backends.len() < LISTED_MAX {
            clues.backends.push(Backend {
                object: format!("ingress/{}", name(object)),
                namespace: namespace(object),
                service: service.to_owned(),
                port: port
                    .iter()
                    .find_map(|path| backend.written(path).map(ToOwned::to_owned)),
                place,
            });
        }
    }
}
