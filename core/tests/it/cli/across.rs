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

    let text = stdout(&run(directory.path(), &arguments("human")));
    assert!(text.contains("+3.0s"), "{text}");
    assert!(text.contains("ip 10.0.0.5: 2 lines"), "{text}");
    let refused = run(directory.path(), &arguments("html"));
    assert!(stderr(&refused).contains("--overview has no page"));
}
