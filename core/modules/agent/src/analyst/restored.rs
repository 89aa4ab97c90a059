//! Finds values that are back to what they were before a change.

use faultmaven_proto::evidence::v1::{FileCitation, Line, ObservedChange, UploadedFile};

use super::situation::RestoredValue;

/// The lines of one file.
#[derive(Debug, Clone)]
pub(crate) struct FileLines {
    pub(crate) file: UploadedFile,
    pub(crate) lines: Vec<Line>,
}

/// Returns the lines of new files that undo a change that older files show.
///
/// A metric counts when an older file shows it at the changed value, a key of a configuration when
/// it is the changed key.
pub(crate) fn find(
    changes: &[ObservedChange],
    older: &[FileLines],
    newer: &[FileLines],
) -> Vec<RestoredValue> {
    let mut found = Vec::new();
    for change in changes.iter().filter(|change| is_comparable(change)) {
        for file in newer {
            let restored = file.lines.iter().find_map(|line| {
                let (name, value) = name_and_value(&line.text)?;
                let is_back = value == change.before
                    && (is_key(change, name) || was_changed(name, &change.after, older));
                is_back.then(|| restored(change, file, line, name))
            });
            found.extend(restored);
        }
    }
    found
}

fn is_comparable(change: &ObservedChange) -> bool {
    !change.before.is_empty() && !change.after.is_empty() && change.before != change.after
}

/// Returns whether an older file shows the name with the changed value.
fn was_changed(name: &str, after: &str, older: &[FileLines]) -> bool {
    older.iter().flat_map(|file| &file.lines).any(|line| {
        name_and_value(&line.text).is_some_and(|(known, value)| known == name && value == after)
    })
}

fn is_key(change: &ObservedChange, name: &str) -> bool {
    let key = change.key.rsplit('.').next().unwrap_or(&change.key);
    !key.is_empty() && name.rsplit('.').next() == Some(key)
}

/// Splits `name value`, `name: value` and `name=value`.
fn name_and_value(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    if line.starts_with('#') || line.starts_with("//") {
        return None;
    }
    let split = line
        .split_once(": ")
        .or_else(|| line.rsplit_once(' '))
        .or_else(|| line.split_once('='));
    let (name, value) = split?;
    let name = name
        .trim()
        .trim_start_matches(['+', '-', ' '])
        .trim_end_matches([':', '='])
        .trim();
    let value = value.trim().trim_matches(['"', '\'']);
    (!name.is_empty() && !value.is_empty()).then_some((name, value))
}

fn restored(change: &ObservedChange, file: &FileLines, line: &Line, name: &str) -> RestoredValue {
    let indent = line.text.len() - line.text.trim_start().len();
    let quote = line.text.trim();
    let byte_start = line.byte_start + i64::try_from(indent).unwrap_or_default();
    RestoredValue {
        name: name.to_owned(),
        before: change.after.clone(),
        now: change.before.clone(),
        citation: FileCitation {
            file_id: file.file.file_id.clone(),
            filename: file.file.filename.clone(),
            sha256: file.file.sha256.clone(),
            byte_start,
            byte_end: byte_start + i64::try_from(quote.len()).unwrap_or_default(),
            line_start: line.number,
            line_end: line.number,
            quote: quote.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(id: &str, text: &str) -> FileLines {
        let lines = text.lines().zip(1..);
        FileLines {
            file: UploadedFile {
                file_id: id.to_owned(),
                ..Default::default()
            },
            lines: lines
                .map(|(text, number)| Line {
                    number,
                    text: text.to_owned(),
                    ..Default::default()
                })
                .collect(),
        }
    }

    fn change() -> ObservedChange {
        ObservedChange {
            key: "spring.datasource.hikari.maximum-pool-size".to_owned(),
            before: "50".to_owned(),
            after: "5".to_owned(),
            ..Default::default()
        }
    }

    const DURING: &str =
        "hikaricp_connections{pool=\"P\"} 5\nhikaricp_connections_max{pool=\"P\"} 5";

    #[test]
    fn a_metric_at_its_old_value_again_shows_that_the_change_was_undone() {
        let after = "hikaricp_connections{pool=\"P\"} 24\nhikaricp_connections_max{pool=\"P\"} 50";
        let found = find(&[change()], &[file("a", DURING)], &[file("b", after)]);
        let quotes: Vec<&str> = found
            .iter()
            .map(|found| found.citation.quote.as_str())
            .collect();
        assert_eq!(quotes, ["hikaricp_connections_max{pool=\"P\"} 50"]);
        assert_eq!(found[0].citation.line_start, 2);
    }

    #[test]
    fn another_metric_with_the_same_number_says_nothing() {
        let found = find(
            &[change()],
            &[file("a", DURING)],
            &[file("b", "threads_max 50")],
        );
        assert!(found.is_empty());
    }

    #[test]
    fn the_changed_key_speaks_for_itself() {
        let found = find(&[change()], &[], &[file("b", "    maximum-pool-size: 50")]);
        assert_eq!(found[0].citation.quote, "maximum-pool-size: 50");
    }
}
