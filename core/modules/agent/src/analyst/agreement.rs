//! Errors that meet what a change has set: the new value of a key, under a word of the key.

use std::collections::BTreeSet;

use faultmaven_proto::evidence::v1::{Finding, ObservedChange, Severity};

use super::change_order::parted;
use super::message::message;
use super::relevance::MEASURED;
use super::situation::Situation;
use super::words::content_stems;
use crate::convert::moment;

/// Parts of a key that say what it is about; those before say where it stands.
const KEY_PARTS: usize = 2;
/// Smaller numbers stand in too many lines.
const NUMBER_MIN: f64 = 3.0;
/// A shorter text or name may be part of anything.
const NAME_MIN: usize = 4;
/// Words of keys that stand in lines about anything.
const EVERYWHERE: [&str; 14] = [
    "max", "min", "maximum", "minimum", "size", "limit", "valu", "name", "default", "config",
    "data", "spec", "enabl", "http",
];
/// Units with their factors; numbers with units of one kind are compared.
const UNITS: [(&str, Kind, f64); 17] = [
    ("ms", Kind::Time, 1e-3),
    ("s", Kind::Time, 1.0),
    ("sec", Kind::Time, 1.0),
    ("m", Kind::Time, 60.0),
    ("min", Kind::Time, 60.0),
    ("h", Kind::Time, 3_600.0),
    ("kb", Kind::Bytes, 1_024.0),
    ("ki", Kind::Bytes, 1_024.0),
    ("kib", Kind::Bytes, 1_024.0),
    ("k", Kind::Bytes, 1_024.0),
    ("mb", Kind::Bytes, 1_048_576.0),
    ("mi", Kind::Bytes, 1_048_576.0),
    ("mib", Kind::Bytes, 1_048_576.0),
    ("gb", Kind::Bytes, 1_073_741_824.0),
    ("gi", Kind::Bytes, 1_073_741_824.0),
    ("gib", Kind::Bytes, 1_073_741_824.0),
    ("g", Kind::Bytes, 1_073_741_824.0),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    Time,
    Bytes,
}

/// Returns the finding whose line meets what a change has set; none for a change made afterwards.
pub(super) fn met<'a>(situation: &'a Situation, change: &ObservedChange) -> Option<&'a Finding> {
    let relevance = situation.relevance();
    let changed = moment(change.change_time.as_ref());
    let is_later = changed
        .zip(relevance.onset())
        .is_some_and(|(changed, onset)| changed > onset);
    if is_later {
        return None;
    }
    let own_file = change.citation.as_ref().map(|cited| cited.file_id.as_str());
    let mut findings = situation.assessment.findings.iter();
    findings.find(|finding| {
        let tells = !MEASURED.contains(&finding.kind.as_str()) && finding.kind != "onset";
        tells
            && finding.severity() >= Severity::Warn
            && Some(finding.file_id.as_str()) != own_file
            && relevance.is_alarming(finding)
            && finding
                .citations
                .first()
                .is_some_and(|cited| line_meets(change, message(&cited.quote)))
    })
}

/// Returns whether a line names what is set now, and not what was set before.
fn line_meets(change: &ObservedChange, line: &str) -> bool {
    let words: Vec<&str> = line
        .split(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '.' | '-' | '_'))
        .map(|word| word.trim_matches(['.', '-']))
        .filter(|word| !word.is_empty())
        .collect();
    let (before, after) = (bare(&change.before), bare(&change.after));
    if after.is_empty() {
        let name = change.key.rsplit(['.', '/']).next().unwrap_or_default();
        return !before.is_empty() && is_name(name) && words.contains(&name);
    }
    if words.iter().any(|word| is_same(word, before)) {
        return false;
    }
    let names_value = words.iter().any(|word| is_same(word, after));
    names_value && (is_name(after) || shares_a_word(&change.key, line))
}

fn bare(value: &str) -> &str {
    value.trim().trim_matches(['"', '\''])
}

/// Returns whether a text is told apart from other words wherever it stands.
fn is_name(text: &str) -> bool {
    let has = |test: fn(char) -> bool| text.chars().any(test);
    text.len() >= NAME_MIN
        && number(text).is_none()
        && has(char::is_alphabetic)
        && has(|it| matches!(it, '_' | '-' | '.' | ':') || it.is_ascii_digit())
}

fn shares_a_word(key: &str, line: &str) -> bool {
    let parts: Vec<&str> = key.rsplit(['.', '/']).take(KEY_PARTS).collect();
    let mut stems: BTreeSet<String> = content_stems(&parted(&parts.join(" ")));
    stems
        .retain(|stem| !EVERYWHERE.contains(&stem.as_str()) && !stem.starts_with(char::is_numeric));
    !stems.is_disjoint(&content_stems(&parted(line)))
}

fn is_same(word: &str, value: &str) -> bool {
    match (number(word), number(value)) {
        (Some((number, kind)), Some((other, other_kind))) => {
            let is_kind = kind == other_kind;
            other >= NUMBER_MIN && is_kind && number == other
                || digits(word) == digits(value) && digits(value).len() >= 3
        }
        _ => value.len() >= NAME_MIN && word.eq_ignore_ascii_case(value),
    }
}

/// A number without a unit may be meant in that of the other.
fn digits(text: &str) -> &str {
    text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic())
}

/// Returns a number in its base unit.
fn number(text: &str) -> Option<(f64, Kind)> {
    let digits = digits(text);
    let number: f64 = digits.parse().ok()?;
    let unit = text[digits.len()..].to_lowercase();
    if unit.is_empty() {
        return Some((number, Kind::Plain));
    }
    let known = UNITS.iter().find(|(name, ..)| *name == unit);
    known.map(|(_, kind, factor)| (number * factor, *kind))
}

/// Returns how many bytes a value with or without a unit stands for.
pub(super) fn bytes(value: &str) -> Option<f64> {
    let (number, kind) = number(bare(value))?;
    (kind != Kind::Time).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meets(key: &str, before: &str, after: &str, line: &str) -> bool {
        let change = ObservedChange {
            key: key.to_owned(),
            before: before.to_owned(),
            after: after.to_owned(),
            ..Default::default()
        };
        line_meets(&change, line)
    }

    #[test]
    fn a_line_meets_the_new_value_under_a_word_of_the_key() {
        let pool = "HikariPool-1 - Connection is not available (total=5, active=5, idle=0)";
        for (key, before, after, line) in [
            ("spring.hikari.maximum-pool-size", "50", "5", pool),
            (
                "client.read-timeout",
                "30s",
                "3s",
                "read timed out after 3000ms: timeout",
            ),
            (
                "limits.memory",
                "512Mi",
                "128Mi",
                "memory limit 131072kB reached",
            ),
            (
                "DB_HOST",
                "db-a.internal",
                "db-b.internal",
                "cannot resolve db-b.internal",
            ),
            ("PAYMENT_URL", "http://pay", "", "PAYMENT_URL is not set"),
        ] {
            assert!(meets(key, before, after, line), "{key}: {line}");
        }
    }

    #[test]
    fn a_chance_number_meets_nothing() {
        let pool = "HikariPool-1 - Connection is not available (total=50, active=50)";
        for (key, before, after, line) in [
            ("spring.hikari.maximum-pool-size", "50", "5", pool),
            (
                "spring.hikari.maximum-pool-size",
                "5",
                "50",
                "total=5 of the pool, 50 waiting",
            ),
            ("retry.attempts", "5", "2", "attempts: 2"),
            ("server.port", "8080", "9090", "GET /x took 9090"),
            ("log.level", "info", "warn", "warn: disk full"),
            ("replicas", "3", "4", "order 4 failed"),
        ] {
            assert!(!meets(key, before, after, line), "{key}: {line}");
        }
    }
}
