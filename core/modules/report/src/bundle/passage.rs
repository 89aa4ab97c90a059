//! What evidence cites, with the lines around it.

use std::ops::Range;

use faultmaven_analysis::Encoding;

use crate::mask::Mask;

/// How many lines stand before and after the cited ones.
const CONTEXT_LINES: usize = 3;
/// How many bytes before and after a quote are looked at for them; even, as units of UTF-16 are.
const CONTEXT_BYTES: i64 = 4_096;

/// A quote between its surroundings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Passage {
    pub(super) evidence_id: String,
    /// The number of the line that `before` begins with.
    pub(super) first_line: i64,
    before: String,
    quote: String,
    after: String,
}

/// Bytes around a citation.
#[derive(Debug)]
pub(crate) struct Around<'a> {
    pub(crate) bytes: &'a [u8],
    /// Where `bytes` lie in their source.
    pub(crate) at: Range<i64>,
    /// How many bytes the source has.
    pub(crate) size: i64,
    pub(crate) encoding: Encoding,
}

/// A passage as it leaves.
#[derive(Debug)]
pub(crate) struct Masked {
    pub(crate) excerpt: String,
    pub(crate) quote: String,
}

/// Returns the bytes to look at for a citation of `cited`.
pub(crate) fn window(cited: &Range<i64>, size: i64) -> Range<i64> {
    let start = (cited.start - CONTEXT_BYTES).max(0);
    let end = cited.end.saturating_add(CONTEXT_BYTES).min(size);
    start..end
}

impl Passage {
    /// Returns the passage around `cited`, whose first line is `line`; none when it is not there.
    pub(crate) fn of(
        evidence_id: &str,
        around: &Around<'_>,
        cited: &Range<i64>,
        line: i64,
    ) -> Option<Self> {
        let place = |at: i64| usize::try_from(at - around.at.start).ok();
        let (start, end) = (place(cited.start)?, place(cited.end)?);
        let decode = |bytes: &[u8]| around.encoding.decode(bytes).replace("\r\n", "\n");
        let before = decode(around.bytes.get(..start)?);
        let quote = decode(around.bytes.get(start..end)?);
        let after = decode(around.bytes.get(end..)?);
        let before = last_lines(&before, around.at.start == 0).to_owned();
        Some(Self {
            evidence_id: evidence_id.to_owned(),
            first_line: line - breaks(&[&before]),
            before,
            after: first_lines(&after, around.at.end >= around.size).to_owned(),
            quote,
        })
    }

    /// Returns what is cited, as it is.
    pub(crate) fn quote(&self) -> &str {
        &self.quote
    }

    /// Returns the number of its last line.
    pub(super) fn last_line(&self) -> i64 {
        self.first_line + breaks(&[&self.before, &self.quote, &self.after])
    }

    /// Returns the numbers of the first and the last line of the quote.
    pub(super) fn quote_lines(&self) -> (i64, i64) {
        let start = self.first_line + breaks(&[&self.before]);
        (start, start + breaks(&[self.quote.trim_end_matches('\n')]))
    }

    /// Returns excerpt and quote, the quote masked as a part of its excerpt; lines stay lines.
    pub(crate) fn masked(&self, mask: &mut Mask) -> Masked {
        let text = [self.before.as_str(), &self.quote, &self.after].concat();
        let (start, end) = (self.before.len(), self.before.len() + self.quote.len());
        let breaks = text.match_indices('\n').flat_map(|(at, _)| [at, at + 1]);
        let mut cuts: Vec<usize> = breaks.chain([start, end]).collect();
        cuts.sort_unstable();
        cuts.dedup();
        cuts.retain(|at| *at > 0);
        let pieces = mask.pieces(&text, &cuts);
        let starts = [0].into_iter().chain(cuts.iter().copied());
        let mut quote = String::new();
        let mut excerpt = String::new();
        for (at, piece) in starts.zip(&pieces) {
            // A break that lies within something masked is still a break.
            let is_break = text[at..].starts_with('\n');
            let piece = if is_break { "\n" } else { piece.as_str() };
            excerpt.push_str(piece);
            if (start..end).contains(&at) {
                quote.push_str(piece);
            }
        }
        Masked { excerpt, quote }
    }
}

/// Returns how many lines end within `texts`.
fn breaks(texts: &[&str]) -> i64 {
    let breaks: usize = texts.iter().map(|it| it.matches('\n').count()).sum();
    i64::try_from(breaks).unwrap_or_default()
}

/// Returns the end of `text`: the line that goes on behind it, and some whole lines before.
fn last_lines(text: &str, from_start: bool) -> &str {
    let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
    let mut starts: Vec<usize> = [0].into_iter().chain(breaks).collect();
    if !from_start && starts.len() > 1 {
        starts.remove(0);
    }
    let from = starts[starts.len().saturating_sub(CONTEXT_LINES + 1)];
    text[from..].trim_start_matches(['\u{feff}', char::REPLACEMENT_CHARACTER])
}

/// Returns the start of `text`: the rest of a line, and some whole lines behind it.
fn first_lines(text: &str, to_end: bool) -> &str {
    let mut ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    if to_end || ends.is_empty() {
        ends.push(text.len());
    }
    let to = ends[CONTEXT_LINES.min(ends.len() - 1)];
    text[..to].trim_end_matches(char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mask::Hides;

    fn passage(text: &str, quote: &str, line: i64) -> Passage {
        let start = text.find(quote).unwrap();
        let cited = i64::try_from(start).unwrap()..i64::try_from(start + quote.len()).unwrap();
        let size = i64::try_from(text.len()).unwrap();
        let at = window(&cited, size);
        let slice = |at: i64| usize::try_from(at).unwrap();
        let around = Around {
            bytes: &text.as_bytes()[slice(at.start)..slice(at.end)],
            at,
            size,
            encoding: Encoding::Utf8,
        };
        Passage::of("ev_1", &around, &cited, line).unwrap()
    }

    fn excerpt(passage: &Passage) -> (String, String) {
        let masked = passage.masked(&mut Mask::new(Hides::SecretsAndPersonalData).unwrap());
        (masked.excerpt, masked.quote)
    }

    #[test]
    fn a_passage_has_three_lines_on_both_sides() {
        let text: String = (1..=9)
            .map(|line| format!("line {line} of it\r\n"))
            .collect();
        let found = passage(&text, "5 of", 5);
        assert_eq!((found.first_line, found.last_line()), (2, 8));
        let (excerpt, quote) = excerpt(&found);
        assert_eq!(quote, "5 of");
        assert!(excerpt.starts_with("line 2") && excerpt.ends_with("line 8 of it"));
        let whole = passage("only line", "only line", 1);
        assert_eq!((whole.first_line, whole.last_line()), (1, 1));
    }

    #[test]
    fn an_overlong_line_is_cut_around_the_quote() {
        let text = format!(
            "first\n{}needle{}\nlast",
            "ä".repeat(9_001),
            "ö".repeat(9_001)
        );
        let found = passage(&text, "needle", 2);
        assert_eq!((found.first_line, found.last_line()), (2, 2));
        let (excerpt, _) = excerpt(&found);
        assert!(excerpt.starts_with('ä') && excerpt.ends_with('ö') && excerpt.len() < 9_000);
    }

    #[test]
    fn a_quote_is_masked_as_its_surroundings_tell() {
        let key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG\nXXXXyyyyzzzz11112222\n-----END PRIVATE KEY-----";
        let text = format!("loaded\n{key}\nfailed for 10.20.4.17");
        let (excerpt, quote) = excerpt(&passage(&text, "MIIEvQIBADANBgkqhkiG", 3));
        assert!(
            !quote.contains("MII") && excerpt.contains(&quote),
            "{quote}"
        );
        assert_eq!(excerpt.lines().count(), text.lines().count(), "{excerpt}");
        assert_eq!(excerpt.lines().nth(2).unwrap(), quote);
        assert!(excerpt.ends_with("failed for <IP_ADDRESS_1>"), "{excerpt}");
    }
}
