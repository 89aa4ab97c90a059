//! An onset is the time of a line, and that very line is cited.

#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::fmt::Write;

use chrono::{DateTime, Duration, Utc};
use faultmaven_analysis::{Analysis, FindingKind, OnsetKind, Options, analyze};
use proptest::prelude::*;

const MESSAGES: [&str; 6] = [
    "ERROR db: connection refused by replica",
    "ERROR api: upstream timed out",
    "WARN cache: slow answer from shard",
    "INFO api: request served",
    "INFO worker: job done",
    "checkout failed without a level",
];

/// When lines of a message come: from, until, milliseconds between two, jitter.
type Stretch = (usize, i64, i64, i64, i64);

fn start() -> DateTime<Utc> {
    "2025-03-04T10:00:00Z".parse().unwrap()
}

fn log(stretches: &[Stretch]) -> String {
    let mut lines: Vec<(i64, usize)> = Vec::new();
    for &(message, from, length, step, jitter) in stretches {
        let mut at = from;
        while at < from + length && lines.len() < 4_000 {
            lines.push((at + (at * 7919) % (jitter + 1), message));
            at += step;
        }
    }
    lines.sort_by_key(|(at, _)| at / 50);
    let mut text = String::new();
    for (at, message) in lines {
        let time = start() + Duration::milliseconds(at);
        let time = time.format("%Y-%m-%dT%H:%M:%S%.3fZ");
        writeln!(text, "{time} {}", MESSAGES[message]).unwrap();
    }
    text
}

fn own_time(quote: &str) -> DateTime<Utc> {
    quote.split(' ').next().unwrap().parse().unwrap()
}

fn onsets_are_cited(analysis: &Analysis) {
    for finding in &analysis.findings {
        if let Some(onset) = finding.onset {
            assert_eq!(own_time(&finding.citations[0].quote), onset, "{finding:#?}");
        }
        if finding.kind == FindingKind::Onset {
            assert_eq!(finding.onset, finding.first_seen, "{finding:#?}");
        }
    }
    for template in &analysis.templates {
        if let Some(onset) = &template.onset {
            assert_eq!(own_time(&onset.citation.quote), onset.time, "{template:#?}");
            assert!(
                onset.citation.quote.ends_with(&template.text),
                "{template:#?}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_cited_line_bears_the_time_of_the_onset(
        stretches in prop::collection::vec(
            (0usize..6, 0i64..20_000_000, 1_000i64..10_000_000, 40i64..90_000, 0i64..9_000),
            1..9,
        )
    ) {
        onsets_are_cited(&analyze(log(&stretches).as_bytes(), Options::default()));
    }
}

#[test]
fn a_slow_steady_failure_sets_in_at_its_first_line() {
    let stretches = [
        (3, 0, 7_200_000, 4_000, 300),
        (0, 3_601_685, 3_500_000, 9_000, 0),
    ];
    let analysis = analyze(log(&stretches).as_bytes(), Options::default());
    onsets_are_cited(&analysis);
    let failure = analysis
        .findings
        .iter()
        .find(|finding| finding.statement.contains("connection refused"))
        .unwrap();
    let expected: DateTime<Utc> = "2025-03-04T11:00:01.685Z".parse().unwrap();
    assert_eq!(failure.onset, Some(expected), "{failure:#?}");
}

#[test]
fn a_rise_over_a_background_sets_in_in_the_bucket_of_the_rise() {
    let stretches = [
        (3, 0, 7_200_000, 2_000, 0),
        (0, 0, 7_200_000, 300_000, 0),
        (0, 3_600_500, 3_600_000, 1_000, 0),
    ];
    let analysis = analyze(log(&stretches).as_bytes(), Options::default());
    onsets_are_cited(&analysis);
    let template = analysis
        .templates
        .iter()
        .find(|template| template.text.contains("refused"))
        .unwrap();
    let onset = template.onset.as_ref().unwrap();
    assert_eq!(onset.kind, OnsetKind::Observed);
    let expected: DateTime<Utc> = "2025-03-04T11:00:00Z".parse().unwrap();
    assert!(
        (onset.time - expected).abs() <= Duration::seconds(1),
        "{onset:#?}"
    );
}

#[test]
fn one_event_is_one_finding() {
    let mut log = String::new();
    for second in 0..30 {
        writeln!(
            log,
            "2025-03-04T10:00:{second:02}.000Z ERROR shop: cannot charge"
        )
        .unwrap();
        log.push_str("java.lang.IllegalStateException: no\n\tat com.shop.Cart.add(Cart.java:12)\n");
        log.push_str("\tat com.shop.Cart.pay(Cart.java:30)\n");
    }
    let analysis = analyze(log.as_bytes(), Options::default());
    let about: Vec<&str> = analysis
        .findings
        .iter()
        .map(|finding| finding.statement.as_str())
        .collect();
    assert_eq!(about.len(), 1, "{about:#?}");
    assert!(about[0].contains("IllegalStateException"), "{about:#?}");
}

#[test]
fn lines_before_a_rise_are_not_denied() {
    let mut log = String::new();
    for second in 0..2400 {
        let often = if second < 1200 {
            second % 10 == 0
        } else {
            true
        };
        for _ in 0..if second < 1200 { 1 } else { 4 } {
            if often {
                let (minute, second) = (second / 60, second % 60);
                let line = format!("2025-03-04T10:{minute:02}:{second:02}Z ERROR api: refused\n");
                log.push_str(&line);
            }
        }
    }
    let analysis = faultmaven_analysis::analyze(log.as_bytes(), Default::default());
    let first = &analysis.findings[0];
    let told = "first at 2025-03-04 10:00:00.000 UTC (line 1), rose at 2025-03-04 10:20:00.000 UTC (line 121)";
    assert!(first.statement.contains(told), "{}", first.statement);
    assert_eq!(first.citations[0].line_start, 121);
    assert!(first.citations.iter().any(|it| it.line_start == 1));
}

#[test]
fn steps_of_the_work_are_no_restarts_and_starts_beside_failures_are() {
    let loops = |log: &str| {
        let analysis = faultmaven_analysis::analyze(log.as_bytes(), Default::default());
        let mut findings = analysis.findings.into_iter();
        findings.any(|it| it.kind == faultmaven_analysis::FindingKind::RestartLoop)
    };
    let log = |start: &str, end: &str| {
        let minutes = (0..20).map(|minute| {
            let mut text = format!("2025-03-04T10:{minute:02}:00Z INFO api: {start}\n");
            for second in 1..40 {
                text +=
                    &format!("2025-03-04T10:{minute:02}:{second:02}Z INFO api: served {second}\n");
            }
            text + &format!("2025-03-04T10:{minute:02}:50Z {end}\n")
        });
        minutes.collect::<String>()
    };
    let (fine, bad) = ("INFO api: idle", "ERROR api: out of handles");
    assert!(!loops(&log("Started reading broadcast variable 7", fine)));
    assert!(!loops(&log("Started reading broadcast variable 7", bad)));
    assert!(!loops(&log("Starting checkout v2.1", fine)));
    assert!(loops(&log("Starting checkout v2.1", bad)));
}

#[test]
fn what_only_warns_does_not_set_in_with_a_log_that_was_silent_before() {
    let log = |level: &str| {
        let mut text = String::from("2025-03-03T22:00:30Z INFO app: started\n");
        for second in 0..1800 {
            let time = start() + Duration::seconds(2 * second);
            let time = time.format("%Y-%m-%dT%H:%M:%SZ");
            let _ = writeln!(text, "{time} INFO api: request served in {second} ms");
            if second % 60 == 40 {
                let _ = writeln!(
                    text,
                    "{time} {level} naming: cannot update the voucher list"
                );
            }
        }
        text
    };
    let has_onset = |level: &str| {
        let analysis = analyze(log(level).as_bytes(), Options::default());
        let of = |it: &&faultmaven_analysis::Template| it.text.contains("voucher");
        let template = analysis.templates.iter().find(of).unwrap().clone();
        let onset = template.onset;
        onset.is_some_and(|it| it.kind == OnsetKind::Observed)
    };
    assert!(!has_onset("WARN"));
    assert!(has_onset("ERROR"), "an error after a silence may be why");
}
