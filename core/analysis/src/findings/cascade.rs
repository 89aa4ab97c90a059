//! Puts the error of a peer in front of those who only tell that it does not answer.

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use regex::Regex;

use crate::analysis::Analysis;
use crate::finding::{Finding, FindingKind, Severity};
use crate::format::LogFormat;

/// Findings of one file that are compared with others.
const COMPARED_MAX: usize = 20;
/// Errors of each side that are compared, all files together.
const ROWS_MAX: usize = 500;
const STEP: f64 = 0.0001;

/// What tells that another one does not answer.
static VICTIM: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)\bupstream (?:timed out|prematurely closed|request timeout|connect error)|\bconnecting to upstream\b|\bno (?:live|healthy) upstreams?\b|\bbad gateway\b|\bgateway time-?out\b|" 50[234] |\bstatus[=:" ]+50[234]\b|\bconnection(?: to .{1,120}?)? (?:was )?(?:refused|failed)\b|\b(?:could not|cannot|can't|failed to|unable to) connect\b|\bE(?:CONNREFUSED|TIMEDOUT|CONNRESET)\b|\bdial tcp\b|\bhas no server available\b|\bconnect\(\) failed\b|\bOperationalError\b"#,
    )
    .ok()
});

/// What tells that somebody himself is at an end.
static OWN_END: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\btoo many (?:clients|connections|open files)\b|\bconnection slots\b|\bout of memory\b|\boom[- ]?kill|\bkilled process\b|\bno space left\b|\bdisk full\b|\bcannot allocate\b|\bmax number of clients\b|\bcommand not allowed when used memory\b|\b(?:could not|cannot|failed to) bind\b|\baddress (?:is )?already in use\b|\bread-only file ?system\b|\bterminated by signal\b|\bsegfault\b|\bmain process exited\b|\bfast shutdown request\b|\bOutOfMemoryError\b|\bstarting up$|\bthe database system is (?:starting up|shutting down|in recovery)",
    )
    .ok()
});

/// Ports by which a peer is named, and the words its own log goes by.
const SERVICES: [(&str, &[&str]); 9] = [
    ("5432", &["postgres"]),
    ("3306", &["mysql", "maria"]),
    ("6379", &["redis"]),
    ("27017", &["mongo"]),
    ("9092", &["kafka"]),
    ("5672", &["rabbit"]),
    ("11211", &["memcache"]),
    ("9200", &["elastic"]),
    ("2181", &["zookeeper"]),
];

/// Returns the word for the service that usually listens at a port.
pub(crate) fn service_at(port: &str) -> Option<&'static str> {
    let known = SERVICES.iter().find(|(number, _)| *number == port);
    known.and_then(|(_, words)| words.first().copied())
}

/// Lifts errors of peers within the findings of one file, which are then to be sorted again.
pub(super) fn lift(findings: &mut [Finding], name: &str, format: Option<LogFormat>) {
    let rows: Vec<Row<'_>> = findings
        .iter()
        .enumerate()
        .filter_map(|(at, finding)| Row::of(finding, (0, at), name, format))
        .collect();
    for ((_, at), score) in lifted(&rows) {
        findings[at].score = score;
    }
}

/// Returns file and position of the findings of several files, likely origins first.
pub fn rank_across(files: &[(&str, &Analysis)]) -> Vec<(usize, usize)> {
    let mut order: Vec<(f64, (usize, usize))> = Vec::new();
    let mut rows = Vec::new();
    for (file, (name, analysis)) in files.iter().enumerate() {
        for (at, finding) in analysis.findings.iter().enumerate() {
            order.push((finding.score, (file, at)));
            if at < COMPARED_MAX {
                rows.extend(Row::of(finding, (file, at), name, analysis.log_format));
            }
        }
    }
    let mut scores: std::collections::HashMap<(usize, usize), f64> =
        lifted(&rows).into_iter().collect();
    for (score, place) in &mut order {
        *score = scores.remove(place).unwrap_or(*score);
    }
    // The sort is stable: equal ones stay in the order of the files.
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    order.into_iter().map(|(_, place)| place).collect()
}

/// An error and what is known of who tells it.
struct Row<'a> {
    finding: &'a Finding,
    place: (usize, usize),
    text: &'a str,
    victim: bool,
    /// Names of the one who tells it, in lower case.
    names: Vec<String>,
}

impl<'a> Row<'a> {
    fn of(
        finding: &'a Finding,
        place: (usize, usize),
        file: &str,
        format: Option<LogFormat>,
    ) -> Option<Self> {
        let event = matches!(
            finding.kind,
            FindingKind::ErrorSignature | FindingKind::StackGroup | FindingKind::TemplateBurst
        );
        if !event || finding.severity < Severity::Warn {
            return None;
        }
        let text = finding.citations.first()?.quote.as_str();
        let victim = VICTIM.as_ref()?.is_match(text);
        let file = file.rsplit(['/', '\\']).next().unwrap_or(file);
        let named = [Some(file), finding.component.as_deref(), format.map(word)];
        let names = named.into_iter().flatten().map(str::to_ascii_lowercase);
        Some(Self {
            finding,
            place,
            text,
            victim,
            names: names.filter(|name| name.len() >= 2).collect(),
        })
    }

    fn begins(&self) -> Option<DateTime<Utc>> {
        self.finding.onset.or(self.finding.first_seen)
    }

    /// Returns whether this is what the other one suffers from.
    fn explains(&self, victim: &Self) -> bool {
        if self.finding.component.is_some() && self.finding.component == victim.finding.component
            || self.place.0 == victim.place.0 && self.finding.component.is_none()
        {
            return false;
        }
        let own_end = OWN_END.as_ref().is_some_and(|it| it.is_match(self.text));
        let named = self.is_named_in(victim.text);
        (own_end || named) && self.precedes(victim).unwrap_or(named && own_end)
    }

    /// Returns whether this begins no later than the other one and is not long over by then.
    fn precedes(&self, victim: &Self) -> Option<bool> {
        let (begins, later) = (self.begins()?, victim.begins()?);
        let last = self.finding.last_seen.unwrap_or(begins);
        Some(begins <= later + TimeDelta::minutes(1) && last + TimeDelta::minutes(10) >= later)
    }

    fn is_named_in(&self, text: &str) -> bool {
        let lower = text.to_ascii_lowercase();
        let mut known = SERVICES.iter().filter(|(_, words)| {
            let mut words = words.iter();
            words.any(|word| self.names.iter().any(|name| name.contains(word)))
        });
        known.any(|(port, words)| {
            words.iter().any(|word| holds_word(&lower, word)) || holds_word(&lower, port)
        }) || self.finding.component.as_deref().is_some_and(|component| {
            component.len() >= 3 && holds_word(&lower, &component.to_ascii_lowercase())
        })
    }
}

/// Returns new scores of errors that explain others, and of those others.
fn lifted(rows: &[Row<'_>]) -> Vec<((usize, usize), f64)> {
    let (victims, others): (Vec<&Row<'_>>, Vec<&Row<'_>>) = rows.iter().partition(|it| it.victim);
    let origins = others
        .into_iter()
        .filter(|it| it.finding.severity >= Severity::Error);
    let mut scores = Vec::new();
    for origin in origins.take(ROWS_MAX) {
        let own = origin.finding.score;
        let best = victims
            .iter()
            .take(ROWS_MAX)
            .filter(|victim| victim.finding.score >= own && origin.explains(victim))
            .map(|victim| victim.finding.score)
            .max_by(f64::total_cmp);
        if let Some(best) = best {
            scores.push((origin.place, (best + STEP).min(1.0)));
        }
    }
    scores
}

/// Returns whether a word stands in a text where no letter or digit touches its start.
fn holds_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].bytes().next_back();
        let after = text[at + word.len()..].bytes().next();
        let number = word.starts_with(|c: char| c.is_ascii_digit());
        before.is_none_or(|byte| !byte.is_ascii_alphanumeric())
            && (!number || after.is_none_or(|byte| !byte.is_ascii_digit()))
    })
}

/// Returns the word a format stands for, where one program alone writes it.
fn word(format: LogFormat) -> &'static str {
    match format {
        LogFormat::Postgresql => "postgres",
        LogFormat::Mysql => "mysql",
        LogFormat::Redis => "redis",
        LogFormat::Mongodb => "mongo",
        LogFormat::Kafka => "kafka",
        LogFormat::Elasticsearch => "elastic",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use crate::{Analysis, Options, analyze, rank_across};

    fn analyzed(name: &str, log: &str) -> Analysis {
        let options = Options {
            file_name: Some(name.to_owned()),
            ..Options::default()
        };
        analyze(log.as_bytes(), options)
    }

    fn lines(count: u32, line: impl Fn(u32) -> String) -> String {
        (0..count).map(|at| line(at) + "\n").collect()
    }

    #[test]
    fn the_error_of_the_named_peer_comes_before_those_who_wait_for_it() {
        let proxy = lines(60, |at| {
            format!(
                "2025/03/04 14:05:{at:02} [error] 31#31: *{at} connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.0.9, server: shop, request: \"GET /cart HTTP/1.1\", upstream: \"http://10.0.0.4:8080/cart\", host: \"shop\""
            )
        });
        let database = lines(5, |at| {
            format!("2025-03-04 14:05:{at:02}.120 UTC [88] FATAL:  sorry, too many clients already")
        });
        let app = lines(20, |at| {
            format!(
                "2025-03-04T14:05:{at:02}Z ERROR shop connection to server at \"db\" (10.0.0.5), port 5432 failed: FATAL:  sorry, too many clients already"
            )
        });
        let files = [
            ("error.log", analyzed("error.log", &proxy)),
            ("app.log", analyzed("app.log", &app)),
            ("postgresql.log", analyzed("postgresql.log", &database)),
        ];
        let named: Vec<(&str, &Analysis)> = files.iter().map(|(n, a)| (*n, a)).collect();
        let order = rank_across(&named);
        assert_eq!(order[0].0, 2, "{order:?}");
    }

    #[test]
    fn within_one_journal_the_killed_database_comes_first() {
        let mut log = lines(30, |at| {
            format!("Mar  4 14:04:{at:02} host app[7]: served {at}")
        });
        log += "Mar  4 14:05:00 host kernel: Out of memory: Killed process 812 (postgres) total-vm:8000000kB\n";
        log += &lines(40, |at| {
            format!(
                "Mar  4 14:05:{at:02} host nginx[31]: [crit] connect() failed (111: Connection refused) while connecting to upstream, upstream: \"http://10.0.0.4:8080/\""
            )
        });
        let first = analyzed("journal.log", &log).findings.remove(0);
        assert!(
            first.statement.contains("Out of memory"),
            "{}",
            first.statement
        );
    }

    #[test]
    fn an_error_long_over_explains_nothing() {
        let early = "2025-03-04 09:05:00.120 UTC [88] FATAL:  sorry, too many clients already\n";
        let late = lines(20, |at| {
            format!(
                "2025-03-04T14:05:{at:02}Z FATAL shop connection to server at \"db\", port 5432 failed: timeout expired"
            )
        });
        let (database, app) = (analyzed("pg.log", early), analyzed("app.log", &late));
        let (before, after) = (database.findings[0].score, app.findings[0].score);
        let order = rank_across(&[("app.log", &app), ("pg.log", &database)]);
        assert_eq!(order[0].0, usize::from(before > after));
    }
}
