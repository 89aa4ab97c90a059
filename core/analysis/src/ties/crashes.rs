//! Containers that end again and again, beside the last errors of their logs.

use std::collections::BTreeMap;

use super::{Known, Tie, shorten};
use crate::analysis::ListedPod;
use crate::clues::Complaint;
use crate::finding::{FindingKind, Severity};
use crate::findings::finding;
use crate::fingerprint;
use crate::pod_name;

/// States of a container that does not stay up.
const CRASHES: [&str; 3] = ["CrashLoopBackOff", "Error", "OOMKilled"];
/// Behind causes that several files show, before what one of them tells.
const SCORE: f64 = 0.9;
const WORDS_MAX: usize = 160;

/// Returns a pod of each workload that crashes, with what its log ends with.
pub(super) fn ties(known: &Known<'_>) -> Vec<Tie> {
    let mut crashed: BTreeMap<(&str, &str), Vec<(usize, &ListedPod)>> = BTreeMap::new();
    for (file, pod) in known.each(|it| &it.inventory.pods) {
        let state = pod.state.as_deref().unwrap_or_default();
        if !pod.ready && pod.restarts > 0 && CRASHES.contains(&state) {
            let owner = (pod.namespace.as_str(), pod.workload.as_str());
            crashed.entry(owner).or_default().push((file, pod));
        }
    }
    let workloads = crashed.into_values();
    workloads
        .filter_map(|pods| {
            // The log of the very pod tells more than that of another one of its workload.
            let own = |exact| {
                let mut pods = pods.iter();
                pods.find_map(|(file, pod)| Some((*file, *pod, log_of(known, pod, exact)?)))
            };
            let (file, pod, log) = own(true).or_else(|| own(false))?;
            tie(known, file, pod, log)
        })
        .collect()
}

/// Returns the file with the log of a pod, or of its workload.
fn log_of(known: &Known<'_>, pod: &ListedPod, exact: bool) -> Option<usize> {
    known.offers.iter().position(|offer| {
        let base = offer.name.rsplit('/').next().unwrap_or(offer.name);
        let stem = base.split('.').next().unwrap_or(base);
        let stem = stem.trim_end_matches("-previous");
        let names = |it: &Complaint| {
            let component = it.component.as_deref().unwrap_or_default();
            component == pod.name || component == pod.workload
        };
        let words = &offer.clues.last_words;
        let is_own = match exact {
            true => is_named(&base.replace("-previous", "."), &pod.name),
            false => pod_name::bare(stem) == pod.workload || words.iter().any(names),
        };
        is_own && !words.is_empty()
    })
}

/// Returns whether the name of a file has that of a pod in it, not as a part of a longer one.
fn is_named(file: &str, pod: &str) -> bool {
    let ends = |it: Option<char>| it.is_none_or(|it| !it.is_alphanumeric() && it != '-');
    !pod.is_empty()
        && file.match_indices(pod).any(|(at, _)| {
            let (before, after) = (&file[..at], &file[at + pod.len()..]);
            ends(before.chars().next_back()) && ends(after.chars().next())
        })
}

fn tie(known: &Known<'_>, file: usize, pod: &ListedPod, log: usize) -> Option<Tie> {
    let words = &known.offers[log].clues.last_words;
    let last = words.last()?;
    let state = pod.state.as_deref().unwrap_or_default();
    let cause = format!(
        "pod {} is {state} after {} restarts",
        pod.name, pod.restarts
    );
    let text: Vec<&str> = last.text.split_whitespace().collect();
    let statement = format!(
        "{cause}; its log ends with \"{}\"",
        shorten(&text.join(" "), WORDS_MAX)
    );
    let place = vec![pod.place.clone()?];
    let mut found = finding(FindingKind::PodState, Severity::Error, &statement, place);
    found.signature = fingerprint::command("kubectl", "last_words", &pod.workload);
    found.component = Some(pod.name.clone());
    found.count = pod.restarts.max(1);
    (found.first_seen, found.last_seen) = (last.first_seen, last.last_seen);
    found.score = SCORE;
    let cited = words.iter().map(|it| (log, it.citation.clone()));
    pod.place.as_ref()?;
    Some(Tie {
        file,
        finding: found,
        cause,
        elsewhere: cited.collect(),
    })
}

#[cfg(test)]
mod tests {
    use crate::ties::tests::told;

    const POD: &str = r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web-7d9f8c5b4-x2x4z","namespace":"shop",
        "ownerReferences":[{"kind":"ReplicaSet","name":"web-7d9f8c5b4"}]},
        "status":{"phase":"Running","conditions":[{"type":"Ready","status":"False"}],
        "containerStatuses":[{"name":"web","ready":false,"restartCount":7,
        "state":{"waiting":{"reason":"CrashLoopBackOff"}},
        "lastState":{"terminated":{"reason":"Error","exitCode":1,"finishedAt":"2026-10-12T09:30:09Z"}}}]}}"#;

    fn log() -> String {
        let lines: String = (0..8)
            .map(|at| format!("2026-10-12T09:30:0{at}Z INFO starting, step {at}\n"))
            .collect();
        format!(
            "{lines}2026-10-12T09:30:09Z ERROR cannot read /etc/web/rules.yaml: line 3 is no mapping\n"
        )
    }

    fn pods(state: &str) -> String {
        let pod = POD.replace("CrashLoopBackOff", state);
        format!("{{\"kind\":\"List\",\"apiVersion\":\"v1\",\"items\":[{pod}]}}\n")
    }

    #[test]
    fn the_log_of_a_pod_is_not_that_of_one_with_a_longer_name() {
        for (file, pod, named) in [
            ("web-1.log", "web-1", true),
            ("shop_web-1_app.log", "web-1", true),
            ("web-10.log", "web-1", false),
            ("my-web-1.log", "web-1", false),
            ("web-1.log", "", false),
        ] {
            assert_eq!(super::is_named(file, pod), named, "{file}");
        }
    }

    #[test]
    fn a_crash_loop_is_told_with_the_end_of_its_log() {
        for name in [
            "web-7d9f8c5b4-x2x4z.log",
            "logs/web.log",
            "web-previous.log",
        ] {
            let found = told(&[("pods.json", &pods("CrashLoopBackOff")), (name, &log())]);
            assert_eq!(
                found,
                [
                    "error web-7d9f8c5b4-x2x4z: pod web-7d9f8c5b4-x2x4z is CrashLoopBackOff after 7 restarts; its log ends with \"cannot read /etc/web/rules.yaml: line 3 is no mapping\""
                ],
                "{name}"
            );
        }
    }

    #[test]
    fn logs_of_others_and_errors_long_before_the_end_are_not_its_last_words() {
        let pods = pods("CrashLoopBackOff");
        assert!(told(&[("pods.json", &pods), ("cart.log", &log())]).is_empty());
        let more: String = (0..60)
            .map(|at| format!("2026-10-12T09:31:{at:02}Z INFO served {at}\n"))
            .collect();
        assert!(told(&[("pods.json", &pods), ("web.log", &(log() + &more))]).is_empty());
    }
}
