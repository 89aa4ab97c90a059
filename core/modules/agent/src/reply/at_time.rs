//! What happened at a time: the lines of all files, one of each kind with its number.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use faultmaven_proto::evidence::v1::{FileCitation, Finding, Severity};

use super::answers::{not_searched, searched_names};
use super::cite::Cited;
use super::compose::{Composed, Told};
use super::data;
use super::text::counted;
use crate::analyst::message::message;
use crate::analyst::relevance::{MEASURED, Relevance};
use crate::analyst::terms::GRAVE;
use crate::analyst::{clock_time, stated_time};
use crate::convert::moment;

const KINDS_SHOWN: usize = 8;
/// Words by which lines of one kind are known.
const WORDS_COMPARED: usize = 12;
/// Trouble this near to a time may have to do with it.
const NEAR: TimeDelta = TimeDelta::minutes(10);

/// Lines of one kind in one file.
struct Kind<'a> {
    first: &'a FileCitation,
    count: i64,
    is_grave: bool,
}

/// Shows the lines of a time, what looks like trouble first.
pub(super) fn answer(answer: &mut Composed, told: &Told<'_>, as_written: &str) {
    let Some(lookup) = &told.situation.lookup else {
        return;
    };
    if lookup.hits.is_empty() {
        let searched = searched_names(told);
        answer.say(format!("No line at {as_written} in {searched}."));
        let files: Vec<_> = told.situation.assessment.files.iter().collect();
        if told.situation.new_files.is_empty() {
            answer.say(data::coverage(&files).unwrap_or_default());
        }
        quiet(answer, told, as_written);
        return;
    }
    let kinds = kinds(&lookup.hits);
    // Of a file with many lines at that time, the first are at hand.
    let are_all = lookup.hits.len() as i64 >= lookup.count();
    let mut cited = Cited::default();
    for kind in kinds.iter().take(KINDS_SHOWN) {
        match kind.count {
            1 => cited.citation("a line at the time asked for", kind.first),
            count => {
                let among = if are_all { "" } else { " among those" };
                let times = format!("{count} such lines{among}");
                cited.noted("lines at the time asked for", kind.first, &times);
            }
        }
    }
    let with_lines = lookup.searched.iter().filter(|(_, count)| *count > 0);
    let shown = match are_all {
        true => String::new(),
        false => format!("; of the first {}", lookup.hits.len()),
    };
    let heading = format!(
        "At {as_written} there {} {} in {}{shown}:",
        if lookup.count() == 1 { "is" } else { "are" },
        counted(lookup.count(), "line", "lines"),
        counted(with_lines.count() as i64, "file", "files")
    );
    answer.cite(&heading, cited);
    let rest = kinds.len().saturating_sub(KINDS_SHOWN);
    if rest > 0 {
        let kinds = counted(rest as i64, "other kind", "other kinds");
        answer.say(format!(
            "There are {kinds} of lines beside these; name a file to see its lines."
        ));
    }
    answer.say(not_searched(told));
    quiet(answer, told, as_written);
}

/// Says that nothing goes wrong around a time that the data cover.
fn quiet(answer: &mut Composed, told: &Told<'_>, as_written: &str) {
    let situation = told.situation;
    let written = clock_time::find(&situation.text);
    let Some(time) = written.and_then(|it| it.resolve(&situation.reference())) else {
        return;
    };
    let mut findings = situation.assessment.findings.iter();
    let relevance = situation.relevance();
    let is_covered = stated_time::is_covered(situation, time);
    if is_covered && !findings.any(|it| is_trouble_at(relevance, it, time)) {
        answer.say(format!(
            "Around {as_written} nothing fails, sets in or shifts in these data."
        ));
    }
}

/// Returns whether a finding tells of trouble that begins near a time or goes on at it.
fn is_trouble_at(relevance: &Relevance, finding: &Finding, time: DateTime<Utc>) -> bool {
    let tells = match finding.severity() {
        Severity::Error | Severity::Critical => relevance.is_alarming(finding),
        Severity::Warn => {
            let kind = finding.kind.as_str();
            (kind == "onset" || MEASURED.contains(&kind)) && relevance.is_alarming(finding)
        }
        Severity::Info | Severity::Unspecified => false,
    };
    let first = moment(finding.first_seen.as_ref());
    let last = moment(finding.last_seen.as_ref()).or(first);
    // What has no time may have been so at any.
    let is_near = first
        .zip(last)
        .is_none_or(|(first, last)| first - NEAR <= time && time <= last + NEAR);
    tells && is_near
}

fn kinds(hits: &[FileCitation]) -> Vec<Kind<'_>> {
    let mut known: HashMap<(&str, String), usize> = HashMap::new();
    let mut kinds: Vec<Kind<'_>> = Vec::new();
    // Frames of a stack belong to the line above them.
    let events = hits
        .iter()
        .filter(|hit| !message(&hit.quote).starts_with("at "));
    for hit in events {
        let key = (hit.file_id.as_str(), shape(&hit.quote));
        match known.get(&key) {
            Some(at) => kinds[*at].count += 1,
            None => {
                known.insert(key, kinds.len());
                let lower = hit.quote.to_lowercase();
                kinds.push(Kind {
                    first: hit,
                    count: 1,
                    is_grave: GRAVE.iter().any(|word| lower.contains(word))
                        || lower.contains("\" 50"),
                });
            }
        }
    }
    kinds.sort_by_key(|kind| (!kind.is_grave, kind.count));
    kinds
}

/// The words of a message without those that vary.
fn shape(quote: &str) -> String {
    let words = message(quote).split_whitespace();
    let fixed = words.filter(|word| !word.contains(|letter: char| letter.is_ascii_digit()));
    let fixed: Vec<&str> = fixed.take(WORDS_COMPARED).collect();
    fixed.join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::convert::stamp;

    #[test]
    fn lines_of_one_kind_are_counted_and_trouble_comes_first() {
        let hit = |quote: &str| FileCitation {
            quote: quote.to_owned(),
            ..Default::default()
        };
        let hits = [
            hit("10:05:01 INFO GET /a/17 200"),
            hit("10:05:02 INFO GET /a/18 200"),
            hit("10:05:03 ERROR cannot reach 10.0.0.5"),
        ];
        let found = kinds(&hits);
        assert_eq!(found.len(), 2);
        assert!(found[0].is_grave);
        assert_eq!(found[1].count, 2);
    }

    #[test]
    fn what_begins_long_after_a_time_is_no_trouble_at_it() {
        let relevance = Relevance::default();
        let at = |text: &str| -> DateTime<Utc> { text.parse().unwrap() };
        let failing = |from: &str, to: &str| Finding {
            severity: Severity::Error.into(),
            first_seen: stamp(Some(at(from))),
            last_seen: stamp(Some(at(to))),
            ..Default::default()
        };
        let time = at("2026-03-04T09:30:00Z");
        for (from, to, expected) in [
            ("2026-03-04T09:25:00Z", "2026-03-04T09:26:00Z", true),
            ("2026-03-04T08:00:00Z", "2026-03-04T10:00:00Z", true),
            ("2026-03-04T09:50:00Z", "2026-03-04T10:00:00Z", false),
        ] {
            let finding = failing(from, to);
            assert_eq!(
                is_trouble_at(&relevance, &finding, time),
                expected,
                "{from}"
            );
        }
    }
}
