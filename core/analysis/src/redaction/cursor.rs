//! Steps over bytes; every step is bounded, so that a line of any length costs linear time.

/// Farthest that a rule looks ahead for the end of a value.
pub(super) const AHEAD: usize = 4 * 1024;
/// Farthest that a rule looks back.
const BEHIND: usize = 256;

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Returns where the run of `belongs` that starts at `at` ends.
pub(super) fn run_end(bytes: &[u8], at: usize, belongs: impl Fn(u8) -> bool) -> usize {
    let stop = bytes.len().min(at + AHEAD);
    let run = bytes.get(at..stop).unwrap_or_default();
    at + run
        .iter()
        .position(|&byte| !belongs(byte))
        .unwrap_or(run.len())
}

/// Returns where the run of `belongs` that ends at `at` starts.
pub(super) fn run_start(bytes: &[u8], at: usize, belongs: impl Fn(u8) -> bool) -> usize {
    let from = at.saturating_sub(BEHIND);
    let run = bytes.get(from..at).unwrap_or_default();
    run.iter()
        .rposition(|&byte| !belongs(byte))
        .map_or(from, |last| from + last + 1)
}

pub(super) fn line_end(bytes: &[u8], at: usize) -> usize {
    run_end(bytes, at, |byte| byte != b'\n' && byte != b'\r')
}

pub(super) fn line_start(bytes: &[u8], at: usize) -> usize {
    run_start(bytes, at, |byte| byte != b'\n')
}

pub(super) fn before(bytes: &[u8], at: usize) -> Option<u8> {
    at.checked_sub(1).map(|last| bytes[last])
}

/// Returns whether `bytes` holds `wanted` at `at`, whatever the case.
pub(super) fn holds(bytes: &[u8], at: usize, wanted: &str) -> bool {
    bytes
        .get(at..at + wanted.len())
        .is_some_and(|part| part.eq_ignore_ascii_case(wanted.as_bytes()))
}

/// Returns the key that the value at `at` belongs to, as in `"phone": "…"` or `bsn 1234`.
pub(super) fn key_before(bytes: &[u8], at: usize) -> &[u8] {
    let opened = run_start(bytes, at, |byte| {
        matches!(
            byte,
            b' ' | b'\t' | b'"' | b'\'' | b'\\' | b'=' | b':' | b'#' | b'('
        )
    });
    let start = run_start(bytes, opened, |byte| is_word(byte) || byte == b'-');
    &bytes[start..opened]
}

/// Returns whether `bytes` contains `word`, whatever the case.
pub(super) fn contains(bytes: &[u8], word: &str) -> bool {
    bytes
        .windows(word.len())
        .any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}
