//! Pods that ended once and have been well for days since, and those of jobs whose next try did it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use faultmaven_proto::evidence::v1::{AssessCaseResponse, FileCitation, Finding, ListedPod};

use super::times;
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
    /// Those of a job of which a later one ended well.
    tried_again: BTreeSet<(String, i64)>,
    others: BTreeSet<(String, i64)>,
    /// Names of pods that are ready.
    ready: BTreeSet<String>,
    /// Whether pods are listed, and all that are to run are ready.
    all_ready: bool,
    /// Files that end long before the newest one and are named like no listed pod.
    ended: BTreeSet<String>,
}

impl Recovered {
    pub(super) fn of(assessment: &AssessCaseResponse) -> Self {
        let read = assessment.files.iter().filter_map(times);
        let ends = assessment.pods.iter().filter_map(ended);
        let newest = read.map(|(_, last)| last).chain(ends).max();
        let mut recovered = Self {
            ready: ready_names(&assessment.pods),
            all_ready: are_all_ready(&assessment.pods),
            ended: newest.map_or_else(BTreeSet::new, |newest| ended_files(assessment, newest)),
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
            let place = (cited.file_id.clone(), cited.line_start);
            if is_tried_again(pod, &assessment.pods) {
                recovered.tried_again.insert(place.clone());
            }
            match is_well {
                true => recovered.well.insert(place),
                false => recovered.others.insert(place),
            };
        }
        recovered
    }

    /// Returns whether a finding without a time is about the end of such a pod.
    pub(super) fn has_finding(&self, finding: &Finding) -> bool {
        const ENDS: [&str; 3] = ["error_signature", "restart_loop", "pod_state"];
        let all = |is: &dyn Fn(&FileCitation) -> bool| finding.citations.iter().all(is);
        let is_history = finding.first_seen.is_none() && all(&|it| self.has_place(it));
        let is_of_a_try = || all(&|it| self.stands_within(it, &self.tried_again));
        ENDS.contains(&finding.kind.as_str())
            && !finding.citations.is_empty()
            && (is_history || is_of_a_try())
            || self.ready.contains(&finding.component) && is_on_the_way_up(&finding.catalogue_id)
            || self.all_ready && self.ended.contains(&finding.file_id)
    }

    /// Returns whether a place is within what an export tells of such a pod.
    pub(super) fn has_place(&self, cited: &FileCitation) -> bool {
        // Of several pods on one line, nobody knows which is meant.
        self.stands_within(cited, &self.well) && !self.stands_within(cited, &self.others)
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

/// Returns whether an entry tells of what keeps a pod from being ready, and no longer does once it is.
fn is_on_the_way_up(catalogue_id: &str) -> bool {
    const STEPS: [&str; 6] = [
        "kubernetes.unschedulable",
        "kubernetes.probe_failed",
        "kubernetes.image_pull",
        "kubernetes.pvc_pending",
        "kubernetes.volume_mount",
        "kubernetes.network_plugin",
    ];
    STEPS.contains(&catalogue_id)
}

fn ready_names(pods: &[ListedPod]) -> BTreeSet<String> {
    let ready = pods.iter().filter(|it| it.ready);
    ready.map(|it| it.name.clone()).collect()
}

fn are_all_ready(pods: &[ListedPod]) -> bool {
    let mut to_run = pods.iter().filter(|it| !DONE.contains(&it.state.as_str()));
    !pods.is_empty() && to_run.all(|it| it.ready)
}

/// Files of parts that run no more: nothing is said in them for long, and no listed pod has their name.
fn ended_files(assessment: &AssessCaseResponse, newest: DateTime<Utc>) -> BTreeSet<String> {
    let is_of_a_pod = |name: &str| assessment.pods.iter().any(|it| name.contains(&it.name));
    let files = assessment.files.iter().filter(|file| {
        let ends = times(file).is_some_and(|(_, last)| newest - last >= ENDED_FOR);
        ends && file.filename.ends_with(".log") && !is_of_a_pod(&file.filename)
    });
    files.map(|file| file.file_id.clone()).collect()
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
mod tests {
    use super::*;
    use crate::convert::stamp;

    fn pod(line: i64, ready: bool, end_time: &str) -> ListedPod {
        ListedPod {
            ready,
            end_time: stamp(Some(end_time.parse().unwrap())),
            citation: Some(at(line)),
            ..Default::default()
        }
    }

    fn at(line: i64) -> FileCitation {
        FileCitation {
            file_id: "file_1".to_owned(),
            line_start: line,
            ..Default::default()
        }
    }

    #[test]
    fn what_ended_days_ago_and_is_well_is_history() {
        let assessment = AssessCaseResponse {
            pods: vec![
                pod(10, true, "2026-11-01T10:00:00Z"),
                pod(100, true, "2026-11-03T09:00:00Z"),
                pod(200, false, "2026-11-01T10:00:00Z"),
            ],
            ..Default::default()
        };
        let recovered = Recovered::of(&assessment);
        assert!(recovered.has_place(&at(60)));
        assert!(!recovered.has_place(&at(160)), "it ended within hours");
        assert!(!recovered.has_place(&at(260)), "it is not ready");
        assert!(!recovered.has_place(&at(5)), "no pod");
        let mut often = pod(10, true, "2026-11-02T12:00:00Z");
        often.restarts = FEW + 1;
        let newer = pod(900, true, "2026-11-03T09:00:00Z");
        let recovered = Recovered::of(&AssessCaseResponse {
            pods: vec![often, newer],
            ..Default::default()
        });
        assert!(
            !recovered.has_place(&at(60)),
            "it ended often, and within the day"
        );
        let job = |line, state: &str, end_time| ListedPod {
            workload: "reindex".to_owned(),
            state: state.to_owned(),
            ..pod(line, false, end_time)
        };
        let recovered = Recovered::of(&AssessCaseResponse {
            pods: vec![
                job(1, "Error", "2026-11-01T10:00:00Z"),
                job(100, "Completed", "2026-11-01T10:20:00Z"),
                job(200, "Error", "2026-11-01T10:30:00Z"),
            ],
            ..Default::default()
        });
        let failed = |line| Finding {
            kind: "pod_state".to_owned(),
            citations: vec![at(line)],
            ..Default::default()
        };
        assert!(recovered.has_finding(&failed(20)), "the next try did it");
        assert!(!recovered.has_finding(&failed(220)), "none came after it");
        let beside = vec![
            pod(1, true, "2026-11-01T10:00:00Z"),
            pod(1, false, "2026-11-03T10:00:00Z"),
        ];
        let recovered = Recovered::of(&AssessCaseResponse {
            pods: beside,
            ..Default::default()
        });
        assert!(!recovered.has_place(&at(1)), "two pods on one line");
    }
}
