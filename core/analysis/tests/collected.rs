//! Records as a collector hands them on, and where their failures begin.

use std::fmt::Write;

use faultmaven_analysis::{Options, Severity, analyze};

#[test]
fn errors_behind_the_time_of_a_collector_are_told() {
    for body in [
        r#"{"level":"LEVEL","msg":"MESSAGE"}"#,
        r#"level=LEVEL msg="MESSAGE""#,
    ] {
        let mut text = String::new();
        for at in 0..120 {
            let (level, message) = match at % 4 {
                3 => ("error", "upstream failed"),
                _ => ("info", "request served"),
            };
            let body = body.replace("LEVEL", level).replace("MESSAGE", message);
            let (minute, second) = (50 + at / 60, at % 60);
            let _ = writeln!(text, "2026-06-01T11:{minute}:{second:02}.123456789Z {body}");
        }
        let analysis = analyze(text.as_bytes(), Options::default());
        let template = analysis.templates.iter().find(|it| it.levels.error == 30);
        assert_eq!(template.map(|it| it.text.as_str()), Some("upstream failed"));
        let told = analysis
            .findings
            .iter()
            .any(|it| it.severity >= Severity::Error);
        assert!(told, "{:#?}", analysis.findings);
        let first = analysis.coverage.first_time.map(|time| time.to_rfc3339());
        assert_eq!(first.as_deref(), Some("2026-06-01T11:50:00.123456+00:00"));
    }
}

#[test]
fn a_failure_among_successes_begins_with_its_first_line() {
    let mut text = String::new();
    let mut first = 0;
    for at in 0..3_600u64 {
        let (minute, second) = (at / 4 / 60, at / 4 % 60);
        let failed = at >= 313 * 4 && at * 7919 % 5 < 2;
        let status = if failed { 500 } else { 200 };
        if failed && first == 0 {
            first = at + 1;
        }
        let _ = writeln!(
            text,
            r#"10.0.0.1 - - [01/Jun/2026:10:{minute:02}:{second:02} +0000] "GET /pay HTTP/1.1" {status} 17 "-" "curl""#
        );
    }
    let analysis = analyze(text.as_bytes(), Options::default());
    let errors = analysis.templates.iter().find(|it| it.levels.error > 0);
    let onset = errors.and_then(|it| it.onset.as_ref());
    assert_eq!(onset.map(|it| it.citation.line_start), Some(first));
}
