//! Finds quotes in stored bytes and compares citations with them.

use std::ops::ControlFlow;

use faultmaven_analysis::{
    Citation, Encoding, QUOTE_MAX_BYTES, QuoteFinder, locate_quote, verify_citation,
};
use faultmaven_proto::evidence::v1::FileCitation;

use crate::convert::{class, unsigned};
use crate::entity::file::Model;
use crate::error::EvidenceError;
use crate::parts::Parts;
use crate::reading;

/// Why bytes do not carry a quote; the names on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    QuoteNotFound,
    QuoteTooLong,
    HashMismatch,
    NotCitable,
    AbsenceNotProven,
    ForeignId,
    UnknownValue,
}

impl Refusal {
    /// Returns the reason on the wire.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::QuoteNotFound => "quote_not_found",
            Self::QuoteTooLong => "quote_too_long",
            Self::HashMismatch => "hash_mismatch",
            Self::NotCitable => "not_citable",
            Self::AbsenceNotProven => "absence_not_proven",
            Self::ForeignId => "foreign_id",
            Self::UnknownValue => "unknown_value",
        }
    }
}

/// A text to be found, near a line if one is named.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) quote: String,
    pub(crate) line_hint: Option<u64>,
}

/// Fails for texts that no citation can quote.
pub(crate) fn check_quote(quote: &str) -> Result<(), Refusal> {
    if quote.trim().is_empty() {
        return Err(Refusal::QuoteNotFound);
    }
    if quote.len() > QUOTE_MAX_BYTES {
        return Err(Refusal::QuoteTooLong);
    }
    Ok(())
}

/// Returns where a message says `quote`.
pub(crate) fn in_message(message: &str, quote: &str) -> Result<Citation, Refusal> {
    check_quote(quote)?;
    let found = locate_quote(message.as_bytes(), quote, None, Encoding::Utf8);
    found.ok_or(Refusal::QuoteNotFound)
}

/// Reads a file once and returns where it says each of `wanted`, verified against its bytes.
pub(crate) async fn in_file(
    parts: &Parts,
    file: &Model,
    wanted: Vec<Wanted>,
) -> Result<Vec<Option<Citation>>, EvidenceError> {
    let encoding = class::encoding(&file.encoding);
    let finders: Vec<_> = wanted
        .iter()
        .map(|text| QuoteFinder::new(&text.quote, text.line_hint, encoding))
        .collect();
    let finders = reading::feed_file(&parts.blobs, file, finders, |finders, chunk| {
        for finder in finders {
            finder.push(chunk);
        }
        ControlFlow::Continue(())
    })
    .await?;
    let mut citations = Vec::with_capacity(finders.len());
    for finder in finders {
        let found = match finder.finish() {
            Some(found) if holds(parts, file, encoding, &found).await? => Some(found),
            _ => None,
        };
        citations.push(found);
    }
    Ok(citations)
}

/// Returns for each citation whether the stored bytes read as it says.
pub(crate) async fn held(
    parts: &Parts,
    file: &Model,
    encoding: Encoding,
    citations: impl Iterator<Item = &Citation>,
) -> Result<Vec<bool>, EvidenceError> {
    let mut held = Vec::new();
    for citation in citations {
        let holds = holds(parts, file, encoding, citation).await?;
        if !holds {
            let line = citation.line_start;
            tracing::error!(
                file_id = file.file_id,
                line,
                "a citation of the engine does not hold"
            );
        }
        held.push(holds);
    }
    Ok(held)
}

async fn holds(
    parts: &Parts,
    file: &Model,
    encoding: Encoding,
    citation: &Citation,
) -> Result<bool, EvidenceError> {
    let range = citation.byte_start..citation.byte_end;
    let slice = reading::slice(&parts.blobs, file, range).await?;
    Ok(verify_citation(&slice, citation, encoding).is_ok())
}

/// Compares a citation from outside with the bytes of the file it names.
pub(crate) async fn verify(
    parts: &Parts,
    file: &Model,
    citation: FileCitation,
) -> Result<Result<(), Refusal>, EvidenceError> {
    if let Err(refusal) = check_citation(file, &citation) {
        return Ok(Err(refusal));
    }
    let citation = Citation {
        byte_start: unsigned(citation.byte_start),
        byte_end: unsigned(citation.byte_end),
        line_start: unsigned(citation.line_start),
        line_end: unsigned(citation.line_end),
        quote: citation.quote,
    };
    let encoding = class::encoding(&file.encoding);
    if holds(parts, file, encoding, &citation).await? {
        return Ok(Ok(()));
    }
    Ok(Err(Refusal::QuoteNotFound))
}

fn check_citation(file: &Model, citation: &FileCitation) -> Result<(), Refusal> {
    if !file.is_text() {
        return Err(Refusal::NotCitable);
    }
    if citation.sha256 != file.sha256 {
        return Err(Refusal::HashMismatch);
    }
    check_quote(&citation.quote)?;
    let (start, end) = (citation.byte_start, citation.byte_end);
    if start < 0 || end <= start || end > file.size_bytes {
        return Err(Refusal::QuoteNotFound);
    }
    if unsigned(end - start) > QUOTE_MAX_BYTES as u64 {
        return Err(Refusal::QuoteTooLong);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_is_found_in_the_words_of_a_message() {
        let found =
            in_message("hello: checkout fails\nsince 14:05", "checkout fails since").unwrap();
        assert_eq!(found.quote, "checkout fails\nsince");
        assert_eq!((found.byte_start, found.byte_end), (7, 27));
    }

    #[test]
    fn what_was_not_said_is_not_found() {
        assert_eq!(
            in_message("checkout fails", "checkout works"),
            Err(Refusal::QuoteNotFound)
        );
        assert_eq!(in_message("a", "  \n"), Err(Refusal::QuoteNotFound));
        assert_eq!(
            in_message("a", &"a".repeat(8_193)),
            Err(Refusal::QuoteTooLong)
        );
    }
}
