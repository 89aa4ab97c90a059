use faultmaven_proto::evidence::v1::{Coverage, UploadedFile};

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

#[test]
fn a_job_whose_next_try_did_it_has_recovered() {
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
    let on_one_line = Recovered::of(&AssessCaseResponse {
        pods: vec![
            job(1, "Error", "2026-11-01T10:00:00Z"),
            job(1, "Completed", "2026-11-01T10:20:00Z"),
        ],
        ..Default::default()
    });
    assert!(!on_one_line.has_finding(&failed(1)));
}

#[test]
fn what_keeps_a_pod_from_being_ready_is_over_once_it_is() {
    let named = |name: &str, ready| ListedPod {
        name: name.to_owned(),
        ..pod(1, ready, "2026-11-01T10:00:00Z")
    };
    let of = |second: bool| {
        Recovered::of(&AssessCaseResponse {
            pods: vec![named("web-1", true), named("web-2", second)],
            ..Default::default()
        })
    };
    let about = |id: &str, last: &str| Finding {
        catalogue_id: id.to_owned(),
        component: "web-1".to_owned(),
        last_seen: stamp(Some(last.parse().unwrap())),
        ..Default::default()
    };
    let early = about("kubernetes.unschedulable", "2026-11-01T09:00:00Z");
    assert!(of(true).has_finding(&early));
    assert!(!of(false).has_finding(&early), "another is not ready");
    let late = about("kubernetes.unschedulable", "2026-11-01T09:59:00Z");
    assert!(!of(true).has_finding(&late));
    let killed = about("kubernetes.oom_killed", "2026-11-01T09:00:00Z");
    assert!(!of(true).has_finding(&killed));
}

#[test]
fn the_log_of_a_pod_that_is_gone_tells_of_what_was() {
    let file = |name: &str, last: &str| UploadedFile {
        file_id: name.to_owned(),
        filename: name.to_owned(),
        coverage: Some(Coverage {
            first_time: stamp(Some("2026-11-01T08:00:00Z".parse().unwrap())),
            last_time: stamp(Some(last.parse().unwrap())),
            ..Default::default()
        }),
        ..Default::default()
    };
    let names = [
        "web-7d9f8c6b5-x2x4z.log",
        "web-7d9f8c6b5-aaaaa.log",
        "web.log",
        "postgresql.log",
    ];
    let judged = |ready: bool, severity: Severity| {
        let web = ListedPod {
            name: "web-7d9f8c6b5-aaaaa".to_owned(),
            workload: "web".to_owned(),
            ready,
            ..Default::default()
        };
        let mut files: Vec<UploadedFile> = names
            .iter()
            .map(|it| file(it, "2026-11-01T09:00:00Z"))
            .collect();
        files.push(file("proxy.log", "2026-11-01T12:00:00Z"));
        let recovered = Recovered::of(&AssessCaseResponse {
            pods: vec![web],
            files,
            ..Default::default()
        });
        names.map(|name| {
            recovered.has_finding(&Finding {
                file_id: name.to_owned(),
                severity: severity.into(),
                ..Default::default()
            })
        })
    };
    assert_eq!(judged(true, Severity::Error), [true, false, false, false]);
    assert_eq!(judged(true, Severity::Critical), [false; 4]);
    assert_eq!(judged(false, Severity::Error), [false; 4]);
}
