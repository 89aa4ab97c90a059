//! A report before it has a format: typed blocks, the only source of every format.

use serde::{Deserialize, Serialize};

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
    /// Foreign bytes, to be shown exactly and interpreted never.
    Quote(String),
}

/// Pieces of text in reading order, with a space between them.
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

    /// Adds text; blank text adds nothing.
    pub(crate) fn text(mut self, text: impl Into<String>) -> Self {
        let text = text.into();
        if !text.trim().is_empty() {
            self.0.push(Span::Text(text));
        }
        self
    }

    /// Adds what explains the text before; blank text adds nothing.
    pub(crate) fn remark(self, text: &str) -> Self {
        if text.trim().is_empty() {
            return self;
        }
        self.text(format!("— {text}"))
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
