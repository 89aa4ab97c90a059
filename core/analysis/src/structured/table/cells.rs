//! Cells of a row: quoted with doubled quotes, or with backslashes that escape.

use std::borrow::Cow;

/// A cell as it stands in its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cell<'a> {
    /// The text between the quotes, if there are any.
    pub(crate) raw: &'a str,
    /// Offset of that text in the row.
    pub(crate) at: usize,
    form: Form,
}

/// How a cell is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Bare,
    /// Quotes inside are doubled.
    Quoted,
    /// Backslashes escape.
    Escaped,
}

impl<'a> Cell<'a> {
    /// Returns a cell that is written in the same way.
    pub(super) fn with_raw<'b>(&self, raw: &'b str) -> Cell<'b> {
        Cell {
            raw,
            at: self.at,
            form: self.form,
        }
    }

    /// Returns the offset behind the text.
    pub(crate) fn end(&self) -> usize {
        self.at + self.raw.len()
    }

    /// Returns what the cell says.
    pub(crate) fn text(&self) -> Cow<'a, str> {
        match self.form {
            Form::Quoted if self.raw.contains("\"\"") => Cow::Owned(self.raw.replace("\"\"", "\"")),
            Form::Escaped if self.raw.contains('\\') => Cow::Owned(self.unescaped(&mut |_, _| {})),
            _ => Cow::Borrowed(self.raw),
        }
    }

    /// Returns what the cell says, and the places behind each escape in it and in the raw text.
    pub(crate) fn anchored(&self) -> (String, Vec<(usize, usize)>) {
        let mut anchors = Vec::new();
        let mut note = |text: usize, raw: usize| anchors.push((text, raw));
        let text = match self.form {
            Form::Bare => self.raw.to_owned(),
            Form::Quoted => self.undoubled(&mut note),
            Form::Escaped => self.unescaped(&mut note),
        };
        (text, anchors)
    }

    fn undoubled(&self, note: &mut dyn FnMut(usize, usize)) -> String {
        let mut text = String::with_capacity(self.raw.len());
        let mut from = 0;
        for (at, _) in self.raw.match_indices("\"\"") {
            text.push_str(&self.raw[from..=at]);
            from = at + 2;
            note(text.len(), from);
        }
        text.push_str(&self.raw[from..]);
        text
    }

    fn unescaped(&self, note: &mut dyn FnMut(usize, usize)) -> String {
        let mut text = String::with_capacity(self.raw.len());
        let mut rest = self.raw.char_indices();
        while let Some((_, letter)) = rest.next() {
            if letter != '\\' {
                text.push(letter);
                continue;
            }
            let Some((at, escaped)) = rest.next() else {
                text.push('\\');
                break;
            };
            text.push(match escaped {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'b' | 'f' | '0' => ' ',
                other => other,
            });
            note(text.len(), at + escaped.len_utf8());
        }
        text
    }
}

/// Splits a row into its cells.
pub(crate) fn split(row: &str, delimiter: char) -> Vec<Cell<'_>> {
    let mut cells = Vec::new();
    let mut at = 0;
    loop {
        let (cell, next) = cell_at(row, at, delimiter);
        cells.push(cell);
        match next {
            Some(next) => at = next,
            None => return cells,
        }
    }
}

/// Returns the cell that begins at an offset, and where the next one does.
fn cell_at(row: &str, at: usize, delimiter: char) -> (Cell<'_>, Option<usize>) {
    if let Some(inside) = row[at..].strip_prefix('"')
        && let Some(length) = quoted_length(inside, delimiter)
    {
        let end = at + 1 + length + 1;
        let cell = Cell {
            raw: &inside[..length],
            at: at + 1,
            form: Form::Quoted,
        };
        return (
            cell,
            (end < row.len()).then_some(end + delimiter.len_utf8()),
        );
    }
    let end = row[at..].find(delimiter).map(|length| at + length);
    let told = &row[at..end.unwrap_or(row.len())];
    let raw = told.trim_start();
    let cell = Cell {
        raw: raw.trim_end(),
        at: at + told.len() - raw.len(),
        form: if delimiter == '\t' {
            Form::Escaped
        } else {
            Form::Bare
        },
    };
    (cell, end.map(|end| end + delimiter.len_utf8()))
}

/// Returns the length of a text up to the quote that closes its cell.
fn quoted_length(inside: &str, delimiter: char) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + inside[from..].find('"')?;
        let rest = &inside[at + 1..];
        if rest.starts_with('"') {
            from = at + 2;
        } else {
            return (rest.is_empty() || rest.starts_with(delimiter)).then_some(at);
        }
    }
}

/// Tells whether a row that is read piece by piece is whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Quotes {
    #[default]
    Start,
    Bare,
    Inside,
    /// Behind a quote that closes, unless another one follows.
    Closing,
}

impl Quotes {
    /// Takes the next piece.
    pub(super) fn feed(&mut self, text: &str, delimiter: char) {
        for letter in text.chars() {
            *self = match (*self, letter) {
                (Self::Inside, '"') => Self::Closing,
                (Self::Inside, _) | (Self::Start | Self::Closing, '"') => Self::Inside,
                (_, letter) if letter == delimiter => Self::Start,
                _ => Self::Bare,
            };
        }
    }

    /// Returns whether a line break ends the row.
    pub(super) fn is_whole(self) -> bool {
        self != Self::Inside
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(row: &str, delimiter: char) -> Vec<String> {
        let cells = split(row, delimiter);
        for cell in &cells {
            assert_eq!(&row[cell.at..cell.end()], cell.raw);
        }
        cells.iter().map(|cell| cell.text().into_owned()).collect()
    }

    #[test]
    fn quotes_and_escapes_are_undone() {
        assert_eq!(
            told(r#"a,"x ""y"", z",,3"#, ','),
            ["a", "x \"y\", z", "", "3"]
        );
        assert_eq!(
            told("a\tx\\ty\\\\\t\"q\" r", '\t'),
            ["a", "x\ty\\", "\"q\" r"]
        );
        assert_eq!(told("\"a\tb\"\tc", '\t'), ["a\tb", "c"]);
        assert_eq!(told("a,", ','), ["a", ""]);
    }

    #[test]
    fn places_behind_escapes_are_known() {
        let row = r#""{""a"": ""b""}""#;
        let (text, anchors) = split(row, ',')[0].anchored();
        assert_eq!(text, r#"{"a": "b"}"#);
        let (at, raw) = anchors[2];
        assert_eq!((&text[at..], &row[1 + raw..]), ("b\"}", "b\"\"}\""));
    }

    #[test]
    fn a_row_is_whole_when_its_quotes_are_closed() {
        let whole = |pieces: &[&str]| {
            let mut quotes = Quotes::default();
            pieces.iter().for_each(|it| quotes.feed(it, ','));
            quotes.is_whole()
        };
        assert!(whole(&["a,\"b\"\"c\"", ",d"]));
        assert!(!whole(&["a,\"b\"\"c"]));
        assert!(whole(&["a,\"b\"", "\"c\""]));
        assert!(whole(&["it is 5\" long, he said"]));
    }
}
