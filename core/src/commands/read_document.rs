//! `faultmaven read-document`: the process apart in which hostile documents are read.

use std::ffi::OsStr;

use faultmaven_documents::{DocumentKind, answer};

use crate::commands::CommandError;

/// Answers whoever started this process to have one document read.
pub(super) fn run(kind: &str, recogniser: &OsStr) -> Result<(), CommandError> {
    let kind = DocumentKind::named(kind)
        .ok_or_else(|| format!("{kind} is no kind of document; name html, pdf, docx or picture"))?;
    Ok(answer(kind, recogniser)?)
}
