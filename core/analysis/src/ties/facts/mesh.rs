//! Hosts that sidecars are told to call without mutual TLS, while those behind them demand it.

use std::collections::BTreeSet;

use super::{Placed, fact, last};
use crate::analysis::{ListedPod, ListedService};
use crate::clues::{MeshDemand, MeshRoute};
use crate::ties::Known;

/// Where rules for the whole mesh are kept.
const ROOT: &str = "istio-system";
/// Modes of TLS in which a caller shows no certificate of the mesh.
const BARE: [&str; 2] = ["DISABLE", "SIMPLE"];
/// Words of which one is said when a sidecar hangs up on a caller.
const HANGS_UP: [&str; 4] = [
    "upstream connect error",
    "connection termination",
    "connection_termination",
    "503 uc",
];

/// Returns routes that the demands of the pods behind them refuse.
pub(super) fn facts(known: &Known<'_>) -> Vec<Placed> {
    let demands = known.each(|it| &it.clues.related.demands);
    if demands.is_empty() {
        return Vec::new();
    }
    let demands = last(demands, |it| [it.namespace.as_str(), &it.object]);
    let services = known.each(|it| &it.inventory.services).into_iter();
    let view = View {
        known,
        pods: known.pods(),
        services: services.map(|(_, it)| it).collect(),
        demands: demands.into_iter().map(|(_, it)| it).collect(),
    };
    let routes = last(known.each(|it| &it.clues.related.routes), |it| {
        [it.namespace.as_str(), &it.object]
    });
    let mut told = BTreeSet::new();
    let bare = routes
        .into_iter()
        .filter(|(_, it)| BARE.contains(&it.mode.as_str()));
    let found = bare.filter_map(|(file, route)| {
        let demand = view.demand(&Host::of(route)?)?;
        let value = format!(
            "{} calls {} with TLS {}, while {} of {} demands mutual TLS",
            route.object, route.host, route.mode, demand.object, demand.namespace
        );
        let is_new = told.insert((&route.namespace, &route.object));
        let fact = fact(route.object.clone(), "mtls_conflict", value, &route.place);
        is_new.then_some((file, fact))
    });
    found.collect()
}

/// A service of the cluster.
struct Host<'a> {
    space: &'a str,
    name: &'a str,
}

impl<'a> Host<'a> {
    /// Reads `reviews`, `reviews.shop` and `reviews.shop.svc.cluster.local`; no pattern of hosts.
    fn of(route: &'a MeshRoute) -> Option<Self> {
        let host = route.host.as_str();
        let short = host.split(".svc").next().unwrap_or(host);
        let (name, space) = short.split_once('.').unwrap_or((short, &route.namespace));
        let is_one = !name.contains('*') && !space.contains('.');
        is_one.then_some(Self { space, name })
    }
}

/// What all files know of the mesh.
struct View<'a> {
    known: &'a Known<'a>,
    pods: Vec<ListedPod>,
    services: Vec<&'a ListedService>,
    demands: Vec<&'a MeshDemand>,
}

impl<'a> View<'a> {
    /// Returns the demand that refuses whoever calls a host without mutual TLS.
    fn demand(&self, host: &Host<'_>) -> Option<&'a MeshDemand> {
        let pods = self.behind(host);
        let has_sidecar = pods.iter().any(|it| it.in_mesh);
        let is_known = pods.iter().any(|it| it.place.is_some());
        if !has_sidecar && (is_known || !self.is_heard(host)) {
            return None;
        }
        let demands = self.demands.iter().filter(|it| it.mode != "UNSET");
        let ranked = demands.filter_map(|it| Some((rank(it, host, &pods)?, *it)));
        let ranked: Vec<(u8, &MeshDemand)> = ranked.collect();
        let narrowest = ranked.iter().map(|(rank, _)| *rank).max()?;
        let mut decisive = ranked.into_iter().filter(|(rank, _)| *rank == narrowest);
        let is_strict = |it: &MeshDemand| it.mode == "STRICT" && !it.differs_by_port;
        let (_, first) = decisive.next()?;
        (is_strict(first) && decisive.all(|(_, it)| is_strict(it))).then_some(first)
    }

    fn behind(&self, host: &Host<'_>) -> Vec<&ListedPod> {
        let of_space = self.pods.iter().filter(|it| it.namespace == host.space);
        let mut services = self.services.iter();
        let service = services.find(|it| it.namespace == host.space && it.name == host.name);
        let is_behind = |pod: &&ListedPod| match service {
            Some(service) => !service.selector.is_empty() && service.selects(pod),
            None => {
                let app = ["app", "app.kubernetes.io/name"].into_iter();
                let mut names = app.filter_map(|key| pod.labels.get(key));
                pod.workload == host.name || names.any(|name| name == host.name)
            }
        };
        of_space.filter(is_behind).collect()
    }

    /// Whether somebody says that a host hangs up.
    fn is_heard(&self, host: &Host<'_>) -> bool {
        let hangs_up = |lower: &str| HANGS_UP.iter().any(|it| lower.contains(it));
        let mut heard = self.known.heard.iter();
        heard.any(|it| hangs_up(&it.lower) && it.lower.contains(host.name))
    }
}

/// How narrow a demand is that holds for a host: of pods, of a namespace, of the mesh.
fn rank(demand: &MeshDemand, host: &Host<'_>, pods: &[&ListedPod]) -> Option<u8> {
    let is_near = demand.namespace == host.space;
    match &demand.selector {
        Some(selector) if pods.is_empty() => (is_near && selector.names(host.name)).then_some(2),
        Some(selector) => {
            let fits = pods.iter().any(|pod| selector.fits(&pod.labels));
            (is_near && fits).then_some(2)
        }
        None if is_near => Some(1),
        None => (demand.namespace == ROOT).then_some(0),
    }
}
