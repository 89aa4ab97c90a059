//! Counts the lines that a question asks for; words that no line has do not decide.

use faultmaven_proto::evidence::v1 as pb;
use regex::RegexBuilder;

use super::{BYTES_MAX, Chosen, Lookup, Reader};
use crate::analyst::questions::Counted;
use crate::analyst::terms;
use crate::analyst::words::content_stems;
use crate::error::TurnError;

/// Fields that count the restarts of a container.
const RESTARTS: &str = r#"\brestart_?count"?\s*[:=]\s*"?\d+"#;

impl Reader<'_> {
    /// Counts the lines with what is asked for; restarts by the fields that count them.
    pub(super) async fn counted(
        &self,
        files: &Chosen<'_>,
        counted: &Counted,
    ) -> Result<Option<Lookup>, TurnError> {
        let is_of_words = !counted.is_literal && !counted.term.is_empty();
        if is_of_words && counted.window.is_none() && names_restarts(&counted.term) {
            let mut found = self.search(files, RESTARTS, true).await?;
            if found.count() > 0 {
                found.words = Some(RESTART_COUNT.to_owned());
                return Ok(Some(found));
            }
        }
        let Some(pattern) = counted_lines(counted) else {
            return Ok(None);
        };
        if is_of_words && counted.window.is_none() && files.bytes() > BYTES_MAX {
            let by_kind = self.counted_by_kind(files, &pattern).await?;
            if by_kind.is_some() {
                return Ok(by_kind);
            }
        }
        let found = self.search(files, &pattern, true).await?;
        if found.count() > 0 || !is_of_words {
            return Ok(Some(found));
        }
        let words = self.known_words(files, &counted.term).await?;
        let fewer = Counted {
            term: words.clone(),
            ..counted.clone()
        };
        let pattern = counted_lines(&fewer).filter(|_| !words.is_empty());
        let mut found = match pattern {
            Some(pattern) => self.search(files, &pattern, true).await?,
            None => found,
        };
        found.words = Some(words);
        Ok(Some(found))
    }

    /// Counts by the kinds of lines that the analyses keep, which takes as long for any size; none where
    /// what is asked for varies among the lines of a kind.
    async fn counted_by_kind(
        &self,
        files: &Chosen<'_>,
        pattern: &str,
    ) -> Result<Option<Lookup>, TurnError> {
        let mut found = Lookup {
            is_by_kind: true,
            left_out: files.left_out,
            ..Lookup::default()
        };
        let pattern = RegexBuilder::new(pattern)
            .case_insensitive(true)
            .build()
            .ok();
        for file in &files.files {
            let templates = self.analysed(file).await?.analysis.templates;
            let is_meant = |text: &str| pattern.as_ref().is_some_and(|it| it.is_match(text));
            let quote =
                |it: &pb::Template| it.example.as_ref().is_some_and(|it| is_meant(&it.quote));
            let (meant, others): (Vec<_>, Vec<_>) =
                templates.into_iter().partition(|it| is_meant(&it.text));
            if others.iter().any(quote) {
                return Ok(None);
            }
            let count = meant.iter().map(|it| it.count).sum();
            found.searched.push((file.filename.clone(), count));
            let shown = meant.into_iter().take(EXAMPLES_MAX);
            found.hits.extend(shown.filter_map(|it| it.example));
        }
        Ok(Some(found))
    }

    /// Returns the words of a text that lines have together, as many as can be; empty for none.
    pub(super) async fn known_words(
        &self,
        files: &Chosen<'_>,
        text: &str,
    ) -> Result<String, TurnError> {
        let mut kept = String::new();
        for word in text.split_whitespace().take(WORDS_MAX) {
            let more = format!("{kept} {word}");
            let more = more.trim();
            if let Some(pattern) = terms::pattern(more)
                && self.search(files, &pattern, true).await?.count() > 0
            {
                kept = more.to_owned();
            }
        }
        Ok(kept)
    }
}

/// What restarts are counted by.
pub(crate) const RESTART_COUNT: &str = "restartCount";
/// Kinds of lines of which an example is shown.
const EXAMPLES_MAX: usize = 5;
/// Words that are looked for one by one.
const WORDS_MAX: usize = 4;

fn names_restarts(term: &str) -> bool {
    content_stems(term).contains("restart")
}

/// The pattern of the lines to count; none when nothing is named that could be.
fn counted_lines(counted: &Counted) -> Option<String> {
    let mut parts = match counted.term.as_str() {
        "" => Vec::new(),
        term if counted.is_literal => vec![terms::literal(term)],
        term => terms::parts(term),
    };
    if parts.is_empty() && !counted.term.is_empty() {
        return None;
    }
    parts.extend(counted.window.as_ref().map(terms::minutes));
    (!parts.is_empty()).then(|| terms::in_any_order(&parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn restarts_are_told_by_their_count() {
        let counts = regex::Regex::new(&format!("(?i){RESTARTS}")).unwrap();
        for line in [
            "    restartCount: 6",
            r#""restartCount": 6,"#,
            "restart_count=2",
        ] {
            assert!(counts.is_match(line), "{line}");
        }
        assert!(!counts.is_match("restartPolicy: Always"));
        assert!(names_restarts("restarted") && !names_restarts("started"));
    }
}
