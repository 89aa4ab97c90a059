//! The case of a bundle, as far as it can be checked.

use serde::Deserialize;

use super::bundle::Bundle;
use super::outcome::{Outcome, Problem};

const RECORD: &str = "case.json";
const SCHEMA: &str = "faultmaven.case/1";

/// The case.
#[derive(Debug, Deserialize)]
pub(super) struct Record {
    schema: String,
    case: Case,
    pub(super) evidence: Vec<Evidence>,
    pub(super) files: Vec<Original>,
}

#[derive(Debug, Deserialize)]
struct Case {
    case_id: String,
    title: String,
    status: String,
}

/// A piece of evidence with its citation.
#[derive(Debug, Deserialize)]
pub(super) struct Evidence {
    pub(super) evidence_id: String,
    pub(super) withdrawn: bool,
    /// Absent for a quote from a message.
    pub(super) file_id: Option<String>,
    pub(super) sha256: Option<String>,
    pub(super) byte_start: i64,
    pub(super) byte_end: i64,
    pub(super) line_start: i64,
    pub(super) line_end: i64,
    pub(super) quote: String,
    pub(super) excerpt: Option<Excerpt>,
}

/// Where the lines around a quote stand.
#[derive(Debug, Deserialize)]
pub(super) struct Excerpt {
    pub(super) path: String,
    pub(super) line_start: i64,
    pub(super) line_end: i64,
}

/// A file as it was handed over.
#[derive(Debug, Deserialize)]
pub(super) struct Original {
    pub(super) file_id: String,
    pub(super) filename: String,
    pub(super) sha256: String,
    pub(super) size_bytes: Option<u64>,
    pub(super) encoding: Option<String>,
    pub(super) origin: Option<String>,
}

/// Reads the case; notes why it cannot be read.
pub(super) fn read(bundle: &Bundle, outcome: &mut Outcome) -> Option<Record> {
    // That it is missing is noted where the manifest is compared.
    let content = bundle.file(RECORD)?;
    let record: Record = match serde_json::from_slice(content) {
        Ok(record) => record,
        Err(error) => {
            let fault = format!("cannot be understood: {error}");
            outcome.problem(Problem::file(RECORD, fault));
            return None;
        }
    };
    if record.schema != SCHEMA {
        let fault = format!("is of the schema {:?}, not {SCHEMA:?}", record.schema);
        outcome.problem(Problem::file(RECORD, fault));
        return None;
    }
    if record.case.case_id != bundle.manifest.case_id {
        let fault = "is of another case than the manifest";
        outcome.problem(Problem::file(RECORD, fault));
    }
    outcome.title.clone_from(&record.case.title);
    outcome.status.clone_from(&record.case.status);
    Some(record)
}
