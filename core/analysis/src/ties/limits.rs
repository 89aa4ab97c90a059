//! Limits in settings, beside the errors that meet exactly these limits, and flags that errors name.

use std::sync::LazyLock;

use regex::Regex;

use super::addresses::component;
use super::{Cause, Heard, Known, Tie, holder};
use crate::clues::Setting;
use crate::finding::Severity;

/// Times that leave a peer no room for an answer, in milliseconds.
const SHORT_MS: f64 = 1_000.0;
/// Pools that are small for any service.
const SMALL: f64 = 5.0;

static WAITED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?:timed?[ -]?out|deadline|exceed\w*|within|after|took|longer than|elapsed|limit)[^0-9\n]{0,40}?(\d+(?:\.\d+)?) ?(ms|milliseconds?|millis|s|secs?|seconds?|m|min|minutes?|us|µs)\b",
    )
    .ok()
});
static REACHED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?:max\w*|limit|size|total|capacity|active|slots?|pool)[^0-9\n]{0,24}?(\d{1,7})\b")
        .ok()
});
/// Words that say what is limited.
const LIMITED: [&str; 14] = [
    "pool",
    "conn",
    "rate",
    "queue",
    "thread",
    "worker",
    "file",
    "client",
    "request",
    "session",
    "concurren",
    "buffer",
    "cache",
    "payload",
];
const EXHAUSTED: [&str; 12] = [
    "exhaust",
    "exceed",
    "too many",
    "reached",
    "full",
    "limit",
    "not available",
    "timeout waiting",
    "no free",
    "unavailable",
    "timed out",
    "acquire",
];

/// Returns settings whose value is the limit that errors meet.
pub(super) fn ties(known: &Known<'_>) -> Vec<Tie> {
    let mut ties = Vec::new();
    for (file, setting) in known.settings.iter().copied() {
        ties.extend(
            time_limit(known, file, setting)
                .or_else(|| size_limit(known, file, setting))
                .or_else(|| flag(known, file, setting)),
        );
    }
    ties
}

/// Returns whether what was heard may be about a setting of this object.
fn may_concern(setting: &Setting, heard: &Heard<'_>) -> bool {
    let of_anybody = setting.object.is_empty() || setting.object.starts_with("configmap/");
    of_anybody || heard.is_of(&setting.object)
}

fn time_limit(known: &Known<'_>, file: usize, setting: &Setting) -> Option<Tie> {
    const KEYS: [&str; 8] = [
        "timeout",
        "deadline",
        "time_limit",
        "timelimit",
        "time-limit",
        "max_wait",
        "maxwait",
        "time_out",
    ];
    let key = setting.key.to_ascii_lowercase();
    if !KEYS.iter().any(|word| key.contains(word)) {
        return None;
    }
    let limits = milliseconds(&key, &setting.value);
    let meets = |it: &&Heard<'_>| {
        let mut pairs = limits
            .iter()
            .flat_map(|limit| it.waited.iter().map(move |told| (limit, told)));
        may_concern(setting, it) && pairs.any(|(limit, told)| is_equal(*limit, *told))
    };
    let heard: Vec<&Heard<'_>> = known.heard.iter().filter(meets).collect();
    let first = heard.first()?;
    let met = &first.waited;
    let limit = limits
        .iter()
        .find(|limit| met.iter().any(|told| is_equal(**limit, *told)))?;
    let is_short = *limit <= SHORT_MS;
    let verdict = Verdict {
        id: is_short.then_some("config.time_limit_short"),
        severity: if is_short {
            Severity::Error
        } else {
            Severity::Info
        },
        says: "the very time after which calls are given up",
    };
    Some(verdict.tie(known, file, setting, heard))
}

/// What a setting is to the errors that meet it.
struct Verdict {
    id: Option<&'static str>,
    severity: Severity,
    says: &'static str,
}

impl Verdict {
    fn tie(self, known: &Known<'_>, file: usize, setting: &Setting, heard: Vec<&Heard<'_>>) -> Tie {
        let cause = Cause {
            id: self.id,
            severity: self.severity,
            statement: format!(
                "{} of {} is {}, {}",
                setting.key,
                holder(&setting.object, known.offers[file].name),
                setting.value,
                self.says
            ),
            component: component(setting, &heard),
            file,
            place: &setting.citation,
            heard,
        };
        cause.tie()
    }
}

/// What a value may mean, in milliseconds.
fn milliseconds(key: &str, value: &str) -> Vec<f64> {
    let value = value.trim().trim_matches('"');
    let at = value
        .find(|it: char| !it.is_ascii_digit() && it != '.')
        .unwrap_or(value.len());
    let (number, unit) = value.split_at(at);
    let Ok(number) = number.parse::<f64>() else {
        return Vec::new();
    };
    match unit.trim() {
        "" if key.contains("ms") || key.contains("milli") => vec![number],
        "" if key.contains("sec") || key.ends_with("_s") => vec![number * 1_000.0],
        "" => vec![number, number * 1_000.0],
        unit => factor(unit).map(|it| number * it).into_iter().collect(),
    }
}

fn factor(unit: &str) -> Option<f64> {
    Some(match unit {
        "us" | "µs" => 0.001,
        "ms" | "millis" | "millisecond" | "milliseconds" => 1.0,
        "s" | "sec" | "secs" | "second" | "seconds" => 1_000.0,
        "m" | "min" | "minute" | "minutes" => 60_000.0,
        _ => return None,
    })
}

/// Times that a text in lower case tells, in milliseconds.
pub(super) fn waited(lower: &str) -> Vec<f64> {
    let Some(form) = WAITED.as_ref() else {
        return Vec::new();
    };
    let found = form.captures_iter(lower).filter_map(|told| {
        let number: f64 = told.get(1)?.as_str().parse().ok()?;
        Some(number * factor(told.get(2)?.as_str())?)
    });
    found.collect()
}

/// Limits that a text in lower case tells to be reached.
pub(super) fn reached(lower: &str) -> Vec<f64> {
    let is_exhausted = EXHAUSTED.iter().any(|word| lower.contains(word));
    let Some(form) = REACHED.as_ref().filter(|_| is_exhausted) else {
        return Vec::new();
    };
    let found = form.captures_iter(lower);
    found
        .filter_map(|told| told.get(1)?.as_str().parse().ok())
        .collect()
}

/// Clocks run on a little until a call is given up.
fn is_equal(limit: f64, told: f64) -> bool {
    limit > 0.0 && told >= limit * 0.98 && told <= limit * 1.05
}

fn size_limit(known: &Known<'_>, file: usize, setting: &Setting) -> Option<Tie> {
    const KEYS: [&str; 6] = ["max", "limit", "size", "pool", "capacity", "workers"];
    let key = setting.key.to_ascii_lowercase();
    let about: Vec<&str> = LIMITED
        .into_iter()
        .filter(|word| key.contains(word))
        .collect();
    let limit: f64 = setting.value.trim().parse().ok()?;
    if about.is_empty() || !KEYS.iter().any(|word| key.contains(word)) || limit < 1.0 {
        return None;
    }
    let meets = |it: &&Heard<'_>| {
        let is_named = || about.iter().any(|word| it.lower.contains(word));
        it.reached.contains(&limit) && may_concern(setting, it) && is_named()
    };
    let heard: Vec<&Heard<'_>> = known.heard.iter().filter(meets).collect();
    heard.first()?;
    let is_small = limit <= SMALL;
    let verdict = Verdict {
        id: is_small.then_some("config.limit_low"),
        severity: if is_small {
            Severity::Error
        } else {
            Severity::Warn
        },
        says: "the very limit that is reached",
    };
    Some(verdict.tie(known, file, setting, heard))
}

/// A flag that is on and that errors name.
fn flag(known: &Known<'_>, file: usize, setting: &Setting) -> Option<Tie> {
    let name = setting.object.strip_prefix("flag/")?.to_lowercase();
    let names = |it: &&Heard<'_>| name.len() >= 5 && it.lower.contains(&name);
    let heard: Vec<&Heard<'_>> = known.heard.iter().filter(names).collect();
    heard.first()?;
    let cause = Cause {
        id: Some("app.feature_flag"),
        severity: Severity::Error,
        statement: format!(
            "the feature flag {} is {}, and errors name it",
            setting.key, setting.value
        ),
        component: heard.first()?.speaker().unwrap_or_default().to_owned(),
        file,
        place: &setting.citation,
        heard,
    };
    Some(cause.tie())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_many_units() {
        assert_eq!(milliseconds("timeout", "30ms"), [30.0]);
        assert_eq!(milliseconds("timeout_ms", "30"), [30.0]);
        assert_eq!(milliseconds("timeout", "2"), [2.0, 2_000.0]);
        assert_eq!(waited("request timed out after 30ms"), [30.0]);
        assert_eq!(waited("timeout of 2000ms exceeded"), [2_000.0]);
        assert_eq!(waited("deadline exceeded after 0.05s"), [50.0]);
        assert!(is_equal(50.0, 49.9126) && !is_equal(50.0, 60.0));
    }
}
