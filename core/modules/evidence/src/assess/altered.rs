//! Values of one object that differ between two exports, or between two versions in one.

use std::collections::BTreeMap;
use std::sync::Arc;

use faultmaven_analysis::{Setting, quote_signature};
use faultmaven_proto::evidence::v1 as pb;

use crate::convert;
use crate::entity::file::Model;
use crate::report::StoredReport;

const ALTERED_MAX: usize = 20;
/// Objects that one export may hold in two versions; of others, two values belong to two containers.
const VERSIONED: &str = "configmap/";
/// Words of file names that tell which of two is the older, and which the newer.
const OLDER: [&str; 7] = [
    "old",
    "before",
    "prev",
    "previous",
    "earlier",
    "good",
    "yesterday",
];
const NEWER: [&str; 6] = ["new", "after", "now", "current", "bad", "today"];

/// A value with the file it stands in.
type Seen<'a> = (&'a Model, &'a Setting);

/// Returns what was changed between exports, oldest value first, with both places.
pub(super) fn between(listed: &[(Model, Arc<StoredReport>)]) -> Vec<pb::ObservedChange> {
    let mut values: BTreeMap<(&str, &str, &str), Vec<Seen<'_>>> = BTreeMap::new();
    for (file, report) in listed {
        for setting in report
            .clues
            .settings
            .iter()
            .filter(|it| !it.object.is_empty())
        {
            let of = (
                setting.namespace.as_str(),
                setting.object.as_str(),
                setting.key.as_str(),
            );
            values.entry(of).or_default().push((file, setting));
        }
    }
    let altered = values.into_values().filter_map(|mut seen| {
        seen.sort_by_key(|(file, setting)| (age(file), setting.citation.byte_start));
        let (before, after) = pair(&seen)?;
        Some(change(before, after))
    });
    altered.take(ALTERED_MAX).collect()
}

/// The value that counts now, and the last other one before it.
fn pair<'a>(seen: &[Seen<'a>]) -> Option<(Seen<'a>, Seen<'a>)> {
    let after = *seen.last()?;
    let is_other = |it: &&Seen<'a>| it.1.value != after.1.value;
    let before = *seen.iter().rev().find(is_other)?;
    let in_one_file = before.0.file_id == after.0.file_id;
    // Two containers may have a variable of one name each.
    let is_ambiguous = [before, after].iter().any(|(file, setting)| {
        let mut of_file = seen.iter().filter(|it| it.0.file_id == file.file_id);
        of_file.any(|it| it.1.value != setting.value)
    });
    let is_versioned = after.1.object.starts_with(VERSIONED);
    (if in_one_file {
        is_versioned
    } else {
        !is_ambiguous
    })
    .then_some((before, after))
}

/// What a file is older by: its turn, then what its name says, then when it came.
fn age(file: &Model) -> (i32, i32, chrono::DateTime<chrono::Utc>) {
    let name = file.filename.to_lowercase();
    let mut words = name.split(|letter: char| !letter.is_alphanumeric());
    let said = words.find_map(|word| {
        let is_older = OLDER.contains(&word);
        (is_older || NEWER.contains(&word)).then_some(if is_older { -1 } else { 1 })
    });
    (file.uploaded_at_turn, said.unwrap_or(0), file.uploaded_at)
}

fn change((old, before): Seen<'_>, (new, after): Seen<'_>) -> pb::ObservedChange {
    let Setting { object, key, .. } = after;
    let (from, to) = (&before.value, &after.value);
    let place = if old.file_id == new.file_id {
        format!("within {}", new.filename)
    } else {
        format!("from {} to {}", old.filename, new.filename)
    };
    pb::ObservedChange {
        description: format!("{key} of {object} changed from {from} to {to}, {place}"),
        change_type: "config".to_owned(),
        change_time: None,
        key: key.clone(),
        before: from.clone(),
        after: to.clone(),
        citation: Some(convert::finding::citation(new, after.citation.clone())),
        signature: quote_signature(&format!("{object} {key}")),
        before_citation: Some(convert::finding::citation(old, before.citation.clone())),
    }
}
