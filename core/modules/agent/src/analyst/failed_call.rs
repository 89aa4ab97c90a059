//! Calls to another part that failed: what the catalogue and what lines call them.

/// Entries of the catalogue that say so.
const ENTRIES: [&str; 7] = [
    "network.connection_",
    "network.broken_pipe",
    "http.upstream_",
    "http.haproxy_no_server",
    "http.envoy_flags",
    "go.context_deadline",
    "kafka.broker_unavailable",
];
/// Words of lines that say so, or repeat the answer of another part.
const WORDS: [&str; 22] = [
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
    ENTRIES.iter().any(|start| id.starts_with(start))
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
        assert!(!is_entry("network.dns"));
        assert!(is_told_by("ERROR Failed POST http://stock: 503"));
        assert!(!is_told_by("ERROR could not serialize the order"));
    }
}
