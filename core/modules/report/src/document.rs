//! A report before it has a format: typed blocks, the only source of every format.

use faultmaven_kit::text::escape_control;
use serde::{Deserialize, Serialize};

const CLOSING: &[char] = &[',', '.', ';', ':', '!', '?', ')', '’'];
const OPENING: &[char] = &['(', '‘'];

/// A whole report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Document {
    pub(crate) blocks: Vec<Block>,
}

/// One part of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Block {
    /// A heading of level 1 to 6.
    Heading {
        level: u8,
        text: String,
    },
    Paragraph(Line),
    /// Something the reader must not miss.
    Notice(Line),
    List(Vec<Line>),
    /// What is done one after the other.
    Steps(Vec<Line>),
    /// Foreign bytes, to be shown exactly and interpreted never.
    Quote(String),
}

/// Pieces of text in reading order, joined as [`gap`] says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line(pub(crate) Vec<Span>);

/// One piece of text; no piece is ever markup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Span {
    Text(String),
    Strong(String),
    /// Something no longer valid.
    Struck(String),
    /// An identifier, a name of a file, a command.
    Code(String),
    /// Labels of entries in the appendix.
    Cites(Vec<String>),
}

impl Document {
    /// Adds a heading.
    pub(crate) fn heading(&mut self, level: u8, text: impl Into<String>) {
        let text = text.into();
        self.blocks.push(Block::Heading { level, text });
    }

    /// Adds a paragraph.
    pub(crate) fn paragraph(&mut self, line: Line) {
        self.blocks.push(Block::Paragraph(line));
    }

    /// Adds a notice.
    pub(crate) fn notice(&mut self, line: Line) {
        self.blocks.push(Block::Notice(line));
    }

    /// Adds a list; an empty one says `nothing` instead.
    pub(crate) fn list_or(&mut self, lines: Vec<Line>, nothing: &str) {
        if lines.is_empty() {
            self.paragraph(Line::of(nothing));
        } else {
            self.blocks.push(Block::List(lines));
        }
    }

    /// Adds steps; none say `nothing` instead.
    pub(crate) fn steps_or(&mut self, lines: Vec<Line>, nothing: &str) {
        if lines.is_empty() {
            self.paragraph(Line::of(nothing));
        } else {
            self.blocks.push(Block::Steps(lines));
        }
    }

    /// Adds foreign bytes.
    pub(crate) fn quote(&mut self, quote: impl Into<String>) {
        self.blocks.push(Block::Quote(quote.into()));
    }
}

impl Line {
    /// Returns a line that begins with `text`.
    pub(crate) fn of(text: impl Into<String>) -> Self {
        Self::default().text(text)
    }

    /// Returns a line that begins with a name in bold.
    pub(crate) fn named(name: &str) -> Self {
        Self(vec![Span::Strong(format!("{name}:"))])
    }

    /// Returns a line in bold.
    pub(crate) fn bold(text: &str) -> Self {
        Self(vec![Span::Strong(text.to_owned())])
    }

    /// Adds text; blank text adds nothing.
    pub(crate) fn text(mut self, text: impl Into<String>) -> Self {
        let text = text.into();
        if !text.trim().is_empty() {
            self.0.push(Span::Text(text));
        }
        self
    }

    /// Adds text that is no longer valid; blank text adds nothing.
    pub(crate) fn struck(mut self, text: impl Into<String>) -> Self {
        let text = text.into();
        if !text.trim().is_empty() {
            self.0.push(Span::Struck(text));
        }
        self
    }

    /// Adds an identifier, name or command; a blank one adds nothing.
    pub(crate) fn code(mut self, code: impl Into<String>) -> Self {
        let code = code.into();
        if !code.trim().is_empty() {
            self.0.push(Span::Code(code));
        }
        self
    }

    /// Adds citations; none add nothing.
    pub(crate) fn cites(mut self, labels: Vec<String>) -> Self {
        if !labels.is_empty() {
            self.0.push(Span::Cites(labels));
        }
        self
    }
}

impl Line {
    /// Adds citations to those that the line ends with.
    pub(crate) fn cite_also(&mut self, labels: Vec<String>) {
        match self.0.last_mut() {
            Some(Span::Cites(known)) => known.extend(labels),
            _ => self.0.push(Span::Cites(labels)),
        }
    }
}

/// Returns what stands between two pieces: a space, unless punctuation joins them.
pub(crate) fn gap(before: &Span, after: &Span) -> &'static str {
    let closes = match after {
        Span::Text(text) => is_of(text.split(' ').next(), CLOSING),
        _ => false,
    };
    let opens = match before {
        Span::Text(text) => is_of(text.rsplit(' ').next(), OPENING),
        _ => false,
    };
    if closes || opens { "" } else { " " }
}

fn is_of(word: Option<&str>, punctuation: &[char]) -> bool {
    word.is_some_and(|word| !word.is_empty() && word.trim_matches(punctuation).is_empty())
}

/// Returns foreign text on one line; a line that ended inside it is marked.
pub(crate) fn one_line(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words.join(" ")
    });
    let lines: Vec<String> = lines.filter(|line| !line.is_empty()).collect();
    escape_control(&lines.join(" ⏎ "))
}
