//! By what a failure is recognized when it comes again.

use std::collections::BTreeSet;

use faultmaven_analysis::line_outline;
use faultmaven_proto::case::v1 as case;
use faultmaven_proto::evidence::v1::DataClass;

use crate::appendix::Labels;
use crate::document::{Line, one_line};
use crate::material::Material;
use crate::words::{capitalized, cut};

const OUTLINE_MAX: usize = 300;

/// What evidence looks like without the times and ids of its case.
#[derive(Debug, Clone)]
pub(super) struct Sign {
    /// Where one looks for it, as the object of a sentence.
    place: &'static str,
    outline: String,
    /// The file, where its name tells something beyond the case.
    file_name: String,
    cites: Vec<String>,
}

impl Sign {
    /// Returns the sign as a line of its own.
    pub(super) fn line(&self) -> Line {
        self.told(&capitalized(self.place))
    }

    /// Returns the sign behind some words.
    pub(super) fn after(&self, words: &str) -> Line {
        self.told(&format!("{words} {}", self.place))
    }

    fn told(&self, words: &str) -> Line {
        let line = Line::of(words).code(&self.outline);
        let line = match self.file_name.as_str() {
            "" => line,
            name => line.text("in").code(name),
        };
        line.cites(self.cites.clone())
    }
}

/// Returns the different signs of some evidence; what people said is none.
pub(super) fn signs<'a>(
    entries: impl Iterator<Item = &'a case::EvidenceDigest>,
    material: &Material,
    labels: &Labels,
) -> Vec<Sign> {
    let mut known = BTreeSet::new();
    let signs = entries.filter_map(|entry| sign(entry, material, labels));
    signs
        .filter(|sign| known.insert(sign.outline.clone()))
        .collect()
}

fn sign(entry: &case::EvidenceDigest, material: &Material, labels: &Labels) -> Option<Sign> {
    if entry.file_id.is_empty() {
        return None;
    }
    let line = entry.quote.lines().find(|line| !line.trim().is_empty())?;
    let mut uploads = material.uploads.iter();
    let upload = uploads.find(|upload| upload.file_id == entry.file_id);
    let class = upload.map_or(DataClass::Unspecified, |upload| upload.data_class());
    let is_config = matches!(class, DataClass::Config | DataClass::Diff);
    // Of a setting the value counts, and the file that holds it.
    let (outline, file_name) = if is_config {
        (one_line(&entry.quote), entry.file_name.clone())
    } else {
        (line_outline(line), String::new())
    };
    Some(Sign {
        place: place(class),
        outline: cut(outline.trim(), OUTLINE_MAX).0.to_owned(),
        file_name,
        cites: labels.one(&entry.evidence_id),
    })
}

fn place(class: DataClass) -> &'static str {
    match class {
        DataClass::Logs | DataClass::ErrorReport => "lines of the log such as",
        DataClass::Metrics => "samples such as",
        DataClass::Trace | DataClass::Profile => "spans or frames such as",
        DataClass::Config => "a setting such as",
        DataClass::Diff => "a change such as",
        DataClass::CommandOutput => "output such as",
        _ => "text such as",
    }
}
