//! Services whose selector also fits pods that are no part of them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Placed, fact};
use crate::analysis::{ListedPod, ListedService};
use crate::citation::Citation;
use crate::ties::Known;

/// A service that leads to more workloads than these is meant to.
const WORKLOADS_MAX: usize = 2;
/// Workloads and pods of a service up to which they are laid beside each other.
const PARTS_MAX: usize = 100;
/// Words of names that do not tell one part of a system from another.
const GENERIC: [&str; 14] = [
    "svc",
    "service",
    "api",
    "app",
    "server",
    "headless",
    "internal",
    "public",
    "external",
    "grpc",
    "http",
    "lb",
    "metrics",
    "deployment",
];
/// Shorter names stand in others by chance.
const NAME_MIN: usize = 3;

/// Returns services that send a part of their requests to somebody else.
pub(super) fn facts(known: &Known<'_>) -> Vec<Placed> {
    let pods = known.pods();
    let mut by_space: BTreeMap<&str, Vec<&ListedPod>> = BTreeMap::new();
    for pod in pods.iter().filter(|pod| serves(pod)) {
        by_space.entry(&pod.namespace).or_default().push(pod);
    }
    let served = Served::of(known);
    let services = known.each(|it| &it.inventory.services).into_iter();
    let services = services.filter(|(_, service)| !service.selector.is_empty());
    let found = services.filter_map(|(file, service)| {
        let pods = by_space.get(service.namespace.as_str())?;
        let chosen = pods.iter().copied().filter(|pod| service.selects(pod));
        let chosen: Vec<&ListedPod> = chosen.collect();
        let listed = served.0.get(&(&service.namespace, &service.name));
        told(file, service, &chosen, listed)
    });
    found.collect()
}

/// Whether a pod takes requests; what a job describes may have ended long ago.
fn serves(pod: &ListedPod) -> bool {
    let may_have_ended = pod.place.is_none() && is_of_job(pod);
    pod.ready && !pod.images.is_empty() && !may_have_ended
}

fn is_of_job(pod: &ListedPod) -> bool {
    const LABELS: [&str; 2] = ["job-name", "batch.kubernetes.io/job-name"];
    LABELS.iter().any(|it| pod.labels.contains_key(*it))
}

/// Whether a pod runs a job and opens none of the ports that those of the service open.
fn serves_nothing(pod: &ListedPod, own: &ListedPod) -> bool {
    is_of_job(pod) && !is_of_job(own) && pod.ports.is_disjoint(&own.ports)
}

/// Pods that endpoints list, with their places.
type Listed<'a> = BTreeMap<&'a str, (usize, &'a Citation)>;

/// Pods that endpoints list, by namespace and name of their service.
struct Served<'a>(BTreeMap<(&'a str, &'a str), Listed<'a>>);

impl<'a> Served<'a> {
    fn of(known: &Known<'a>) -> Self {
        let mut served: BTreeMap<(&str, &str), Listed<'_>> = BTreeMap::new();
        for (file, it) in known.each(|it| &it.clues.related.served) {
            let of_service = served.entry((&it.namespace, &it.service)).or_default();
            of_service.insert(&it.pod, (file, &it.place));
        }
        Self(served)
    }
}

fn told(
    file: usize,
    service: &ListedService,
    chosen: &[&ListedPod],
    listed: Option<&Listed<'_>>,
) -> Option<Placed> {
    let is_own = |pod: &&&ListedPod| {
        let images = pod.images.iter().map(|it| base(it));
        let mut names = images.chain([pod.workload.as_str()]);
        !is_of_job(pod) && names.any(|name| is_kin(name, &service.name))
    };
    let (own, others): (Vec<&ListedPod>, Vec<&ListedPod>) =
        chosen.iter().partition(|pod| is_own(pod));
    let first = own.first()?;
    let others_of: BTreeSet<&str> = others.iter().map(|it| it.workload.as_str()).collect();
    if others_of.len() > PARTS_MAX || own.len() > PARTS_MAX {
        return None;
    }
    let foreign: Vec<&ListedPod> = others
        .into_iter()
        .filter(|pod| {
            let mut own = own.iter();
            own.all(|it| is_foreign(pod, it) || serves_nothing(pod, it))
        })
        .collect();
    let workloads: BTreeSet<&str> = foreign.iter().map(|it| it.workload.as_str()).collect();
    if workloads.len() > WORKLOADS_MAX {
        return None;
    }
    let takes = |pod: &&&ListedPod| listed.is_none_or(|it| it.contains_key(pod.name.as_str()));
    let pod = foreign.iter().find(takes)?;
    let value = format!(
        "pod {} (image {}), while its own pods run {}",
        pod.name,
        pod.images.join(", "),
        first.images.join(", ")
    );
    let at_endpoints = listed.and_then(|it| it.get(pod.name.as_str()).copied());
    let (file, place) = at_endpoints.unwrap_or((file, &service.place));
    let object = format!("service/{}", service.name);
    Some((file, fact(object, "selector_matches_foreign", value, place)))
}

/// Whether two pods have nothing in common: neither names nor images.
fn is_foreign(pod: &ListedPod, own: &ListedPod) -> bool {
    let mut images = pod.images.iter();
    let shares_image = images.any(|image| {
        let mut others = own.images.iter();
        others
            .any(|other| repository(image) == repository(other) || is_kin(base(image), base(other)))
    });
    !shares_image && !is_kin(&pod.workload, &own.workload)
}

/// Returns an image without tag and digest.
fn repository(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    match image.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => image,
    }
}

fn base(image: &str) -> &str {
    let repository = repository(image);
    repository.rsplit('/').next().unwrap_or(repository)
}

/// Whether one name is a part of the other, apart from words that many names have.
fn is_kin(one: &str, other: &str) -> bool {
    let (one, other) = (core(one), core(other));
    let is_within = |short: &str, long: &str| short.len() >= NAME_MIN && long.contains(short);
    one == other || is_within(&one, &other) || is_within(&other, &one)
}

fn core(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let words = || lower.split(|it: char| !it.is_ascii_alphanumeric());
    let telling: String = words().filter(|it| !GENERIC.contains(it)).collect();
    if telling.is_empty() {
        words().collect()
    } else {
        telling
    }
}
