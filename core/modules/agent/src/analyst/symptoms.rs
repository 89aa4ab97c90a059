//! Words that say that something is wrong.

use super::clock_time;
use super::words::{Word, flattened, has_phrase, is_negated};

/// What kind of problem a symptom word names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProblemType {
    Error,
    Slowness,
    Unavailability,
    DataIssue,
    Other,
}

impl ProblemType {
    /// Returns the value of the fact.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Slowness => "slowness",
            Self::Unavailability => "unavailability",
            Self::DataIssue => "data_issue",
            Self::Other => "other",
        }
    }
}

const ERROR: [&str; 24] = [
    "error",
    "errors",
    "errored",
    "exception",
    "exceptions",
    "fail",
    "fails",
    "failed",
    "failing",
    "failure",
    "failures",
    "refused",
    "refuses",
    "refusing",
    "rejected",
    "rejects",
    "denied",
    "aborted",
    "aborts",
    "broken",
    "breaks",
    "panic",
    "panics",
    "5xx",
];
const SLOWNESS: [&str; 22] = [
    "slow",
    "slower",
    "slowly",
    "slowness",
    "latency",
    "lag",
    "lags",
    "lagging",
    "timeout",
    "timeouts",
    "hang",
    "hangs",
    "hanging",
    "stuck",
    "freezes",
    "frozen",
    "unresponsive",
    "delayed",
    "delays",
    "spike",
    "spikes",
    "sluggish",
];
const UNAVAILABILITY: [&str; 23] = [
    "down",
    "unavailable",
    "unreachable",
    "outage",
    "offline",
    "crash",
    "crashes",
    "crashed",
    "crashing",
    "crashloop",
    "crashloopbackoff",
    "oom",
    "oomkilled",
    "oom-killed",
    "killed",
    "restarting",
    "evicted",
    "dead",
    "dies",
    "died",
    "unhealthy",
    "disconnects",
    "disconnected",
];
const DATA_ISSUE: [&str; 9] = [
    "corrupt",
    "corrupted",
    "corruption",
    "wrong",
    "missing",
    "lost",
    "duplicated",
    "stale",
    "inconsistent",
];
const VAGUE: [&str; 10] = [
    "alert", "alerts", "alerting", "firing", "problem", "problems", "issue", "issues", "trouble",
    "incident",
];
const WORKING: [&str; 4] = ["work", "works", "working", "respond"];

/// A symptom word in a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Symptom {
    pub(crate) position: usize,
    pub(crate) kind: ProblemType,
}

/// Returns the first symptom of a sentence that is not negated; the most telling kind wins.
pub(crate) fn find(words: &[Word<'_>]) -> Option<Symptom> {
    let all = || (0..words.len()).filter_map(|at| at_position(words, at));
    let telling = all().find(|symptom| symptom.kind != ProblemType::Other);
    telling.or_else(|| all().next())
}

/// Returns what a sentence without a symptom word complains about: that something is not, or is so
/// since some time.
pub(crate) fn lack(words: &[Word<'_>], text: &str) -> Option<Symptom> {
    const ENDED: [&str; 6] = [
        "any more",
        "anymore",
        "no longer",
        "stopped",
        "logged out",
        "vanished",
    ];
    const SINCE: [&str; 3] = ["since", "from", "ever since"];
    const DENIED: [&str; 17] = [
        "start",
        "starts",
        "come up",
        "comes up",
        "load",
        "loads",
        "connect",
        "respond",
        "answer",
        "arrive",
        "arrived",
        "came",
        "ran",
        "finish",
        "open",
        "become ready",
        "come back",
    ];
    let flat = flattened(text);
    let has = |phrases: &[&str]| phrases.iter().any(|phrase| has_phrase(&flat, phrase));
    let names_time = clock_time::find(text).is_some() && has(&SINCE);
    let negation = (0..words.len()).find(|at| is_negated(words, at + 1));
    let is_denied = negation.is_some() && words.len() >= 3;
    if is_denied && has(&DENIED) {
        return Some(Symptom {
            position: negation.unwrap_or_default(),
            kind: ProblemType::Unavailability,
        });
    }
    (has(&ENDED) || names_time && (is_denied || words.len() >= 4)).then_some(Symptom {
        position: negation.unwrap_or(words.len()),
        kind: ProblemType::Other,
    })
}

/// Returns whether a word is a HTTP status that tells of a failure.
pub(crate) fn is_failure_status(word: &str) -> bool {
    const CLIENT: [&str; 8] = ["400", "401", "403", "404", "408", "409", "422", "429"];
    let is_server =
        word.len() == 3 && word.starts_with('5') && word.bytes().all(|b| b.is_ascii_digit());
    is_server || CLIENT.contains(&word)
}

fn at_position(words: &[Word<'_>], position: usize) -> Option<Symptom> {
    let word = words[position].lower.as_str();
    let negated = is_negated(words, position);
    let kind = if WORKING.contains(&word) && negated {
        return Some(Symptom {
            position,
            kind: ProblemType::Unavailability,
        });
    } else if negated {
        return None;
    } else if is_failure_status(word.trim_end_matches("s")) || ERROR.contains(&word) {
        ProblemType::Error
    } else if SLOWNESS.contains(&word) || times_out(words, position) || lengthens(words, position) {
        ProblemType::Slowness
    } else if UNAVAILABILITY.contains(&word)
        || word == "stopped" && follows(words, position, "working")
    {
        ProblemType::Unavailability
    } else if DATA_ISSUE.contains(&word) {
        ProblemType::DataIssue
    } else if cannot(words, position) {
        ProblemType::Error
    } else if VAGUE.contains(&word) {
        ProblemType::Other
    } else {
        return None;
    };
    Some(Symptom { position, kind })
}

/// Returns whether an exception type is named, for example `NullPointerException`.
pub(crate) fn is_exception_name(raw: &str) -> bool {
    let is_type = raw.ends_with("Exception") || raw.ends_with("Error");
    is_type && raw.chars().filter(|letter| letter.is_uppercase()).count() >= 2
}

fn times_out(words: &[Word<'_>], position: usize) -> bool {
    let verb = words[position].lower.as_str();
    matches!(verb, "time" | "times" | "timed" | "timing") && follows(words, position, "out")
}

/// For example `from 5ms to seconds` or `300 ms -> 1.6 s`.
fn lengthens(words: &[Word<'_>], position: usize) -> bool {
    const TO: [&str; 4] = ["to", "->", "→", "instead"];
    let number = words[position].lower.trim_end_matches("ms");
    let is_time = number.len() < words[position].lower.len() || follows(words, position, "ms");
    let behind: Vec<&str> = words[position + 1..]
        .iter()
        .map(|it| it.lower.as_str())
        .collect();
    let to = behind.iter().take(2).position(|it| TO.contains(it));
    let Some((from, to)) = number.parse::<f64>().ok().zip(to).filter(|_| is_time) else {
        return false;
    };
    let until = behind.get(to + 1).and_then(|it| it.strip_suffix("ms"));
    let until = until.and_then(|it| it.parse::<f64>().ok());
    let is_setting = words
        .iter()
        .any(|it| it.lower.contains("timeout") || it.lower == "limit");
    !is_setting && until.is_none_or(|until| until > from)
}

fn follows(words: &[Word<'_>], position: usize, next: &str) -> bool {
    words
        .get(position + 1)
        .is_some_and(|word| word.lower == next)
}

fn cannot(words: &[Word<'_>], position: usize) -> bool {
    let verb = words[position].lower.as_str();
    matches!(verb, "can't" | "cannot" | "couldn't" | "unable")
        || matches!(verb, "can" | "could") && follows(words, position, "not")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyst::words::words;

    fn kind(text: &str) -> Option<ProblemType> {
        find(&words(text)).map(|symptom| symptom.kind)
    }

    #[test]
    fn symptoms_are_recognised_by_kind() {
        for (text, expected) in [
            ("checkout answers 500", Some(ProblemType::Error)),
            ("we get lots of 502s", Some(ProblemType::Error)),
            ("the login page is slow", Some(ProblemType::Slowness)),
            ("requests time out", Some(ProblemType::Slowness)),
            ("payments are down", Some(ProblemType::Unavailability)),
            (
                "the importer stopped working",
                Some(ProblemType::Unavailability),
            ),
            (
                "the export does not work",
                Some(ProblemType::Unavailability),
            ),
            ("orders are missing", Some(ProblemType::DataIssue)),
            ("users cannot log in", Some(ProblemType::Error)),
            ("customers could not check out", Some(ProblemType::Error)),
            ("could you check the database?", None),
            ("it went from 5ms to seconds", Some(ProblemType::Slowness)),
            ("it answers in 5ms", None),
            ("latency-wise it went from 300ms to 5ms", None),
            ("raised the read_timeout from 500ms to 2s", None),
            ("there is a problem with checkout", Some(ProblemType::Other)),
            ("there are no errors", None),
            ("it does not fail any more", None),
            ("please look at the attached file", None),
        ] {
            assert_eq!(kind(text), expected, "{text}");
        }
    }

    #[test]
    fn exception_names_are_told_from_words() {
        assert!(is_exception_name("NullPointerException"));
        assert!(!is_exception_name("Error"));
    }
}
