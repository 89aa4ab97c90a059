//! Metrics that tell what something may use; a change of them is a change of the configuration.

use std::collections::BTreeMap;

use crate::analysis::{Change, ChangeDirection, ChangeKind, Sample};
use crate::findings::about;
use crate::fingerprint;
use crate::pod_name::workload;
use crate::structured::series::runs;

/// Words of names of metrics that tell what is allowed or asked for.
const BOUNDS: [&str; 26] = [
    "resource_limit",
    "resource_request",
    "cpu_limit",
    "memory_limit",
    "_limits",
    "limit_bytes",
    "spec_cpu_quota",
    "cpu_quota",
    "resourcequota",
    "spec_replicas",
    "spec_max_replicas",
    "spec_min_replicas",
    "max_connections",
    "connections_max",
    "maxclients",
    "max_clients",
    "max_fds",
    "pool_size",
    "pool_max",
    "max_pool",
    "max_size",
    "memory_max",
    "heap_max",
    "max_threads",
    "threads_max",
    "_settings_",
];
/// Words of names of metrics that are measured against a bound.
const MEASURED: [&str; 12] = [
    "used", "usage", "util", "ratio", "percent", "rate", "throttl", "reached", "hit", "exceed",
    "_total", "count",
];
/// Labels that a new pod changes and its owner does not.
const OF_ONE_POD: [&str; 9] = [
    "pod",
    "pod_name",
    "instance",
    "uid",
    "id",
    "container_id",
    "node",
    "endpoint",
    "replicaset",
];
/// Values that a bound has in turn; what changes more often is measured.
const VALUES_MAX: usize = 4;
const CHANGES_MAX: usize = 50;

/// A metric with the labels of what it belongs to.
type Owner<'a> = (&'a str, Vec<(&'a str, &'a str)>);

/// A stretch of a series in which its bound stays the same.
struct Stretch<'a> {
    value: f64,
    first: &'a Sample,
}

/// Returns the bounds that change while they are watched.
pub(crate) fn changes(samples: &[Sample]) -> Vec<Change> {
    let mut owners: BTreeMap<Owner<'_>, Vec<&Sample>> = BTreeMap::new();
    for sample in samples.iter().filter(|it| is_bound(&it.name)) {
        owners
            .entry((&sample.name, owner(sample)))
            .or_default()
            .push(sample);
    }
    let told = owners.into_values().filter_map(|mut samples| {
        samples.sort_by_key(|it| it.observed_at);
        let stretches = stretches(&samples)?;
        let pairs = stretches.windows(2);
        Some(pairs.map(|pair| change(&pair[0], &pair[1])).collect())
    });
    let told: Vec<Vec<Change>> = told.take(CHANGES_MAX).collect();
    told.into_iter().flatten().collect()
}

fn is_bound(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    has(&BOUNDS) && !has(&MEASURED)
}

/// Returns the labels that stay when a pod is replaced.
pub(crate) fn owner(sample: &Sample) -> Vec<(&str, &str)> {
    let labels = sample.labels.iter();
    let lasting = labels.filter(|(key, _)| !OF_ONE_POD.contains(&key.as_str()));
    let mut owner: Vec<(&str, &str)> = lasting
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    // Without a pod the instance tells them apart.
    let mut own = ["pod", "instance"].iter();
    let of = own.find_map(|key| sample.labels.get(*key));
    if let Some(name) = of {
        owner.push(("of", workload(name).unwrap_or(name)));
    }
    owner
}

/// Returns the values of a bound one after another; none when it changes like a measurement.
///
/// While one pod replaces another both have their own; the newest value counts.
fn stretches<'a>(samples: &[&'a Sample]) -> Option<Vec<Stretch<'a>>> {
    let mut series: BTreeMap<&BTreeMap<String, String>, Vec<&'a Sample>> = BTreeMap::new();
    for &sample in samples {
        series.entry(&sample.labels).or_default().push(sample);
    }
    let mut steps: Vec<&Sample> = Vec::new();
    for own in series.values() {
        let values: Vec<f64> = own.iter().map(|it| it.value).collect();
        steps.extend(runs(&values).into_iter().map(|at| own[at]));
    }
    steps.sort_by_key(|it| it.observed_at);
    let mut stretches: Vec<Stretch<'_>> = Vec::new();
    for first in steps {
        let value = first.value;
        if stretches.last().is_none_or(|last| last.value != value) {
            stretches.push(Stretch { value, first });
        }
    }
    // Pods that begin together with different bounds have no common one.
    let begins = stretches.first()?.first.observed_at;
    let is_mixed = stretches[1..]
        .iter()
        .any(|it| it.first.observed_at == begins);
    let is_bound = (2..=VALUES_MAX).contains(&stretches.len()) && !is_mixed;
    is_bound.then_some(stretches)
}

fn change(before: &Stretch<'_>, after: &Stretch<'_>) -> Change {
    let sample = after.first;
    let path = path(sample);
    Change {
        kind: ChangeKind::Config,
        signature: fingerprint::config("bound", &path),
        file: String::new(),
        component: about(sample).map(ToOwned::to_owned),
        path,
        before: Some(told(sample, before.value)),
        after: Some(told(sample, after.value)),
        direction: if after.value < before.value {
            ChangeDirection::Decreased
        } else {
            ChangeDirection::Increased
        },
        secret: false,
        changed_at: sample.observed_at,
        citation: sample.citation.clone(),
    }
}

/// Returns what a metric bounds: `resources.limits.cpu of currency`.
fn path(sample: &Sample) -> String {
    let resource = sample.labels.get("resource").map(String::as_str);
    let what = match (sample.name.as_str(), resource) {
        ("kube_pod_container_resource_limits", Some(it)) => format!("resources.limits.{it}"),
        ("kube_pod_container_resource_requests", Some(it)) => format!("resources.requests.{it}"),
        (name, Some(it)) if !name.contains(it) => format!("{name} ({it})"),
        (name, _) => name.to_owned(),
    };
    let of = about(sample).map_or_else(String::new, |about| format!(" of {about}"));
    format!("{what}{of}")
}

fn told(sample: &Sample, value: f64) -> String {
    const UNITS: [&str; 4] = ["", "Ki", "Mi", "Gi"];
    let is_bytes = sample.name.contains("bytes")
        || sample.name.contains("memory")
        || sample.labels.get("unit").is_some_and(|unit| unit == "byte");
    let (mut value, mut unit) = (value, 0);
    while is_bytes && value.abs() >= 1_024.0 && unit + 1 < UNITS.len() {
        value /= 1_024.0;
        unit += 1;
    }
    let rounded = (value * 1e4).round() / 1e4;
    format!("{rounded}{}", UNITS[unit])
}

#[cfg(test)]
#[path = "bounds_tests.rs"]
mod tests;
