//! What tools show of a host: processes, memory and disks at work, sockets, units.

use super::layout::{Report, cell};
use crate::structured::number_with_unit;

/// Reports what a line of `vmstat` shows; `columns` holds the heading.
pub(super) fn vmstat(text: &str, columns: &mut Vec<String>, report: &mut Report<'_>) {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    if words.first() == Some(&"r") {
        *columns = owned(&words);
        return;
    }
    for (column, key) in [("wa", "io_wait"), ("so", "swap_out"), ("b", "blocked")] {
        if let Some(value) = cell(&words, columns, column) {
            report("system", key, value, value.parse().ok());
        }
    }
}

/// Reports what a line of `iostat -x` shows; `columns` holds the heading.
pub(super) fn iostat(text: &str, columns: &mut Vec<String>, report: &mut Report<'_>) {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let Some(first) = words.first() else {
        columns.clear();
        return;
    };
    if first.starts_with("Device") || *first == "avg-cpu:" {
        *columns = owned(&words);
        return;
    }
    if columns.first().is_some_and(|it| it == "avg-cpu:") {
        // The heading has a word more than its values.
        let at = columns.iter().position(|it| it == "%iowait");
        if let Some(value) = at.and_then(|at| words.get(at - 1)) {
            report("system", "io_wait", value, number(value));
        }
    } else if let Some(value) = cell(&words, columns, "%util") {
        report(first, "disk_busy", value, number(value));
    }
}

/// Reports what a line of `top` shows; `columns` holds the heading of its processes.
pub(super) fn top(text: &str, columns: &mut Vec<String>, report: &mut Report<'_>) {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    if text.starts_with("%Cpu") || text.starts_with("Cpu(s)") {
        let at = words.iter().position(|word| word.starts_with("wa"));
        if let Some(value) = at.and_then(|at| words.get(at.checked_sub(1)?)) {
            report("system", "io_wait", value, number(value));
        }
    } else if words.first() == Some(&"PID") {
        *columns = owned(&words);
    } else if columns.first().is_some_and(|it| it == "PID") {
        process(&words, columns, "S", report);
    }
}

/// Reports what a line of `ps` shows; `columns` holds the heading.
pub(super) fn ps(text: &str, columns: &mut Vec<String>, report: &mut Report<'_>) {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    if words.contains(&"PID") && (words.contains(&"COMMAND") || words.contains(&"CMD")) {
        *columns = owned(&words);
    } else if !columns.is_empty() {
        process(&words, columns, "STAT", report);
    }
}

fn process(words: &[&str], columns: &[String], state: &str, report: &mut Report<'_>) {
    let cell = |name: &str| cell(words, columns, name);
    let Some(name) = cell("COMMAND").or_else(|| cell("CMD")) else {
        return;
    };
    let name = name.rsplit('/').next().unwrap_or(name);
    for (column, key) in [("%CPU", "cpu_percent"), ("%MEM", "memory_percent")] {
        if let Some(value) = cell(column) {
            report(name, key, value, number(value));
        }
    }
    match cell(state).and_then(|state| state.chars().next()) {
        Some('D') => report(name, "process_state", "D", None),
        Some('Z') => report(name, "process_state", "Z", None),
        _ => {}
    }
}

/// Reports the state of a socket, and a queue of connections that nobody accepts.
pub(super) fn socket(text: &str, report: &mut Report<'_>) {
    const STATES: [&str; 7] = [
        "CLOSE_WAIT",
        "CLOSE-WAIT",
        "TIME_WAIT",
        "TIME-WAIT",
        "SYN_SENT",
        "SYN-SENT",
        "SYN_RECV",
    ];
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    if let Some(at) = words.iter().position(|word| *word == "LISTEN") {
        // Only `ss` shows the length of the queue, behind the state.
        let queue = |behind: usize| words.get(at + behind)?.parse::<u64>().ok();
        if let (Some(waiting), Some(most), Some(local)) = (queue(1), queue(2), words.get(at + 3))
            && waiting > most
            && most > 0
        {
            let value = format!("{waiting} of {most}");
            report(local, "accept_queue", &value, Some(waiting as f64));
        }
        return;
    }
    let Some(at) = words.iter().position(|word| STATES.contains(word)) else {
        return;
    };
    let peer = if at > 3 {
        words.get(at - 1)
    } else {
        words.get(at + 4)
    };
    if let Some(peer) = peer {
        report(peer, "state", &words[at].replace('-', "_"), None);
    }
}

/// Reports the state of a unit; `columns` holds the name of the one that is described.
pub(super) fn unit(text: &str, columns: &mut Vec<String>, report: &mut Report<'_>) {
    let trimmed = text.trim();
    let described = columns.first().map_or("unit", String::as_str).to_owned();
    if let Some(state) = trimmed.strip_prefix("Active: ") {
        let is_retried = state.contains("(auto-restart)");
        let word = state.split(' ').next().unwrap_or("");
        let word = if is_retried { "auto-restart" } else { word };
        report(&described, "active", word, None);
        return;
    }
    let bare = trimmed.trim_start_matches(['●', '*', '×', '○', ' ']);
    let words: Vec<&str> = bare.split_ascii_whitespace().collect();
    let is_unit = words.first().is_some_and(|word| word.contains('.'));
    match words.as_slice() {
        [name, "loaded" | "not-found" | "masked", active, ..] if is_unit => {
            report(name, "active", active, None);
        }
        [name, "-", ..] if is_unit && bare.len() < trimmed.len() => {
            *columns = vec![(*name).to_owned()];
        }
        _ => {}
    }
}

fn number(value: &str) -> Option<f64> {
    number_with_unit(&value.replace(',', ".")).map(|(number, _)| number)
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
