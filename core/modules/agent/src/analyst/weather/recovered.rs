//! Pods that ended once and have been well for days since, and those of jobs whose next try did it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use faultmaven_proto::evidence::v1::{
    AssessCaseResponse, FileCitation, Finding, ListedPod, Severity,
};

use super::{QUIET_MIN, times};
use crate::convert::moment;

/// How long a pod has to be well until what ended it before is history; one that ended a few times only
/// has to be so for a shorter time.
const WELL_FOR: TimeDelta = TimeDelta::hours(24);
const WELL_FOR_AFTER_FEW: TimeDelta = TimeDelta::hours(6);
const FEW: i64 = 3;
/// A log that ends so long before the newest data is that of a part that runs no more.
const ENDED_FOR: TimeDelta = TimeDelta::hours(1);
/// States of pods that did what they were for.
const DONE: [&str; 2] = ["Completed", "Succeeded"];

/// Longest description of a pod, in lines; what follows is another object.
const POD_LINES: i64 = 600;

/// Where exports tell of which pod, and which of them are well again.
#[derive(Debug, Clone, Default)]
pub(super) struct Recovered {
    /// By file: the lines at which pods begin.
    begins: BTreeMap<String, BTreeSet<i64>>,
    /// File and first line of those that are well again, and of those that are not.
    well: BTreeSet<(String, i64)>,
    others: BTreeSet<(String, i64)>,
    /// Those that ended a few times only and are ready again, and the rest.
    back: BTreeSet<(String, i64)>,
    away: BTreeSet<(String, i64)>,
    /// Those of a job of which a later one ended well, and all others.
    tried_again: BTreeSet<(String, i64)>,
    tried_once: BTreeSet<(String, i64)>,
    /// Names of the former.
    failed_tries: BTreeSet<String>,
    /// Names of pods that are ready; none unless all that are to run are.
    ready: BTreeSet<String>,
    /// Logs of pods whose work a later one did.
    tries: BTreeSet<String>,
    /// Logs of pods that are gone, while others of their workload are ready.
    gone: BTreeSet<String>,
    newest: Option<DateTime<Utc>>,
}

impl Recovered {
    pub(super) fn of(assessment: &AssessCaseResponse) -> Self {
        let read = assessment.files.iter().filter_map(times);
        let ends = assessment.pods.iter().filter_map(ended);
        let newest = read.map(|(_, last)| last).chain(ends).max();
        let ready = ready_names(&assessment.pods);
        let mut recovered = Self {
            gone: logs_of_gone(assessment, &ready, newest),
            ready,
            newest,
            ..Self::default()
        };
        for pod in &assessment.pods {
            let Some(cited) = &pod.citation else {
                continue;
            };
            let begins = recovered.begins.entry(cited.file_id.clone()).or_default();
            begins.insert(cited.line_start);
            let long = if pod.restarts <= FEW {
                WELL_FOR_AFTER_FEW
            } else {
                WELL_FOR
            };
            let is_well = ended(pod)
                .zip(newest)
                .is_some_and(|(ended, newest)| pod.ready && newest - ended >= long);
            let is_back = pod.ready && pod.restarts <= FEW;
            let place = (cited.file_id.clone(), cited.line_start);
            match is_back {
                true => recovered.back.insert(place.clone()),
                false => recovered.away.insert(place.clone()),
            };
            match is_tried_again(pod, &assessment.pods) {
                true => {
                    recovered.failed_tries.insert(pod.name.clone());
                    recovered.tried_again.insert(place.clone())
                }
                false => recovered.tried_once.insert(place.clone()),
            };
            match is_well {
                true => recovered.well.insert(place),
                false => recovered.others.insert(place),
            };
        }
        let is_of_a_try = |name: &str| {
            let mut tries = recovered.failed_tries.iter();
            tries.any(|it| names_pod(name, it))
        };
        let files = assessment.files.iter();
        let tries = files.filter(|it| is_of_a_try(&it.filename));
        recovered.tries = tries.map(|it| it.file_id.clone()).collect();
        recovered
    }

    /// Returns whether a finding is about what a pod came back from, or was replaced after.
    pub(super) fn has_finding(&self, finding: &Finding) -> bool {
        const ENDS: [&str; 3] = ["error_signature", "restart_loop", "pod_state"];
        let all = |is: &dyn Fn(&FileCitation) -> bool| finding.citations.iter().all(is);
        let is_history = || finding.first_seen.is_none() && all(&|it| self.has_place(it));
        let is_of_a_try = || {
            all(&|it| self.stands_within(it, &self.tried_again))
                && !all(&|it| self.stands_within(it, &self.tried_once))
        };
        ENDS.contains(&finding.kind.as_str())
            && !finding.citations.is_empty()
            && (is_history() || is_of_a_try())
            || finding.kind == "alert" && self.is_about_a_try(finding)
            || self.tries.contains(&finding.file_id) && finding.severity() != Severity::Critical
            || self.is_of_a_node_that_left(finding)
            || self.is_ready_since(finding)
            || self.gone.contains(&finding.file_id) && finding.severity() != Severity::Critical
    }

    /// Returns whether an alert names a pod whose work a later one did.
    fn is_about_a_try(&self, alert: &Finding) -> bool {
        let mut names = self.failed_tries.iter();
        names.any(|name| names_pod(&alert.statement, name))
    }

    /// Returns whether nodes were told to be away some time ago, and all pods are ready without them.
    fn is_of_a_node_that_left(&self, finding: &Finding) -> bool {
        let mut quotes = finding.citations.iter().map(|it| &it.quote);
        let is_event = quotes.all(|it| it.contains("NodeNotReady"));
        let last = moment(finding.last_seen.as_ref()).zip(self.newest);
        let is_long = last.is_some_and(|(last, newest)| newest - last >= QUIET_MIN);
        is_long
            && is_event
            && finding.catalogue_id == "kubernetes.node_not_ready"
            && !self.ready.is_empty()
    }

    /// Returns whether what kept a pod from being ready was told last some time ago, and it is ready.
    fn is_ready_since(&self, finding: &Finding) -> bool {
        let last = moment(finding.last_seen.as_ref()).zip(self.newest);
        let is_long = last.is_none_or(|(last, newest)| newest - last >= QUIET_MIN);
        is_long
            && is_on_the_way_up(&finding.catalogue_id)
            && self.ready.contains(&finding.component)
    }

    /// Returns whether a place is within what an export tells of such a pod.
    pub(super) fn has_place(&self, cited: &FileCitation) -> bool {
        // Of several pods on one line, nobody knows which is meant.
        self.stands_within(cited, &self.well) && !self.stands_within(cited, &self.others)
    }

    /// Returns whether a place is within what an export tells of a pod that ended a few times and is ready.
    pub(super) fn is_back(&self, cited: &FileCitation) -> bool {
        self.stands_within(cited, &self.back) && !self.stands_within(cited, &self.away)
    }

    /// Returns whether a place is within what an export tells of one of some pods.
    fn stands_within(&self, cited: &FileCitation, pods: &BTreeSet<(String, i64)>) -> bool {
        let begins = self.begins.get(&cited.file_id);
        let begin = begins.and_then(|it| it.range(..=cited.line_start).next_back());
        begin.is_some_and(|line| {
            let is_within = cited.line_start - line <= POD_LINES;
            is_within && pods.contains(&(cited.file_id.clone(), *line))
        })
    }
}

/// Returns whether a text holds the name of a pod, and not that of another that begins alike.
fn names_pod(text: &str, name: &str) -> bool {
    let mut places = text.match_indices(name);
    places.any(|(at, _)| {
        let behind = text[at + name.len()..].bytes().next();
        !behind.is_some_and(|it| it.is_ascii_alphanumeric() || it == b'-')
    })
}

/// Returns whether an entry tells of what keeps a pod from being ready, and no longer does once it is.
fn is_on_the_way_up(catalogue_id: &str) -> bool {
    const STEPS: [&str; 5] = [
        "kubernetes.unschedulable",
        "kubernetes.image_pull",
        "kubernetes.pvc_pending",
        "kubernetes.volume_mount",
        "kubernetes.network_plugin",
    ];
    STEPS.contains(&catalogue_id)
}

/// Names of the pods that are ready; none unless all that are to run are.
fn ready_names(pods: &[ListedPod]) -> BTreeSet<String> {
    let to_run = pods.iter().filter(|it| !DONE.contains(&it.state.as_str()));
    let names = to_run.map(|it| it.ready.then(|| it.name.clone()));
    names.collect::<Option<_>>().unwrap_or_default()
}

/// Files that are named after a pod of a listed workload, which itself is not listed any more, while all
/// pods that are to run are ready; nothing is said in them for long.
fn logs_of_gone(
    assessment: &AssessCaseResponse,
    ready: &BTreeSet<String>,
    newest: Option<DateTime<Utc>>,
) -> BTreeSet<String> {
    let pods = &assessment.pods;
    let is_of_a_pod = |name: &str| pods.iter().any(|it| name.contains(&it.name));
    let is_of_its_workload = |name: &str| {
        let mut ready = pods.iter().filter(|it| ready.contains(&it.name));
        ready.any(|it| !it.workload.is_empty() && is_named_like_a_pod(name, &it.workload))
    };
    let files = assessment.files.iter().filter(|file| {
        let ended = times(file).zip(newest);
        let ended = ended.is_some_and(|((_, last), newest)| newest - last >= ENDED_FOR);
        ended && !is_of_a_pod(&file.filename) && is_of_its_workload(&file.filename)
    });
    files.map(|file| file.file_id.clone()).collect()
}

/// Returns whether a file has the name of a pod of a deployment: `web-7d9f8c6b5-x2x4z.log`.
fn is_named_like_a_pod(filename: &str, workload: &str) -> bool {
    const END: usize = 5;
    let behind = filename
        .rsplit('/')
        .next()
        .and_then(|it| it.strip_prefix(workload));
    let mut parts = behind.unwrap_or_default().split(['-', '.', '_']).skip(1);
    let is_code = |part: &str| {
        let mut letters = part.bytes();
        letters.all(|it| it.is_ascii_digit() || it.is_ascii_lowercase())
    };
    let template = parts.next().is_some_and(|it| it.len() > END && is_code(it));
    template
        && parts
            .next()
            .is_some_and(|it| it.len() == END && is_code(it))
}

/// Returns whether another pod of the same workload was run to its good end later.
fn is_tried_again(pod: &ListedPod, pods: &[ListedPod]) -> bool {
    let mut later = pods.iter().filter(|it| {
        let both = ended(pod).zip(ended(it));
        it.workload == pod.workload && both.is_some_and(|(failed, done)| failed < done)
    });
    let is_done = |it: &ListedPod| DONE.contains(&it.state.as_str());
    !pod.workload.is_empty() && !is_done(pod) && later.any(is_done)
}

/// When a container of a pod ended last.
fn ended(pod: &ListedPod) -> Option<DateTime<Utc>> {
    moment(pod.end_time.as_ref())
}

#[cfg(test)]
#[path = "recovered_tests.rs"]
mod tests;
