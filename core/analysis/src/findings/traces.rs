//! Findings about traces: where failures begin, which calls are slow, and what a slow trace waits for.

use std::collections::BTreeMap;

use super::{finding, shorten};
use crate::citation::Citation;
use crate::finding::{Finding, FindingKind, Severity};
use crate::fingerprint;
use crate::structured::spans::{Span, Spans, critical_path};
use crate::time::to_utc;

/// Calls of an operation from which its usual duration is known.
const PEERS_MIN: usize = 8;
/// Calls of one operation by the same caller from which one of them stands out.
const SIBLINGS_MIN: usize = 4;
/// Multiple of the usual duration from which a call is slow.
const SLOW_FACTOR: i64 = 5;
/// Microseconds above the usual duration from which a call is slow.
const SLOW_MIN: i64 = 100_000;
/// Microseconds from which a trace that stands alone is worth a look.
const LONG_TRACE: i64 = 1_000_000;
/// Callers that are looked at above a call that failed.
const CALLERS_MAX: usize = 50;
const SLOW_FINDINGS_MAX: usize = 10;
/// Operations of a critical path that are named.
const PATH_NAMED: usize = 3;

/// What the spans of a file show.
pub(super) fn traces(spans: &Spans) -> Vec<Finding> {
    let mut findings = origins(spans);
    let slow = slow_calls(spans);
    findings.extend(slow.iter().map(|slow| slow_finding(spans, slow)));
    findings.extend(slowest_trace(spans));
    findings
}

/// Calls that failed though none that they made did, by operation and reason.
fn origins(spans: &Spans) -> Vec<Finding> {
    let mut groups: BTreeMap<(u32, u32, String), Vec<&Span>> = BTreeMap::new();
    for span in spans.all.iter().filter(|span| spans.is_origin(span)) {
        let text = span.error.as_ref().map_or("", |error| error.text.as_str());
        let shape = fingerprint::quote_signature(text);
        let group = groups.entry((span.service, span.name, shape)).or_default();
        group.push(span);
    }
    let mut calls: BTreeMap<(u32, u32), usize> = BTreeMap::new();
    for span in &spans.all {
        *calls.entry((span.service, span.name)).or_default() += 1;
    }
    groups
        .into_iter()
        .filter_map(|((service, name, _), group)| origin(spans, &group, calls[&(service, name)]))
        .collect()
}

fn origin(spans: &Spans, group: &[&Span], calls: usize) -> Option<Finding> {
    let first = group.iter().min_by_key(|span| span.start)?;
    let error = first.error.as_ref()?;
    let why = match error.text.as_str() {
        "" => String::new(),
        text => format!(": {}", shorten(text, 120)),
    };
    let callers = failed_callers(spans, first);
    let with = match callers.as_slice() {
        [] => String::new(),
        names => format!("; with it fails {}", names.join(", ")),
    };
    let statement = format!(
        "{} fails in {} of {calls} calls, where the failure begins{why}{with}",
        shorten(&spans.operation(first), 100),
        group.len()
    );
    let mut cited = error.citations.clone();
    cited.extend(first.citations.iter().take(1).cloned());
    let mut found = finding(FindingKind::ErrorSpan, Severity::Error, &statement, cited);
    describe(&mut found, spans, first, "error");
    found.count = group.len() as u64;
    found.last_seen = group.iter().map(|it| it.start).max().and_then(to_utc);
    Some(found)
}

/// Operations above a call that failed as well, nearest first.
fn failed_callers(spans: &Spans, span: &Span) -> Vec<String> {
    let above = |span: &Span| span.parent.map(|at| &spans.all[at]);
    let mut names = Vec::new();
    let callers = std::iter::successors(above(span), |caller| above(caller));
    let failed = callers.take_while(|caller| caller.error.is_some());
    for caller in failed.take(CALLERS_MAX) {
        let name = shorten(&spans.operation(caller), 60);
        if !names.contains(&name) {
            names.push(name);
        }
        if names.len() >= PATH_NAMED {
            break;
        }
    }
    names
}

/// A call that takes far longer than others like it.
struct Slow {
    at: usize,
    usual: i64,
    peers: usize,
    /// Whether the others were made by the same caller.
    siblings: bool,
    count: u64,
}

/// The slowest call of each operation that has slow ones, unless calls below explain it.
fn slow_calls(spans: &Spans) -> Vec<Slow> {
    let mut groups: BTreeMap<(u32, u32), Vec<usize>> = BTreeMap::new();
    for (at, span) in spans.all.iter().enumerate() {
        groups
            .entry((span.service, span.name))
            .or_default()
            .push(at);
    }
    let mut slow: Vec<Slow> = groups
        .values()
        .filter(|group| group.len() >= PEERS_MIN)
        .filter_map(|group| slowest(spans, group, false))
        .collect();
    for span in &spans.all {
        let mut names: BTreeMap<(u32, u32), Vec<usize>> = BTreeMap::new();
        for &child in &span.children {
            let child_span = &spans.all[child];
            let operation = (child_span.service, child_span.name);
            let is_known = groups
                .get(&operation)
                .is_some_and(|it| it.len() >= PEERS_MIN);
            if !is_known {
                names.entry(operation).or_default().push(child);
            }
        }
        let many = names.values().filter(|group| group.len() >= SIBLINGS_MIN);
        slow.extend(many.filter_map(|group| slowest(spans, group, true)));
    }
    slow.sort_by_key(|slow| (std::cmp::Reverse(spans.all[slow.at].duration), slow.at));
    slow.retain(|slow| !is_explained_below(spans, slow.at));
    slow.truncate(SLOW_FINDINGS_MAX);
    slow
}

fn slowest(spans: &Spans, group: &[usize], siblings: bool) -> Option<Slow> {
    let mut durations: Vec<i64> = group.iter().map(|&at| spans.all[at].duration).collect();
    durations.sort_unstable();
    let usual = durations[durations.len() / 2];
    let limit = usual.saturating_mul(SLOW_FACTOR).max(usual + SLOW_MIN);
    let at = *group.iter().max_by_key(|&&at| spans.all[at].duration)?;
    let count = durations.iter().filter(|&&it| it > limit).count();
    (count > 0).then_some(Slow {
        at,
        usual,
        peers: group.len(),
        siblings,
        count: count as u64,
    })
}

/// Returns whether one call below takes most of the time, so that the fault lies there.
fn is_explained_below(spans: &Spans, at: usize) -> bool {
    let span = &spans.all[at];
    let below = span.children.iter().map(|&child| spans.all[child].duration);
    below
        .max()
        .is_some_and(|longest| longest.saturating_mul(10) >= span.duration.saturating_mul(8))
}

fn slow_finding(spans: &Spans, slow: &Slow) -> Finding {
    let span = &spans.all[slow.at];
    let others = if slow.siblings {
        "calls beside it"
    } else {
        "calls of its kind"
    };
    let more = match slow.count {
        1 => String::new(),
        count => format!("; {count} are slow"),
    };
    let statement = format!(
        "{} takes {}, while half of the {} {others} take at most {}{more}",
        shorten(&spans.operation(span), 120),
        told(span.duration),
        slow.peers,
        told(slow.usual)
    );
    let cited = span.citations.clone();
    let mut found = finding(FindingKind::SlowSpan, Severity::Warn, &statement, cited);
    describe(&mut found, spans, span, "slow");
    found.count = slow.count;
    found
}

/// Where the time of the slowest trace goes, when it is long or far above the others.
fn slowest_trace(spans: &Spans) -> Option<Finding> {
    let root = spans
        .roots()
        .max_by_key(|&at| (spans.all[at].duration, std::cmp::Reverse(at)))?;
    let span = &spans.all[root];
    let mut peers: Vec<i64> = same_operation(spans, span).map(|it| it.duration).collect();
    peers.sort_unstable();
    let usual = peers[peers.len() / 2];
    let has_peers = peers.len() >= PEERS_MIN;
    let stands_out =
        has_peers && span.duration > usual.saturating_mul(SLOW_FACTOR).max(usual + SLOW_MIN);
    let is_long = !has_peers && span.duration >= LONG_TRACE;
    if span.children.is_empty() || !(stands_out || is_long) {
        return None;
    }
    let severity = if stands_out {
        Severity::Warn
    } else {
        Severity::Info
    };
    let shares = shares(spans, root);
    let named: Vec<String> = shares
        .iter()
        .take(PATH_NAMED)
        .filter(|(time, _)| *time * 20 >= span.duration)
        .map(|&(time, at)| {
            format!(
                "{} in {}",
                told(time),
                shorten(&spans.operation(&spans.all[at]), 70)
            )
        })
        .collect();
    if named.is_empty() {
        return None;
    }
    let statement = format!(
        "the critical path of trace {} ({}, {}) spends {}",
        shorten(spans.trace(span), 40),
        shorten(&spans.operation(span), 60),
        told(span.duration),
        named.join(", ")
    );
    let most = &spans.all[shares.first()?.1];
    let cited: Vec<Citation> = most
        .citations
        .iter()
        .chain(&span.citations)
        .cloned()
        .collect();
    let mut found = finding(FindingKind::CriticalPath, severity, &statement, cited);
    describe(&mut found, spans, most, "path");
    found.first_seen = to_utc(span.start);
    found.last_seen = found.first_seen;
    Some(found)
}

/// Time that each operation on the critical path spends itself, most first, with one of its calls.
fn shares(spans: &Spans, root: usize) -> Vec<(i64, usize)> {
    let mut own: BTreeMap<(u32, u32), (i64, usize)> = BTreeMap::new();
    for (at, time) in critical_path(spans, root) {
        let on_path = &spans.all[at];
        let entry = own.entry((on_path.service, on_path.name));
        entry.or_insert((0, at)).0 += time;
    }
    let mut shares: Vec<(i64, usize)> = own.into_values().collect();
    shares.sort_by_key(|&(time, at)| (std::cmp::Reverse(time), at));
    shares
}

fn same_operation<'a>(spans: &'a Spans, span: &'a Span) -> impl Iterator<Item = &'a Span> {
    let same = |it: &&Span| (it.service, it.name) == (span.service, span.name);
    spans.all.iter().filter(same)
}

fn describe(found: &mut Finding, spans: &Spans, span: &Span, rule: &str) {
    found.signature = fingerprint::command("trace", &spans.operation(span), rule);
    found.component = Some(spans.service(span).to_owned());
    found.first_seen = to_utc(span.start);
    found.last_seen = found.first_seen;
}

/// Returns a duration as a person writes it.
pub(super) fn told(micros: i64) -> String {
    match micros {
        10_000_000.. => format!("{} s", micros / 1_000_000),
        1_000_000.. => format!("{:.1} s", micros as f64 / 1e6),
        1_000.. => format!("{} ms", micros / 1_000),
        _ => format!("{micros} µs"),
    }
}
