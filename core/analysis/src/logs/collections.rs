//! Garbage collections that a log tells: the share of time they take, and what the heap may hold.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::by_form::ByForm;
use crate::analysis::{
    Change, ChangeDirection, ChangeKind, CommandFact, CommandOutcome, CommandRun,
};
use crate::event::{LineEvent, LineSample};
use crate::fingerprint;
use crate::template::FormTable;
use crate::time::to_utc;

const MINUTE: i64 = 60 * 1_000_000;
const MINUTES_MAX: usize = 20_000;
const STARTS_MAX: usize = 50;
/// Share of the time in pauses from which a program stands rather than works.
const GRAVE_SHARE: f64 = 0.2;
/// Minutes of which so many are grave when it lasts.
const WINDOW: usize = 5;
const GRAVE_MINUTES: usize = 3;

static MAY_TELL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"\bPause \w|Allocation Stall|\[(?:Full )?GC\b|\bgc \d+ @|Mark-(?:sweep|Compact)|Scavenge|Heap Max Capacity|MaxHeapSize=|-Xmx",
    )
    .ok()
});

/// One pause: unified logging of the JVM, its older layout, Node.
static PAUSE: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let heap = r"(?:\b\d+(?:\.\d+)?[KMG]->(?P<after>\d+(?:\.\d+)?[KMG])\((?P<most>\d+(?:\.\d+)?[KMG])\) )?(?P<ms>\d+(?:[.,]\d+)?) ?ms$";
    let expressions = [
        format!(r"(?P<full>Pause (?:Full|Degenerated)|Allocation Stall)[^>]*?{heap}"),
        format!(r"Pause \w[^>]*?{heap}"),
        r"\[(?P<full>Full )?GC\b.*?\b\d+K->(?P<after>\d+K)\((?P<most>\d+K)\)(?:, \[\w[^\]]*\])?[^K]*?(?P<secs>\d+[.,]\d+) secs\]".to_owned(),
        r"(?:(?P<full>Mark-(?:sweep|Compact))|Scavenge)[^>]*?\d+(?:\.\d+)? \(\d+(?:\.\d+)?\) -> (?P<after>\d+(?:\.\d+)?) \((?P<most>\d+(?:\.\d+)?)\) MB, (?P<ms>\d+(?:\.\d+)?) /".to_owned(),
    ];
    let compiled = expressions.iter().map(|it| Regex::new(it));
    compiled.filter_map(Result::ok).collect()
});

static MOST: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?:Heap Max Capacity: |MaxHeapSize=|-Xmx)(?P<most>\d+[KMGkmg]?)").ok()
});

/// Collects the pauses while lines pass by.
#[derive(Debug, Default)]
pub(crate) struct Collections {
    /// Whether lines of each form may tell a pause.
    telling: ByForm<bool>,
    minutes: BTreeMap<i64, Minute>,
    /// The largest heap that each start allows, in bytes.
    starts: Vec<(f64, LineSample)>,
}

#[derive(Debug)]
struct Minute {
    paused_ms: f64,
    full: u64,
    /// The first full collection, else the first pause.
    line: LineSample,
    /// What stays in use after a full collection, and the size of the heap.
    left: Option<(String, String)>,
}

impl Collections {
    /// Takes an event that was just added to the table.
    pub(crate) fn add(&mut self, event: &LineEvent<'_>, table: &FormTable, form: u32) {
        let tells = || {
            MAY_TELL
                .as_ref()
                .is_some_and(|it| it.is_match(event.message))
        };
        if !*self.telling.get(table, form, tells) {
            return;
        }
        let message = event.message.trim_end();
        if let Some(most) = MOST.as_ref().and_then(|it| it.captures(message)) {
            self.start(&most["most"], event);
        } else if let Some(time) = event.time {
            self.pause(message, time, event);
        }
    }

    /// Returns the stretch in which a program does little but collect, as what a tool tells.
    pub(crate) fn run(&self, owner: &str) -> Option<CommandRun> {
        let minutes: Vec<(&i64, &Minute)> = self.minutes.iter().collect();
        let is_grave = |it: &&(&i64, &Minute)| it.1.paused_ms >= GRAVE_SHARE * 60_000.0;
        let from = (0..minutes.len()).find(|&at| {
            let near = minutes[at..].iter().take(WINDOW);
            is_grave(&&minutes[at]) && near.filter(is_grave).count() >= GRAVE_MINUTES
        })?;
        let until = minutes.iter().rposition(|it| is_grave(&it))?;
        let bad = &minutes[from..=until];
        let span = (bad[bad.len() - 1].0 - bad[0].0) as f64 / MINUTE as f64 + 1.0;
        let paused: f64 = bad.iter().map(|(_, it)| it.paused_ms).sum();
        let share = (paused / (span * 600.0)).round();
        let first = bad.iter().find(|(_, it)| it.full > 0).unwrap_or(&bad[0]);
        let line = &first.1.line;
        let citation = line.citation();
        let fact = CommandFact {
            object: owner.to_owned(),
            key: "gc_share".to_owned(),
            value: told(share, bad),
            number: Some(share),
            citation: citation.clone(),
        };
        Some(CommandRun {
            command: None,
            tool: "gc".to_owned(),
            observed_at: line.time.and_then(to_utc),
            until: None,
            outcome: CommandOutcome::Unknown,
            facts: vec![fact],
            citation,
        })
    }

    /// Returns how the largest heap changed from one start to the next.
    pub(crate) fn changes(&self, owner: &str, file: &str) -> Vec<Change> {
        let pairs = self.starts.windows(2).filter(|pair| pair[0].0 != pair[1].0);
        let changes = pairs.map(|pair| {
            let ((before, _), (after, line)) = (&pair[0], &pair[1]);
            let path = format!("maximum heap of {owner}");
            Change {
                kind: ChangeKind::Config,
                signature: fingerprint::config("heap", &path),
                file: file.to_owned(),
                component: Some(owner.to_owned()),
                path,
                before: Some(told_size(*before)),
                after: Some(told_size(*after)),
                direction: if after < before {
                    ChangeDirection::Decreased
                } else {
                    ChangeDirection::Increased
                },
                secret: false,
                changed_at: line.time.and_then(to_utc),
                citation: line.citation(),
            }
        });
        changes.collect()
    }

    fn start(&mut self, most: &str, event: &LineEvent<'_>) {
        let bytes = size(most);
        // One start may tell its heap twice.
        let is_told = self.starts.last().is_some_and(|(last, line)| {
            let soon = line.time.zip(event.time);
            *last == bytes && soon.is_none_or(|(last, now)| now - last < MINUTE)
        });
        if !is_told && bytes > 0.0 && self.starts.len() < STARTS_MAX {
            self.starts.push((bytes, LineSample::of(event)));
        }
    }

    fn pause(&mut self, message: &str, time: i64, event: &LineEvent<'_>) {
        let Some(found) = PAUSE.iter().find_map(|it| it.captures(message)) else {
            return;
        };
        let text = |name: &str| found.name(name).map(|it| it.as_str().to_owned());
        let number = |name: &str| text(name)?.replace(',', ".").parse::<f64>().ok();
        let paused = number("ms").or_else(|| number("secs").map(|it| it * 1e3));
        let Some(ms) = paused else { return };
        let is_full = found.name("full").is_some();
        let minute = time.div_euclid(MINUTE) * MINUTE;
        if !self.minutes.contains_key(&minute) && self.minutes.len() >= MINUTES_MAX {
            return;
        }
        let known = self.minutes.entry(minute).or_insert_with(|| Minute {
            paused_ms: 0.0,
            full: 0,
            line: LineSample::of(event),
            left: None,
        });
        known.paused_ms += ms;
        if is_full {
            if known.full == 0 {
                known.line = LineSample::of(event);
            }
            known.full += 1;
            known.left = text("after")
                .zip(text("most"))
                .or_else(|| known.left.take());
        }
    }
}

fn told(share: f64, bad: &[(&i64, &Minute)]) -> String {
    let full: u64 = bad.iter().map(|(_, it)| it.full).sum();
    let from = to_utc(*bad[0].0);
    let from = from.map_or_else(String::new, |time| {
        format!(" from {} UTC on", time.format("%Y-%m-%d %H:%M"))
    });
    let left = bad.iter().rev().find_map(|(_, it)| it.left.as_ref());
    let left = left.map_or_else(String::new, |(after, most)| {
        format!(", after the last of which {after} of {most} are still in use")
    });
    format!("{share} % of its time{from}, {full} of the collections full{left}")
}

/// Returns the bytes of a size such as `144M`.
fn size(text: &str) -> f64 {
    let digits = text.trim_end_matches(|it: char| it.is_ascii_alphabetic());
    let number: f64 = digits.parse().unwrap_or(0.0);
    let scale: f64 = match text[digits.len()..].to_ascii_uppercase().as_str() {
        "K" => 1_024.0,
        "M" => 1_048_576.0,
        "G" => 1_073_741_824.0,
        _ => 1.0,
    };
    number * scale
}

fn told_size(bytes: f64) -> String {
    format!("{} MB", (bytes / 1_048_576.0).round())
}

/// Returns whose collections a file tells, as its name says.
pub(crate) fn owner(file_name: Option<&str>) -> String {
    let name = file_name.unwrap_or_default();
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let stem = name.split('.').next().unwrap_or(name).to_ascii_lowercase();
    let words = stem.split(['-', '_']);
    let rest: Vec<&str> = words
        .filter(|word| {
            !matches!(
                *word,
                "gc" | "gclog" | "verbosegc" | "log" | "jvm" | "paste" | ""
            )
        })
        .filter(|word| !word.bytes().all(|it| it.is_ascii_digit()))
        .collect();
    match rest.join("-") {
        named if named.is_empty() => "the program".to_owned(),
        named => named,
    }
}

#[cfg(test)]
#[path = "collections_tests.rs"]
mod tests;
