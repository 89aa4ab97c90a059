//! Votes of the sampled lines for a format.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::RegexSet;

use super::{Family, LogFormat, Profile};
use crate::header;
use crate::level::Level;
use crate::logs::records::{self, Layout};
use crate::time::{Stamp, Year};

const SAMPLE_LINES: usize = 400;

/// Text layouts that a pattern tells apart; the first match of a line is its vote.
const LAYOUTS: [(LogFormat, &str); 18] = [
    (
        LogFormat::Elasticsearch,
        r"^\[\d{4}-\d\d-\d\dT[\d:,.]+\]\[(TRACE|DEBUG|INFO|WARN|ERROR|FATAL) *\]\[",
    ),
    (LogFormat::Haproxy, r"^.{15,40} haproxy\[\d+\]: "),
    (
        LogFormat::SyslogRfc5424,
        r"^<\d{1,3}>1 \d{4}-\d\d-\d\dT\S+ \S+ \S+ \S+ \S+ ",
    ),
    (
        LogFormat::Cri,
        r"^\d{4}-\d\d-\d\dT\S+ (stdout|stderr) [FP] ",
    ),
    (
        LogFormat::Klog,
        r"^[IWEF]\d{4} \d\d:\d\d:\d\d\.\d+\s+\d+ \S+:\d+\] ",
    ),
    (
        LogFormat::Logcat,
        r"^(\d{4}-)?\d\d-\d\d \d\d:\d\d:\d\d\.\d+\s+\d+\s+\d+ [VDIWEF] ",
    ),
    (
        LogFormat::NginxError,
        r"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[\w+\] \d+#\d+: ",
    ),
    (
        LogFormat::ApacheError,
        r"^\[\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d(\.\d+)? \d{4}\] \[",
    ),
    (LogFormat::Dmesg, r"^(<\d+>)?\[\s*\d+\.\d{3,6}\] "),
    (
        LogFormat::Redis,
        r"^\d+:[MSCX] \d\d \w{3} (\d{4} )?\d\d:\d\d:\d\d\.\d+ [.*#-] ",
    ),
    (
        LogFormat::Postgresql,
        r#"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? \w+(,("[^"]*")?,("[^"]*")?,\d+,| .{0,80}?(LOG|ERROR|FATAL|PANIC|WARNING|DETAIL|HINT|STATEMENT|CONTEXT|NOTICE):  )"#,
    ),
    (
        LogFormat::Mysql,
        r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S* \d+ \[\w+\] ",
    ),
    (
        LogFormat::Kafka,
        r"^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}\] (TRACE|DEBUG|INFO|WARN|ERROR|FATAL) .*\([\w.$]+\)",
    ),
    (
        LogFormat::PythonLogging,
        r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - .* - (DEBUG|INFO|WARNING|ERROR|CRITICAL)\b|^(DEBUG|INFO|WARNING|ERROR|CRITICAL):[\w.]+:",
    ),
    (
        LogFormat::Zap,
        r"^\S+\t(DEBUG|INFO|WARN|ERROR|FATAL|debug|info|warn|error|fatal)\t",
    ),
    (
        LogFormat::SyslogRfc3164,
        r"^(<\d{1,3}>)?(\w{3} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*) \S+ [^\s:\[]+(\[\d+\])?: ",
    ),
    (
        LogFormat::Log4j,
        r"^\[?\d{2,4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d\S*\]? .{0,60}?\b(TRACE|DEBUG|INFO|WARN|ERROR|FATAL|SEVERE)\b",
    ),
    (
        LogFormat::GoStd,
        r"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d(\.\d+)? ",
    ),
];

static LAYOUT_SET: LazyLock<Option<RegexSet>> =
    LazyLock::new(|| RegexSet::new(LAYOUTS.iter().map(|layout| layout.1)).ok());

/// Learns the profile of the sampled `lines`.
pub(crate) fn detect(lines: &[&str]) -> Profile {
    let sample: Vec<&str> = lines
        .iter()
        .copied()
        .filter(|line| !line.trim().is_empty())
        .take(SAMPLE_LINES)
        .collect();
    if let Some(layout) = records::layout(&sample) {
        return record_profile(layout, sample.len());
    }
    let family = family(&sample);
    let mut profile = Profile {
        format: None,
        family,
        component_after_level: false,
        bare_epoch: false,
        dateless: false,
        named: false,
        stamped: 0.0,
        levelled: 0.0,
        headed: 0,
    };
    profile.bare_epoch = family == Family::Text && numbers_advance(&sample);
    profile.named = family == Family::Text && header::is_named(&sample);
    let is_plain = family == Family::Text && !profile.named;
    profile.component_after_level = is_plain && component_column(&sample, &profile);
    profile.dateless = family == Family::Text && times_alone(&sample, &profile);
    measure(&sample, &mut profile);
    profile.format = format(&sample, &profile);
    profile
}

/// The profile of events of several lines, each of which has its time.
fn record_profile(layout: Layout, lines: usize) -> Profile {
    Profile {
        format: match layout {
            Layout::JournalExport => Some(LogFormat::Journald),
            Layout::WindowsEvent => Some(LogFormat::WindowsEvent),
            Layout::DotnetConsole => None,
            Layout::MysqlSlow => Some(LogFormat::Mysql),
        },
        family: Family::Record(layout),
        component_after_level: false,
        bare_epoch: false,
        dateless: false,
        named: false,
        stamped: 1.0,
        levelled: 1.0,
        headed: lines,
    }
}

fn family(sample: &[&str]) -> Family {
    let share = |test: fn(&str) -> bool| {
        let hits = sample.iter().filter(|line| test(line)).count();
        hits * 10 >= sample.len().max(1) * 6
    };
    if share(header::json::looks_like_record) {
        Family::Json
    } else if share(header::access::looks_like_record) {
        Family::Access
    } else if share(header::cri::looks_like_record) {
        Family::Cri
    } else if share(header::logfmt::looks_like_record) {
        Family::Logfmt
    } else {
        Family::Text
    }
}

fn measure(sample: &[&str], profile: &mut Profile) {
    let (mut stamped, mut levelled) = (0usize, 0usize);
    for line in sample {
        let parsed = header::parse(line, profile);
        stamped += usize::from(parsed.stamp.is_some());
        levelled += usize::from(parsed.level.is_some());
        profile.headed += usize::from(parsed.stamp.is_some() || parsed.level.is_some());
    }
    let total = sample.len().max(1) as f32;
    profile.stamped = stamped as f32 / total;
    profile.levelled = levelled as f32 / total;
}

/// Whether lines with levels begin with a time of day, and few with a date.
fn times_alone(sample: &[&str], profile: &Profile) -> bool {
    let dateless = Profile {
        dateless: true,
        ..*profile
    };
    let (mut alone, mut dated) = (0usize, 0usize);
    for line in sample {
        let header = header::parse(line, &dateless);
        let is_alone = |stamp: &Stamp| stamp.year == Year::NoDate;
        match header.stamp.as_ref().map(is_alone) {
            Some(true) => alone += usize::from(header.level.is_some()),
            Some(false) => dated += 1,
            None => {}
        }
    }
    alone > dated && alone * 10 >= sample.len()
}

/// Whether most lines begin with a number that grows from line to line as time does.
fn numbers_advance(sample: &[&str]) -> bool {
    /// Longer logs are none that a file holds.
    const SPAN_MAX: i64 = 400 * 86_400_000_000;
    let times: Vec<i64> = sample
        .iter()
        .filter_map(|line| header::text::bare_epoch(line))
        .collect();
    let pairs = times.windows(2);
    let forward = pairs.clone().filter(|pair| pair[0] <= pair[1]).count();
    let span = times.iter().max().zip(times.iter().min());
    times.len() * 2 >= sample.len()
        && times.len() >= 2
        && forward * 10 >= pairs.len() * 8
        && span.is_some_and(|(last, first)| last - first <= SPAN_MAX)
}

/// Whether the word behind the level takes few identifier-like values over many lines.
fn component_column(sample: &[&str], profile: &Profile) -> bool {
    let mut words: BTreeMap<&str, usize> = BTreeMap::new();
    let mut total = 0usize;
    for line in sample {
        let parsed = header::text::parse(line, profile);
        if parsed.level.is_none() || parsed.component.is_some() {
            continue;
        }
        let Some(word) = header::text::first_word(line, &parsed) else {
            continue;
        };
        total += 1;
        let prefix = &line[..line.len() - parsed.message.len()];
        if header::text::is_component_word(word) && !is_prose(word) && !has_columns(prefix) {
            *words.entry(word).or_default() += 1;
        }
    }
    let named: usize = words.values().sum();
    total >= 5 && named * 10 >= total * 9 && words.len() * 5 <= total
}

/// Whether a word reads as the first of a sentence.
fn is_prose(word: &str) -> bool {
    let mut letters = word.bytes();
    letters.next().is_some_and(|b| b.is_ascii_uppercase())
        && letters.all(|b| b.is_ascii_lowercase())
}

/// Whether names stand in front of the level already, so that the message follows it.
fn has_columns(prefix: &str) -> bool {
    let mut words = prefix.split_ascii_whitespace();
    words.any(|word| {
        let name = word.len() >= 5 && word.bytes().all(|b| b.is_ascii_alphabetic());
        name && Level::from_word(word).is_none()
    })
}

fn format(sample: &[&str], profile: &Profile) -> Option<LogFormat> {
    match profile.family {
        Family::Json => return Some(json_format(sample)),
        Family::Logfmt => return Some(LogFormat::Logfmt),
        Family::Access => return Some(LogFormat::AccessLog),
        Family::Cri => return Some(LogFormat::Cri),
        Family::Text | Family::Record(_) => {}
    }
    let mut votes = [0usize; LAYOUTS.len()];
    if let Some(set) = LAYOUT_SET.as_ref() {
        for line in sample {
            if let Some(first) = set.matches(line).iter().next() {
                votes[first] += 1;
            }
        }
    }
    let best = (0..LAYOUTS.len()).rev().max_by_key(|&index| votes[index])?;
    if votes[best] * 2 > profile.headed.max(1) {
        return Some(LAYOUTS[best].0);
    }
    if profile.stamped >= 0.3 {
        Some(LogFormat::Timestamped)
    } else if profile.levelled >= 0.3 {
        Some(LogFormat::Levelled)
    } else {
        None
    }
}

fn json_format(sample: &[&str]) -> LogFormat {
    let holding = |needle: &str| sample.iter().filter(|line| line.contains(needle)).count();
    let most = |count: usize| count * 2 > sample.len();
    if most(holding("\"stream\":").min(holding("\"log\":"))) {
        LogFormat::DockerJson
    } else if most(holding("\"$date\"").min(holding("\"s\":"))) {
        LogFormat::Mongodb
    } else if most(holding("\"__REALTIME_TIMESTAMP\"")) {
        LogFormat::Journald
    } else {
        LogFormat::JsonLines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_times_only_when_they_lead_lines_and_advance() {
        let of = |rows: &dyn Fn(u64) -> String| {
            let rows: Vec<String> = (0..20).map(rows).collect();
            let lines: Vec<&str> = rows.iter().map(String::as_str).collect();
            detect(&lines).stamped
        };
        assert!(of(&|at| format!("{} worker started {at}", 1_741_097_100 + at)) > 0.9);
        assert!(of(&|at| format!("{} bytes sent by {at}", 1_926_538_112 - at * 7_919_317)) < 0.1);
        assert!(of(&|at| format!("table age {}", 1_926_538_112 + at)) < 0.1);
        assert!(of(&|at| format!(" {} | orders_{at}", 1_926_538_112 + at)) < 0.1);
    }
}
