//! What several files say together.

use std::fs;

use serde_json::Value;

use super::{run, stderr, stdout, with_file};

#[test]
fn an_overview_tells_what_failed_first_and_what_files_share() {
    let db = b"2025-03-04 14:05:00.000 UTC [7] FATAL:  sorry, too many clients already\n";
    let api = b"2025-03-04T14:05:03Z ERROR api: connection to 10.0.0.5:5432 refused\n";
    let web = b"2025-03-04T14:05:04Z ERROR web: upstream 10.0.0.5:8080 answered 502\n";
    let directory = with_file("db.log", db);
    fs::write(directory.path().join("api.log"), api).unwrap();
    fs::write(directory.path().join("web.log"), web).unwrap();
    let files = ["api.log", "db.log", "web.log"];
    let arguments = |format| {
        let options = ["analyze", "--overview", "--format", format];
        options.into_iter().chain(files).collect::<Vec<_>>()
    };
    let output = run(directory.path(), &arguments("json"));
    let overview: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(overview["cascade"][0]["file"], "db.log", "{overview:#}");
    assert_eq!(overview["cascade"][1]["seconds_after_first"], 3.0);
    let shared = &overview["shared"][0];
    assert_eq!(
        (&shared["kind"], &shared["value"]),
        (&"ip".into(), &"10.0.0.5".into())
    );

    let peer = &overview["peers"][0];
    assert_eq!(peer["peer"], "10.0.0.5:5432", "{overview:#}");
    assert_eq!(
        (&peer["file"], &peer["count"]),
        (&"api.log".into(), &1.into())
    );
    assert_eq!(peer["citation"]["line_start"], 1);

    let text = stdout(&run(directory.path(), &arguments("human")));
    let named = "10.0.0.5:5432 (postgres) is named by api in 1 line of errors";
    assert!(text.contains(named), "{text}");
    assert!(text.contains("+3.0s"), "{text}");
    assert!(text.contains("ip 10.0.0.5: 2 lines"), "{text}");
    let refused = run(directory.path(), &arguments("html"));
    assert!(stderr(&refused).contains("--overview has no page"));
}

#[test]
fn the_timeline_of_files_whose_clocks_differ_is_set_right() {
    // One names its requests in the text, the other in a field.
    let text = |at: u32| {
        format!(
            "2025-03-04T14:05:{:02}Z ERROR web: request_id=ab{at:06} not handled\n",
            at * 2
        )
    };
    let record = |at: u32| {
        format!(
            "{{\"time\":\"2025-03-04T14:05:{:02}Z\",\"level\":\"error\",\"requestId\":\"ab{at:06}\",\"msg\":\"no answer\"}}\n",
            at * 2 + 7
        )
    };
    let directory = with_file("web.log", (0..10).map(text).collect::<String>().as_bytes());
    let records: String = (0..10).map(record).collect();
    fs::write(directory.path().join("db.log"), records).unwrap();
    let arguments = ["analyze", "--timeline", "web.log", "db.log"];
    let timeline = stdout(&run(directory.path(), &arguments));
    assert!(timeline.contains("set right by -7.0 s"), "{timeline}");
    assert!(!timeline.contains("\n2025-03-04T14:05:07"), "{timeline}");
}

#[test]
fn metrics_that_changed_before_the_errors_are_told_beside_them() {
    let row = |at: u32| {
        let (minute, second) = (40 + at / 2, at % 2 * 30);
        let value = if at < 20 { 10 } else { 90 };
        format!(
            "2025-03-04T13:{minute}:{second:02}Z,{}\n",
            value + at * 7 % 3
        )
    };
    let metrics = format!("time,pool_active\n{}", (0..40).map(row).collect::<String>());
    let directory = with_file("pool.csv", metrics.as_bytes());
    let log = "2025-03-04T14:05:00Z ERROR web: pool is exhausted\n".repeat(3);
    fs::write(directory.path().join("web.log"), log).unwrap();
    let arguments = ["analyze", "--overview", "web.log", "pool.csv"];
    let overview = stdout(&run(directory.path(), &arguments));
    let told = "900 to 930 s before the first error of web.log";
    assert!(overview.contains(told), "{overview}");
}

#[test]
fn a_crash_loop_is_told_with_the_last_errors_of_its_log() {
    let pods = br#"{"kind":"List","apiVersion":"v1","items":[{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web-0","namespace":"shop"},
        "status":{"phase":"Running","conditions":[{"type":"Ready","status":"False"}],"containerStatuses":[{"name":"web","ready":false,
        "restartCount":7,"state":{"waiting":{"reason":"CrashLoopBackOff"}}}]}}]}"#;
    let directory = with_file("pods.json", pods);
    let log =
        "2025-03-04T14:05:00Z INFO starting\n2025-03-04T14:05:01Z ERROR rules.yaml is no mapping\n";
    fs::write(directory.path().join("web-0.log"), log).unwrap();
    let text = stdout(&run(
        directory.path(),
        &["analyze", "pods.json", "web-0.log"],
    ));
    let told = "pod web-0 is CrashLoopBackOff after 7 restarts; its log ends with \"rules.yaml is no mapping\"";
    assert!(text.contains(told), "{text}");
    assert!(text.contains("web-0.log:2"), "{text}");
}
