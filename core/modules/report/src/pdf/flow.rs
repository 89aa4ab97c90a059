//! Breaks a line of pieces into lines that fit.

use super::fonts::{Face, Fonts};
use super::layout::Color;
use crate::document::{Line, Span, gap, one_line};

/// A word as it is to be shown.
#[derive(Debug, Clone)]
struct Word {
    text: String,
    face: Face,
    color: Color,
    /// The entry of the appendix it leads to.
    link: Option<String>,
}

/// Words between which a line must not end.
type Unit = Vec<Word>;

/// Text of one look, and where it stands in its line.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub(super) x: f32,
    pub(super) width: f32,
    pub(super) text: String,
    pub(super) face: Face,
    pub(super) color: Color,
    pub(super) link: Option<String>,
}

/// Returns `line` as lines of at most `width`.
pub(super) fn broken(fonts: &Fonts, line: &Line, size: f32, width: f32) -> Vec<Vec<Placed>> {
    let mut setter = Setter {
        fonts,
        size,
        width,
        lines: Vec::new(),
        current: Vec::new(),
        x: 0.0,
    };
    for unit in units(fonts, line) {
        setter.set(unit);
    }
    setter.end_line();
    setter.lines
}

/// Returns `text` in pieces of at most `width`, wherever they end.
pub(super) fn chopped(fonts: &Fonts, face: Face, size: f32, width: f32, text: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut used = 0.0;
    for character in text.chars() {
        let mut buffer = [0; 4];
        let advance = fonts.width(face, size, character.encode_utf8(&mut buffer));
        if used + advance > width && used > 0.0 {
            pieces.push(String::new());
            used = 0.0;
        }
        used += advance;
        if let Some(piece) = pieces.last_mut() {
            piece.push(character);
        }
    }
    pieces
}

fn units(fonts: &Fonts, line: &Line) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    let mut before: Option<&Span> = None;
    for span in &line.0 {
        let joins = before.is_some_and(|before| gap(before, span).is_empty());
        for (index, word) in words(fonts, span).into_iter().enumerate() {
            match units.last_mut() {
                Some(unit) if joins && index == 0 => unit.push(word),
                _ => units.push(vec![word]),
            }
        }
        before = Some(span);
    }
    units
}

fn words(fonts: &Fonts, span: &Span) -> Vec<Word> {
    let (text, face, color) = match span {
        Span::Text(text) => (text, Face::Regular, Color::Text),
        Span::Strong(text) => (text, Face::Bold, Color::Text),
        Span::Struck(text) => (text, Face::Regular, Color::Faint),
        Span::Code(text) => (text, Face::Mono, Color::Text),
        Span::Cites(labels) => return labels.iter().map(cited).collect(),
    };
    let shown = fonts.shown(face, &one_line(text));
    let words = shown.split(' ').map(|word| Word {
        text: word.to_owned(),
        face,
        color,
        link: None,
    });
    words.collect()
}

fn cited(label: &String) -> Word {
    Word {
        text: format!("[{label}]"),
        face: Face::Regular,
        color: Color::Link,
        link: Some(label.clone()),
    }
}

struct Setter<'a> {
    fonts: &'a Fonts,
    size: f32,
    width: f32,
    lines: Vec<Vec<Placed>>,
    current: Vec<Placed>,
    x: f32,
}

impl Setter<'_> {
    fn set(&mut self, unit: Unit) {
        let widths = unit.iter().map(|word| self.measure(word.face, &word.text));
        let needed: f32 = widths.sum();
        let space = self.measure(Face::Regular, " ");
        if !self.current.is_empty() && self.x + space + needed > self.width {
            self.end_line();
        }
        let mut starts = !self.current.is_empty();
        for word in unit {
            self.place(word, starts);
            starts = false;
        }
    }

    fn place(&mut self, word: Word, after_space: bool) {
        let left = self.width - self.x;
        if self.measure(word.face, &word.text) <= left {
            self.append(word, after_space);
            return;
        }
        // Only a word that is longer than a line comes here.
        let pieces = chopped(self.fonts, word.face, self.size, self.width, &word.text);
        for piece in pieces {
            if !self.current.is_empty() {
                self.end_line();
            }
            let text = piece;
            self.append(
                Word {
                    text,
                    ..word.clone()
                },
                false,
            );
        }
    }

    fn append(&mut self, word: Word, after_space: bool) {
        let joined = if after_space {
            format!(" {}", word.text)
        } else {
            word.text
        };
        let width = self.measure(word.face, &joined);
        match self.current.last_mut() {
            Some(last)
                if last.face == word.face && last.color == word.color && last.link == word.link =>
            {
                last.text.push_str(&joined);
                last.width += width;
            }
            _ => self.current.push(Placed {
                x: self.x,
                width,
                text: joined,
                face: word.face,
                color: word.color,
                link: word.link,
            }),
        }
        self.x += width;
    }

    fn end_line(&mut self) {
        if !self.current.is_empty() {
            self.lines.push(std::mem::take(&mut self.current));
        }
        self.x = 0.0;
    }

    fn measure(&self, face: Face, text: &str) -> f32 {
        self.fonts.width(face, self.size, text)
    }
}
