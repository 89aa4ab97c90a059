//! What happened at a time: the lines of all files, one of each kind with its number.

use std::collections::HashMap;

use faultmaven_proto::evidence::v1::FileCitation;

use super::answers::searched_names;
use super::cite::Cited;
use super::compose::{Composed, Told};
use super::data;
use super::text::counted;
use crate::analyst::message::message;

const KINDS_SHOWN: usize = 8;
/// Words by which lines of one kind are known.
const WORDS_COMPARED: usize = 12;
const GRAVE: [&str; 10] = [
    "error",
    "fatal",
    "panic",
    "fail",
    "exception",
    "critical",
    "refused",
    "timed out",
    "denied",
    "backoff",
];

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
        answer.say(data::coverage(&files).unwrap_or_default());
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
        "At {as_written} there are {} in {}{shown}:",
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
                    is_grave: GRAVE.iter().any(|word| lower.contains(word)),
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
}
