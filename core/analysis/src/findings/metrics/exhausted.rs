//! Series that tell a state by themselves: what ran out, what is held back, what is down.

use chrono::{DateTime, Utc};

use super::{about, told};
use crate::analysis::Sample;
use crate::finding::{Finding, FindingKind, Severity};
use crate::findings::finding;
use crate::fingerprint;

/// Values in a row that make a state.
const LASTING: usize = 3;
const POINTS_MIN: usize = 6;
/// Share of what there was, at which nothing is left.
const NOTHING_LEFT: f64 = 0.01;
/// Share of a whole at which it is used up, and from which it had to rise to that.
const USED_UP: f64 = 0.98;
const HAD_ROOM: f64 = 0.95;
/// Share of processor periods from which throttling slows a container down, and is grave.
const THROTTLED: f64 = 0.25;
const THROTTLED_BADLY: f64 = 0.5;

/// A state that a series goes into.
struct State<'a> {
    /// The first sample that shows it, and the last one.
    from: &'a Sample,
    until: &'a Sample,
    kind: FindingKind,
    severity: Severity,
    /// What is said of it, before the time and behind it.
    said: String,
    by: String,
}

/// Returns the state that a series goes into.
pub(super) fn state(series: &[&Sample]) -> Option<Finding> {
    if series.len() < POINTS_MIN {
        return None;
    }
    let name = series[0].name.to_ascii_lowercase();
    let state = down(series, &name)
        .or_else(|| runs_out(series, &name))
        .or_else(|| throttled(series, &name))
        .or_else(|| used_up(series, &name))?;
    Some(told_state(series, &state))
}

fn has(name: &str, words: &[&str]) -> bool {
    words.iter().any(|word| name.contains(word))
}

fn whose<'a>(series: &[&'a Sample]) -> &'a str {
    about(series[0]).unwrap_or(series[0].name.as_str())
}

/// What is up or ready, or one of several that are, and then none.
fn down<'a>(series: &[&'a Sample], name: &str) -> Option<State<'a>> {
    const MEMBERS: [&str; 6] = [
        "replicas",
        "endpoint",
        "broker",
        "members",
        "instances",
        "targets",
    ];
    const FLAGS: [&str; 6] = [
        "_up",
        "probe_success",
        "_healthy",
        "_ready",
        "_is_up",
        "_online",
    ];
    const SERVING: [&str; 6] = ["available", "ready", "online", "healthy", "_up", "brokers"];
    let is_flag = series.iter().all(|it| it.value <= 1.0)
        && (name == "up" || FLAGS.iter().any(|end| name.ends_with(end)));
    let is_of_several = has(name, &MEMBERS) && has(name, &SERVING) && !name.contains("unavailable");
    let means_well = |key: &str| series[0].labels.get(key).is_none_or(|it| it == "true");
    if !(is_flag || is_of_several) || !means_well("condition") || !means_well("status") {
        return None;
    }
    let (from, until) = lasting(series, |value| value == 0.0, |value| value >= 1.0)?;
    let before = series[from - 1].value;
    Some(State {
        from: series[from],
        until: series[until],
        kind: FindingKind::LevelShift,
        severity: Severity::Error,
        said: format!("{} is down", whose(series)),
        by: format!("{} falls from {} to 0", series[0].name, told(before)),
    })
}

/// What is left of something, until nothing is.
fn runs_out<'a>(series: &[&'a Sample], name: &str) -> Option<State<'a>> {
    const LEFT: [&str; 6] = ["avail", "free", "remaining", "_left", "balance", "headroom"];
    const SPACE: [&str; 5] = ["volume", "filesystem", "disk", "storage", "inode"];
    // Memory that nobody asks for is rightly in use, and shares are told as such.
    const OTHER: [&str; 9] = [
        "availability",
        "imbalance",
        "memfree",
        "mem_free",
        "memory_free",
        "swap",
        "unavailable",
        "freeze",
        "replicas",
    ];
    if !has(name, &LEFT) || has(name, &OTHER) {
        return None;
    }
    let most = series.iter().fold(0.0, |most: f64, it| most.max(it.value));
    let is_none = |value: f64| value <= most * NOTHING_LEFT;
    let (from, until) = lasting(series, is_none, |value| !is_none(value))?;
    let owner = whose(series);
    let said = if has(name, &SPACE) {
        let what = if name.contains("inode") {
            "inodes of"
        } else {
            "volume"
        };
        format!(
            "the {what} {owner} {} full",
            if what == "volume" { "is" } else { "are" }
        )
    } else {
        format!("{owner} has nothing left")
    };
    Some(State {
        from: series[from],
        until: series[until],
        kind: FindingKind::Saturation,
        severity: Severity::Critical,
        said,
        by: format!(
            "{} falls from {} to {}",
            series[0].name,
            told(series[0].value),
            told(series[until].value)
        ),
    })
}

/// A share of the time in which a container waits for the processor.
fn throttled<'a>(series: &[&'a Sample], name: &str) -> Option<State<'a>> {
    if !name.contains("throttl") || !has(name, &["ratio", "percent", "pct", "share", "fraction"]) {
        return None;
    }
    let whole = whole(series, name)?;
    let is_high = |value: f64| value >= whole * THROTTLED;
    let (from, until) = lasting(series, is_high, |value| !is_high(value))?;
    let part = &series[from..=until];
    let most = part.iter().fold(0.0, |most: f64, it| most.max(it.value)) / whole;
    Some(State {
        from: series[from],
        until: series[until],
        kind: FindingKind::Saturation,
        severity: if most >= THROTTLED_BADLY {
            Severity::Error
        } else {
            Severity::Warn
        },
        said: format!(
            "{} is throttled in up to {:.0} % of its processor periods",
            whose(series),
            most * 100.0
        ),
        by: "its CPU limit is too low for its work".to_owned(),
    })
}

/// A share that rises until nothing is left of the whole.
fn used_up<'a>(series: &[&'a Sample], name: &str) -> Option<State<'a>> {
    const WHAT: [&str; 14] = [
        "disk",
        "volume",
        "filesystem",
        "storage",
        "inode",
        "memory",
        "heap",
        "pool",
        "connection",
        "cpu",
        "thread",
        "quota",
        "conntrack",
        "descriptor",
    ];
    // A share of hits or of what is left is good when it is high.
    if !has(name, &WHAT)
        || has(
            name,
            &["hit", "avail", "free", "idle", "throttl", "success"],
        )
    {
        return None;
    }
    let whole = whole(series, name)?;
    let is_full = |value: f64| value >= whole * USED_UP;
    let (from, until) = lasting(series, is_full, |value| value < whole * HAD_ROOM)?;
    Some(State {
        from: series[from],
        until: series[until],
        kind: FindingKind::Saturation,
        severity: Severity::Error,
        said: format!("{} has used all of its {}", whose(series), series[0].name),
        by: format!(
            "it rises from {} to {} %",
            told(series[0].value / whole * 100.0),
            told(series[until].value / whole * 100.0)
        ),
    })
}

/// Returns what a share is a share of, as its name and its values tell.
fn whole(series: &[&Sample], name: &str) -> Option<f64> {
    let most = series.iter().fold(0.0, |most: f64, it| most.max(it.value));
    // A program is often throttled in less than one percent of its periods; of other percents that stay
    // below one, as those of Beats do, ratios are written.
    let may_be_small = name.contains("throttl") && !name.ends_with(".pct");
    if has(name, &["percent", "pct"]) && most <= 101.0 && (most > 1.5 || may_be_small) {
        return Some(100.0);
    }
    let is_share = has(
        name,
        &[
            "ratio", "percent", "pct", "share", "fraction", "utiliz", "utilis",
        ],
    );
    match most {
        _ if !is_share => None,
        0.0..=1.05 => Some(1.0),
        0.0..=101.0 => Some(100.0),
        _ => None,
    }
}

/// Returns the first of the values that show a state for a while, after others did not, and the last of
/// those that ever show it.
fn lasting(
    series: &[&Sample],
    shows: impl Fn(f64) -> bool,
    before: impl Fn(f64) -> bool,
) -> Option<(usize, usize)> {
    let mut at = series.iter().position(|it| before(it.value))?;
    while let Some(next) = series[at..].iter().position(|it| shows(it.value)) {
        let from = at + next;
        let length = series[from..]
            .iter()
            .take_while(|it| shows(it.value))
            .count();
        if length >= LASTING {
            let last = series.iter().rposition(|it| shows(it.value))?;
            return Some((from, last));
        }
        at = from + length;
    }
    None
}

fn told_state(series: &[&Sample], state: &State<'_>) -> Finding {
    let clock = |time: DateTime<Utc>| time.format("%Y-%m-%d %H:%M:%S UTC").to_string();
    let from = state.from.observed_at;
    let since = from.map_or_else(String::new, |time| format!(" from {} on", clock(time)));
    let statement = format!("{}{since}: {}", state.said, state.by);
    let cited = vec![state.from.citation.clone(), state.until.citation.clone()];
    let mut found = finding(state.kind, state.severity, &statement, cited);
    let keys = series[0].labels.keys().map(String::as_str);
    found.signature = fingerprint::metric(&series[0].name, keys, "state");
    found.count = series.len() as u64;
    (found.first_seen, found.last_seen) = (from, state.until.observed_at);
    found.component = about(series[0]).map(ToOwned::to_owned);
    found
}

#[cfg(test)]
#[path = "exhausted_tests.rs"]
mod tests;
