//! The slow log of MySQL and MariaDB: fields behind `#`, then the statement.

use super::{Part, Record, set};
use crate::constants::MINE_MAX;
use crate::level::Level;
use crate::logs::TextLine;
use crate::time::scan;

const QUERY_TIME: &str = "# Query_time: ";
const USER: &str = "# User@Host:";
const SET_TIME: &str = "SET timestamp=";

/// Returns whether lines are entries of a slow log.
pub(super) fn looks_like(lines: &[&str]) -> bool {
    let holds = |start: &str| lines.iter().any(|line| line.starts_with(start));
    holds(QUERY_TIME) && holds(USER)
}

impl Record {
    pub(super) fn take_slow(&mut self, line: &TextLine<'_>) -> Part {
        let text = line.text.trim_end();
        let field = text.strip_prefix("# ").unwrap_or_default();
        if text.starts_with(USER) || field.starts_with("Time: ") {
            if self.kept {
                return Part::End;
            }
            match field.strip_prefix("Time: ") {
                Some(time) => self.stamp = scan(time.trim_start().as_bytes()),
                None => set(&mut self.host, client(text)),
            }
        } else if let Some(rest) = text.strip_prefix(QUERY_TIME) {
            self.keep_slow(line, rest);
        } else if let Some(time) = text.strip_prefix(SET_TIME) {
            self.stamp = self.stamp.or_else(|| scan(time.as_bytes()));
        } else if self.kept && is_statement(text) {
            self.add_statement(text);
        }
        Part::Field
    }

    /// Keeps the line with the duration to be cited, and behind it what the entry says.
    fn keep_slow(&mut self, line: &TextLine<'_>, fields: &str) {
        let number = fields.split_whitespace().next();
        let Some(seconds) = number.and_then(|it| it.parse::<f64>().ok()) else {
            return;
        };
        self.keep(line, line.text.len() + 1);
        self.level = Some(Level::Info);
        self.message += &format!("\nduration: {:.3} ms  statement:", seconds * 1e3);
    }

    fn add_statement(&mut self, text: &str) {
        if self.message.len() < self.message_at + MINE_MAX {
            self.message.push(' ');
            self.message += text.trim();
        }
    }
}

/// Returns the host, else the address, of `# User@Host: app[app] @ web-1 [10.0.0.1]  Id: 42`.
fn client(text: &str) -> &str {
    let (_, client) = text.split_once(" @ ").unwrap_or_default();
    let (host, address) = client.split_once('[').unwrap_or_default();
    match host.trim() {
        "" => address.split(']').next().unwrap_or_default(),
        host => host,
    }
}

fn is_statement(text: &str) -> bool {
    let selects = text.starts_with("use ") && text.ends_with(';');
    let is_field = text.starts_with('#') && !text.starts_with("# administrator command");
    !text.is_empty() && !selects && !is_field
}
