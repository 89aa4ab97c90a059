//! Redaction of a text whose parts must still be found afterwards.

use super::Redactor;
use super::map::PlaceholderMap;

impl Redactor {
    /// Replaces what is sensitive and returns the text cut at `cuts`, ascending places in bytes.
    ///
    /// The text is looked at as a whole. Where a cut goes through something sensitive, both pieces
    /// have its placeholder, so that lines stay lines.
    pub fn redact_pieces(
        &self,
        text: &str,
        cuts: &[usize],
        map: &mut PlaceholderMap,
    ) -> Vec<String> {
        let placeholders: Vec<_> = self
            .detect(text)
            .into_iter()
            .map(|span| {
                let placeholder = map.placeholder(span.kind, &text[span.start..span.end]);
                (span, placeholder.to_string())
            })
            .collect();
        let mut pieces = Vec::with_capacity(cuts.len() + 1);
        let mut start = 0;
        for end in cuts.iter().copied().chain([text.len()]) {
            let end = text.floor_char_boundary(end).max(start);
            let mut piece = String::with_capacity(end - start);
            let mut copied = start;
            let touched = placeholders
                .iter()
                .filter(|(span, _)| span.start < end && span.end > start);
            for (span, placeholder) in touched {
                piece.push_str(&text[copied..span.start.max(copied)]);
                piece.push_str(placeholder);
                copied = span.end.min(end);
            }
            piece.push_str(&text[copied..end]);
            pieces.push(piece);
            start = end;
        }
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redaction::RedactionOptions;

    fn pieces(text: &str, cuts: &[usize]) -> Vec<String> {
        let redactor = Redactor::new(RedactionOptions::default()).unwrap();
        redactor.redact_pieces(text, cuts, &mut PlaceholderMap::default())
    }

    #[test]
    fn pieces_make_the_redacted_text() {
        let text = "from 10.20.4.17 to 10.20.4.18\nand back";
        assert_eq!(
            pieces(text, &[5, 30]),
            ["from ", "<IP_ADDRESS_1> to <IP_ADDRESS_2>\n", "and back"]
        );
        assert_eq!(pieces("plain", &[]), ["plain"]);
        assert_eq!(pieces("", &[0]), ["", ""]);
    }

    #[test]
    fn a_cut_inside_something_sensitive_shows_neither_half() {
        assert_eq!(
            pieces("ip 10.20.4.17.", &[6]),
            ["ip <IP_ADDRESS_1>", "<IP_ADDRESS_1>."]
        );
    }

    #[test]
    fn a_key_of_several_lines_stays_on_its_lines() {
        let text = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\n-----END PRIVATE KEY-----\nend";
        let cuts: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
        let lines = pieces(text, &cuts);
        assert_eq!(lines.len(), 4);
        assert!(lines.iter().all(|line| !line.contains("MII")), "{lines:?}");
        assert!(lines[3].ends_with("end"), "{lines:?}");
    }
}
