//! A small outage from log, metrics, name resolution and configuration change to its indicators.

#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::fmt::Write;

use faultmaven_analysis::{
    AbsenceChecker, AbsenceQuery, Analysis, ChangeDirection, Citation, CommandOutcome, DataClass,
    Encoding, FindingKind, OnsetKind, Options, Severity, analyze, catalogue, line_template,
    locate_quote, verify_citation,
};
use sha2::{Digest, Sha256};

fn clock(base: u32, second: u32) -> String {
    let at = base + second;
    format!("{:02}:{:02}:{:02}", at / 3600, at / 60 % 60, at % 60)
}

fn at(hour: u32, minute: u32) -> u32 {
    hour * 3600 + minute * 60
}

fn app_log() -> String {
    let mut log = String::new();
    for i in 0..60 {
        let time = clock(at(13, 35), 30 * i);
        writeln!(log, "2025-03-04T{time}.000Z INFO  checkout-eu req={:05} POST /checkout status=200 duration_ms={}", i + 1, 100 + 7 * i % 40).unwrap();
    }
    for i in 0..600 {
        let time = clock(at(14, 5), i);
        writeln!(log, "2025-03-04T{time}.000Z WARN  checkout-eu HikariPool-1 - Connection is not available, request timed out after 30000ms (total=5, active=5, idle=0, waiting={})", 12 + i % 7).unwrap();
        writeln!(log, "2025-03-04T{time}.001Z ERROR checkout-eu req={:05} POST /checkout status=500 duration_ms={}", i + 61, 30_001 + i % 5).unwrap();
    }
    log
}

fn after_log() -> String {
    let mut log = String::new();
    for i in 0..900 {
        let time = clock(at(15, 10), i);
        writeln!(log, "2025-03-04T{time}.000Z INFO  checkout-eu req={:05} POST /checkout status=200 duration_ms={}", i + 661, 100 + 7 * i % 40).unwrap();
    }
    log
}

fn pool(time: &str, values: [u32; 5]) -> String {
    let mut text = format!(
        "# 2025-03-04T{time}Z curl -s localhost:8081/metrics | grep hikaricp_connections\n"
    );
    for (name, value) in ["", "_active", "_idle", "_max", "_pending"]
        .iter()
        .zip(values)
    {
        writeln!(
            text,
            "hikaricp_connections{name}{{pool=\"HikariPool-1\"}} {value}"
        )
        .unwrap();
    }
    text
}

const DNS: &str = "$ getent hosts db-eu.internal\n10.20.4.17      db-eu.internal\n";
const CONFIG: &str = "--- a/checkout/application.yaml\t2025-02-27T09:12:44Z\n+++ b/checkout/application.yaml\t2025-03-04T14:00:10Z\n@@ -11,5 +11,5 @@ spring:\n   datasource:\n     hikari:\n       pool-name: HikariPool-1\n-      maximum-pool-size: 50\n+      maximum-pool-size: 5\n       connection-timeout: 30000\n";

fn analysis(name: &str, text: &str) -> Analysis {
    let options = Options {
        file_name: Some(name.to_owned()),
        ..Options::default()
    };
    let analysis = analyze(text.as_bytes(), options);
    for finding in &analysis.findings {
        assert!((1..=5).contains(&finding.citations.len()), "{finding:?}");
        finding
            .citations
            .iter()
            .for_each(|citation| holds(text, citation));
    }
    analysis
}

fn holds(text: &str, citation: &Citation) {
    let slice = &text.as_bytes()[citation.byte_start as usize..citation.byte_end as usize];
    assert_eq!(
        verify_citation(slice, citation, Encoding::Utf8),
        Ok(()),
        "{citation:?}"
    );
}

fn utc(text: &str) -> chrono::DateTime<chrono::Utc> {
    text.parse().unwrap()
}

#[test]
fn the_generated_files_are_those_of_the_specification() {
    for (text, size, hash) in [
        (
            app_log(),
            159_300,
            "1512b072abfe070a76d507597a46e8b8b834594c26b62150142ed0a9622cb278",
        ),
        (
            pool("14:20:00", [5, 5, 0, 5, 17]),
            327,
            "7a24bdbebfa34c40b9613a7c9827a24051242430d8fa22dca7c214bc2ca2a67b",
        ),
        (
            DNS.to_owned(),
            61,
            "4c9bf11b75d145f660a56722bca8eb9e1adcbe5b02b9584b5efb98f50ad2d516",
        ),
        (
            CONFIG.to_owned(),
            281,
            "967c008bca95d6ca7b76b18da32ed977fe780ed56b1404c8bda50d9f681c6ef3",
        ),
        (
            after_log(),
            85_500,
            "cf0c1a2e29e26d74c382991f92ab606b69f2d97761f8d2a335cd6443b7ccbeab",
        ),
        (
            pool("15:20:00", [24, 11, 13, 50, 0]),
            330,
            "3e69ec227dc82be30b81ca1dc427edb543e7ec7b0fd79bac3b2598f7922ef255",
        ),
    ] {
        assert_eq!(text.len(), size);
        assert_eq!(hex::encode(Sha256::digest(text.as_bytes())), hash);
    }
}

#[test]
fn the_log_names_the_exhausted_pool_first_and_the_failed_requests_after_it() {
    let log = app_log();
    let found = analysis("app.log", &log);
    assert_eq!(found.classification.data_class, DataClass::Logs);
    assert_eq!(found.coverage.lines_read, 1260);
    assert_eq!(found.coverage.first_time, Some(utc("2025-03-04T13:35:00Z")));
    assert_eq!(
        found.coverage.last_time,
        Some(utc("2025-03-04T14:14:59.001Z"))
    );
    assert_eq!(found.templates.len(), 3, "{:#?}", found.templates);

    let pool = &found.findings[0];
    assert_eq!(
        pool.signature_id.as_deref(),
        Some("jvm.hikari_pool_exhausted")
    );
    assert_eq!(
        (pool.count, pool.onset),
        (600, Some(utc("2025-03-04T14:05:00Z")))
    );
    assert_eq!(pool.component.as_deref(), Some("checkout-eu"));
    assert_eq!(
        (pool.citations[0].byte_start, pool.citations[0].byte_end),
        (5700, 5858)
    );
    assert_eq!(pool.citations[0].line_start, 61);

    let failed = &found.findings[1];
    assert_eq!(
        (failed.kind, failed.severity),
        (FindingKind::ErrorSignature, Severity::Error)
    );
    assert_eq!(failed.count, 600);
    assert_eq!(
        (failed.citations[0].byte_start, failed.citations[0].byte_end),
        (5859, 5955)
    );
    assert_eq!(failed.citations[0].line_start, 62);
    assert!(
        found
            .findings
            .iter()
            .any(|finding| finding.kind == FindingKind::Onset)
    );

    let template = found
        .templates
        .iter()
        .find(|t| t.signature == pool.signature)
        .unwrap();
    let onset = template.onset.as_ref().unwrap();
    assert_eq!(
        (onset.kind, onset.time),
        (OnsetKind::Observed, utc("2025-03-04T14:05:00Z"))
    );
    let entry = catalogue().entry("jvm.hikari_pool_exhausted").unwrap();
    let hit = entry.indicators.direct[0].matches(&found).unwrap();
    assert_eq!((hit.citation.line_start, hit.count), (61, 600));
    assert_eq!(hit.signature, pool.signature);
}

#[test]
fn metrics_name_resolution_and_change_meet_their_indicators() {
    let entry = catalogue().entry("jvm.hikari_pool_exhausted").unwrap();
    let cause = |id: &str| entry.causes.iter().find(|cause| cause.id == id).unwrap();
    let text = pool("14:20:00", [5, 5, 0, 5, 17]);
    let metrics = analysis("pool.txt", &text);
    assert_eq!(metrics.classification.data_class, DataClass::Metrics);
    assert_eq!(metrics.samples.len(), 5);
    assert_eq!(metrics.samples[1].labels["pool"], "HikariPool-1");
    assert_eq!(
        metrics.samples[1].observed_at,
        Some(utc("2025-03-04T14:20:00Z"))
    );
    assert!(entry.indicators.direct[1].matches(&metrics).is_some());
    assert_eq!(metrics.findings[0].kind, FindingKind::Saturation);

    let dns = analysis("dns.txt", DNS);
    assert_eq!(dns.classification.data_class, DataClass::CommandOutput);
    assert_eq!(dns.commands[0].outcome, CommandOutcome::Resolved);
    let hit = cause("name_resolution").indicators.counter_direct[0]
        .matches(&dns)
        .unwrap();
    holds(DNS, &hit.citation);
    assert!(hit.citation.quote.contains("10.20.4.17"));

    let diff = analysis("config.diff", CONFIG);
    let change = &diff.changes[0];
    assert_eq!(change.path, "spring.datasource.hikari.maximum-pool-size");
    assert_eq!(
        (change.before.as_deref(), change.after.as_deref()),
        (Some("50"), Some("5"))
    );
    assert_eq!(change.direction, ChangeDirection::Decreased);
    assert_eq!(change.changed_at, Some(utc("2025-03-04T14:00:10Z")));
    assert_eq!(change.component.as_deref(), Some("checkout"));
    let hit = cause("pool_size_too_low").indicators.direct[0]
        .matches(&diff)
        .unwrap();
    assert_eq!((hit.citation.line_start, hit.citation.line_end), (7, 8));
    holds(CONFIG, &hit.citation);
    assert!(
        cause("pool_size_too_low").indicators.counter_direct[0]
            .matches(&diff)
            .is_none()
    );
}

#[test]
fn the_log_after_the_fix_proves_the_absence_and_is_clean() {
    let (before, log) = (app_log(), after_log());
    let broken = analysis("app.log", &before);
    let clean = analysis("after.log", &log);
    assert!(
        clean
            .findings
            .iter()
            .all(|finding| finding.severity < Severity::Error),
        "{:#?}",
        clean.findings
    );

    for finding in &broken.findings[..2] {
        let template = broken
            .templates
            .iter()
            .find(|t| t.signature == finding.signature)
            .unwrap();
        let query = AbsenceQuery {
            template: template.text.clone(),
            component: template.component.clone(),
            mean_interval_s: template.mean_interval_s.unwrap(),
            last_seen: template.last_seen,
            ..AbsenceQuery::default()
        };
        let mut checker = AbsenceChecker::new(query.clone(), Options::default());
        log.as_bytes()
            .chunks(1000)
            .for_each(|chunk| checker.push(chunk));
        let report = checker.finish();
        assert_eq!((report.matches, report.source_lines), (0, 900));
        assert!(report.proven());
        let last = report.last_line.unwrap();
        assert_eq!(
            (last.byte_start, last.byte_end, last.line_start),
            (85_405, 85_499, 900)
        );

        let mut present = AbsenceChecker::new(query, Options::default());
        present.push(before.as_bytes());
        let report = present.finish();
        assert_eq!((report.matches, report.proven()), (600, false));
    }

    let text = pool("15:20:00", [24, 11, 13, 50, 0]);
    let relaxed = analysis("pool-after.txt", &text);
    let entry = catalogue().entry("jvm.hikari_pool_exhausted").unwrap();
    assert!(entry.indicators.direct[1].matches(&relaxed).is_none());
    assert!(
        entry.indicators.counter_direct[0]
            .matches(&relaxed)
            .is_some()
    );
    let quote = "hikaricp_connections_max{pool=\"HikariPool-1\"} 50";
    let found = locate_quote(text.as_bytes(), quote, None, Encoding::Utf8).unwrap();
    assert_eq!((found.byte_start, found.byte_end), (229, 277));
}

#[test]
fn a_line_alone_has_the_template_it_has_in_its_file() {
    let log = app_log();
    let line = log.lines().nth(60).unwrap();
    assert!(line_template(line).ends_with(
        "Connection is not available, request timed out after <*> (total=<*>, active=<*>, idle=<*>, waiting=<*>)"
    ));
}
