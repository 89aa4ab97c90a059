//! `faultmaven eval`, run as a user runs it.

use std::path::Path;

use faultmaven_testing::{Dialect, StandIn};
use serde_json::Value;

use super::{faultmaven, run, stderr, stdout};

#[test]
fn eval_scores_answers_and_compares_every_quote() {
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let suite = suite.to_str().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let only = [
        "--only",
        "healthy-spring",
        "--only",
        "disk-full-postgres",
        "--only",
        "missing-only",
        "--only",
        "dual-upload-and-report",
    ];
    let arguments = ["eval", "--suite", suite, "--json"];
    let arguments: Vec<&str> = arguments.into_iter().chain(only).collect();
    let output = run(directory.path(), &arguments);
    let scored: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(scored["totals"]["scenarios"], 4, "{scored:#}");
    assert_eq!(scored["totals"]["invalid_citations"], 0, "{scored:#}");
    for share in ["first_percent", "healthy_percent", "abstained_percent"] {
        assert_eq!(scored["totals"][share], 100.0, "{share}: {scored:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn eval_lets_a_model_answer_and_counts_what_it_costs() {
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let suite = suite.to_str().unwrap();
    let vendor = StandIn::start().await;
    let answer = r#"{"answer": "The requests may wait for something."}"#;
    vendor.will_say([Dialect::OpenAi.shaped(&[answer])]);
    let directory = tempfile::tempdir().unwrap();
    let arguments = [
        "eval",
        "--suite",
        suite,
        "--json",
        "--model",
        "openai:gpt-4.1",
    ];
    let only = ["--only", "checkout-pool-size"];
    let arguments: Vec<&str> = arguments.into_iter().chain(only).collect();
    let output = faultmaven(directory.path(), &arguments)
        .env("OPENAI_BASE_URL", vendor.url().to_string())
        .env("OPENAI_API_KEY", "sk-test")
        .output()
        .unwrap();
    let scored: Value = serde_json::from_slice(&output.stdout).unwrap();
    let totals = &scored["totals"];
    assert!(totals["tokens"].as_i64().unwrap() >= 1_000, "{scored:#}");
    assert!(totals["by_model"].as_u64().unwrap() >= 1, "{scored:#}");
    let output = faultmaven(
        directory.path(),
        &["eval", "--suite", suite, "--model", "oracle"],
    )
    .output()
    .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("LLM_PROVIDER"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn eval_goes_on_after_a_scenario_that_ends_early_and_takes_large_files() {
    let directory = tempfile::tempdir().unwrap();
    let log = "2025-03-04T14:05:00Z INFO api: request done in 12 ms\n".repeat(40_000);
    for (name, content) in [("empty", ""), ("large", &log)] {
        let folder = directory.path().join("suite").join(name);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("app.log"), content).unwrap();
        let expected = "title: t\nask:\n  - text: is anything wrong?\n    files: [app.log]\n\
            expect:\n  outcome: healthy\n";
        std::fs::write(folder.join("expected.yml"), expected).unwrap();
    }
    let output = run(directory.path(), &["eval", "--suite", "suite", "--json"]);
    let scored: Value = serde_json::from_slice(&output.stdout).unwrap();
    let [empty, large] = [&scored["scenarios"][0], &scored["scenarios"][1]];
    assert_eq!(
        (&empty["first"], &large["first"]),
        (&false.into(), &true.into()),
        "{scored:#}"
    );
    assert_eq!(output.status.code(), Some(2));
    let error = stderr(&output);
    assert!(error.contains("empty ended early: "), "{error}");
    assert!(!error.contains("large"), "{error}");
}

#[test]
fn eval_names_a_suite_that_is_not_there() {
    let directory = tempfile::tempdir().unwrap();
    let output = run(directory.path(), &["eval", "--suite", "nowhere"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--suite"), "{}", stderr(&output));
}

#[test]
fn eval_ends_with_1_when_a_target_is_missed() {
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path().join("suite/quiet");
    std::fs::create_dir_all(&folder).unwrap();
    let log = "2025-03-04T14:05:00Z INFO api: request done in 12 ms\n".repeat(50);
    std::fs::write(folder.join("app.log"), log).unwrap();
    let status = |outcome: &str| {
        let expected = format!(
            "title: t\nask:\n  - text: is anything wrong?\n    files: [app.log]\nexpect:\n  {outcome}\n"
        );
        std::fs::write(folder.join("expected.yml"), expected).unwrap();
        run(directory.path(), &["eval", "--suite", "suite"])
    };
    let reached = status("outcome: healthy");
    assert_eq!(reached.status.code(), Some(0), "{}", stderr(&reached));
    let missed = status("outcome: cause\n  mechanism: ['certificate expired']");
    assert_eq!(missed.status.code(), Some(1));
    let told = stderr(&missed);
    assert!(told.contains("cause in the first answer: 0.0 %"), "{told}");
    assert!(!told.contains("healthy"), "none was run: {told}");
}

#[test]
fn the_whole_suite_reaches_every_target() {
    let is_split = std::env::var("FM_TEST_PLACEMENT").as_deref() == Ok("split");
    if is_split || std::env::var_os("FM_TEST_DATABASE_URL").is_some() {
        // `eval` brings an engine of its own, the same wherever the modules of other tests are.
        return;
    }
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let directory = tempfile::tempdir().unwrap();
    let arguments = ["eval", "--suite", suite.to_str().unwrap()];
    let output = run(directory.path(), &arguments);
    let (table, missed) = (stdout(&output), stderr(&output));
    assert_eq!(output.status.code(), Some(0), "{missed}\n{table}");
}
