//! Prometheus text exposition.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{CommandHeader, command_header};
use crate::analysis::{CommandOutcome, CommandRun, Sample};
use crate::logs::TextLine;
use crate::time::{epoch_micros, to_utc};

/// Reads samples line by line.
#[derive(Debug)]
pub(crate) struct MetricReader {
    pub(crate) samples: Vec<Sample>,
    pub(crate) commands: Vec<CommandRun>,
    pub(crate) dropped: u64,
    limit: usize,
    observed_at: Option<DateTime<Utc>>,
}

impl MetricReader {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            samples: Vec::new(),
            commands: Vec::new(),
            dropped: 0,
            limit,
            observed_at: None,
        }
    }

    /// Takes the next line.
    pub(crate) fn line(&mut self, line: &TextLine<'_>) {
        if let Some(header) = command_header(line.text) {
            self.observed_at = header.observed_at;
            self.commands.push(command_run(header, line));
            return;
        }
        let Some(parsed) = parse(line.text) else {
            return;
        };
        if self.samples.len() >= self.limit {
            self.dropped += 1;
            return;
        }
        if parsed.value.is_finite() {
            self.samples.push(Sample {
                name: parsed.name.to_owned(),
                labels: labels(parsed.labels),
                value: parsed.value,
                observed_at: parsed.time.and_then(to_utc).or(self.observed_at),
                citation: line.citation(),
            });
        }
    }
}

fn command_run(header: CommandHeader, line: &TextLine<'_>) -> CommandRun {
    let tool = header
        .command
        .split_ascii_whitespace()
        .next()
        .unwrap_or("")
        .to_owned();
    CommandRun {
        command: Some(header.command),
        tool,
        observed_at: header.observed_at,
        until: None,
        outcome: CommandOutcome::Succeeded,
        facts: Vec::new(),
        citation: line.citation(),
    }
}

/// Returns whether a line is a sample.
pub(crate) fn is_sample(line: &str) -> bool {
    parse(line).is_some()
}

struct Parsed<'a> {
    name: &'a str,
    labels: &'a str,
    value: f64,
    time: Option<i64>,
}

fn parse(line: &str) -> Option<Parsed<'_>> {
    let line = line.trim();
    let end = line
        .bytes()
        .position(|byte| !(byte.is_ascii_alphanumeric() || byte == b'_' || byte == b':'))?;
    let name = &line[..end];
    if end == 0 || name.as_bytes()[0].is_ascii_digit() {
        return None;
    }
    let (labels, rest) = match line[end..].strip_prefix('{') {
        Some(inside) => {
            let close = closing_brace(inside)?;
            (&inside[..close], &inside[close + 1..])
        }
        None => ("", &line[end..]),
    };
    let mut words = rest.split_ascii_whitespace();
    let value: f64 = words.next()?.parse().ok()?;
    let time = match words.next() {
        None | Some("#") => None,
        Some(stamp) => Some(sample_time(stamp)?),
    };
    Some(Parsed {
        name,
        labels,
        value,
        time,
    })
}

fn sample_time(stamp: &str) -> Option<i64> {
    if stamp.contains('.') {
        return stamp
            .parse::<f64>()
            .ok()
            .map(|seconds| (seconds * 1e6) as i64);
    }
    let number: i64 = stamp.parse().ok()?;
    epoch_micros(number as f64)
}

fn closing_brace(inside: &str) -> Option<usize> {
    let mut quoted = false;
    let mut escaped = false;
    inside.bytes().position(|byte| {
        let closes = !quoted && byte == b'}';
        if byte == b'"' && !escaped {
            quoted = !quoted;
        }
        escaped = byte == b'\\' && !escaped;
        closes
    })
}

fn labels(text: &str) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    let mut rest = text;
    while let Some((key, after)) = rest.split_once('=') {
        let Some(value) = after.strip_prefix('"') else {
            break;
        };
        let mut escaped = false;
        let close = value.bytes().position(|byte| {
            let ends = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            ends
        });
        let Some(close) = close else { break };
        let key = key.trim_matches([',', ' ']);
        labels.insert(
            key.to_owned(),
            value[..close].replace("\\\"", "\"").replace("\\\\", "\\"),
        );
        rest = &value[close + 1..];
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_labels_values_and_times_are_read() {
        let parsed =
            parse(r#"http_requests_total{code="200",path="/a\"}b"} 1.5e3 1741097100123"#).unwrap();
        assert_eq!((parsed.name, parsed.value), ("http_requests_total", 1500.0));
        assert_eq!(parsed.time, Some(1_741_097_100_123_000));
        assert_eq!(labels(parsed.labels)["path"], "/a\"}b");
        assert!(parse("up 1").is_some());
        assert!(parse("error: 5 things").is_none());
        assert!(parse("total 12K files").is_none());
    }
}
