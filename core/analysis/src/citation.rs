//! Citations: exact places in the original bytes, and how to re-verify them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::constants::QUOTE_MAX_BYTES;
use crate::encoding::Encoding;

/// A place in a file: byte range, line range and the decoded text found there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Citation {
    /// Offset of the first byte in the original file.
    pub byte_start: u64,
    /// Offset behind the last byte.
    pub byte_end: u64,
    /// First line, 1-based.
    pub line_start: u64,
    /// Last line, 1-based and inclusive.
    pub line_end: u64,
    /// The decoded bytes of the range.
    pub quote: String,
}

impl Citation {
    /// Returns the citation of the first `at` bytes of the quote. It ends earlier where bytes were
    /// replaced in decoding, as their number is not known from the text.
    pub(crate) fn cut_at(self, at: usize, encoding: Encoding) -> Self {
        let kept = &self.quote[..at];
        let exact = kept.find(char::REPLACEMENT_CHARACTER).unwrap_or(at);
        let quote = kept[..exact].to_owned();
        Self {
            byte_end: self.byte_start + encoding.encoded_len(&quote) as u64,
            quote,
            ..self
        }
    }
}

/// Why a citation does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CitationError {
    #[error("the quote is empty or only white space")]
    Blank,
    #[error("the quote is longer than {QUOTE_MAX_BYTES} bytes")]
    TooLong,
    #[error("the byte range does not have the length of the bytes given")]
    RangeMismatch,
    #[error("the bytes at this range read differently")]
    TextMismatch,
}

/// Checks that `slice`, the bytes of `citation.byte_start..citation.byte_end`, decodes to the quote.
pub fn verify_citation(
    slice: &[u8],
    citation: &Citation,
    encoding: Encoding,
) -> Result<(), CitationError> {
    if citation.quote.trim().is_empty() {
        return Err(CitationError::Blank);
    }
    if slice.len() > QUOTE_MAX_BYTES {
        return Err(CitationError::TooLong);
    }
    let length = citation.byte_end.checked_sub(citation.byte_start);
    if length != Some(slice.len() as u64) {
        return Err(CitationError::RangeMismatch);
    }
    if encoding.decode(slice) != citation.quote {
        return Err(CitationError::TextMismatch);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn citation(quote: &str, length: u64) -> Citation {
        Citation {
            byte_start: 10,
            byte_end: 10 + length,
            line_start: 1,
            line_end: 1,
            quote: quote.to_owned(),
        }
    }

    #[test]
    fn a_matching_slice_verifies() {
        let cited = citation("disk full", 9);
        assert_eq!(
            verify_citation(b"disk full", &cited, Encoding::Utf8),
            Ok(())
        );
    }

    #[test]
    fn other_bytes_other_lengths_and_blanks_are_refused() {
        let cited = citation("disk full", 9);
        let verify = |slice: &[u8], cited: &Citation| verify_citation(slice, cited, Encoding::Utf8);
        assert_eq!(
            verify(b"disk fool", &cited),
            Err(CitationError::TextMismatch)
        );
        assert_eq!(verify(b"disk", &cited), Err(CitationError::RangeMismatch));
        assert_eq!(verify(b"  ", &citation("  ", 2)), Err(CitationError::Blank));
    }

    #[test]
    fn a_cut_quote_ends_before_bytes_of_unknown_number() {
        let whole = citation("key\u{FFFD}\u{FFFD} = secret", 14);
        let cut = whole
            .clone()
            .cut_at("key\u{FFFD}\u{FFFD} = ".len(), Encoding::Utf8);
        assert_eq!((cut.quote.as_str(), cut.byte_end), ("key", 13));
        let short = whole.cut_at(2, Encoding::Utf16Le);
        assert_eq!((short.quote.as_str(), short.byte_end), ("ke", 14));
    }

    #[test]
    fn utf16_and_latin1_slices_are_decoded_before_comparison() {
        let wide: Vec<u8> = "né".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(
            verify_citation(&wide, &citation("né", 4), Encoding::Utf16Le),
            Ok(())
        );
        assert_eq!(
            verify_citation(b"n\xe9", &citation("né", 2), Encoding::Latin1),
            Ok(())
        );
    }
}
