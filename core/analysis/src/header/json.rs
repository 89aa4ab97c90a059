//! JSON records, one per line, read without building a tree.

use std::borrow::Cow;

use super::{Header, Names, collected, prefix, text, trace};
use crate::format::Profile;
use crate::level::Level;
use crate::pod_name::workload;
use crate::time::{Stamp, scan};

/// Returns whether a line is a JSON object.
pub(crate) fn looks_like_record(line: &str) -> bool {
    let line = prefix::split(line.trim()).body;
    line.starts_with('{') && line.len() > 2 && (line.ends_with('}') || line.len() > 4000)
}

/// Parses a line with a record, or one of text among such lines.
pub(crate) fn parse<'a>(line: &'a str, profile: &Profile) -> Header<'a> {
    let prefixed = prefix::split(line);
    let header = if prefixed.body.starts_with('{') {
        record(prefixed.body, profile)
    } else {
        text::parse(prefixed.line, profile)
    };
    prefixed.complete(header)
}

/// Parses a record among lines of text; none when it tells neither time nor level.
pub(super) fn own_record<'a>(line: &'a str, profile: &Profile) -> Option<Header<'a>> {
    let header = looks_like_record(line).then(|| record(line, profile))?;
    header.is_head().then_some(header)
}

/// Parses a record; unknown keys are left out of the message.
fn record<'a>(line: &'a str, profile: &Profile) -> Header<'a> {
    let mut fields = Fields::default();
    for (key, value) in Members::new(line) {
        fields.collected |= is_of_collector(key);
        fields.take(key, value);
        if value.starts_with('{') {
            fields.take_object(key, value);
        }
    }
    let error = fields.error.map(unescape).map(trace::headline);
    let Some(message) = fields.message else {
        return Header {
            stamp: fields.stamp,
            level: fields.level,
            component: fields.speaker(),
            host: fields.host,
            pid: fields.pid,
            message: error.unwrap_or(Cow::Borrowed(line)),
            trace: fields.trace.map(unescape),
            names: fields.names,
            ..Header::default()
        };
    };
    let mut header = Header {
        stamp: fields.stamp,
        level: fields.level,
        component: fields.speaker(),
        host: fields.host,
        pid: fields.pid,
        message: unescape(message),
        source: fields.source(),
        bare: None,
        trace: fields.trace.map(unescape),
        names: fields.names,
    };
    match fields.carrier {
        Some(Carrier::Runtime) => unwrap_carried(&mut header, profile),
        Some(Carrier::Journal) => collected::read_record(&mut header, profile),
        None if fields.collected && header.level.is_none() => {
            header.bare = Some(header.message.clone());
        }
        None => {}
    }
    trace::split(&mut header);
    if let Some(error) = error.filter(|it| !header.message.contains(it.as_ref())) {
        header.message = Cow::Owned(format!("{} error={error}", header.message));
    }
    header
}

/// Reads level and component of a text line that a container runtime wrapped.
fn unwrap_carried(header: &mut Header<'_>, profile: &Profile) {
    let inner_line = header.message.trim_end().to_owned();
    let inner = text::parse(&inner_line, profile);
    let is_head = inner.is_head();
    header.level = inner.level;
    header.component = inner.component.map(|name| Cow::Owned(name.into_owned()));
    header.message = Cow::Owned(inner.message.into_owned());
    header.trace = inner.trace.map(|text| Cow::Owned(text.into_owned()));
    if !is_head {
        header.bare = Some(Cow::Owned(inner_line));
    }
}

/// Who puts the lines of other programs into records.
#[derive(Debug, Clone, Copy)]
enum Carrier {
    Runtime,
    Journal,
}

#[derive(Default)]
struct Fields<'a> {
    stamp: Option<Stamp>,
    level: Option<Level>,
    component: Option<&'a str>,
    host: Option<&'a str>,
    pid: Option<&'a str>,
    message: Option<&'a str>,
    error: Option<&'a str>,
    trace: Option<&'a str>,
    stream: Option<&'a str>,
    carrier: Option<Carrier>,
    /// Whether a stream or a container tells that a collector wrote the record.
    collected: bool,
    names: Names<'a>,
}

impl<'a> Fields<'a> {
    /// Who wrote the record: its component, else the workload of the pod it was written in.
    fn speaker(&self) -> Option<Cow<'a, str>> {
        match self.component {
            Some(named) => Some(unescape(named)),
            None => self.host.and_then(workload).map(Cow::Borrowed),
        }
    }

    /// What tells the lines of one program from those of others.
    fn source(&self) -> &'a str {
        let told = self.stream.or(self.pid).or(self.component);
        told.unwrap_or_default()
    }

    fn take(&mut self, key: &str, value: &'a str) {
        match key {
            "time"
            | "timestamp"
            | "ts"
            | "@timestamp"
            | "t"
            | "datetime"
            | "asctime"
            | "@t"
            | "eventTime"
            | "Timestamp"
            | "__REALTIME_TIMESTAMP"
            | "date"
            | "timeUnixNano"
            | "observedTimeUnixNano"
                if self.stamp.is_none() =>
            {
                self.stamp = stamp(value);
            }
            "level" | "severity" | "lvl" | "log.level" | "levelname" | "s" | "@l" | "loglevel"
            | "SeverityText" | "severityText" | "severity_text" | "PRIORITY" | "level_name" => {
                self.level = level(key, value).or(self.level);
            }
            "status" if value.starts_with('"') => {
                self.level = self.level.or_else(|| level(key, value));
            }
            "MESSAGE" => {
                self.carrier = Some(Carrier::Journal);
                self.message = string(value).or(self.message);
            }
            "msg" | "message" | "@m" | "@mt" | "short_message" | "body" | "Body" | "event"
            | "textPayload" => self.message = self.message.or_else(|| string(value)),
            "log" => {
                self.carrier = string(value).map(|_| Carrier::Runtime);
                self.message = string(value).or(self.message);
            }
            "logger" | "logger_name" | "component" | "service" | "c" | "module" | "name"
            | "service.name" | "SourceContext" | "SYSLOG_IDENTIFIER" | "app" => {
                self.component = self.component.or_else(|| string(value));
            }
            "err" | "error" | "exception" | "error.message" | "stack_trace" | "exc_info"
            | "exc_text" | "Exception" | "@x" | "error.stack_trace" => {
                let text = string(value).filter(|text| !text.is_empty());
                self.error = self.error.or(text);
                self.take_trace(value);
            }
            "stacktrace"
            | "stackTrace"
            | "stack"
            | "traceback"
            | "error.stack"
            | "err.stack"
            | "exception.stacktrace"
            | "errorVerbose" => self.take_trace(value),
            "stream" => self.stream = string(value),
            "host" | "hostname" | "_HOSTNAME" => self.host = string(value),
            "pid" | "_PID" => self.pid = Some(value.trim_matches('"')),
            _ => self.names.take(key, value),
        }
    }

    /// Takes a text of several lines.
    fn take_trace(&mut self, value: &'a str) {
        let lines = string(value).filter(|text| text.contains("\\n"));
        self.trace = self.trace.or(lines);
    }

    /// Takes what well-known nested objects hold.
    fn take_object(&mut self, key: &str, object: &'a str) {
        for (inner, value) in Members::new(object) {
            match (key, inner) {
                ("log", "level" | "logger") | ("jsonPayload", _) => self.take(inner, value),
                ("err" | "error" | "exception", "message") => self.take("err", value),
                (
                    "err" | "error" | "exception",
                    "stack" | "stack_trace" | "stacktrace" | "stackTrace",
                ) => self.take_trace(value),
                ("service", "name") if self.component.is_none() => self.take("service", value),
                ("body" | "Body", "stringValue") => self.take("body", value),
                ("host", "name") => self.host = string(value),
                ("trace" | "user" | "session", "id" | "name") | ("pod", "name") => {
                    self.names.take(key, value);
                }
                ("request" | "req" | "transaction" | "correlation", "id") => {
                    self.names.take("request_id", value);
                }
                _ => self.names.take(inner, value),
            }
        }
    }
}

/// Returns whether programs leave a key to those who collect their lines.
fn is_of_collector(key: &str) -> bool {
    matches!(
        key,
        "stream" | "container" | "container_name" | "kubernetes" | "docker" | "textPayload"
    )
}

fn stamp(value: &str) -> Option<Stamp> {
    if value.starts_with('{') {
        let at = value.find("\"$date\"")?;
        let inner = value[at + 7..].trim_start_matches([':', ' ', '"']);
        return scan(inner.as_bytes());
    }
    scan(value.trim_matches('"').as_bytes())
}

fn level(key: &str, value: &str) -> Option<Level> {
    if let Some(word) = string(value) {
        return match word.len() {
            1 if key == "PRIORITY" => word.parse().ok().map(Level::from_syslog),
            1 => Level::from_letter(word.as_bytes()[0]),
            _ => Level::from_word(word),
        };
    }
    let code = value.parse::<u8>().ok()?;
    match code {
        0..=7 => Some(Level::from_syslog(code)),
        _ => Level::from_number(u64::from(code)),
    }
}

fn string(value: &str) -> Option<&str> {
    value.strip_prefix('"')?.strip_suffix('"')
}

/// Returns the text of a JSON string body.
fn unescape(body: &str) -> Cow<'_, str> {
    if memchr::memchr(b'\\', body.as_bytes()).is_none() {
        return Cow::Borrowed(body);
    }
    let mut text = String::with_capacity(body.len());
    let mut characters = body.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            text.push(character);
            continue;
        }
        match characters.next() {
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some('r') => text.push('\r'),
            Some('u') => {
                let code: String = characters.by_ref().take(4).collect();
                let decoded = u32::from_str_radix(&code, 16).ok().and_then(char::from_u32);
                text.push(decoded.unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            Some(other) => text.push(other),
            None => {}
        }
    }
    Cow::Owned(text)
}

/// Top-level members of an object: key without quotes, value as written.
struct Members<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Members<'a> {
    fn new(line: &'a str) -> Self {
        let start = line.find('{').map_or(line.len(), |brace| brace + 1);
        Self {
            text: line,
            at: start,
        }
    }

    fn skip(&mut self, set: &[u8]) {
        let bytes = self.text.as_bytes();
        while self.at < bytes.len() && set.contains(&bytes[self.at]) {
            self.at += 1;
        }
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        self.skip(b" \t,");
        let bytes = self.text.as_bytes();
        if bytes.get(self.at) != Some(&b'"') {
            return None;
        }
        let key_end = string_end(bytes, self.at);
        let key = self.text.get(self.at + 1..key_end.checked_sub(1)?)?;
        self.at = key_end;
        self.skip(b" \t:");
        let start = self.at;
        self.at = value_end(bytes, start);
        let value = self.text.get(start..self.at)?.trim_end();
        Some((key, value))
    }
}

fn value_end(bytes: &[u8], start: usize) -> usize {
    match bytes.get(start) {
        Some(b'"') => string_end(bytes, start),
        Some(b'{' | b'[') => nested_end(bytes, start),
        _ => {
            let rest = bytes.get(start..).unwrap_or_default();
            memchr::memchr2(b',', b'}', rest).map_or(bytes.len(), |length| start + length)
        }
    }
}

fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match memchr::memchr2(b'"', b'\\', &bytes[at..]) {
            None => return bytes.len(),
            Some(found) if bytes[at + found] == b'"' => return at + found + 1,
            Some(found) => at += found + 2,
        }
    }
    bytes.len()
}

fn nested_end(bytes: &[u8], start: usize) -> usize {
    let mut depth = 0usize;
    let mut at = start;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                at = string_end(bytes, at);
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}
