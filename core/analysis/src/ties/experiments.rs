//! Experiments that make trouble on purpose, and whom they hit.

use std::collections::BTreeMap;

use super::{Cause, Known, Tie};
use crate::clues::Experiment;
use crate::finding::Severity;
use crate::pod_name;

const TARGETS_MAX: usize = 3;

/// Returns the experiments that run, each with what it does and to whom.
pub(super) fn ties(known: &Known<'_>) -> Vec<Tie> {
    let mut all: BTreeMap<&str, Vec<(usize, &Experiment)>> = BTreeMap::new();
    for (file, experiment) in known.each(|it| &it.clues.experiments) {
        let told = all.entry(experiment.object.as_str()).or_default();
        told.push((file, experiment));
    }
    let all = all.into_iter();
    all.filter_map(|(object, told)| experiment(object, &told))
        .collect()
}

fn experiment(object: &str, told: &[(usize, &Experiment)]) -> Option<Tie> {
    // The notice that it was applied has the time; the object says what it does.
    let applied = |it: &&(usize, &Experiment)| it.1.deed.is_empty() && it.1.since.is_some();
    let notice = told.iter().find(applied);
    let described = told.iter().find(|(_, it)| !it.deed.is_empty());
    let (file, first) = *notice.or(described)?;
    let mut targets: Vec<&str> = Vec::new();
    for target in told.iter().flat_map(|(_, it)| &it.targets) {
        let name = pod_name::workload(target).unwrap_or(target);
        if !targets.contains(&name) && targets.len() < TARGETS_MAX {
            targets.push(name);
        }
    }
    let deed = described.map_or_else(String::new, |(_, it)| format!(" ({})", it.deed));
    let statement = format!(
        "the chaos experiment {object}{deed} is applied to {}",
        targets.join(", ")
    );
    let cause = Cause {
        id: Some("kubernetes.chaos_experiment"),
        severity: Severity::Error,
        statement,
        component: targets.first().copied().unwrap_or(object).to_owned(),
        file,
        place: &first.place,
        heard: Vec::new(),
    };
    let mut tie = cause.tie();
    let since = told.iter().filter_map(|(_, it)| it.since).max();
    tie.finding.first_seen = first.since.or(since);
    tie.finding.last_seen = told.iter().filter_map(|(_, it)| it.until).max();
    let other = described.filter(|(at, _)| *at != file);
    tie.elsewhere = other
        .map(|(at, it)| (*at, it.place.clone()))
        .into_iter()
        .collect();
    (!targets.is_empty()).then_some(tie)
}
