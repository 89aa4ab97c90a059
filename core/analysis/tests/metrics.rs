//! What metrics show beside one another: limits, rates, shares.

use std::fmt::Write;

use faultmaven_analysis::{Analysis, DataClass, FindingKind, Options, Severity, analyze};

fn read(text: &str) -> Analysis {
    let analysis = analyze(text.as_bytes(), Options::default());
    let class = analysis.classification.data_class;
    assert_eq!(class, DataClass::Metrics, "{text}");
    analysis
}

fn statements(text: &str) -> Vec<String> {
    let found = read(text).findings.into_iter();
    found.map(|it| it.statement).collect()
}

/// An exposition, and what is said of it.
const EXPOSITIONS: &[(&str, &[&str])] = &[
    (
        "pg_stat_activity_count{datname=\"shop\",state=\"active\",server=\"db\"} 8\npg_stat_activity_count{datname=\"shop\",state=\"idle\",server=\"db\"} 88\npg_settings_max_connections{server=\"db\"} 100\n",
        &[
            "shop has 96 % of its connections in use, 96 of 100 (pg_stat_activity_count): further connections are turned away",
        ],
    ),
    (
        "pg_stat_activity_count{datname=\"shop\",state=\"active\",server=\"db\"} 8\npg_stat_activity_count{datname=\"shop\",state=\"idle\",server=\"db\"} 18\npg_settings_max_connections{server=\"db\"} 100\n",
        &[],
    ),
    (
        "container_memory_working_set_bytes{container=\"cart\",pod=\"cart-1\"} 268000000\ncontainer_memory_working_set_bytes{container=\"web\",pod=\"web-1\"} 100000000\ncontainer_spec_memory_limit_bytes{container=\"cart\",pod=\"cart-1\"} 268435456\ncontainer_spec_memory_limit_bytes{container=\"web\",pod=\"web-1\"} 268435456\n",
        &[
            "cart has 100 % of its memory in use, 268000000 of 268435456 (container_memory_working_set_bytes): what takes more is killed (OOM)",
        ],
    ),
    (
        "process_open_fds 1020\nprocess_max_fds 1024\nup 1\n",
        &[
            "process_open_fds has 100 % of its file descriptors in use, 1020 of 1024 (process_open_fds): nothing more can be opened",
        ],
    ),
    (
        "# HELP process_open_fds Open descriptors\n# TYPE process_open_fds gauge\nprocess_open_fds 1020 1741097100.5\n# TYPE process_max_fds gauge\nprocess_max_fds 1024 1741097100.5\n# TYPE latency_seconds histogram\n# UNIT latency_seconds seconds\nlatency_seconds_bucket{le=\"0.5\",path=\"/a \\\"b\\\" } c\"} 8 1741097100.5 # {trace_id=\"4bf92f\"} 0.41 1741097099.1\nlatency_seconds_bucket{le=\"+Inf\",path=\"/a \\\"b\\\" } c\"} 9 # {trace_id=\"00f067\"} 0.9\nlatency_seconds_count 9\nlatency_seconds_created 1741090000.1\n# TYPE build info\nbuild_info{version=\"1.2\"} 1\n# EOF\n",
        &[
            "process_open_fds has 100 % of its file descriptors in use, 1020 of 1024 (process_open_fds): nothing more can be opened",
        ],
    ),
    (
        "node_filesystem_avail_bytes{mountpoint=\"/var\",device=\"sda\"} 1000\nnode_filesystem_size_bytes{mountpoint=\"/var\",device=\"sda\"} 100000\nup 1\n",
        &[
            "/var has 99 % of its space in use, 99000 of 100000 (node_filesystem_avail_bytes): writes fail when it is full",
        ],
    ),
    (
        "container_cpu_cfs_periods_total{container=\"cart\"} 1000\ncontainer_cpu_cfs_throttled_periods_total{container=\"cart\"} 720\nup 1\n",
        &[
            "cart is throttled in 72 % of its processor periods: its CPU limit is too low for its work",
        ],
    ),
    (
        "http_requests_total{code=\"200\",service=\"cart\"} 900\nhttp_requests_total{code=\"503\",service=\"cart\"} 100\nup 1\n",
        &["100 of 1000 requests of cart failed with status 503 (10 %; http_requests_total)"],
    ),
    (
        "http_requests_total{code=\"200\"} 120393\nhttp_requests_total{code=\"500\"} 12\nup 1\n",
        &[],
    ),
];

#[test]
fn amounts_are_told_beside_their_limits() {
    for (text, expected) in EXPOSITIONS {
        assert_eq!(statements(text), *expected, "{text}");
    }
}

/// A series of one metric, each value at its own time.
fn series(name: &str, value: impl Fn(u64) -> u64) -> String {
    let mut text = String::new();
    for at in 0..60 {
        let time = 1_741_097_100_000 + at * 15_000;
        let _ = writeln!(text, "{name}{{service=\"cart\"}} {} {time}", value(at));
    }
    text
}

#[test]
fn counters_are_judged_by_their_rates() {
    let steady = series("http_request_errors_total", |at| 1_000 + at * 15);
    assert_eq!(statements(&steady), [""; 0]);
    let rising = series("http_request_errors_total", |at| {
        1_000 + at * 15 + at.saturating_sub(30) * 3_000
    });
    let analysis = read(&rising);
    let found = &analysis.findings[0];
    assert_eq!(
        (found.kind, found.severity),
        (FindingKind::LevelShift, Severity::Warn)
    );
    assert!(
        found.statement.starts_with("http_request_errors_total of cart rises by 201 a second instead of 1 from 2025-03-04 14:12"),
        "{}",
        found.statement
    );
    let restarted = series("http_request_errors_total", |at| (at % 30) * 15);
    assert_eq!(statements(&restarted), [""; 0]);
    let stopped = series("orders_placed_total", |at| at.min(30) * 150);
    assert!(
        statements(&stopped)[0]
            .starts_with("orders_placed_total of cart rises by 0 a second instead of 10"),
        "{:?}",
        statements(&stopped)
    );
}

#[test]
fn containers_that_started_again_are_told() {
    let restarts = series("kube_pod_container_status_restarts_total", |at| at / 15);
    assert!(
        statements(&restarts)[0].starts_with("cart was started again, 3 more times"),
        "{:?}",
        statements(&restarts)
    );
}
