//! Fonts: what their codes mean and how wide they are.

use std::collections::HashMap;

use hayro_syntax::object::{Array, Dict, Name, Object, Stream};

use super::cmap::CMap;
use super::{glyphs, numbers_of};

/// Width of a glyph that names none, as a part of the font's size.
const WIDTH: f64 = 0.5;
/// Most widths that are kept of a font.
const WIDTHS_MAX: usize = 70_000;

/// One drawn character.
pub(super) struct Glyph {
    text: Text,
    /// As a part of the font's size.
    pub(super) width: f64,
    /// Whether it is the code of a space, which word spacing widens.
    pub(super) is_space: bool,
}

enum Text {
    Known(String),
    Character(char),
}

impl Glyph {
    pub(super) fn push_to(&self, text: &mut String) {
        match &self.text {
            Text::Known(known) => text.push_str(known),
            Text::Character(character) => text.push(*character),
        }
    }
}

/// A font as far as its text matters.
#[derive(Debug)]
pub(super) struct Font {
    code_bytes: usize,
    to_unicode: Option<CMap>,
    /// The characters of codes of one byte.
    encoding: [Option<char>; 256],
    widths: HashMap<u32, f64>,
    width: f64,
}

impl Font {
    pub(super) fn of(dict: &Dict<'_>) -> Self {
        let map = dict.get::<Stream<'_>>("ToUnicode");
        let map = map.and_then(|it| it.decoded_data().ok());
        let to_unicode = map.map(|it| CMap::parse(&it));
        let composite = dict
            .get::<Name<'_>>("Subtype")
            .is_some_and(|it| &*it == b"Type0");
        let mut font = Self {
            code_bytes: 1,
            to_unicode,
            encoding: [None; 256],
            widths: HashMap::new(),
            width: WIDTH,
        };
        if composite {
            let named = font.to_unicode.as_ref().and_then(|it| it.code_bytes);
            font.code_bytes = named.filter(|it| (1..=4).contains(it)).unwrap_or(2);
            font.composite_widths(dict);
        } else {
            font.encoding = encoding(dict);
            font.simple_widths(dict);
        }
        font
    }

    /// Returns what a string draws.
    pub(super) fn glyphs<'s>(&'s self, string: &'s [u8]) -> impl Iterator<Item = Glyph> + 's {
        string.chunks(self.code_bytes).map(|code| {
            let number = code.iter().fold(0, |all, &byte| all << 8 | u32::from(byte));
            Glyph {
                text: self.text(number),
                width: self.widths.get(&number).copied().unwrap_or(self.width),
                is_space: self.code_bytes == 1 && number == 32,
            }
        })
    }

    fn text(&self, code: u32) -> Text {
        let mapped = self.to_unicode.as_ref().and_then(|it| it.text(code));
        if let Some(text) = mapped {
            return Text::Known(text.to_owned());
        }
        let place = usize::try_from(code).ok();
        let known = place
            .and_then(|at| self.encoding.get(at))
            .copied()
            .flatten();
        Text::Character(known.unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn simple_widths(&mut self, dict: &Dict<'_>) {
        let first = dict.get::<i32>("FirstChar").unwrap_or(0);
        let Some(widths) = dict.get::<Array<'_>>("Widths") else {
            return;
        };
        for (code, width) in (first..).zip(numbers_of(&widths)).take(256) {
            if let Ok(code) = u32::try_from(code) {
                self.widths.insert(code, width / 1_000.0);
            }
        }
    }

    fn composite_widths(&mut self, dict: &Dict<'_>) {
        let descendants = dict.get::<Array<'_>>("DescendantFonts");
        let Some(font) = descendants.and_then(|it| it.iter::<Dict<'_>>().next()) else {
            return;
        };
        self.width = font
            .get::<f32>("DW")
            .map_or(1.0, |it| f64::from(it) / 1_000.0);
        let Some(widths) = font.get::<Array<'_>>("W") else {
            return;
        };
        let mut numbers: Vec<f64> = Vec::new();
        for item in widths.iter::<Object<'_>>() {
            match item {
                Object::Number(number) => numbers.push(number.as_f64()),
                Object::Array(each) => {
                    let first = numbers.pop().unwrap_or_default();
                    numbers.clear();
                    for (at, width) in numbers_of(&each).enumerate() {
                        self.set_width(first + at as f64, width);
                    }
                }
                _ => {}
            }
            if let [first, last, width] = numbers[..] {
                numbers.clear();
                let count = (last - first).clamp(0.0, 65_535.0);
                (0..=count as u32).for_each(|at| self.set_width(first + f64::from(at), width));
            }
        }
    }

    fn set_width(&mut self, code: f64, width: f64) {
        if self.widths.len() < WIDTHS_MAX {
            self.widths.insert(code as u32, width / 1_000.0);
        }
    }
}

/// Returns the characters of a font whose codes have one byte.
fn encoding(dict: &Dict<'_>) -> [Option<char>; 256] {
    let Some(described) = dict.get::<Dict<'_>>("Encoding") else {
        let name = dict.get::<Name<'_>>("Encoding");
        return glyphs::encoding(name.as_deref().unwrap_or_default());
    };
    let base = described.get::<Name<'_>>("BaseEncoding");
    let mut encoding = glyphs::encoding(base.as_deref().unwrap_or_default());
    let mut code = 0_usize;
    let differences = described.get::<Array<'_>>("Differences");
    for item in differences.iter().flat_map(|it| it.iter::<Object<'_>>()) {
        match item {
            Object::Number(number) => code = usize::try_from(number.as_i64()).unwrap_or(256),
            Object::Name(name) => {
                if let Some(place) = encoding.get_mut(code) {
                    *place = glyphs::character(name.as_str());
                }
                code += 1;
            }
            _ => {}
        }
    }
    encoding
}
