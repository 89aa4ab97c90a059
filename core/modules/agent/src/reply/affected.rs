//! Which parts are in trouble, by what their files and objects show.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use faultmaven_proto::evidence::v1::{DataClass, FileOrigin, Finding, Severity, UploadedFile};

use super::cite::Cited;
use super::compose::{Composed, Told};
use super::text::{clock, counted};
use crate::analyst::subject;
use crate::convert::moment;

const PARTS_SHOWN: usize = 6;

/// What is wrong with a part.
struct Part<'a> {
    count: i64,
    first: Option<DateTime<Utc>>,
    worst: &'a Finding,
}

/// Names the parts with grave findings, most lines first; returns whether there are any.
pub(super) fn tell(answer: &mut Composed, told: &Told<'_>) -> bool {
    let mut parts: BTreeMap<String, Part<'_>> = BTreeMap::new();
    let findings = &told.situation.assessment.findings;
    let grave = findings
        .iter()
        .filter(|it| it.severity() >= Severity::Error && it.kind != "onset");
    for finding in grave {
        let files = &told.situation.assessment.files;
        let file = files.iter().find(|file| file.file_id == finding.file_id);
        let class = file.map(UploadedFile::data_class);
        let is_paste = file.is_some_and(|file| file.origin() == FileOrigin::Paste);
        let named = || {
            let place = finding.citations.first().map(subject::key)?;
            told.situation.names.get(&place).cloned()
        };
        let Some(name) = part_of(finding, class).filter(|_| !is_paste).or_else(named) else {
            continue;
        };
        let first = moment(finding.first_seen.as_ref());
        let part = parts.entry(name).or_insert(Part {
            count: 0,
            first,
            worst: finding,
        });
        part.count += finding.count.max(1);
        part.first = part.first.into_iter().chain(first).min();
        if finding.count > part.worst.count {
            part.worst = finding;
        }
    }
    let mut ranked: Vec<(String, Part<'_>)> = parts.into_iter().collect();
    ranked.sort_by_key(|(_, part)| std::cmp::Reverse(part.count));
    let mut cited = Cited::default();
    for (name, part) in ranked.iter().take(PARTS_SHOWN) {
        let Some(citation) = part.worst.citations.first() else {
            continue;
        };
        let lines = counted(part.count, "sign of trouble", "signs of trouble");
        let since = part.first.map_or_else(String::new, |first| {
            format!(", the first at {}", clock(first))
        });
        cited.noted(
            &part.worst.statement,
            citation,
            &format!("{name}: {lines}{since}"),
        );
    }
    let has_any = !cited.is_empty();
    answer.cite("Trouble shows in:", cited);
    has_any
}

/// The object of an export, else what the log is named after.
fn part_of(finding: &Finding, class: Option<DataClass>) -> Option<String> {
    if finding.kind == "pod_state" && !finding.component.is_empty() {
        return Some(finding.component.clone());
    }
    let file = &finding.citations.first()?.filename;
    let stem = file.split('.').next().unwrap_or(file);
    let is_log = matches!(class, Some(DataClass::Logs | DataClass::ErrorReport));
    if !is_log {
        return (!finding.component.is_empty()).then(|| finding.component.clone());
    }
    Some(stem.to_owned()).filter(|stem| !stem.is_empty())
}

#[cfg(test)]
mod tests {
    use faultmaven_proto::evidence::v1::FileCitation;

    use super::*;

    #[test]
    fn a_part_is_named_after_its_object_or_its_file() {
        let finding = |file: &str, component: &str| Finding {
            component: component.to_owned(),
            citations: vec![FileCitation {
                filename: file.to_owned(),
                ..Default::default()
            }],
            ..Default::default()
        };
        for (file, class, component, expected) in [
            ("cart.log", DataClass::Logs, "", Some("cart")),
            (
                "x.json",
                DataClass::Config,
                "cart-5b7-x",
                Some("cart-5b7-x"),
            ),
            ("x.json", DataClass::Metrics, "", None),
        ] {
            let found = part_of(&finding(file, component), Some(class));
            assert_eq!(found.as_deref(), expected, "{file}");
        }
    }
}
