//! Streaming search by literal or by linear-time regular expression.

use memchr::memmem::Finder;
use regex::{Regex, RegexBuilder};

use crate::citation::Citation;
use crate::constants::SEARCH_RESULTS;
use crate::encoding::Encoding;
use crate::line::{LineSplitter, RawLine};
use crate::logs::with_text;

/// What to look for in each line.
#[derive(Debug, Clone)]
pub struct SearchQuery {
    matcher: Matcher,
    max_hits: usize,
}

#[derive(Debug, Clone)]
enum Matcher {
    Literal(Box<Finder<'static>>),
    Regex(Regex),
}

/// A search text that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    #[error("the search text is empty")]
    Empty,
    #[error("the regular expression is not valid")]
    Pattern(#[source] regex::Error),
}

/// Hits and how much was searched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchResult {
    /// The first matching lines, at most as many as asked for.
    pub hits: Vec<Citation>,
    /// All matching lines.
    pub total: u64,
    pub lines_searched: u64,
    pub bytes_searched: u64,
    /// Lines of which only the beginning was searched.
    pub lines_cut: u64,
}

/// Streaming search over one file.
#[derive(Debug)]
pub struct Searcher {
    query: SearchQuery,
    encoding: Encoding,
    splitter: LineSplitter,
    hits: Vec<Citation>,
    total: u64,
    bytes: u64,
    /// Lines before the stretch that is searched.
    stretch_line: u64,
    /// Of the stretches before.
    lines: u64,
    lines_cut: u64,
}

impl SearchQuery {
    /// Looks for a text as it stands.
    pub fn literal(text: &str) -> Result<Self, SearchError> {
        if text.is_empty() {
            return Err(SearchError::Empty);
        }
        let finder = Finder::new(text.as_bytes()).into_owned();
        Ok(Self {
            matcher: Matcher::Literal(Box::new(finder)),
            max_hits: SEARCH_RESULTS,
        })
    }

    /// Looks for a regular expression.
    pub fn regex(pattern: &str) -> Result<Self, SearchError> {
        if pattern.is_empty() {
            return Err(SearchError::Empty);
        }
        let regex = RegexBuilder::new(pattern).size_limit(4 << 20).build();
        let regex = regex.map_err(SearchError::Pattern)?;
        Ok(Self {
            matcher: Matcher::Regex(regex),
            max_hits: SEARCH_RESULTS,
        })
    }

    /// Looks for a text without regard to case.
    pub fn ignoring_case(text: &str) -> Result<Self, SearchError> {
        Self::regex(&format!("(?i){}", regex::escape(text)))
    }

    /// Sets how many hits are returned.
    #[must_use]
    pub fn with_max_hits(mut self, max_hits: usize) -> Self {
        self.max_hits = max_hits;
        self
    }

    fn is_match(&self, text: &str) -> bool {
        match &self.matcher {
            Matcher::Literal(finder) => finder.find(text.as_bytes()).is_some(),
            Matcher::Regex(regex) => regex.is_match(text),
        }
    }
}

impl Searcher {
    /// Creates a search over a file in `encoding`.
    pub fn new(query: SearchQuery, encoding: Encoding) -> Self {
        let splitter = LineSplitter::new(encoding, 0);
        Self {
            query,
            encoding,
            splitter,
            hits: Vec::new(),
            total: 0,
            bytes: 0,
            stretch_line: 0,
            lines: 0,
            lines_cut: 0,
        }
    }

    /// Takes the next bytes.
    pub fn push(&mut self, chunk: &[u8]) {
        self.bytes += chunk.len() as u64;
        self.with_lines(|splitter, sink| splitter.push(chunk, sink));
    }

    /// Goes on with a stretch of the file that does not follow what was taken before.
    pub fn jump(&mut self, byte_start: u64, line_start: u64) {
        self.end_stretch();
        self.splitter = LineSplitter::new(self.encoding, byte_start);
        self.splitter.lines = line_start.saturating_sub(1);
        self.stretch_line = self.splitter.lines;
    }

    fn end_stretch(&mut self) {
        self.with_lines(|splitter, sink| splitter.finish(sink));
        self.lines += self.splitter.lines - self.stretch_line;
        self.lines_cut += self.splitter.cut_lines;
    }

    /// Returns the hits.
    pub fn finish(mut self) -> SearchResult {
        self.end_stretch();
        SearchResult {
            hits: self.hits,
            total: self.total,
            lines_searched: self.lines,
            bytes_searched: self.bytes,
            lines_cut: self.lines_cut,
        }
    }

    fn with_lines(&mut self, run: impl FnOnce(&mut LineSplitter, &mut dyn FnMut(RawLine<'_>))) {
        let Self {
            query,
            encoding,
            splitter,
            hits,
            total,
            ..
        } = self;
        run(splitter, &mut |raw| {
            with_text(&raw, *encoding, |line| {
                if query.is_match(line.text) {
                    *total += 1;
                    if hits.len() < query.max_hits {
                        hits.push(line.citation());
                    }
                }
            });
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(query: SearchQuery, text: &str) -> SearchResult {
        let mut searcher = Searcher::new(query, Encoding::Utf8);
        text.as_bytes()
            .chunks(3)
            .for_each(|chunk| searcher.push(chunk));
        searcher.finish()
    }

    #[test]
    fn hits_are_cited_and_counted() {
        let text = "one error\ntwo\nthree error\n";
        let result = search(
            SearchQuery::literal("error").unwrap().with_max_hits(1),
            text,
        );
        assert_eq!(
            (result.total, result.lines_searched, result.bytes_searched),
            (2, 3, 26)
        );
        assert_eq!(
            (result.hits[0].quote.as_str(), result.hits[0].byte_end),
            ("one error", 9)
        );
        let by_regex = search(SearchQuery::regex("^t.*(o|r)$").unwrap(), text);
        assert_eq!(
            by_regex
                .hits
                .iter()
                .map(|hit| hit.line_start)
                .collect::<Vec<_>>(),
            [2, 3]
        );
        assert_eq!(
            search(SearchQuery::ignoring_case("ERROR").unwrap(), text).total,
            2
        );
    }

    #[test]
    fn a_search_goes_on_behind_what_is_left_out() {
        let text = "one error\ntwo\nthree error\nfour\n";
        let query = SearchQuery::literal("error").unwrap();
        let mut searcher = Searcher::new(query, Encoding::Utf8);
        searcher.push(&text.as_bytes()[..10]);
        searcher.jump(14, 3);
        searcher.push(&text.as_bytes()[14..]);
        let result = searcher.finish();
        assert_eq!((result.total, result.lines_searched), (2, 3));
        let last = &result.hits[1];
        assert_eq!((last.line_start, last.byte_start), (3, 14));
        assert_eq!(last.quote, "three error");
    }

    #[test]
    fn unusable_queries_are_refused() {
        assert!(matches!(SearchQuery::literal(""), Err(SearchError::Empty)));
        assert!(matches!(
            SearchQuery::regex("("),
            Err(SearchError::Pattern(_))
        ));
    }
}
