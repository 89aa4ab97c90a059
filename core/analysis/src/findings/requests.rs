//! Findings about the requests of a capture: which fail, which are slow and why, and at which hosts.

use std::collections::BTreeMap;

use super::{finding, shorten};
use crate::citation::Citation;
use crate::finding::{Finding, FindingKind, Severity};
use crate::fingerprint;
use crate::structured::document::{PHASES, Request};

/// Milliseconds from which a request is slow.
const SLOW: f64 = 2_000.0;
/// Milliseconds from which a request is slow that takes far longer than most.
const SLOW_FOR_ITS_PEERS: f64 = 1_000.0;
const SLOW_FACTOR: f64 = 5.0;
/// Requests to a host from which it can be said to fail as a whole.
const HOST_MIN: usize = 3;

/// What the requests of a capture show.
pub(super) fn requests(requests: &[Request]) -> Vec<Finding> {
    let mut findings = failed(requests);
    findings.extend(slow(requests));
    findings.extend(hosts(requests));
    findings
}

fn is_failed(request: &Request) -> bool {
    (request.status >= 400 || request.status == 0) && !is_given_up(request)
}

/// Whether the browser gave a request up by itself, or never sent it.
fn is_given_up(request: &Request) -> bool {
    const OWN: [&str; 4] = [
        "ERR_BLOCKED_BY",
        "ERR_ABORTED",
        "NS_BINDING_ABORTED",
        "cancel",
    ];
    let said = request.error.as_deref().unwrap_or_default();
    let is_blocked = OWN.iter().any(|word| said.contains(word));
    // A request that was never sent, or whose answer was in the cache, has no times.
    let is_unsent = request.error.is_none() && request.time <= 0.0;
    request.status == 0 && (is_blocked || is_unsent)
}

/// Failed requests by what was asked for and what came back.
fn failed(requests: &[Request]) -> Vec<Finding> {
    let mut groups: BTreeMap<(String, u16), Vec<&Request>> = BTreeMap::new();
    let mut totals: BTreeMap<String, usize> = BTreeMap::new();
    for request in requests {
        let asked = asked(request);
        *totals.entry(asked.clone()).or_default() += 1;
        // Nothing is wrong with what the browser itself decided.
        if is_failed(request) {
            let group = groups.entry((asked, request.status)).or_default();
            group.push(request);
        }
    }
    let groups = groups.into_iter();
    groups
        .filter_map(|((asked, status), group)| {
            let total = totals.get(&asked).copied().unwrap_or(group.len());
            failed_finding(&asked, status, &group, total)
        })
        .collect()
}

fn failed_finding(asked: &str, status: u16, group: &[&Request], total: usize) -> Option<Finding> {
    let first = group.iter().min_by_key(|it| it.started)?;
    let said = first.error.as_deref().map(|said| shorten(said, 60));
    let (severity, how) = match status {
        0 => (Severity::Error, "got no answer".to_owned()),
        500.. => (Severity::Error, format!("answers {status}")),
        404 | 410 => (Severity::Info, format!("answers {status}")),
        _ => (Severity::Warn, format!("answers {status}")),
    };
    let said = said.map_or_else(String::new, |said| format!(" ({said})"));
    let statement = format!(
        "{} {how}{said} in {} of {total} requests",
        shorten(asked, 160),
        group.len()
    );
    let cited = first.citations.clone();
    let mut found = finding(FindingKind::HttpResult, severity, &statement, cited);
    found.signature = fingerprint::command("har", asked, &status.to_string());
    found.count = group.len() as u64;
    describe(&mut found, group);
    Some(found)
}

fn describe(found: &mut Finding, group: &[&Request]) {
    found.first_seen = group.iter().filter_map(|it| it.started).min();
    found.last_seen = group.iter().filter_map(|it| it.started).max();
    found.component = group.first().map(|it| it.host().to_owned());
}

/// Slow requests by host and by the phase in which most of the time goes.
fn slow(requests: &[Request]) -> Vec<Finding> {
    let measured = requests.iter().filter(|it| !it.stays_open && it.time > 0.0);
    let mut times: Vec<f64> = measured.clone().map(|it| it.time).collect();
    times.sort_by(f64::total_cmp);
    let usual = times.get(times.len() / 2).copied().unwrap_or(0.0);
    let is_slow = |it: &&Request| {
        it.time >= SLOW || it.time >= SLOW_FOR_ITS_PEERS && it.time >= usual * SLOW_FACTOR
    };
    let mut groups: BTreeMap<(&str, usize), Vec<&Request>> = BTreeMap::new();
    for request in measured.filter(is_slow) {
        if let Some((phase, time)) = request.longest_phase()
            && time * 2.0 >= request.time
        {
            groups
                .entry((request.host(), phase))
                .or_default()
                .push(request);
        } else {
            groups
                .entry((request.host(), PHASES.len()))
                .or_default()
                .push(request);
        }
    }
    let groups = groups.into_iter();
    groups
        .filter_map(|((_, phase), group)| slow_finding(phase, &group))
        .collect()
}

fn slow_finding(phase: usize, group: &[&Request]) -> Option<Finding> {
    const SPENT: [&str; 7] = [
        "before it is sent",
        "in the name look-up",
        "in connecting",
        "in the TLS handshake",
        "in sending",
        "in waiting for the answer",
        "in receiving",
    ];
    let slowest = group.iter().max_by(|a, b| a.time.total_cmp(&b.time))?;
    let spent = match (slowest.longest_phase(), SPENT.get(phase)) {
        (Some((_, time)), Some(words)) => format!(", {} of it {words}", seconds(time)),
        _ => String::new(),
    };
    let more = match group.len() - 1 {
        0 => String::new(),
        1 => "; 1 more request to this host is slow in this way".to_owned(),
        count => format!("; {count} more requests to this host are slow in this way"),
    };
    let statement = format!(
        "{} takes {}{spent}{more}",
        shorten(&asked(slowest), 150),
        seconds(slowest.time)
    );
    let mut cited: Vec<Citation> = slowest.citations.clone();
    let place = slowest.phase_places.iter().find(|(at, _)| *at == phase);
    cited.extend(place.map(|(_, cited)| cited.clone()));
    let mut found = finding(FindingKind::SlowSpan, Severity::Warn, &statement, cited);
    let rule = PHASES.get(phase).copied().unwrap_or("all");
    found.signature = fingerprint::command("har", slowest.host(), rule);
    found.count = group.len() as u64;
    describe(&mut found, group);
    Some(found)
}

/// Hosts all of whose requests fail while those to others succeed.
fn hosts(requests: &[Request]) -> Vec<Finding> {
    let mut by_host: BTreeMap<&str, Vec<&Request>> = BTreeMap::new();
    for request in requests.iter().filter(|it| !is_given_up(it)) {
        by_host.entry(request.host()).or_default().push(request);
    }
    let is_down =
        |group: &[&Request]| group.len() >= HOST_MIN && group.iter().all(|it| is_failed(it));
    let well: Vec<&Vec<&Request>> = by_host
        .values()
        .filter(|group| !group.iter().any(|it| is_failed(it)))
        .collect();
    let served: usize = well.iter().map(|group| group.len()).sum();
    if well.is_empty() {
        return Vec::new();
    }
    let down = by_host.iter().filter(|(_, group)| is_down(group));
    down.filter_map(|(host, group)| {
        let first = group.iter().min_by_key(|it| it.started)?;
        let statement = format!(
            "all {} requests to {host} fail, while {served} requests to {} other hosts succeed",
            group.len(),
            well.len()
        );
        let cited = first.citations.clone();
        let mut found = finding(FindingKind::HttpResult, Severity::Error, &statement, cited);
        found.signature = fingerprint::command("har", host, "host");
        found.count = group.len() as u64;
        describe(&mut found, group);
        Some(found)
    })
    .collect()
}

/// Returns method and address, in which parts that are numbers or ids are masked.
fn asked(request: &Request) -> String {
    let from = request.url.find("://").map_or(0, |at| at + 3);
    let path = request.url[from..]
        .find('/')
        .map_or(request.url.len(), |at| from + at);
    let (origin, path) = request.url.split_at(path);
    let parts: Vec<&str> = path
        .split('/')
        .map(|part| if is_id(part) { "*" } else { part })
        .collect();
    format!("{} {origin}{}", request.method, parts.join("/"))
}

fn is_id(part: &str) -> bool {
    let digits = part.bytes().filter(u8::is_ascii_digit).count();
    let is_number = !part.is_empty() && digits == part.len();
    let is_hex = part.len() >= 16
        && digits >= 2
        && part.bytes().all(|it| it.is_ascii_hexdigit() || it == b'-');
    is_number || is_hex
}

fn seconds(millis: f64) -> String {
    super::traces::told((millis * 1_000.0) as i64)
}
