//! What else `analyze` may be told, and what it refuses.

use serde_json::Value;

use super::{run, stderr, stdout, with_file};

const LOG: &str = "2025-03-04T14:00:00Z ERROR api: pool is empty\n\
    2025-03-04T14:05:00Z ERROR api: disk is full\n\
    2025-03-04T14:10:00Z ERROR api: peer is gone\n";

fn json(directory: &std::path::Path, arguments: &[&str]) -> Value {
    let all: Vec<&str> = ["analyze", "--format", "json"]
        .into_iter()
        .chain(arguments.iter().copied())
        .collect();
    let output = run(directory, &all);
    let parsed = serde_json::from_slice(&output.stdout);
    parsed.unwrap_or_else(|error| panic!("{error}: {}", stderr(&output)))
}

#[test]
fn events_after_a_time_are_left_out() {
    let directory = with_file("app.log", LOG.as_bytes());
    let analyses = json(
        directory.path(),
        &["--until", "2025-03-04 14:05", "app.log"],
    );
    let coverage = &analyses[0]["coverage"];
    assert_eq!(coverage["last_time"], "2025-03-04T14:05:00Z");
    assert_eq!(coverage["lines_read"], 2);
    let found = analyses[0]["findings"].to_string();
    assert!(found.contains("disk is full"), "{found}");
    assert!(!found.contains("peer is gone"), "{found}");
    let between = [
        "--since",
        "2025-03-04 14:01",
        "--until",
        "2025-03-04 14:06",
        "app.log",
    ];
    let analyses = json(directory.path(), &between);
    assert_eq!(analyses[0]["coverage"]["lines_read"], 1);
}

#[test]
fn templates_and_timeline_are_there_for_programs() {
    let directory = with_file("app.log", LOG.as_bytes());
    std::fs::write(
        directory.path().join("web.log"),
        LOG.replace(":00Z", ":30Z"),
    )
    .unwrap();
    let files = json(directory.path(), &["--templates", "app.log", "web.log"]);
    assert_eq!(files[1]["path"], "web.log");
    assert_eq!(files[1]["templates"].as_array().unwrap().len(), 3);
    let rows = json(directory.path(), &["--timeline", "app.log", "web.log"]);
    let rows = rows.as_array().unwrap();
    let moments: Vec<(&str, &str)> = rows
        .iter()
        .map(|row| (row["path"].as_str().unwrap(), row["time"].as_str().unwrap()))
        .collect();
    assert_eq!(moments[0], ("app.log", "2025-03-04T14:00:00Z"));
    assert_eq!(moments[1], ("web.log", "2025-03-04T14:00:30Z"));
    assert!(moments.is_sorted_by_key(|(_, time)| *time), "{moments:?}");
    assert!(
        rows[0]["statement"]
            .as_str()
            .unwrap()
            .contains("pool is empty")
    );
}

#[test]
fn what_cannot_be_printed_in_a_form_is_refused() {
    let directory = with_file("app.log", LOG.as_bytes());
    for (arguments, told) in [
        (
            vec!["--templates", "--format", "html"],
            "--templates has no page of its own",
        ),
        (
            vec!["--timeline", "--format", "html"],
            "--timeline has no page of its own",
        ),
        (
            vec!["--line-templates", "--format", "json"],
            "--line-templates prints CSV alone",
        ),
        (
            vec!["--line-templates", "--format", "html"],
            "--line-templates prints CSV alone",
        ),
        (
            vec!["--line-templates", "--class", "logs"],
            "cannot be used with",
        ),
        (
            vec!["--format", "html", "--baseline", "app.log", "--"],
            "--baseline has no page of its own",
        ),
        (
            vec!["--timeline", "--baseline", "app.log", "--"],
            "cannot be used with",
        ),
        (vec!["--class", "poem"], "command_output"),
        (vec!["--zone", "Mars"], "write it as UTC, +02:00 or -05:30"),
        (vec!["--today", "noon"], "write it as 2025-03-04"),
    ] {
        let all: Vec<&str> = ["analyze"]
            .into_iter()
            .chain(arguments)
            .chain(["app.log"])
            .collect();
        let output = run(directory.path(), &all);
        assert_eq!(output.status.code(), Some(2), "{all:?}");
        assert!(output.stdout.is_empty(), "{all:?}: {}", stdout(&output));
        assert!(
            stderr(&output).contains(told),
            "{all:?}: {}",
            stderr(&output)
        );
    }
}

#[test]
fn class_zone_and_day_are_what_one_says() {
    let log = "Mar  4 14:00:00 web app[7]: pool is empty\n".repeat(3);
    let directory = with_file("sys.log", log.as_bytes());
    let told = |arguments: &[&str]| {
        let all: Vec<&str> = arguments.iter().copied().chain(["sys.log"]).collect();
        json(directory.path(), &all)[0].clone()
    };
    let first = |of: &Value| of["coverage"]["first_time"].as_str().unwrap().to_owned();
    let day = told(&["--today", "2019-06-01"]);
    assert_eq!(first(&day), "2019-03-04T14:00:00Z");
    let before = told(&["--today", "2019-02-01"]);
    assert_eq!(first(&before), "2018-03-04T14:00:00Z");
    let zone = told(&["--today", "2019-06-01", "--zone", "-05:30"]);
    assert_eq!(first(&zone), "2019-03-04T19:30:00Z");
    assert_eq!(zone["coverage"]["timezone"]["source"], "user");
    let class = told(&["--class", "config"]);
    assert_eq!(class["classification"]["data_class"], "config");
    assert_eq!(class["classification"]["source"], "user");
}
