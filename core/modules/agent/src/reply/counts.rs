//! Answers that count: lines, and the lines of names.

use chrono::NaiveTime;

use super::affected;
use super::answers::{not_searched, searched_names, show_hits};
use super::compose::{Composed, Told};
use super::pods;
use super::text::{counted, inert, listed};
use crate::analyst::questions::{Counted, Names, Window};
use crate::analyst::terms;
use crate::lookup::{Lookup, NameCount, NameCounts, RESTART_COUNT};

const NAMES_SHOWN: usize = 5;

/// Says how many lines there are, file by file.
pub(super) fn how_often(answer: &mut Composed, told: &Told<'_>, wanted: &Counted) {
    let Some(lookup) = &told.situation.lookup else {
        answer.say(
            "I do not see what to count. Name the text as it stands in the lines, for instance: how many lines contain \"connection refused\"?",
        );
        return;
    };
    if lookup.words.as_deref() == Some(RESTART_COUNT) {
        show_hits(answer, told, "By the counts of restarts in the files:");
        return;
    }
    let what = match &lookup.words {
        Some(words) if !words.is_empty() => {
            let fewer = Counted {
                term: words.clone(),
                ..wanted.clone()
            };
            answer.say(left_out(&wanted.term, words));
            described(&fewer)
        }
        _ => described(wanted),
    };
    if lookup.count() == 0 && lookup.is_by_kind {
        answer.say(format!(
            "None of the most frequent kinds of lines in {} comes{what}. Lines were not read one by one, as the data are large; put the text in quotation marks to have every line searched.",
            searched_names(told)
        ));
        return;
    }
    if lookup.count() == 0 {
        answer.say(if lookup.words.is_some() {
            format!(
                "I find none of your words {} in {}, which does not say that it did not happen. Name the text as it stands in the lines, for instance: how many lines contain \"connection refused\"?",
                inert(&wanted.term, 120),
                searched_names(told)
            )
        } else {
            format!("No line{what} in {}.", searched_names(told))
        });
        return;
    }
    answer.say(format!(
        "{}{what}: {}.",
        counted(lookup.count(), "line", "lines"),
        by_file(lookup)
    ));
    if lookup.is_by_kind {
        answer.say("Counted by the kinds of lines that the analysis keeps, as the data are large; put the text in quotation marks to have every line searched.");
        show_hits(answer, told, "One of each kind:");
    } else {
        show_hits(answer, told, "The first of them:");
    }
    answer.say(not_searched(told));
}

/// Says which words of a question did not count.
fn left_out(asked: &str, counted: &str) -> String {
    let kept: Vec<&str> = counted.split(' ').collect();
    let words = asked.split(' ').filter(|word| !kept.contains(word));
    let words: Vec<String> = words.map(|word| inert(word, 60)).collect();
    if words.is_empty() {
        return String::new();
    }
    format!(
        "No line has {} beside the rest of your words, so I leave that out.",
        listed(&words)
    )
}

/// Says who got in, by the lines that report it.
pub(super) fn logins(answer: &mut Composed, told: &Told<'_>) {
    let count = told.situation.lookup.as_ref().map_or(0, Lookup::count);
    if count == 0 {
        answer.say(format!(
            "No line in {} reports a login that succeeded.",
            searched_names(told)
        ));
        return;
    }
    let lines = counted(count, "line reports", "lines report");
    let lookup = told.situation.lookup.as_ref();
    let names = lookup.and_then(|it| it.names.as_ref());
    let users = names.map_or_else(String::new, |names| by_user(names, count));
    show_hits(
        answer,
        told,
        &format!("{lines} a login that succeeded{users}:"),
    );
}

/// The users whose logins were counted, with the mark before them; nothing when some are unknown.
fn by_user(counts: &NameCounts, logins: i64) -> String {
    let attributed: i64 = counts.rows.iter().map(|row| row.lines).sum();
    if counts.rows.is_empty() || attributed < logins {
        return String::new();
    }
    let rows = counts.rows.iter().take(NAMES_SHOWN);
    let mut users: Vec<String> = rows
        .map(|row| format!("{} ({})", inert(&row.value, 120), row.lines))
        .collect();
    let rest = counts.rows.len().saturating_sub(NAMES_SHOWN);
    if rest > 0 {
        users.push(format!("{rest} more"));
    }
    format!("; by user: {}", listed(&users))
}

/// Says which names stand in most lines.
pub(super) fn which(answer: &mut Composed, told: &Told<'_>, asked: &Names) {
    let what = asked.kind.replace('_', " ");
    let is_unplaced = told.situation.lookup.iter().any(|it| {
        let names = it.names.as_ref();
        names.is_none_or(|names| names.rows.is_empty() || !names.unknown.is_empty())
    });
    let is_of_parts =
        matches!(asked.kind, "host" | "service") && (asked.among.is_empty() || is_unplaced);
    let is_named = told.situation.lookup.iter().any(|it| {
        let mut rows = it.names.iter().flat_map(|names| &names.rows);
        rows.any(|row| row.among > 0)
    });
    if matches!(asked.kind, "pod" | "node") && pods::tell(answer, told, asked) {
        return;
    }
    if is_of_parts && !is_named && affected::tell(answer, told) {
        return;
    }
    let counts = told
        .situation
        .lookup
        .as_ref()
        .and_then(|it| it.names.as_ref());
    let Some(counts) = counts.filter(|counts| !counts.rows.is_empty()) else {
        answer.say(format!("The files of this case name no {what}."));
        return;
    };
    if !counts.unknown.is_empty() {
        answer.say(format!(
            "I cannot place {} in the lines, so I leave that out.",
            inert(&counts.unknown, 120)
        ));
    }
    let shown = counts.rows.iter().take(NAMES_SHOWN);
    let rows: Vec<String> = shown.map(|row| row_text(row, counts)).collect();
    answer.say(format!(
        "{}\n{}",
        heading(&what, asked, counts),
        rows.join("\n")
    ));
    show_hits(answer, told, "For example:");
}

fn heading(what: &str, asked: &Names, counts: &NameCounts) -> String {
    let order = if !counts.is_exact {
        "with most errors first, as far as the analysis counted them"
    } else if asked.by_lines && asked.among.is_empty() {
        "in most lines first"
    } else if asked.among.is_empty() || !counts.unknown.is_empty() {
        "with most errors first"
    } else {
        "in most of the lines asked for first"
    };
    let rest = counts.total.saturating_sub(NAMES_SHOWN);
    let rest = match rest {
        0 => String::new(),
        rest => format!(" ({rest} more in the data)"),
    };
    let when = asked.window.map_or_else(String::new, |window| {
        format!(", of the lines{}", written(window))
    });
    format!("By {what}, those {order}{rest}{when}:")
}

fn row_text(row: &NameCount, counts: &NameCounts) -> String {
    let name = inert(&row.value, 120);
    let lines = counted(row.lines, "line", "lines");
    if !counts.is_exact {
        return format!("- {name}: {lines}, {} with errors", row.among);
    }
    let among = inert(&counts.among, 120);
    format!("- {name}: {lines}, {} of them with {among}", row.among)
}

/// When lines were written, with the blank before it.
fn written(window: Window) -> String {
    let (from, to) = (window.from.format("%H:%M"), window.to.format("%H:%M"));
    if window.to == NaiveTime::MIN {
        return format!(" written from {from} on");
    }
    if window.from == NaiveTime::MIN {
        return format!(" written before {to}");
    }
    format!(" written from {from} up to, not including, {to}")
}

/// What lines were counted, with the blank before it.
fn described(wanted: &Counted) -> String {
    let what = match wanted.term.as_str() {
        "" => String::new(),
        term if wanted.is_literal => format!(" with {}", inert(term, 120)),
        term => format!(" with {}", inert(&terms::described(term), 120)),
    };
    format!("{what}{}", wanted.window.map_or_else(String::new, written))
}

fn by_file(lookup: &Lookup) -> String {
    let files = lookup.searched.iter().filter(|(_, count)| *count > 0);
    let files: Vec<String> = files
        .map(|(name, count)| format!("{count} in {}", inert(name, 120)))
        .collect();
    listed(&files)
}
