//! Which characters the codes of a font stand for, as the document says.

use std::collections::HashMap;

/// Most codes that are kept.
const CODES_MAX: usize = 70_000;

/// A map of codes to text.
#[derive(Debug, Default)]
pub(super) struct CMap {
    texts: HashMap<u32, String>,
    /// Bytes of a code, when all have the same.
    pub(super) code_bytes: Option<usize>,
}

enum Token<'a> {
    Hex(&'a str),
    Open,
    Close,
    Word(&'a str),
}

impl CMap {
    /// Reads a map; what is malformed is passed over.
    pub(super) fn parse(source: &[u8]) -> Self {
        let source = String::from_utf8_lossy(source);
        let mut map = Self::default();
        let mut pending: Vec<Vec<&str>> = Vec::new();
        let mut in_array = false;
        for token in tokens(&source) {
            match token {
                Token::Hex(hex) if in_array => {
                    if let Some(array) = pending.last_mut() {
                        array.push(hex);
                    }
                }
                Token::Hex(hex) => pending.push(vec![hex]),
                Token::Open => {
                    in_array = true;
                    pending.push(Vec::new());
                }
                Token::Close => in_array = false,
                Token::Word(word) => {
                    map.section(word, &pending);
                    pending.clear();
                    in_array = false;
                }
            }
        }
        map
    }

    /// Returns the text of a code.
    pub(super) fn text(&self, code: u32) -> Option<&str> {
        self.texts.get(&code).map(String::as_str)
    }

    fn section(&mut self, end: &str, operands: &[Vec<&str>]) {
        match end {
            "endcodespacerange" => {
                let mut lengths = operands.iter().filter_map(|it| Some(it.first()?.len() / 2));
                let first = lengths.next();
                if lengths.all(|length| Some(length) == first) {
                    self.code_bytes = first;
                }
            }
            "endbfchar" => {
                for pair in operands.chunks_exact(2) {
                    if let ([code], [text]) = (pair[0].as_slice(), pair[1].as_slice()) {
                        self.insert(number(code), characters(text));
                    }
                }
            }
            "endbfrange" => operands.chunks_exact(3).for_each(|it| self.range(it)),
            _ => {}
        }
    }

    fn range(&mut self, range: &[Vec<&str>]) {
        let ([first], [last]) = (range[0].as_slice(), range[1].as_slice()) else {
            return;
        };
        let (Some(first), Some(last)) = (number(first), number(last)) else {
            return;
        };
        for (at, code) in (first..=last.min(first.saturating_add(0xffff))).enumerate() {
            let text = match range[2].as_slice() {
                [start] => characters(start).map(|text| advanced(&text, at)),
                texts => texts.get(at).and_then(|text| characters(text)),
            };
            if self.texts.len() >= CODES_MAX {
                return;
            }
            self.insert(Some(code), text);
        }
    }

    fn insert(&mut self, code: Option<u32>, text: Option<String>) {
        if let (Some(code), Some(text)) = (code, text)
            && self.texts.len() < CODES_MAX
        {
            self.texts.insert(code, text);
        }
    }
}

fn tokens(source: &str) -> impl Iterator<Item = Token<'_>> {
    let mut rest = source;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let first = rest.chars().next()?;
        let length = match first {
            '<' if !rest.starts_with("<<") => rest.find('>').map_or(rest.len(), |at| at + 1),
            '[' | ']' => 1,
            _ => {
                let ends = |c: char| c.is_whitespace() || matches!(c, '<' | '[' | ']');
                let after = first.len_utf8();
                rest[after..].find(ends).map_or(rest.len(), |at| at + after)
            }
        };
        let (token, left) = rest.split_at(length);
        rest = left;
        Some(match first {
            '[' => Token::Open,
            ']' => Token::Close,
            '<' if !token.starts_with("<<") => Token::Hex(token.trim_matches(['<', '>'])),
            _ => Token::Word(token),
        })
    })
}

fn number(hex: &str) -> Option<u32> {
    u32::from_str_radix(hex, 16).ok()
}

/// Returns the characters of UTF-16 in hexadecimal digits.
fn characters(hex: &str) -> Option<String> {
    let digits: String = hex.split_whitespace().collect();
    if !digits.is_ascii() {
        return None;
    }
    let units = digits.as_bytes().chunks(4).map(|unit| {
        let unit = std::str::from_utf8(unit).ok()?;
        u16::from_str_radix(unit, 16).ok()
    });
    let units: Option<Vec<u16>> = units.collect();
    String::from_utf16(&units?).ok()
}

/// Returns the text whose last character is some places further.
fn advanced(text: &str, by: usize) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    if let Some(last) = characters.last_mut() {
        let moved = u32::try_from(by)
            .ok()
            .and_then(|by| u32::from(*last).checked_add(by));
        *last = moved
            .and_then(char::from_u32)
            .unwrap_or(char::REPLACEMENT_CHARACTER);
    }
    characters.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_and_ranges_are_mapped() {
        let map = CMap::parse(
            b"/CIDInit /ProcSet findresource begin 1 begincodespacerange <0000><FFFF> endcodespacerange\n\
            2 beginbfchar <0003> <0020> <0004><00660069> endbfchar\n\
            2 beginbfrange <0024> <0026> <0041> <0030> <0031> [<0078> <D83DDE00>] endbfrange",
        );
        assert_eq!(map.code_bytes, Some(2));
        let text: String = [4, 3, 0x24, 0x26, 0x30, 0x31]
            .iter()
            .filter_map(|code| map.text(*code))
            .collect();
        assert_eq!(text, "fi ACx😀");
        assert_eq!(map.text(0x27), None);
    }

    #[test]
    fn hostile_maps_stay_small() {
        let map = CMap::parse(b"1 beginbfrange <00000000> <FFFFFFFF> <0041> <1> <2> [ endbfrange");
        assert!(map.texts.len() <= CODES_MAX);
        CMap::parse("<\u{e9}> <<< [[ endbfchar ]".as_bytes());
    }
}
