//! Words that show trouble in lines without a level.

use std::sync::LazyLock;

use regex::Regex;

use crate::finding::Severity;

/// Matches any of `words` where it stands alone, not inside a name such as `libgpg-error`.
fn standing_alone(words: &str) -> Option<Regex> {
    Regex::new(&format!(
        r"(?i)(?:^|[^\w.\-/])(?:{words})(?:[^\w.\-/]|\.(?:\s|$)|$)"
    ))
    .ok()
}

static GRAVE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    standing_alone(
        r"fatal|panic|segfault|segmentation fault|core dumped|out of memory|oom-killer|i/o error|corrupt(?:ed|ion)?|kernel bug|deadlock|crash(?:ed)?|abort(?:ed|ing)?|no space left|unrecoverable|uncaught|unhandled",
    )
});
static TROUBLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    standing_alone(
        r"error|errors|fail(?:ed|ure|s|ing)?|exception|refused|timed out|timeout|unable to|cannot|can't|could not|denied|unreachable|invalid|rejected|unavailable|killed|not found|violation|exceeded|lost|broken|reset by peer|dropped",
    )
});
static HARMLESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(no|0|without|zero|any) (errors?|failures?|exceptions?|problems?)\b|\b(errors?|failures?|failed|exceptions?|dropped|lost|rejected)\s*[=:]\s*(0|null|none|false)\b|\b(0|no) (failed|lost|dropped|rejected)\b|\btimeout\s*[=:]\s*\d|(\.{2,}|…|:)\s*\[?\s*(done|ok|passed|succeeded|completed?)\s*\]?\.?\s*$|error[_ -]?(log|page|handler|reporting|level)",
    )
    .ok()
});

/// Returns how bad the words of a line without level are.
pub(super) fn severity(line: &str) -> Option<Severity> {
    let (grave, trouble) = (GRAVE.as_ref()?, TROUBLE.as_ref()?);
    let harmless = HARMLESS.as_ref()?.is_match(line);
    if harmless {
        None
    } else if grave.is_match(line) {
        Some(Severity::Error)
    } else if trouble.is_match(line) {
        Some(Severity::Warn)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_is_told_from_its_absence() {
        assert_eq!(
            severity("kernel: Out of memory: Killed process"),
            Some(Severity::Error)
        );
        assert_eq!(severity("connection refused"), Some(Severity::Warn));
        assert_eq!(severity("finished with 0 errors"), None);
        assert_eq!(severity("errors=0 retries=3"), None);
        assert_eq!(severity("all good"), None);
        assert_eq!(
            severity("kernel: Enabling unmasked SIMD FPU exception support... done."),
            None
        );
        assert_eq!(severity("clean up after failed job: ok"), None);
        for name in [
            "status installed libgpg-error-dev:amd64 1.51-4",
            "GET /static/error.html served",
            "loading plugin fail2ban.denied",
        ] {
            assert_eq!(severity(name), None, "{name}");
        }
        assert_eq!(severity("request failed."), Some(Severity::Warn));
        assert_eq!(severity("[error] disk: failed"), Some(Severity::Warn));
    }
}
