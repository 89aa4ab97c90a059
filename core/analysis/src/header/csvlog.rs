//! Rows of PostgreSQL's `csvlog`, whose columns its manual lists under "Using CSV-Format Log Output".

use std::borrow::Cow;

use super::Header;
use crate::level::Level;

const PID: usize = 3;
const SEVERITY: usize = 11;
const MESSAGE: usize = 13;
/// Bytes behind the time within which its zone ends.
const ZONE_MAX: usize = 8;
/// Bytes within which the time and its zone end.
const STAMP_MAX: usize = 40;

/// Reads the columns behind the time; returns whether the line is such a row.
pub(super) fn parse<'a>(after_time: &'a str, header: &mut Header<'a>) -> bool {
    let start = after_time.as_bytes().iter().take(ZONE_MAX);
    let Some(comma) = start.clone().position(|&byte| byte == b',') else {
        return false;
    };
    let behind = after_time.as_bytes().get(comma + 1);
    if !matches!(behind, Some(b'"' | b',')) {
        return false;
    }
    // The time is the first column.
    let columns = Columns(Some(&after_time[comma + 1..]));
    let mut columns = columns.enumerate().map(|(at, column)| (at + 1, column));
    let mut at = |wanted: usize| columns.find(|it| it.0 == wanted).map(|it| it.1);
    let (Some(pid), Some(severity)) = (at(PID), at(SEVERITY)) else {
        return false;
    };
    let Some(level) = level(severity) else {
        return false;
    };
    let Some(message) = at(MESSAGE) else {
        return false;
    };
    header.pid = Some(pid);
    header.level = Some(level);
    header.message = match message.contains("\"\"") {
        true => Cow::Owned(message.replace("\"\"", "\"")),
        false => Cow::Borrowed(message),
    };
    true
}

/// Returns the columns of a row behind its time, the user first, as they are written; none of another line.
pub(crate) fn columns(row: &str) -> Option<impl Iterator<Item = &str>> {
    let mut start = row.bytes().take(STAMP_MAX);
    let comma = start.position(|byte| byte == b',')?;
    let is_row = matches!(row.as_bytes().get(comma + 1), Some(b'"' | b','));
    is_row.then(|| Columns(Some(&row[comma + 1..])))
}

fn level(severity: &str) -> Option<Level> {
    Some(match severity {
        "LOG" | "INFO" | "NOTICE" => Level::Info,
        "WARNING" => Level::Warn,
        "ERROR" => Level::Error,
        "FATAL" | "PANIC" => Level::Fatal,
        _ if severity.starts_with("DEBUG") => Level::Debug,
        _ => return None,
    })
}

/// Columns as written, without the quotation marks around them.
struct Columns<'a>(Option<&'a str>);

impl<'a> Iterator for Columns<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.0?;
        let Some(quoted) = rest.strip_prefix('"') else {
            let (column, rest) = match rest.split_once(',') {
                Some((column, rest)) => (column, Some(rest)),
                None => (rest, None),
            };
            self.0 = rest;
            return Some(column);
        };
        // A statement of several lines leaves its quotation open.
        let end = closing(quoted).unwrap_or(quoted.len());
        self.0 = quoted
            .get(end + 1..)
            .and_then(|rest| rest.strip_prefix(','));
        Some(&quoted[..end])
    }
}

/// Returns where a quotation ends in which quotation marks are doubled.
fn closing(quoted: &str) -> Option<usize> {
    let bytes = quoted.as_bytes();
    let mut from = 0;
    loop {
        let at = from + memchr::memchr(b'"', &bytes[from..])?;
        if bytes.get(at + 1) != Some(&b'"') {
            return Some(at);
        }
        from = at + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(row: &str) -> Option<String> {
        let mut header = Header::default();
        let is_row = parse(row, &mut header);
        is_row.then(|| {
            let (level, pid) = (header.level.unwrap(), header.pid.unwrap());
            format!("{level:?} {pid} {}", header.message)
        })
    }

    #[test]
    fn level_process_and_message_are_read() {
        let row = r#" UTC,"ann","crm",9912,"10.7.9.15:52114",6ad5.26b8,2,"SELECT",2026-10-19 10:21:16 UTC,,0,ERROR,42P01,"relation ""contcts"" does not exist",,,,,,"select 1",,,"psql","client backend",,0"#;
        let told = r#"Error 9912 relation "contcts" does not exist"#;
        assert_eq!(read(row).as_deref(), Some(told));
        let system = r#" UTC,,,88,,6ad5.58,4,,2026-10-19 03:00:00 UTC,,0,LOG,00000,"checkpoint starting: time",,,,,,,,,"","checkpointer",,0"#;
        let told = "Info 88 checkpoint starting: time";
        assert_eq!(read(system).as_deref(), Some(told));
    }

    #[test]
    fn other_rows_are_left_alone() {
        for row in [
            "",
            " UTC,",
            ",12,13",
            " UTC,\"a\",\"b\",1",
            " INFO started, \"x\"",
            ",\"a\",\"b\",1,,,,,,,,MAYBE,0,\"m\"",
        ] {
            assert_eq!(read(row), None, "{row}");
        }
    }
}
