//! Where text stands on a page, and so where its lines and columns end.

use super::font::Glyph;
use crate::text::Lines;

/// Gaps, in sizes of the font, from which words and columns are apart.
const WORD_GAP: f64 = 0.16;
const COLUMN_GAP: f64 = 1.8;
/// How far text may stand above or below its line, and how far back it may begin.
const LINE_SLACK: f64 = 0.5;
const BACK_SLACK: f64 = 1.0;

/// How coordinates are turned into those around them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Matrix([f64; 6]);

impl Matrix {
    pub(super) const IDENTITY: Self = Self([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    /// Returns the matrix of six numbers; others change nothing.
    pub(super) fn of(numbers: &[f64]) -> Self {
        numbers.try_into().map_or(Self::IDENTITY, Self)
    }

    pub(super) fn times(&self, outer: &Self) -> Self {
        let (a, b) = (&self.0, &outer.0);
        Self([
            a[0] * b[0] + a[1] * b[2],
            a[0] * b[1] + a[1] * b[3],
            a[2] * b[0] + a[3] * b[2],
            a[2] * b[1] + a[3] * b[3],
            a[4] * b[0] + a[5] * b[2] + b[4],
            a[4] * b[1] + a[5] * b[3] + b[5],
        ])
    }

    fn moved(&self, x: f64, y: f64) -> Self {
        Self([1.0, 0.0, 0.0, 1.0, x, y]).times(self)
    }

    /// Returns how large one unit of height becomes.
    fn height(&self) -> f64 {
        self.0[2].hypot(self.0[3])
    }
}

/// The text state of a page.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) size: f64,
    pub(super) character_space: f64,
    pub(super) word_space: f64,
    pub(super) stretch: f64,
    pub(super) leading: f64,
    line: Matrix,
    here: Matrix,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            size: 1.0,
            character_space: 0.0,
            word_space: 0.0,
            stretch: 1.0,
            leading: 0.0,
            line: Matrix::IDENTITY,
            here: Matrix::IDENTITY,
        }
    }
}

impl Layout {
    pub(super) fn begin(&mut self) {
        self.place(Matrix::IDENTITY);
    }

    pub(super) fn place(&mut self, matrix: Matrix) {
        self.line = matrix;
        self.here = matrix;
    }

    pub(super) fn move_line(&mut self, x: f64, y: f64) {
        self.place(self.line.moved(x, y));
    }

    pub(super) fn next_line(&mut self) {
        self.move_line(0.0, -self.leading);
    }

    /// Moves by thousandths of the font's size, backwards as fonts count.
    pub(super) fn kern(&mut self, thousandths: f64) {
        let back = thousandths / 1_000.0 * self.size * self.stretch;
        self.here = self.here.moved(-back, 0.0);
    }

    /// Adds drawn text to the lines of the document.
    pub(super) fn show(
        &mut self,
        lines: &mut Lines,
        page: &Matrix,
        glyphs: impl Iterator<Item = Glyph>,
    ) {
        let mut text = String::new();
        let mut advance = 0.0;
        for glyph in glyphs {
            let word = if glyph.is_space { self.word_space } else { 0.0 };
            let width = glyph.width * self.size + self.character_space + word;
            advance += width * self.stretch;
            glyph.push_to(&mut text);
        }
        let start = self.here.times(page);
        self.here = self.here.moved(advance, 0.0);
        let end = self.here.times(page);
        let size = (start.height() * self.size).abs();
        let from = (start.0[4], start.0[5]);
        lines.put(&text, from, (end.0[4], end.0[5]), size);
    }
}

/// Where the text of the last piece ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pen {
    x: f64,
    y: f64,
    size: f64,
}

impl Lines {
    /// Adds a piece of text that is drawn from one place to another.
    fn put(&mut self, text: &str, from: (f64, f64), to: (f64, f64), size: f64) {
        if let Some(pen) = self.pen() {
            let gap = from.0 - pen.x;
            let size = size.max(pen.size);
            if (from.1 - pen.y).abs() > LINE_SLACK * size || gap < -BACK_SLACK * size {
                self.end_line();
            } else if gap > COLUMN_GAP * size {
                self.column();
            } else if gap > WORD_GAP * size {
                self.space();
            }
        }
        let (x, y) = to;
        self.verbatim(&plain(text));
        self.set_pen(Pen { x, y, size });
    }
}

/// Returns text without what only matters to printers.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            'ﬀ' => plain.push_str("ff"),
            'ﬁ' => plain.push_str("fi"),
            'ﬂ' => plain.push_str("fl"),
            'ﬃ' => plain.push_str("ffi"),
            'ﬄ' => plain.push_str("ffl"),
            '\u{ad}' => {}
            '\u{a0}' => plain.push(' '),
            other if other.is_control() => plain.push(' '),
            other => plain.push(other),
        }
    }
    plain
}
