//! Calls to another part that failed: what the catalogue and what lines call them.

use std::collections::BTreeSet;

use faultmaven_proto::evidence::v1::Candidate;

use super::candidates::supports;

/// Entries of the catalogue that say so.
const ENTRIES: [&str; 18] = [
    "network.connection_",
    "network.broken_pipe",
    "http.upstream_",
    "http.client_",
    "http.circuit_open",
    "http.haproxy_no_server",
    "http.haproxy_server_down",
    "http.haproxy_termination",
    "http.istio",
    "http.envoy_flags",
    "go.context_",
    "grpc.unavailable",
    "grpc.internal",
    "grpc.keepalive",
    "kafka.broker_unavailable",
    "kafka.coordinator_unavailable",
    "redis.client_timeout",
    "mysql.timeout",
];
/// How the entries of all technologies end that say so.
const ENDS: [&str; 4] = [
    "unreachable",
    ".connection_lost",
    ".unavailable",
    ".disconnected",
];
/// Words of lines that say so, or repeat the answer of another part.
const WORDS: [&str; 29] = [
    "able to connect",
    "failed to connect",
    "cannot connect",
    "can't connect",
    "possible to connect",
    "is shutting down",
    "is starting up",
    "deadline",
    "timed out",
    "timeout",
    "unavailable",
    "refused",
    "could not connect",
    "connection error",
    "rpc error",
    "failed to call",
    "failed post",
    "failed get",
    "status 5",
    " 500 ",
    " 502 ",
    " 503 ",
    " 504 ",
    "internal:",
    "got 500",
    "got 503",
    "server error",
    "unreachable",
    "error: 13",
];

/// Returns whether an entry says that a call to another part failed.
pub(super) fn is_entry(id: &str) -> bool {
    ENTRIES.iter().any(|start| id.starts_with(start)) || ENDS.iter().any(|end| id.ends_with(end))
}

/// Returns whether a line says that a call to another part failed.
pub(super) fn is_told_by(line: &str) -> bool {
    let lower = line.to_lowercase();
    WORDS.iter().any(|word| lower.contains(word))
}

/// Returns whether a call failed for other requests than those that something else of the same log
/// met, so that it is no consequence of it.
pub(super) fn is_apart(call: &Candidate, other: &Candidate) -> bool {
    let (call, other) = (requests(call), requests(other));
    let is_of_other_log = |file: &str| other.iter().all(|(known, _)| *known != file);
    !call.is_empty() && call.is_disjoint(&other) && !call.iter().any(|it| is_of_other_log(it.0))
}

/// The requests of the lines that speak for an entry: the log, and where their paths begin.
fn requests(candidate: &Candidate) -> BTreeSet<(&str, &str)> {
    let supporting = candidate.indications.iter().filter(|found| supports(found));
    let cited = supporting.filter_map(|found| found.citation.as_ref());
    let requests = cited.filter_map(|it| Some((it.file_id.as_str(), first_of_path(&it.quote)?)));
    requests.collect()
}

/// Returns the first part of the path of the request in a line.
fn first_of_path(line: &str) -> Option<&str> {
    let (request, _) = line.split_once(" HTTP/")?;
    let (_, path) = request.rsplit_once(' ')?;
    path.strip_prefix('/')?.split(['/', '?']).next()
}

#[cfg(test)]
mod tests {
    use faultmaven_proto::evidence::v1::{FileCitation, Indication, IndicationStrength};

    use super::*;

    fn seen(lines: &[(&str, &str)]) -> Candidate {
        let indication = |(file, line): &(&str, &str)| Indication {
            strength: IndicationStrength::Direct.into(),
            citation: Some(FileCitation {
                file_id: (*file).to_owned(),
                quote: (*line).to_owned(),
                ..Default::default()
            }),
            ..Default::default()
        };
        Candidate {
            indications: lines.iter().map(indication).collect(),
            ..Default::default()
        }
    }

    #[test]
    fn calls_for_other_requests_of_the_same_log_fail_by_themselves() {
        let full = [(
            "proxy",
            r#"no space left, request: "POST /files/8 HTTP/1.1""#,
        )];
        let full = seen(&full);
        let refused = r#"refused, request: "GET /reports/1?day=2 HTTP/1.1""#;
        assert!(is_apart(&seen(&[("proxy", refused)]), &full));
        let same = r#"refused, request: "GET /files?id=8 HTTP/1.1""#;
        for symptom in [
            &[("proxy", same)][..],
            &[("proxy", refused), ("proxy", same)],
            &[("client", refused)],
            &[("proxy", "connection refused")],
        ] {
            assert!(!is_apart(&seen(symptom), &full), "{symptom:?}");
        }
    }

    #[test]
    fn calls_that_failed_are_told_from_reasons() {
        assert!(is_entry("network.connection_refused"));
        assert!(is_entry("redis.unreachable"));
        assert!(is_entry("cloud.endpoint_unreachable"));
        assert!(is_entry("cassandra.unavailable"));
        assert!(!is_entry("network.dns"));
        assert!(is_told_by("ERROR Failed POST http://stock: 503"));
        assert!(!is_told_by("ERROR could not serialize the order"));
    }
}
