//! Text as it is put together: lines, and no more of them than are taken.

use crate::pdf::Pen;
use crate::{DocumentText, TEXT_MAX_BYTES};

/// Collects the lines of a document.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    out: String,
    line: String,
    /// A space stands between what was added and what comes.
    space: bool,
    pages: u32,
    cut: bool,
    /// Where drawn text ended.
    pen: Option<Pen>,
}

impl Lines {
    /// Adds words, of which white space separates and counts once.
    pub(crate) fn words(&mut self, text: &str) {
        for (at, word) in text.split(is_blank).enumerate() {
            self.space |= at > 0;
            if !word.is_empty() {
                self.put_space();
                self.line.push_str(word);
            }
        }
    }

    /// Adds text whose white space counts.
    pub(crate) fn verbatim(&mut self, text: &str) {
        for (at, line) in text.split('\n').enumerate() {
            if at > 0 {
                self.put_line();
            }
            self.put_space();
            self.line.push_str(line.trim_end_matches('\r'));
        }
    }

    /// Has a space stand before what comes, unless a line begins with it.
    pub(crate) fn space(&mut self) {
        self.space = true;
    }

    /// Sets apart what comes, as columns are.
    pub(crate) fn column(&mut self) {
        self.space = false;
        if !self.line.is_empty() {
            self.line.truncate(self.line.trim_end().len());
            self.line.push_str("  ");
        }
    }

    /// Begins a line, unless one was just begun.
    pub(crate) fn end_line(&mut self) {
        self.space = false;
        if !self.line.trim().is_empty() {
            self.put_line();
        }
        self.line.clear();
    }

    /// Begins a line even behind an empty one.
    pub(crate) fn break_line(&mut self) {
        self.space = false;
        self.put_line();
    }

    /// Begins the page after what stands here already.
    pub(crate) fn next_page(&mut self) {
        self.pages = self.pages.max(1);
        self.page();
    }

    /// Begins a page.
    pub(crate) fn page(&mut self) {
        self.end_line();
        self.pen = None;
        self.pages += 1;
        self.line = format!("-- page {} --", self.pages);
        self.put_line();
    }

    /// Returns whether no more text is taken.
    pub(crate) fn is_full(&self) -> bool {
        self.cut
    }

    /// Notes that there is more than is taken.
    pub(crate) fn cut(&mut self) {
        self.cut = true;
    }

    pub(crate) fn pen(&self) -> Option<Pen> {
        self.pen
    }

    pub(crate) fn set_pen(&mut self, pen: Pen) {
        self.pen = Some(pen);
    }

    pub(crate) fn finish(mut self) -> DocumentText {
        self.end_line();
        DocumentText {
            text: self.out,
            pages: self.pages,
            cut: self.cut,
        }
    }

    fn put_space(&mut self) {
        if std::mem::take(&mut self.space) && !self.line.is_empty() && !self.line.ends_with(' ') {
            self.line.push(' ');
        }
    }

    fn put_line(&mut self) {
        let line = self.line.trim_end();
        let doubled = line.is_empty() && (self.out.is_empty() || self.out.ends_with("\n\n"));
        // A line has to fit with its end.
        let room = TEXT_MAX_BYTES.saturating_sub(self.out.len() + 1);
        let fitting = &line[..line.floor_char_boundary(room)];
        self.cut |= fitting.len() < line.len();
        if !doubled && room > 0 {
            self.out.push_str(fitting);
            self.out.push('\n');
        }
        self.line.clear();
    }
}

/// A no-break space separates words too.
fn is_blank(character: char) -> bool {
    character.is_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_apart_and_blanks_fold() {
        let mut lines = Lines::default();
        lines.end_line();
        lines.words("  one \n two");
        lines.words("three");
        lines.column();
        lines.words("four ");
        lines.end_line();
        lines.end_line();
        lines.verbatim("  a\n\n\n   b");
        lines.page();
        assert_eq!(
            lines.finish().text,
            "one twothree  four\n  a\n\n   b\n-- page 1 --\n"
        );
    }

    #[test]
    fn no_more_text_is_kept_than_allowed() {
        let mut lines = Lines::default();
        let long = "x".repeat(1 << 20);
        while !lines.is_full() {
            lines.words(&long);
            lines.end_line();
        }
        let found = lines.finish();
        assert!(found.cut && found.text.len() <= TEXT_MAX_BYTES);
    }
}
