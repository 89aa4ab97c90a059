//! Captures of services that broke: what `analyze` finds in each, in which line, and how far in front.

use std::path::Path;

use serde_json::Value;

use super::{run, stderr};

/// Folder, file, the known failure, a line it cites, and its rank in the file at most.
const EXPECTED: [(&str, &str, &str, u64, usize); 18] = [
    (
        "disk-full-postgres",
        "postgresql.log",
        "linux.disk_full",
        45,
        1,
    ),
    (
        "postgres-connection-slots",
        "postgresql.log",
        "postgresql.too_many_connections",
        6,
        1,
    ),
    (
        "postgres-connection-slots",
        "orders.log",
        "postgresql.too_many_connections",
        67,
        1,
    ),
    (
        "config-invalid-value",
        "notifier.log",
        "app.config_invalid",
        3,
        1,
    ),
    (
        "redis-killed-recovered",
        "basket.log",
        "network.connection_refused",
        77,
        2,
    ),
    (
        "redis-killed-recovered",
        "basket.log",
        "redis.loading",
        2038,
        3,
    ),
    (
        "postgres-oom-killed",
        "postgresql.log",
        "postgresql.crash_recovery",
        7,
        1,
    ),
    (
        "postgres-oom-killed",
        "dmesg.txt",
        "linux.oom_killed",
        98,
        1,
    ),
    (
        "java-heap-exhausted",
        "inventory.log",
        "jvm.heap_exhausted",
        54,
        1,
    ),
    (
        "dns-resolver-stopped",
        "booking.log",
        "dns.name_not_resolved",
        68,
        1,
    ),
    (
        "dns-renamed-service",
        "cart.log",
        "dns.name_not_resolved",
        41,
        1,
    ),
    (
        "certificate-expired",
        "billing.log",
        "tls.certificate_expired",
        51,
        1,
    ),
    (
        "nginx-socket-permission",
        "error.log",
        "http.upstream_unreachable",
        11,
        1,
    ),
    (
        "backup-permission-denied",
        "journal.txt",
        "linux.permission_denied",
        3,
        1,
    ),
    (
        "nginx-port-in-use",
        "error.log",
        "network.port_in_use",
        1,
        1,
    ),
    (
        "node-port-in-use",
        "chat-4.log",
        "network.port_in_use",
        6,
        1,
    ),
    (
        "slow-query-index-dropped",
        "postgresql.log",
        "postgresql.statement_timeout",
        5,
        2,
    ),
    (
        "slow-query-index-dropped",
        "postgresql.log",
        "postgresql.slow_query",
        4,
        3,
    ),
];

#[test]
fn captures_of_broken_services_give_the_findings_that_are_expected() {
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut wrong = Vec::new();
    for (folder, file, known_as, line, rank) in EXPECTED {
        let output = run(
            &scenarios.join(folder),
            &["analyze", "--format", "json", file],
        );
        let entries: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{folder}/{file}: {error}: {}", stderr(&output)));
        assert_eq!(output.status.code(), Some(1), "{folder}/{file}");
        let findings = entries[0]["findings"].as_array().unwrap();
        let cites = |finding: &Value| {
            let mut cited = finding["citations"].as_array().unwrap().iter();
            cited.any(|it| it["line_start"] == line)
        };
        let is_it = |finding: &Value| finding["signature_id"] == known_as && cites(finding);
        if !findings.iter().take(rank).any(is_it) {
            let told: Vec<String> = findings
                .iter()
                .take(5)
                .map(|it| {
                    let lines = it["citations"].as_array().unwrap().iter();
                    let lines: Vec<String> = lines.map(|it| it["line_start"].to_string()).collect();
                    format!(
                        "{} {} at {}",
                        it["signature_id"],
                        it["statement"],
                        lines.join(" ")
                    )
                })
                .collect();
            wrong.push(format!(
                "{folder}/{file}: no {known_as} at {line}, but {told:#?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
