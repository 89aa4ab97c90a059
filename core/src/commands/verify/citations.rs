//! Whether every quote stands where its citation says.

use super::bundle::Bundle;
use super::outcome::{Outcome, Problem};
use super::record::{Evidence, Excerpt, Record};

/// Notes each valid piece of evidence whose quote is not in its excerpt at the stated lines.
pub(super) fn check(bundle: &Bundle, record: &Record, outcome: &mut Outcome) {
    for evidence in record.evidence.iter().filter(|it| !it.withdrawn) {
        let checked = check_hash(record, evidence).and_then(|()| check_quote(bundle, evidence));
        match checked {
            Ok(()) => outcome.citations_held += 1,
            Err(fault) => outcome.problem(Problem::citation(&evidence.evidence_id, fault)),
        }
    }
}

fn check_hash(record: &Record, evidence: &Evidence) -> Result<(), &'static str> {
    let Some(file_id) = &evidence.file_id else {
        return Ok(());
    };
    let mut files = record.files.iter();
    let file = files.find(|file| file.file_id == *file_id);
    let file = file.ok_or("cites a file that the case does not list")?;
    if evidence.sha256.as_ref() != Some(&file.sha256) {
        return Err("cites a file by another SHA-256 than the case lists");
    }
    Ok(())
}

fn check_quote(bundle: &Bundle, evidence: &Evidence) -> Result<(), &'static str> {
    let excerpt = evidence.excerpt.as_ref().ok_or("has no excerpt")?;
    let content = bundle.file(&excerpt.path);
    let content = content.ok_or("has an excerpt that is missing")?;
    let text = std::str::from_utf8(content).map_err(|_| "has an excerpt that is no text")?;
    let lines = stated_lines(text, excerpt, evidence)?;
    let quote = evidence.quote.replace("\r\n", "\n");
    let quote = quote.trim_end_matches('\n');
    if quote.trim().is_empty() {
        return Err("quotes nothing");
    }
    if !lines.contains(quote) {
        return Err("quotes what is not in its excerpt at the stated lines");
    }
    Ok(())
}

/// Returns the lines of an excerpt that a citation names.
fn stated_lines(
    text: &str,
    excerpt: &Excerpt,
    evidence: &Evidence,
) -> Result<String, &'static str> {
    let lines: Vec<&str> = text.split('\n').collect();
    let place = |line: i64| {
        let place = line.checked_sub(excerpt.line_start)?;
        usize::try_from(place).ok()
    };
    if place(excerpt.line_end) != Some(lines.len() - 1) {
        return Err("has an excerpt of another length than stated");
    }
    let stated = match (place(evidence.line_start), place(evidence.line_end)) {
        (Some(start), Some(end)) if start <= end => lines.get(start..=end),
        _ => None,
    };
    let stated = stated.ok_or("cites lines that are not in its excerpt")?;
    Ok(stated.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence(lines: (i64, i64)) -> Evidence {
        Evidence {
            evidence_id: "ev_1".to_owned(),
            withdrawn: false,
            file_id: None,
            sha256: None,
            byte_start: 0,
            byte_end: 0,
            line_start: lines.0,
            line_end: lines.1,
            quote: String::new(),
            excerpt: None,
        }
    }

    fn stated(text: &str, excerpt: (i64, i64), lines: (i64, i64)) -> Result<String, &'static str> {
        let excerpt = Excerpt {
            path: String::new(),
            line_start: excerpt.0,
            line_end: excerpt.1,
        };
        stated_lines(text, &excerpt, &evidence(lines))
    }

    #[test]
    fn lines_are_counted_from_the_start_of_the_excerpt() {
        assert_eq!(stated("a\nb\nc", (7, 9), (8, 9)).unwrap(), "b\nc");
        assert_eq!(stated("a", (1, 1), (1, 1)).unwrap(), "a");
    }

    #[test]
    fn lines_elsewhere_are_refused() {
        for (excerpt, lines) in [
            ((7, 9), (6, 7)),
            ((7, 9), (9, 10)),
            ((7, 9), (9, 8)),
            ((7, 9), (i64::MIN, i64::MAX)),
            ((7, 8), (7, 7)),
            ((i64::MIN, i64::MAX), (0, 0)),
        ] {
            assert!(
                stated("a\nb\nc", excerpt, lines).is_err(),
                "{excerpt:?} {lines:?}"
            );
        }
    }
}
