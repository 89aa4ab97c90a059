use super::*;
use crate::{Options, analyze};

fn told(text: &str) -> Vec<String> {
    let analysis = analyze(text.as_bytes(), Options::default());
    let facts = analysis.commands.iter().flat_map(|run| &run.facts);
    facts
        .map(|it| format!("{} {} {}", it.object, it.key, it.value))
        .collect()
}

#[test]
fn pods_that_wait_or_failed_are_told() {
    let waiting = r#"{"kind":"List","items":[{"kind":"Pod","metadata":{"name":"a"},"status":{"phase":"Running",
        "containerStatuses":[{"name":"a","ready":false,"restartCount":7,"state":{"waiting":{"reason":"CrashLoopBackOff"}},
        "lastState":{"terminated":{"reason":"OOMKilled","exitCode":137}}}]}}]}"#;
    assert_eq!(
        told(waiting),
        [
            "a status CrashLoopBackOff",
            "a exit_code 137",
            "a exit_reason OOMKilled",
            "a restarts 7"
        ]
    );
    let well = r#"{"kind":"Pod","metadata":{"name":"a"},"status":{"phase":"Running",
        "conditions":[{"type":"Ready","status":"True"}],
        "containerStatuses":[{"name":"a","ready":true,"restartCount":0,"state":{"running":{}}}]}}"#;
    assert_eq!(told(well), [""; 0]);
    let done = r#"{"kind":"Pod","metadata":{"name":"a"},"status":{"phase":"Succeeded",
        "conditions":[{"type":"Ready","status":"False","reason":"PodCompleted"}],
        "containerStatuses":[{"name":"a","ready":false,"state":{"terminated":{"reason":"Completed","exitCode":0}}}]}}"#;
    assert_eq!(told(done), [""; 0]);
}

#[test]
fn a_selector_that_fits_no_pod_is_told() {
    let export = |label: &str, port: u16| {
        format!(
            r#"{{"kind":"List","items":[
            {{"kind":"Pod","metadata":{{"name":"a","namespace":"n","labels":{{"app":"shop"}}}},
              "spec":{{"containers":[{{"ports":[{{"containerPort":8080,"name":"http"}}]}}]}},
              "status":{{"phase":"Running"}}}},
            {{"kind":"Service","metadata":{{"name":"shop","namespace":"n"}},
              "spec":{{"selector":{{"app":"{label}"}},"ports":[{{"port":80,"targetPort":{port}}}]}}}}]}}"#
        )
    };
    assert_eq!(told(&export("shop", 8080)), [""; 0]);
    assert_eq!(
        told(&export("store", 8080)),
        ["service/shop selector_without_pods app=store"]
    );
    assert_eq!(
        told(&export("shop", 9090)),
        ["service/shop target_port_unserved 9090"]
    );
}

#[test]
fn limits_that_are_reached_are_told() {
    let scaler = |current: u8| {
        format!(
            r#"{{"kind":"HorizontalPodAutoscaler","metadata":{{"name":"s"}},"spec":{{"maxReplicas":6}},
            "status":{{"currentReplicas":{current},"conditions":[{{"type":"ScalingLimited","status":"True","reason":"TooManyReplicas"}}]}}}}"#
        )
    };
    assert_eq!(
        told(&scaler(6)),
        ["horizontalpodautoscaler/s replicas_at_maximum 6"]
    );
    assert_eq!(told(&scaler(4)), [""; 0]);
    let quota = |used: &str| {
        format!(
            r#"{{"kind":"ResourceQuota","metadata":{{"name":"q"}},"status":{{"hard":{{"pods":"4"}},"used":{{"pods":"{used}"}}}}}}"#
        )
    };
    assert_eq!(
        told(&quota("4")),
        ["resourcequota/q quota_used_up pods 4 of 4"]
    );
    assert_eq!(told(&quota("3")), [""; 0]);
}

#[test]
fn nodes_are_told_by_their_conditions() {
    let node = |ready: &str, pressure: &str| {
        format!(
            r#"{{"kind":"Node","metadata":{{"name":"n"}},"status":{{"conditions":[
            {{"type":"DiskPressure","status":"{pressure}"}},{{"type":"Ready","status":"{ready}"}}]}}}}"#
        )
    };
    assert_eq!(told(&node("True", "False")), [""; 0]);
    assert_eq!(
        told(&node("Unknown", "True")),
        ["node/n status NotReady", "node/n event DiskPressure"]
    );
}

#[test]
fn a_manifest_is_neither_short_of_replicas_nor_full_of_repeats() {
    let deployment = |name: &str| {
        format!(
            "{{\"kind\":\"Deployment\",\n\"metadata\":{{\"name\":\"{name}\"}},\n\"spec\":{{\"replicas\":3}}}}"
        )
    };
    let (a, b) = (deployment("a"), deployment("b"));
    let list = format!("{{\"kind\":\"List\",\n\"items\":[\n{a},\n{b}]}}");
    assert_eq!(told(&list), [""; 0]);
    let analysis = analyze(list.as_bytes(), Options::default());
    let repeats = analysis
        .findings
        .iter()
        .filter(|it| it.statement.contains("more than once"));
    assert_eq!(repeats.count(), 0, "{:?}", analysis.findings);
}

#[test]
fn a_webhook_that_does_not_answer_is_told_before_the_deadline() {
    let event = r#"{"kind":"List","items":[{"kind":"Event","type":"Warning","reason":"FailedCreate",
        "message":"Error creating: Internal error occurred: failed calling webhook \"v.policy.io\": Post \"https://p.ns.svc:443\": context deadline exceeded",
        "involvedObject":{"kind":"ReplicaSet","name":"a-1"},"count":12,"lastTimestamp":"2026-10-12T09:30:00Z"}]}"#;
    let analysis = analyze(event.as_bytes(), Options::default());
    let ids = analysis
        .findings
        .iter()
        .filter_map(|it| it.signature_id.as_deref());
    assert_eq!(ids.collect::<Vec<_>>(), ["kubernetes.webhook"]);
}

#[test]
fn a_stateful_set_names_the_pod_it_waits_for() {
    let set = |spec: &str, status: &str| {
        format!(
            r#"{{"kind":"StatefulSet","metadata":{{"name":"db"}},"spec":{{"replicas":3{spec}}},"status":{{{status}}}}}"#
        )
    };
    let update = r#""replicas":3,"readyReplicas":2,"updatedReplicas":1,"currentRevision":"db-1","updateRevision":"db-2""#;
    assert_eq!(
        told(&set("", update)),
        [
            "statefulset/db replicas_missing 2 of 3",
            "statefulset/db ordered_behind db-2"
        ]
    );
    let start =
        r#""replicas":2,"readyReplicas":1,"currentRevision":"db-1","updateRevision":"db-1""#;
    assert!(told(&set("", start)).contains(&"statefulset/db ordered_behind db-1".to_owned()));
    let at_once = r#","podManagementPolicy":"Parallel""#;
    assert_eq!(
        told(&set(at_once, start)),
        ["statefulset/db replicas_missing 1 of 3"]
    );
    let well = r#""replicas":3,"readyReplicas":3,"currentRevision":"db-1","updateRevision":"db-1""#;
    assert_eq!(told(&set("", well)), [""; 0]);
}

#[test]
fn a_budget_that_never_allows_an_eviction_is_told() {
    let budget = |wanted: u8| {
        format!(
            r#"{{"kind":"PodDisruptionBudget","metadata":{{"name":"b"}},"status":{{"disruptionsAllowed":{},"desiredHealthy":{wanted},"currentHealthy":3,"expectedPods":3}}}}"#,
            3 - wanted
        )
    };
    assert_eq!(
        told(&budget(3)),
        ["poddisruptionbudget/b disruptions_never 3"]
    );
    assert_eq!(told(&budget(2)), [""; 0]);
}

#[test]
fn events_have_their_time_and_number() {
    let event = |message: &str, count: u8| {
        format!(
            r#"{{"kind":"Event","message":"{message}","count":{count},
            "firstTimestamp":"2026-10-12T09:30:00Z","lastTimestamp":"2026-10-12T09:40:00Z"}}"#
        )
    };
    let read = |text: &str| occurrence(&Node::parse(text).unwrap());
    let text = event("Readiness probe failed: refused", 2);
    let found = read(&text).unwrap();
    assert_eq!(found.count, 2);
    assert_eq!(found.first, parse_utc("2026-10-12T09:30:00Z"));
    assert!(found.is_of_start(&text));
    let brief = event("Readiness probe failed: refused", 7);
    assert!(!read(&brief).unwrap().is_of_start(&brief));
    let brief = brief.replace("09:40:00Z", "09:30:21Z");
    assert!(read(&brief).unwrap().is_of_start(&brief));
    for other in [
        event("Readiness probe failed: refused", 40),
        event("Liveness probe failed: refused", 2),
    ] {
        assert!(!read(&other).unwrap().is_of_start(&other), "{other}");
    }
    assert_eq!(read(r#"{"kind":"Pod"}"#), None);
}
