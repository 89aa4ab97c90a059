//! Where everything stands on which page; knows nothing of the file format.

use std::collections::BTreeMap;

use faultmaven_kit::text::escape_control;

use super::flow::{Placed, broken, chopped};
use super::fonts::{Face, Fonts};
use crate::document::{Block, Document, Line, one_line};

/// A4 in points.
pub(super) const WIDTH: f32 = 595.0;
pub(super) const HEIGHT: f32 = 842.0;
pub(super) const MARGIN: f32 = 56.0;

const TEXT_WIDTH: f32 = WIDTH - 2.0 * MARGIN;
const BOTTOM: f32 = HEIGHT - MARGIN;
const BODY: f32 = 9.5;
const BODY_LEADING: f32 = 13.5;
const QUOTE: f32 = 8.0;
const QUOTE_LEADING: f32 = 11.0;
const QUOTE_PADDING: f32 = 8.0;
const INDENT: f32 = 16.0;
/// How much room must be left below a heading on the same page.
const KEPT_WITH_HEADING: f32 = 40.0;

/// What something is coloured for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Color {
    Text,
    Faint,
    Link,
    Rule,
    Quote,
    Notice,
}

/// Text of one look on a page; `y` is its baseline.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) size: f32,
    pub(super) face: Face,
    pub(super) color: Color,
    pub(super) text: String,
}

/// A filled rectangle, or an area that leads somewhere.
#[derive(Debug)]
pub(super) struct Area<T> {
    pub(super) left: f32,
    pub(super) top: f32,
    pub(super) width: f32,
    pub(super) height: f32,
    pub(super) what: T,
}

/// One page.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) fills: Vec<Area<Color>>,
    pub(super) runs: Vec<Run>,
    /// Links to labels of the appendix.
    pub(super) links: Vec<Area<String>>,
}

/// A place that can be gone to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) page: usize,
    pub(super) top: f32,
}

/// All pages of a document.
pub(super) struct Layout<'a> {
    fonts: &'a Fonts,
    pub(super) pages: Vec<Page>,
    page: Page,
    top: f32,
    /// Where headings of the lowest level stand, by their text.
    pub(super) anchors: BTreeMap<String, Place>,
    /// Sections in order.
    pub(super) sections: Vec<(String, Place)>,
}

impl<'a> Layout<'a> {
    /// Lays a document out.
    pub(super) fn of(fonts: &'a Fonts, document: &Document) -> Self {
        let mut layout = Self {
            fonts,
            pages: Vec::new(),
            page: Page::default(),
            top: MARGIN,
            anchors: BTreeMap::new(),
            sections: Vec::new(),
        };
        for block in &document.blocks {
            layout.block(block);
        }
        layout.end_page();
        layout
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading { level, text } => self.heading(*level, &one_line(text)),
            Block::Paragraph(line) => self.text(line, MARGIN, TEXT_WIDTH),
            Block::Notice(line) => self.notice(line),
            Block::List(lines) => self.items(lines, |_| "•".to_owned()),
            Block::Steps(lines) => self.items(lines, |index| format!("{}.", index + 1)),
            Block::Quote(quote) => self.quote(quote),
        }
        self.top += 4.0;
    }

    fn heading(&mut self, level: u8, text: &str) {
        let (size, before) = match level {
            1 => (17.0, 0.0),
            2 => (12.5, 14.0),
            _ => (10.0, 6.0),
        };
        self.make_room(before + size + KEPT_WITH_HEADING);
        if self.top > MARGIN {
            self.top += before;
        }
        let place = Place {
            page: self.pages.len(),
            top: self.top,
        };
        match level {
            1 => {}
            2 => self.sections.push((text.to_owned(), place)),
            _ => {
                self.anchors.insert(text.to_owned(), place);
            }
        }
        let line = Line::bold(text);
        for placed in broken(self.fonts, &line, size, TEXT_WIDTH) {
            self.line(placed, MARGIN, size, size * 1.35);
        }
        if level == 2 {
            self.fill(MARGIN, TEXT_WIDTH, 0.6, Color::Rule);
            self.top += 4.0;
        }
    }

    fn text(&mut self, line: &Line, left: f32, width: f32) {
        for placed in broken(self.fonts, line, BODY, width) {
            self.make_room(BODY_LEADING);
            self.line(placed, left, BODY, BODY_LEADING);
        }
    }

    fn notice(&mut self, line: &Line) {
        for placed in broken(self.fonts, line, BODY, TEXT_WIDTH - 2.0 * QUOTE_PADDING) {
            self.make_room(BODY_LEADING);
            self.fill(MARGIN, TEXT_WIDTH, BODY_LEADING + 4.0, Color::Notice);
            self.line(placed, MARGIN + QUOTE_PADDING, BODY, BODY_LEADING + 2.0);
        }
        self.top += 4.0;
    }

    fn items(&mut self, lines: &[Line], mark: impl Fn(usize) -> String) {
        for (index, line) in lines.iter().enumerate() {
            self.make_room(BODY_LEADING);
            let mark = Run {
                x: MARGIN + 2.0,
                y: self.top + BODY,
                size: BODY,
                face: Face::Regular,
                color: Color::Faint,
                text: mark(index),
            };
            self.page.runs.push(mark);
            self.text(line, MARGIN + INDENT, TEXT_WIDTH - INDENT);
            self.top += 1.5;
        }
    }

    fn quote(&mut self, quote: &str) {
        let width = TEXT_WIDTH - 2.0 * QUOTE_PADDING;
        self.make_room(2.0 * QUOTE_LEADING);
        self.top += 2.0;
        for line in quote.lines() {
            let line = escape_control(&line.replace('\t', "    "));
            let shown = self.fonts.shown(Face::Mono, &line);
            for piece in chopped(self.fonts, Face::Mono, QUOTE, width, &shown) {
                self.quoted_line(piece);
            }
        }
    }

    fn quoted_line(&mut self, text: String) {
        self.make_room(QUOTE_LEADING);
        self.fill(MARGIN, TEXT_WIDTH, QUOTE_LEADING + 3.0, Color::Quote);
        self.fill(MARGIN, 2.0, QUOTE_LEADING + 3.0, Color::Rule);
        self.page.runs.push(Run {
            x: MARGIN + QUOTE_PADDING,
            y: self.top + QUOTE + 1.5,
            size: QUOTE,
            face: Face::Mono,
            color: Color::Text,
            text,
        });
        self.top += QUOTE_LEADING;
    }

    fn line(&mut self, placed: Vec<Placed>, left: f32, size: f32, leading: f32) {
        let baseline = self.top + size;
        for run in placed {
            let x = left + run.x;
            if let Some(label) = run.link {
                self.page.links.push(Area {
                    left: x,
                    top: self.top,
                    width: run.width,
                    height: leading,
                    what: label,
                });
            }
            self.page.runs.push(Run {
                x,
                y: baseline,
                size,
                face: run.face,
                color: run.color,
                text: run.text,
            });
        }
        self.top += leading;
    }

    /// Fills a rectangle that begins at the present height.
    fn fill(&mut self, left: f32, width: f32, height: f32, color: Color) {
        self.page.fills.push(Area {
            left,
            top: self.top,
            width,
            height,
            what: color,
        });
    }

    fn make_room(&mut self, height: f32) {
        if self.top + height > BOTTOM && self.top > MARGIN {
            self.end_page();
        }
    }

    fn end_page(&mut self) {
        self.pages.push(std::mem::take(&mut self.page));
        self.top = MARGIN;
    }
}
