//! Calls to another part that failed: what the catalogue and what lines call them.

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

#[cfg(test)]
mod tests {
    use super::*;

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
