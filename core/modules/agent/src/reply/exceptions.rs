//! Which exceptions the data hold, and where their stack traces stand.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::answers::searched_names;
use super::cite::Cited;
use super::compose::{Composed, Told};
use super::text::counted;

const SHOWN: usize = 4;

static NAME: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"([A-Za-z_][\w.$]*(?:Exception|Error))(?:[^\w(.]|$)").ok());

/// Names the exceptions, each with its first line.
pub(super) fn tell(answer: &mut Composed, told: &Told<'_>) {
    let lookup = told.situation.lookup.as_ref();
    let hits = lookup.map(|it| it.hits.as_slice()).unwrap_or_default();
    let mut seen = BTreeSet::new();
    let mut cited = Cited::default();
    for hit in hits {
        let is_new = named(&hit.quote).is_some_and(|name| seen.insert(name.to_owned()));
        if is_new && seen.len() <= SHOWN {
            cited.citation("a line that names an exception", hit);
        }
    }
    if cited.is_empty() {
        answer.say(format!(
            "No line in {} names an exception.",
            searched_names(told)
        ));
        return;
    }
    let lines = counted(
        lookup.map_or(0, |it| it.count()),
        "line names",
        "lines name",
    );
    answer.cite(
        &format!("{lines} an exception; the first line of each kind:"),
        cited,
    );
}

/// Shows the first stack trace.
pub(super) fn trace(answer: &mut Composed, told: &Told<'_>) {
    let lookup = told.situation.lookup.as_ref();
    let lines = lookup.map(|it| it.lines.as_slice()).unwrap_or_default();
    let first = lines.iter().position(|line| named(&line.quote).is_some());
    let mut cited = Cited::default();
    for line in &lines[first.unwrap_or(0)..] {
        cited.citation("a line of a stack trace", line);
    }
    if cited.is_empty() {
        answer.say(format!("No stack trace in {}.", searched_names(told)));
        return;
    }
    answer.cite("The first stack trace:", cited);
}

fn named(line: &str) -> Option<&str> {
    let found = NAME.as_ref()?.captures(line)?.get(1)?.as_str();
    Some(found.rsplit('.').next().unwrap_or(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_is_known_by_its_name() {
        for (line, name) in [
            (
                "Caused by: java.sql.SQLTransientConnectionException: orders-pool",
                Some("SQLTransientConnectionException"),
            ),
            ("KeyError: 'DATABASE_URL'", Some("KeyError")),
            (
                "at com.zaxxer.HikariPool.createTimeoutException(HikariPool.java:696)",
                None,
            ),
            ("level=error msg=x", None),
        ] {
            assert_eq!(named(line), name, "{line}");
        }
    }
}
