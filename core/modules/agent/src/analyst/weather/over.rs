//! What failed before and does no more.

use std::sync::LazyLock;

use chrono::TimeDelta;
use faultmaven_proto::evidence::v1::{FileCitation, Finding, Severity, UploadedFile};
use regex::Regex;

use super::{read, seen, times};

/// Which try of how many a line tells of.
static TRY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:attempt|retry|try)[ =:#]{0,2}(\d{1,3}) ?(?:/|of) ?(\d{1,3})\b").ok()
});

/// What was silent for a longer share of a log than this, and much longer than it lasted, is over.
const QUIET_SHARE: i32 = 8;
const QUIET_FACTOR: i32 = 3;
/// However long a log is, what was silent for so long, and so many times as long as it lasted, is over.
const FAR: TimeDelta = TimeDelta::minutes(45);
const FAR_FACTOR: i32 = 10;
/// How long anything has to be silent to be over.
pub(super) const QUIET_MIN: TimeDelta = TimeDelta::minutes(5);
/// Ends of critical entries about what a part comes back from; all else that is critical lasts.
const COMES_BACK: [&str; 7] = [
    ".crash_recovery",
    ".out_of_memory",
    ".oom_killed",
    ".too_many_connections",
    ".pool_start",
    ".shutdown",
    "unreachable",
];
/// What came at least this often is over, too, when it was silent for as long as it lasted.
const OFTEN: i64 = 10;
/// And for so many times the time between two of it.
const QUIET_INTERVALS: i32 = 20;
/// Of warnings so many times suffice, however long they came.
const QUIET_INTERVALS_WARNED: i32 = 100;
/// An alert whose end was so long ago was not renewed, even if the logs were exported some time after it.
const ALERT_OVER: TimeDelta = TimeDelta::minutes(60);
/// A single value that leaves its level is over this long after it.
const SPIKE_OVER: TimeDelta = TimeDelta::minutes(2);
/// What is critical is over after a longer share of a log.
const CRITICAL_SHARE: i32 = 3;
/// Kinds of findings about what happens, and is over when it does no more.
const PASSING: [&str; 11] = [
    "error_signature",
    "connection_result",
    "onset",
    "restart_loop",
    "stack_group",
    "template_burst",
    "error_span",
    "slow_span",
    "http_result",
    "spike",
    "drop",
];
/// Kinds of findings about values that leave their usual level and come back.
const RETURNING: [&str; 6] = [
    "level_shift",
    "saturation",
    "spike",
    "drop",
    "gap",
    "slow_span",
];

/// Returns whether something is over: a line or a value tells that it came back, an alert was not renewed,
/// or much more of the log follows than it lasted. A state lasts until another is told, and who died is
/// silent, too.
pub(super) fn is_over(finding: &Finding, files: &[UploadedFile]) -> bool {
    let id = finding.catalogue_id.as_str();
    let is_event = id.starts_with("kubernetes.");
    let is_critical = finding.severity() == Severity::Critical && !is_event;
    let lasts = is_critical && !id.is_empty() && !COMES_BACK.iter().any(|end| id.ends_with(end));
    let Some(((first, last), (from, mut to))) = seen(finding).zip(read(finding, files)) else {
        // Without times, the order of lines tells.
        return finding.recovery.is_some();
    };
    // A list of events ends with the last one, however long nothing happens after it, and who is well
    // again may have nothing more to say.
    let is_alert = finding.kind == "alert";
    if is_event || is_alert || finding.recovery.is_some() {
        let ends = files.iter().filter_map(times).map(|(_, end)| end);
        to = ends.max().unwrap_or(to);
    }
    if finding.recovery.is_some() {
        return to - last >= QUIET_MIN;
    }
    if is_tried_again(finding) && !is_critical {
        let ends = files.iter().filter_map(times).map(|(_, end)| end);
        return ends.max().is_some_and(|end| end - last >= QUIET_MIN);
    }
    // While an alert fires, its end is set anew every few minutes.
    if is_alert && last > first {
        return to - last >= ALERT_OVER;
    }
    if finding.kind == "spike" && to - last >= SPIKE_OVER {
        return true;
    }
    // Values that are measured all the time tell when they came back.
    if RETURNING.contains(&finding.kind.as_str()) && first != last {
        return to - last >= QUIET_MIN;
    }
    if lasts || !PASSING.contains(&finding.kind.as_str()) {
        return false;
    }
    // Of what became slow or did not connect, the beginning alone is known.
    if ["slow_span", "connection_result"].contains(&finding.kind.as_str()) && first == last {
        return false;
    }
    let quiet = to - last;
    let share = if is_critical {
        CRITICAL_SHARE
    } else {
        QUIET_SHARE
    };
    let is_long = quiet >= (last - first) * QUIET_FACTOR || outlasts(quiet, last - first, finding);
    let is_share = quiet >= (to - from) / share;
    let is_far =
        !is_critical && last > first && quiet >= FAR && quiet >= (last - first) * FAR_FACTOR;
    quiet >= QUIET_MIN && (is_share || is_far) && is_long
}

/// Returns whether a finding rests on alerts alone, all of which are over.
pub(super) fn is_of_past_alerts(
    finding: &Finding,
    findings: &[Finding],
    files: &[UploadedFile],
) -> bool {
    let is_past = |cited: &FileCitation| {
        let is_cited =
            |it: &FileCitation| it.file_id == cited.file_id && it.line_start == cited.line_start;
        let mut alerts = findings.iter().filter(|it| it.kind == "alert");
        alerts.any(|alert| alert.citations.iter().any(is_cited) && is_over(alert, files))
    };
    finding.first_seen.is_none()
        && !finding.citations.is_empty()
        && finding.citations.iter().all(is_past)
}

/// Returns whether all lines that are cited announce another try, and fewer came than tries are left:
/// "attempt 2/10".
fn is_tried_again(finding: &Finding) -> bool {
    let tries = |quote: &str| {
        let found = TRY.as_ref()?.captures(quote)?;
        found[1]
            .parse::<i64>()
            .ok()
            .zip(found[2].parse::<i64>().ok())
    };
    let quotes = || finding.citations.iter().map(|it| it.quote.as_str());
    let is_left =
        |quote: &str| tries(quote).is_some_and(|(number, of)| number < of && finding.count < of);
    finding.kind == "error_signature" && quotes().count() > 0 && quotes().all(is_left)
}

/// Returns whether a silence is much longer than the time between any two of many.
fn outlasts(quiet: TimeDelta, lasted: TimeDelta, finding: &Finding) -> bool {
    let intervals = i32::try_from(finding.count - 1).unwrap_or(i32::MAX);
    let (is_as_long, factor) = match finding.severity() {
        Severity::Warn => (true, QUIET_INTERVALS_WARNED),
        _ => (quiet >= lasted, QUIET_INTERVALS),
    };
    finding.count >= OFTEN && is_as_long && quiet >= lasted / intervals * factor
}
