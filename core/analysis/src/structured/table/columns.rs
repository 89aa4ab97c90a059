//! What the columns of a table hold, by their names.

use super::cells::{Cell, split};
use crate::time::{Stamp, Year, scan};

/// Names of columns with the time of a row, best first.
const TIMES: [&str; 16] = [
    "timestamp",
    "timeunixnano",
    "timeunix",
    "time",
    "ts",
    "datetime",
    "eventtime",
    "starttimeunixnano",
    "starttime",
    "starttimemillis",
    "timestamptime",
    "observedtimestamp",
    "logtime",
    "date",
    "epoch",
    "t",
];
const MESSAGES: [&str; 9] = [
    "body",
    "message",
    "logmessage",
    "msg",
    "log",
    "content",
    "textpayload",
    "text",
    "line",
];
const LEVELS: [&str; 7] = [
    "severitytext",
    "severity",
    "loglevel",
    "level",
    "lvl",
    "levelname",
    "priority",
];
const COMPONENTS: [&str; 16] = [
    "servicename",
    "service",
    "containername",
    "container",
    "app",
    "appname",
    "application",
    "podname",
    "pod",
    "cmdbid",
    "component",
    "loggername",
    "logger",
    "hostname",
    "host",
    "source",
];
const NAMES: [&str; 6] = [
    "spanname",
    "operationname",
    "methodname",
    "operation",
    "endpoint",
    "name",
];
const DURATIONS: [(&str, Option<Unit>); 8] = [
    ("durationns", Some(Unit::Nanos)),
    ("durationnano", Some(Unit::Nanos)),
    ("durationnanos", Some(Unit::Nanos)),
    ("durationus", Some(Unit::Micros)),
    ("durationmicros", Some(Unit::Micros)),
    ("durationms", Some(Unit::Millis)),
    ("durationmillis", Some(Unit::Millis)),
    ("duration", None),
];

/// Unit of a duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Nanos,
    Micros,
    Millis,
}

/// Positions of the columns that are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Columns {
    pub(super) count: usize,
    pub(super) time: Option<usize>,
    pub(super) message: Option<usize>,
    pub(super) level: Option<usize>,
    pub(super) level_number: Option<usize>,
    pub(super) component: Option<usize>,
    pub(super) trace: Option<usize>,
    pub(super) span: Option<usize>,
    pub(super) parent: Option<usize>,
    pub(super) name: Option<usize>,
    pub(super) duration: Option<usize>,
    pub(super) unit: Option<Unit>,
    pub(super) end: Option<usize>,
    pub(super) status: Option<usize>,
    pub(super) status_text: Option<usize>,
    pub(super) resource: Option<usize>,
    pub(super) attributes: Option<usize>,
    pub(super) events: Option<usize>,
}

impl Columns {
    pub(super) fn of(header: &[String]) -> Self {
        let names: Vec<String> = header.iter().map(|name| plain(name)).collect();
        let find = |known: &[&str]| {
            let mut known = known.iter();
            known.find_map(|known| names.iter().position(|name| name == known))
        };
        let duration = DURATIONS.iter().find_map(|(known, unit)| {
            let at = names.iter().position(|name| name == known)?;
            Some((at, *unit))
        });
        Self {
            count: header.len(),
            time: find(&TIMES),
            message: find(&MESSAGES),
            level: find(&LEVELS),
            level_number: find(&["severitynumber"]),
            component: find(&COMPONENTS),
            trace: find(&["traceid", "trace"]),
            span: find(&["spanid"]),
            parent: find(&["parentspanid", "parentid", "parent"]),
            name: find(&NAMES),
            duration: duration.map(|(at, _)| at),
            unit: duration.and_then(|(_, unit)| unit),
            end: find(&["endtimeunixnano", "endtime"]),
            status: find(&["statuscode", "otelstatuscode", "httpstatuscode", "status"]),
            status_text: find(&["statusmessage", "statusdescription", "errormessage"]),
            resource: find(&["resourceattributes", "resource"]),
            attributes: find(&["logattributes", "spanattributes", "attributes"]),
            events: find(&["eventsattributes", "events"]),
        }
    }

    /// Returns whether rows with these columns are spans.
    pub(super) fn are_spans(&self) -> bool {
        self.trace.is_some()
            && self.span.is_some()
            && self.time.is_some()
            && (self.duration.is_some() || self.end.is_some())
            && (self.parent.is_some() || self.name.is_some())
    }

    /// Returns whether rows with these columns are log records.
    pub(super) fn are_logs(&self) -> bool {
        self.time.is_some() && self.message.is_some()
    }
}

/// Returns the name of a column without case and marks.
pub(crate) fn plain(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}

/// Returns whether a column of this name tells times, so that a bare number in it is one.
pub(crate) fn is_time(name: &str) -> bool {
    let name = plain(name);
    TIMES.contains(&name.as_str())
        || ["timestamp", "datetime", "epoch"]
            .iter()
            .any(|end| name.ends_with(end))
}

/// Returns the time of a cell; bare numbers count only where times are expected.
pub(crate) fn stamp(text: &str, named: bool) -> Option<Stamp> {
    let stamp = scan(text.trim_matches(['[', ']', '"']).as_bytes())?;
    (named || stamp.year != Year::Epoch).then_some(stamp)
}

/// Returns the names of the columns when a line can be the heading of a table.
pub(super) fn heading(line: &str) -> Option<(char, Vec<String>)> {
    ['\t', ',', ';'].into_iter().find_map(|delimiter| {
        let cells = split(line.trim_start_matches('\u{feff}'), delimiter);
        let names: Vec<String> = cells.iter().map(|cell| cell.text().into_owned()).collect();
        let is_name = |(at, name): (usize, &String)| {
            let letters = name.chars().any(char::is_alphabetic);
            (letters && name.len() <= 80 && !name.contains(['{', '=', ':']))
                || (at == 0 && name.is_empty())
        };
        (names.len() >= 2 && names.iter().enumerate().all(is_name)).then_some((delimiter, names))
    })
}

/// Returns the value of a key in a cell such as `{'k8s.pod.name':'x'}` or `{"k8s.pod.name":"x"}`.
pub(crate) fn entry<'a>(map: &'a str, key: &str) -> Option<&'a str> {
    let mut from = 0;
    while let Some(found) = map[from..].find(key) {
        let (at, end) = (from + found, from + found + key.len());
        from = end;
        let before = map[..at].chars().next_back();
        let Some(quote) = before.filter(|it| matches!(it, '"' | '\'')) else {
            continue;
        };
        let Some(rest) = map[end..].strip_prefix(quote) else {
            continue;
        };
        let Some(value) = rest.trim_start().strip_prefix([':', '=']) else {
            continue;
        };
        return Some(value_of(value.trim_start()));
    }
    None
}

/// Returns keys and values of a map.
pub(crate) fn entries(map: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = map.trim().trim_start_matches(['{', '[', '(']);
    std::iter::from_fn(move || {
        let told = rest.trim_start_matches([',', ' ']);
        let quote = told.chars().next().filter(|it| matches!(it, '"' | '\''))?;
        let (key, after) = told[1..].split_once(quote)?;
        let value = after.trim_start().strip_prefix([':', '='])?.trim_start();
        let text = value_of(value);
        let quoted = usize::from(value.starts_with(['"', '\'']));
        rest = value.get(text.len() + 2 * quoted..).unwrap_or("");
        Some((key, text))
    })
}

fn value_of(value: &str) -> &str {
    let quote = value.chars().next().filter(|it| matches!(it, '"' | '\''));
    let Some(quote) = quote else {
        return value.split([',', '}']).next().unwrap_or("").trim();
    };
    let inside = &value[1..];
    let mut escaped = false;
    let end = inside.find(|letter| {
        let closes = letter == quote && !escaped;
        escaped = letter == '\\' && !escaped;
        closes
    });
    &inside[..end.unwrap_or(inside.len())]
}

/// Returns the text of a column of a row; nothing when it is empty.
pub(super) fn cell<'a, 'b>(cells: &'b [Cell<'a>], at: Option<usize>) -> Option<&'b Cell<'a>> {
    cells.get(at?).filter(|cell| !cell.raw.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_maps_are_found_in_either_notation() {
        let map = r"{'k8s.pod.name':'cart-1','n':'it\'s','http.status_code':'500'}";
        assert_eq!(entry(map, "k8s.pod.name"), Some("cart-1"));
        assert_eq!(entry(map, "n"), Some(r"it\'s"));
        assert_eq!(entry(map, "pod.name"), None);
        let json = r#"{"a": 5, "b.c": "x, y"}"#;
        assert_eq!(entry(json, "a"), Some("5"));
        let all: Vec<(&str, &str)> = entries(json).collect();
        assert_eq!(all, [("a", "5"), ("b.c", "x, y")]);
        assert_eq!(entries("{}").count(), 0);
        assert_eq!(entries(map).count(), 3);
    }

    #[test]
    fn numbers_are_times_only_where_times_are_expected() {
        assert!(is_time("@timestamp") && is_time("TimeUnix") && is_time("epoch"));
        assert!(!is_time("xid") && !is_time("age") && !is_time("bytes") && !is_time("uptime"));
        assert!(stamp("1926538112", false).is_none());
        assert!(stamp("1926538112", true).is_some());
        assert!(stamp("2025-03-04 14:05:00", false).is_some());
    }
}
