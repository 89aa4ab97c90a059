//! Who wrote a line of PostgreSQL, and the statement it tells, in any of its three layouts.

use std::sync::LazyLock;

use memchr::memmem;
use regex::Regex;

use crate::header::csvlog;
use crate::structured::sql::password_at;

const STATEMENT_SHOWN: usize = 140;

/// Columns of a row of csvlog behind its time.
const USER: usize = 0;
const DATABASE: usize = 1;
const PID: usize = 2;
const CLIENT: usize = 3;
const MESSAGE: usize = 12;
const QUERY: usize = 18;
const APPLICATION: usize = 21;

static STATEMENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?s)\b(?:statement|STATEMENT|execute [^:]{1,80}):\s+(?P<said>\S.*)").ok()
});

static SEVERITY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\b[A-Z]{3,9}[1-5]?:  ").ok());

static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"\b(?P<key>user|usr|db|database|dbname|app|application|application_name|client|host|remote)=(?P<value>[^,\]\s]+)",
    )
    .ok()
});

static AT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?P<user>[\w.$-]+)@(?P<database>[\w.$-]+)").ok());

/// Returns the process that wrote a line.
pub(super) fn pid(line: &str) -> Option<u32> {
    if line.starts_with('{') {
        let at = memmem::find(line.as_bytes(), b"\"pid\":")?;
        return number(line[at + 6..].trim_start(), &[',', '}']);
    }
    if let Some(mut columns) = csvlog::columns(line) {
        return columns.nth(PID)?.parse().ok();
    }
    let bytes = line.as_bytes();
    let mut brackets = memchr::memchr_iter(b'[', bytes);
    let bracketed = brackets.find_map(|at| number(&line[at + 1..], &[']', '-']));
    bracketed.or_else(|| {
        let at = memmem::find(bytes, b"pid=")?;
        number(&line[at + 4..], &[',', ' ', ']'])
    })
}

/// Returns the number that a text begins with, when one of these letters follows it.
fn number(text: &str, ends: &[char]) -> Option<u32> {
    let end = text.find(|it: char| !it.is_ascii_digit())?;
    let (digits, rest) = text.split_at(end);
    digits.parse().ok().filter(|_| rest.starts_with(ends))
}

/// Returns user, database, application and client of a line in words, as far as they are told.
pub(super) fn who(line: &str) -> String {
    let mut told: [Option<&str>; 4] = [None; 4];
    if line.starts_with('{') {
        let keys = ["user", "dbname", "application_name", "remote_host"];
        told = keys.map(|key| member(line, key));
    } else if let Some(columns) = csvlog::columns(line) {
        for (at, column) in columns.enumerate() {
            match at {
                USER => told[0] = Some(column),
                DATABASE => told[1] = Some(column),
                APPLICATION => told[2] = Some(column),
                CLIENT => told[3] = column.split(':').next(),
                _ => {}
            }
        }
    } else {
        told = prefixed(line);
    }
    let words = ["user", "database", "application", "from"];
    let named = words.into_iter().zip(told).filter_map(|(word, value)| {
        let value = value?.trim();
        let is_told = !matches!(value, "" | "[unknown]" | "[local]");
        is_told.then(|| format!("{word} {value}"))
    });
    named.collect::<Vec<String>>().join(", ")
}

/// Reads what stands in front of the message, or what a session says of itself when it begins.
fn prefixed(line: &str) -> [Option<&str>; 4] {
    let mut told = [None; 4];
    let severity = SEVERITY.as_ref().and_then(|it| it.find(line));
    let prefix = severity.map_or("", |it| &line[..it.start()]);
    let is_own = line.contains("connection authorized: ");
    let told_in = if is_own { line } else { prefix };
    for found in NAMED.iter().flat_map(|it| it.captures_iter(told_in)) {
        let value = found.name("value").map(|it| it.as_str());
        match &found["key"] {
            "user" | "usr" => told[0] = value,
            "db" | "database" | "dbname" => told[1] = value,
            "client" | "host" | "remote" => told[3] = value,
            _ => told[2] = value,
        }
    }
    if let Some(found) = AT.as_ref().and_then(|it| it.captures(prefix)) {
        let group = |name: &str| found.name(name).map(|it| it.as_str());
        told[0] = told[0].or_else(|| group("user"));
        told[1] = told[1].or_else(|| group("database"));
    }
    told
}

/// Returns the beginning of the statement that a line tells.
pub(super) fn statement(line: &str) -> Option<String> {
    let shown = if line.starts_with('{') {
        let said = member(line, "statement").filter(|it| !it.is_empty());
        let said = said.or_else(|| behind_statement(member(line, "message")?));
        said.map(|it| {
            it.replace("\\n", " ")
                .replace("\\t", " ")
                .replace("\\\"", "\"")
        })
    } else if let Some(mut columns) = csvlog::columns(line) {
        let message = columns.nth(MESSAGE)?;
        let query = columns.nth(QUERY - MESSAGE - 1);
        let said = query.filter(|it| !it.is_empty());
        let said = said.or_else(|| behind_statement(message));
        said.map(|it| it.replace("\"\"", "\""))
    } else {
        behind_statement(line).map(ToOwned::to_owned)
    };
    shown.map(|it| clipped(&it)).filter(|it| !it.is_empty())
}

fn behind_statement(text: &str) -> Option<&str> {
    let found = STATEMENT.as_ref()?.captures(text)?;
    found.name("said").map(|it| it.as_str())
}

/// Returns as much of a statement as is told, in one line, without its password.
pub(super) fn clipped(statement: &str) -> String {
    let words: Vec<&str> = statement.split_whitespace().collect();
    let mut shown: String = words.join(" ").chars().take(STATEMENT_SHOWN).collect();
    if let Some(cut) = password_at(&shown) {
        shown.truncate(cut);
    }
    shown.trim_end_matches([';', ' ']).to_owned()
}

/// Returns a text of a record, as it is written.
fn member<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let mark = format!("\"{key}\":");
    let text = line[line.find(&mark)? + mark.len()..].trim_start();
    let text = text.strip_prefix('"')?;
    let mut is_escaped = false;
    let end = text.find(|letter: char| {
        let ends = letter == '"' && !is_escaped;
        is_escaped = letter == '\\' && !is_escaped;
        ends
    });
    Some(&text[..end.unwrap_or(text.len())])
}
