//! The zip with which somebody else takes a case over: the same case always gives the same bytes.
//!
//! Whatever was found to be a secret in one text is masked in all of them, therefore everything is
//! written twice: once to learn what there is, once to keep.

use std::collections::BTreeMap;

use faultmaven_proto::case::v1 as case;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::error::Error;
use crate::mask::{Hides, Mask};
use crate::material::Material;
use crate::report::Kind;
use crate::{html, markdown, skeleton};

mod pack;
mod passage;
mod record;

pub(crate) use passage::{Around, Passage, window};

const FORMAT: &str = "faultmaven-bundle";
const FORMAT_VERSION: u32 = 1;
const MANIFEST: &str = "manifest.json";
const READ_ME: &str = "README.md";

/// The reports that a bundle brings when the case is far enough for them.
const REPORTS: [Kind; 4] = [
    Kind::Summary,
    Kind::IncidentReport,
    Kind::PostMortem,
    Kind::Runbook,
];

/// Files by their path in the zip.
type Files = BTreeMap<String, Vec<u8>>;

/// All that a bundle is made from.
#[derive(Debug)]
pub(crate) struct Contents {
    pub(crate) material: Material,
    /// The whole conversation, oldest first.
    pub(crate) messages: Vec<case::Message>,
    /// What evidence cites, with the lines around it.
    pub(crate) passages: Vec<Passage>,
}

/// Returns the bytes of the zip.
pub(crate) fn write(contents: &Contents, redacts: bool) -> Result<Vec<u8>, Error> {
    let mut mask = Mask::new(if redacts {
        Hides::SecretsAndPersonalData
    } else {
        Hides::Nothing
    })?;
    if redacts {
        files(contents, &mut mask)?;
        mask.sweep_known();
    }
    let mut files = files(contents, &mut mask)?;
    let manifest = manifest(&contents.material.case, redacts, &files);
    files.insert(MANIFEST.to_owned(), serde_json::to_vec_pretty(&manifest)?);
    pack::zip(&files)
}

fn files(contents: &Contents, mask: &mut Mask) -> Result<Files, Error> {
    let mut files = Files::new();
    let mut quotes = BTreeMap::new();
    for passage in &contents.passages {
        let masked = passage.masked(mask);
        let path = format!("excerpts/{}.txt", passage.evidence_id);
        files.insert(path, masked.excerpt.into_bytes());
        quotes.insert(passage.evidence_id.as_str(), masked.quote);
    }
    let record = record::write(contents, &quotes, mask);
    files.insert("case.json".to_owned(), serde_json::to_vec_pretty(&record)?);
    add_reports(&mut files, &contents.material, mask)?;
    files.insert(
        READ_ME.to_owned(),
        include_bytes!("bundle/README.md").to_vec(),
    );
    Ok(files)
}

fn add_reports(files: &mut Files, material: &Material, mask: &mut Mask) -> Result<(), Error> {
    let standing = material.standing();
    for kind in REPORTS {
        if kind.availability(&standing).is_err() {
            continue;
        }
        let document = mask.document(&skeleton::write(kind, material))?;
        let title = mask.text(&skeleton::title(kind, &material.case));
        let name = kind.as_str();
        let page = html::render(&title, &document);
        files.insert(format!("reports/{name}.html"), page.into_bytes());
        let text = markdown::render(&document);
        files.insert(format!("reports/{name}.md"), text.into_bytes());
    }
    Ok(())
}

fn manifest(case: &case::Case, redacts: bool, files: &Files) -> Value {
    let files = files.iter().map(|(path, content)| {
        json!({
            "path": path,
            "size_bytes": content.len(),
            "sha256": hex::encode(Sha256::digest(content)),
        })
    });
    json!({
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "product_version": env!("CARGO_PKG_VERSION"),
        "case_id": case.case_id,
        "case_version": case.version,
        "redacted": redacts,
        "files": files.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests;
