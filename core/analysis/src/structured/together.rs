//! What several series tell together: an autoscaler at its maximum, and whoever came and takes most.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::series;
use crate::analysis::{CommandFact, CommandOutcome, CommandRun, Sample};
use crate::pod_name::bare;

/// Values in a row that make a state.
const LASTING: usize = 3;
/// How long after the others a series begins that came later.
const LATE: TimeDelta = TimeDelta::minutes(3);
/// How many times as much as any other a newcomer takes.
const MORE: f64 = 1.5;
const TOLD_MAX: usize = 10;
/// Metrics of how many replicas an autoscaler runs, with those of how many it may run.
const REPLICAS: [(&str, &str); 2] = [
    (
        "kube_horizontalpodautoscaler_status_current_replicas",
        "kube_horizontalpodautoscaler_spec_max_replicas",
    ),
    (
        "kube_hpa_status_current_replicas",
        "kube_hpa_spec_max_replicas",
    ),
];

/// Returns what the series of a file tell together.
pub(crate) fn runs(samples: &[Sample]) -> Vec<CommandRun> {
    let groups = series::group(samples);
    let mut told = at_maximum(&groups);
    told.extend(newcomers(&groups));
    told.truncate(TOLD_MAX);
    told
}

/// Autoscalers that come to their maximum and stay there.
fn at_maximum(groups: &[Vec<&Sample>]) -> Vec<CommandRun> {
    let pairs = REPLICAS.iter().flat_map(|(current, most)| {
        let of = |name: &'static str| groups.iter().filter(move |it| it[0].name == name);
        of(current).filter_map(move |current| {
            let most = of(most).find(|it| it[0].labels == current[0].labels)?;
            reached(current, most)
        })
    });
    pairs.collect()
}

fn reached(current: &[&Sample], most: &[&Sample]) -> Option<CommandRun> {
    let limits: BTreeMap<Option<DateTime<Utc>>, f64> =
        most.iter().map(|it| (it.observed_at, it.value)).collect();
    let is_full = |sample: &&Sample| {
        let limit = limits.get(&sample.observed_at);
        limit.is_some_and(|limit| *limit > 1.0 && sample.value >= *limit)
    };
    let free = current.iter().position(|it| !is_full(it))?;
    let from = (free..current.len()).find(|&at| {
        let next = current[at..].iter().take(LASTING);
        next.filter(|it| is_full(it)).count() == LASTING
    })?;
    let first = current[from];
    let names = ["horizontalpodautoscaler", "hpa"];
    let name = names.iter().find_map(|key| first.labels.get(*key))?;
    let object = format!("horizontalpodautoscaler/{name}");
    let value = first.value.to_string();
    Some(run("replicas_reach_maximum", object, value, first))
}

/// Series that begin while others of their name go on, and are larger than any of those.
fn newcomers(groups: &[Vec<&Sample>]) -> Vec<CommandRun> {
    let mut beside: BTreeMap<(&str, Option<&String>), Vec<&[&Sample]>> = BTreeMap::new();
    let is_of_pod = |it: &&Vec<&Sample>| it[0].labels.contains_key("pod");
    let taken = groups.iter().filter(|it| takes(&it[0].name));
    for series in taken.filter(is_of_pod) {
        let place = (series[0].name.as_str(), series[0].labels.get("node"));
        beside.entry(place).or_default().push(series);
    }
    let told = beside.iter();
    told.filter_map(|((_, node), siblings)| newcomer(siblings, *node))
        .collect()
}

/// Returns whether a metric of this name tells how much each takes of what all share.
fn takes(name: &str) -> bool {
    const TAKEN: [&str; 4] = ["cpu", "disk_io", "network", "iops"];
    const OTHER: [&str; 10] = [
        "limit", "request", "quota", "throttl", "ratio", "percent", "avail", "free", "max",
        "capacity",
    ];
    let name = name.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    has(&TAKEN) && !has(&OTHER) && !name.ends_with("_total")
}

fn newcomer(siblings: &[&[&Sample]], node: Option<&String>) -> Option<CommandRun> {
    let begins = |it: &&&[&Sample]| it[0].observed_at;
    let first = siblings.iter().filter_map(|it| begins(&it)).min()?;
    let (late, known): (Vec<&[&Sample]>, Vec<&[&Sample]>) = siblings
        .iter()
        .partition(|it| it[0].observed_at.is_some_and(|at| at - first > LATE));
    let owners: BTreeSet<&str> = known.iter().filter_map(|it| owner(it[0])).collect();
    let usual =
        |it: &[&Sample]| series::median(&it.iter().map(|it| it.value).collect::<Vec<f64>>());
    let most = known.iter().map(|it| usual(it)).fold(0.0, f64::max);
    // A pod that takes the place of another one of its workload did not come in addition.
    let fresh = late
        .into_iter()
        .filter(|it| owner(it[0]).is_some_and(|owner| !owners.contains(owner)));
    let fresh = fresh.max_by(|one, other| usual(one).total_cmp(&usual(other)))?;
    let level = usual(fresh);
    if owners.len() < 2 || most <= 0.0 || level < MORE * most {
        return None;
    }
    let sample = fresh[0];
    let place = node.map_or_else(String::new, |node| format!(" on {node}"));
    let value = format!(
        "began{place} at {} UTC and takes {level:.3} of {}, more than anything beside it (at most {most:.3})",
        sample.observed_at?.format("%Y-%m-%d %H:%M:%S"),
        sample.name
    );
    let object = sample.labels.get("pod")?;
    Some(run("newcomer_takes_most", object.clone(), value, sample))
}

/// Whose pod it is of, however the cluster called it.
fn owner(sample: &Sample) -> Option<&str> {
    sample.labels.get("pod").map(|pod| bare(pod))
}

fn run(key: &str, object: String, value: String, sample: &Sample) -> CommandRun {
    let fact = CommandFact {
        object,
        key: key.to_owned(),
        value,
        number: Some(sample.value),
        citation: sample.citation.clone(),
    };
    CommandRun {
        command: None,
        tool: "metrics".to_owned(),
        observed_at: sample.observed_at,
        until: None,
        outcome: CommandOutcome::Unknown,
        citation: fact.citation.clone(),
        facts: vec![fact],
    }
}

#[cfg(test)]
#[path = "together_tests.rs"]
mod tests;
