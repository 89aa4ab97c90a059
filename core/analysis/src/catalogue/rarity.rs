//! How seldom texts stand in lines of logs.

/// Words that stand in so many lines that they tell little.
const COMMON: &[&str] = &[
    "authentication",
    "block",
    "blocked",
    "client",
    "closed",
    "code",
    "command",
    "connect",
    "connection",
    "data",
    "error",
    "errors",
    "exception",
    "fail",
    "failed",
    "failure",
    "fatal",
    "file",
    "from",
    "full",
    "host",
    "info",
    "invalid",
    "killed",
    "message",
    "password",
    "permission",
    "port",
    "process",
    "receiving",
    "request",
    "response",
    "server",
    "session",
    "settings",
    "started",
    "status",
    "terminating",
    "timeout",
    "type",
    "user",
    "value",
    "warning",
];
/// Bits that a common word tells.
const COMMON_BITS: f64 = 6.0;
/// What tells more is no rarer in practice.
const BITS_MAX: f64 = 30.0;

/// Returns the share of places at which a text in small letters is expected to stand.
pub(super) fn share(text: &str) -> f64 {
    let words = words(text).into_iter().map(|(start, end)| {
        let bits = text.as_bytes()[start..end].iter().map(bits).sum::<f64>();
        match is_common(text, start, end) {
            true => bits.min(COMMON_BITS),
            false => bits,
        }
    });
    let others = text.bytes().filter(|byte| !is_of_word(*byte));
    let told = words.sum::<f64>() + others.map(|byte| bits(&byte)).sum::<f64>();
    (-told.min(BITS_MAX)).exp2()
}

/// Returns how common each byte of a text in small letters is, on a logarithmic scale.
pub(super) fn frequencies(text: &[u8]) -> Vec<u32> {
    let mut found: Vec<u32> = text.iter().map(frequency).collect();
    let Ok(text) = std::str::from_utf8(text) else {
        return found;
    };
    for (start, end) in words(text) {
        if is_common(text, start, end) {
            found[start..end].fill(frequency(&b' '));
        }
    }
    found
}

/// Returns the places of the words of a text.
fn words(text: &str) -> Vec<(usize, usize)> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, byte) in text.bytes().chain([b' ']).enumerate() {
        match (is_of_word(byte), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                words.push((from, at));
                start = None;
            }
            _ => {}
        }
    }
    words
}

/// Returns whether a word, of which the text may hold a part alone, is common.
fn is_common(text: &str, start: usize, end: usize) -> bool {
    let word = &text[start..end];
    match (start == 0, end == text.len()) {
        (true, true) => COMMON.iter().any(|it| it.contains(word)),
        (true, false) => COMMON.iter().any(|it| it.ends_with(word)),
        (false, true) => COMMON.iter().any(|it| it.starts_with(word)),
        (false, false) => COMMON.contains(&word),
    }
}

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80
}

/// Returns what a byte tells beside those before it.
fn bits(byte: &u8) -> f64 {
    (18.0 - f64::from(frequency(byte))) / 2.5
}

/// Returns how common a byte is in logs, on a logarithmic scale.
fn frequency(byte: &u8) -> u32 {
    match byte.to_ascii_lowercase() {
        b' ' => 14,
        b'e' | b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' => 12,
        b'l' | b'c' | b'd' | b'0'..=b'2' => 11,
        b'u' | b'm' | b'p' | b'f' | b'h' | b'.' | b':' | b'/' | b'3'..=b'9' => 10,
        b'g' | b'b' | b'-' | b'[' | b']' | b'=' | b'_' => 9,
        b'v' | b'w' | b'k' | b'y' | b',' | b'"' => 8,
        b'x' | b'j' | b'q' | b'z' => 6,
        _ => 7,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_words_tell_less_than_others_and_several_more_than_one() {
        for (rare, common) in [
            ("csrf token", "failed"),
            ("failed password for ", " password"),
            ("deadlock detected", "connection"),
            ("ailed to vacuum", "ailed"),
        ] {
            assert!(share(rare) < share(common), "{rare}, {common}");
        }
    }

    #[test]
    fn bytes_of_common_words_are_common() {
        assert_eq!(
            frequencies(b"x failed q"),
            [6, 14, 14, 14, 14, 14, 14, 14, 14, 6]
        );
    }
}
