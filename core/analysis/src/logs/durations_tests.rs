use std::fmt::Write;

use super::*;
use crate::{Options, analyze};

/// Forty minutes of one kind of line, and what is told to be slow in them.
fn told_of(line: impl Fn(u32) -> String) -> Vec<String> {
    let mut log = String::new();
    for minute in 0..40 {
        for second in [5, 35] {
            let time = format!("2026-06-02T12:{minute:02}:{second:02}.000Z");
            let _ = writeln!(log, "{}", line(minute).replace("TIME", &time));
        }
    }
    let analysis = analyze(log.as_bytes(), Options::default());
    let runs = analysis.commands.iter().filter(|it| it.tool == "log");
    let facts = runs.flat_map(|run| &run.facts);
    facts
        .map(|fact| {
            format!(
                "{}: {} (line {})",
                fact.object, fact.value, fact.citation.line_start
            )
        })
        .collect()
}

#[test]
fn calls_that_become_slow_are_told() {
    let took = |minute: u32| {
        if minute < 20 {
            120 + minute % 7
        } else {
            8_700 + minute % 7
        }
    };
    let told = told_of(|minute| {
        let ms = took(minute);
        format!(
            "TIME INFO [exec-5] c.e.ScoreClient - POST https://api.example.com/score 200 {ms} ms"
        )
    });
    let [told] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert!(told.starts_with("c.e.ScoreClient: “POST "), "{told}");
    assert!(
        told.ends_with(
            "takes 8.7 s from 2026-06-02 12:20 UTC on, 123 ms before (40 lines) (line 41)"
        ),
        "{told}"
    );
    let told = told_of(|minute| {
        let ms = took(minute);
        let level = if ms > 1_000 { "WARN" } else { "INFO" };
        format!(
            "TIME {level} [exec-5] c.e.ScoreClient - POST https://api.example.com/score 200 {ms} ms"
        )
    });
    assert_eq!(told.len(), 1, "at another level: {told:?}");
    let told = told_of(|minute| {
        let ms = took(minute);
        format!(r#"{{"time":"TIME","level":"info","responseTime":{ms},"msg":"GET /products"}}"#)
    });
    assert_eq!(told.len(), 1, "{told:?}");
}

#[test]
fn what_stays_as_it_is_or_is_slow_once_is_not_told() {
    let steady = told_of(|minute| format!("TIME INFO call finished in {} ms", 500 + minute));
    assert!(steady.is_empty(), "{steady:?}");
    let once = told_of(|minute| {
        let ms = if minute == 20 { 9_000 } else { 100 };
        format!("TIME INFO call finished in {ms} ms")
    });
    assert!(once.is_empty(), "{once:?}");
    let quick = told_of(|minute| {
        let ms = if minute < 20 { 1 } else { 20 };
        format!("TIME INFO call finished in {ms} ms")
    });
    assert!(quick.is_empty(), "{quick:?}");
}

#[test]
fn durations_are_read_in_their_units() {
    let read = |line: &str| place(line).and_then(|it| it.read(line));
    for (line, expected) in [
        ("took=1.5s ok", Some(1_500.0)),
        ("GET / 200 rt=3.576 uct=0.001", Some(3_576.0)),
        (r#"{"responseTime":12478,"msg":"GET"}"#, Some(12_478.0)),
        (r#"{"request_time": "0.250"}"#, Some(250.0)),
        ("LOG:  duration: 1140.042 ms  execute", Some(1_140.042)),
        ("elapsed: 850µs", Some(0.85)),
        ("Completed 200 OK in 1999ms (Views: 10.1ms)", Some(1_999.0)),
        ("POST /score 200 9150 ms", Some(9_150.0)),
        ("GET /x port=8080 rt=0.120", Some(120.0)),
        ("elapsed_secs=5", Some(5_000.0)),
        ("elapsed=1m30s", None),
        ("Retrying in 30000 ms", None),
        ("request timed out after 30004ms", None),
        ("took 8,700 ms", Some(8_700.0)),
        ("GET,/score,200,9150ms", Some(9_150.0)),
        ("GET /api/rate-limits 200 9150 ms", Some(9_150.0)),
        ("query finished after 5230 ms", Some(5_230.0)),
        ("elapsed=5min", None),
        ("duration=none", None),
        ("sent 12 items to vms 5", None),
        ("no number", None),
    ] {
        assert_eq!(read(line), expected, "{line}");
    }
}

#[test]
fn a_long_log_keeps_few_buckets() {
    let mut operation = Operation {
        name: String::new(),
        component: None,
        step: BUCKET,
        buckets: Vec::new(),
    };
    let event = LineEvent {
        message: "",
        quote: "",
        start: 0,
        end: 0,
        line: 1,
        time: None,
        stamped: true,
        level: None,
        component: None,
    };
    for minute in 0..10_000 {
        operation.add(minute * BUCKET, 10.0, &event);
    }
    assert!(operation.buckets.len() <= BUCKETS_MAX);
    let lines: u32 = operation.buckets.iter().map(|it| it.count).sum();
    assert_eq!(lines, 10_000);
}

#[test]
fn durations_that_vary_much_are_told_apart_by_their_ranges() {
    let told = told_of(|minute| {
        let part = minute * 7 % 10;
        let ms = match minute {
            0..20 => 30 + part * part * 38,
            _ => 24_000 + part * 3_600,
        };
        format!(
            "TIME INFO [exec-5] c.e.PayClient - POST https://api.example.com/pay 201 in {ms} ms"
        )
    });
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("from 2026-06-02 12:20 UTC on"), "{told:?}");
}
