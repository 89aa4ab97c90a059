//! Web pages: what a person reads on them, without scripts and markup.

use html5gum::emitters::default::{DefaultEmitter, StartTag, Token};
use html5gum::{Spanned, Tokenizer};

use crate::DocumentText;
use crate::text::Lines;

/// Elements whose content nobody reads.
const UNSEEN: [&[u8]; 5] = [b"script", b"style", b"noscript", b"iframe", b"template"];
/// Elements that stand on lines of their own.
const BLOCKS: [&[u8]; 34] = [
    b"address",
    b"article",
    b"aside",
    b"blockquote",
    b"body",
    b"caption",
    b"dd",
    b"details",
    b"dialog",
    b"div",
    b"dl",
    b"dt",
    b"fieldset",
    b"figcaption",
    b"figure",
    b"footer",
    b"form",
    b"h1",
    b"h2",
    b"h3",
    b"h4",
    b"h5",
    b"h6",
    b"header",
    b"hr",
    b"legend",
    b"li",
    b"main",
    b"nav",
    b"ol",
    b"p",
    b"section",
    b"summary",
    b"ul",
];

/// Returns the text of a page.
pub(crate) fn text(content: &[u8]) -> DocumentText {
    let page = decoded(content);
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let mut reader = Page::default();
    for token in Tokenizer::new_with_emitter(page.as_str(), emitter) {
        let Ok(token) = token;
        reader.take(&token);
        if reader.lines.is_full() {
            break;
        }
    }
    reader.lines.finish()
}

/// What a page has come to.
#[derive(Debug, Default)]
struct Page {
    lines: Lines,
    /// The unseen element that is being passed over.
    unseen: Option<Vec<u8>>,
    /// Elements around that keep white space.
    preformatted: u32,
    /// Within a cell, of which a row makes one line.
    in_cell: bool,
}

impl Page {
    fn take(&mut self, token: &Token) {
        match token {
            Token::StartTag(tag) => self.start(tag),
            Token::EndTag(tag) => self.end(&tag.name),
            Token::String(Spanned { value, .. }) if self.unseen.is_none() => {
                let text = String::from_utf8_lossy(value);
                if self.preformatted > 0 && !self.in_cell {
                    self.lines.verbatim(&text);
                } else {
                    self.lines.words(&text);
                }
            }
            _ => {}
        }
    }

    fn start(&mut self, tag: &StartTag<()>) {
        let name: &[u8] = &tag.name;
        if self.unseen.is_some() {
            return;
        }
        if UNSEEN.contains(&name) && !tag.self_closing {
            self.unseen = Some(name.to_vec());
            return;
        }
        match name {
            b"table" | b"tr" | b"title" | b"thead" | b"tbody" => self.row(),
            b"td" | b"th" => {
                self.lines.column();
                self.in_cell = true;
            }
            b"br" if self.in_cell => self.lines.space(),
            b"br" => self.lines.break_line(),
            b"pre" | b"textarea" => {
                self.block();
                self.preformatted += 1;
            }
            _ => self.flow(name),
        }
    }

    fn flow(&mut self, name: &[u8]) {
        if !BLOCKS.contains(&name) {
            return;
        }
        self.block();
        match name {
            _ if self.in_cell => {}
            b"li" => self.lines.words("- "),
            [b'h', level @ b'1'..=b'6'] => {
                let marks = usize::from(level - b'0');
                self.lines.words(&format!("{} ", "#".repeat(marks)));
            }
            _ => {}
        }
    }

    fn end(&mut self, name: &[u8]) {
        if let Some(unseen) = &self.unseen {
            if unseen == name {
                self.unseen = None;
            }
            return;
        }
        match name {
            b"table" | b"tr" | b"title" | b"thead" | b"tbody" => self.row(),
            b"td" | b"th" => self.in_cell = false,
            b"pre" | b"textarea" => {
                self.preformatted = self.preformatted.saturating_sub(1);
                self.block();
            }
            _ if BLOCKS.contains(&name) => self.block(),
            _ => {}
        }
    }

    fn row(&mut self) {
        self.in_cell = false;
        self.lines.end_line();
    }

    fn block(&mut self) {
        if self.in_cell {
            self.lines.space();
        } else {
            self.lines.end_line();
        }
    }
}

/// Returns the characters of a page: UTF-8 or UTF-16 as its first bytes say, else Latin-1.
fn decoded(content: &[u8]) -> String {
    let units = |bytes: &[u8], of: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).map(|pair| of([pair[0], pair[1]]));
        char::decode_utf16(units)
            .map(|it| it.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect()
    };
    match content {
        [0xff, 0xfe, rest @ ..] => units(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => units(rest, u16::from_be_bytes),
        _ => match std::str::from_utf8(content) {
            Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
            Err(_) => content.iter().map(|&byte| char::from(byte)).collect(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_becomes_what_a_person_reads() {
        let page = "<!DOCTYPE html><html><head><title>Checkout &mdash; errors</title>\
            <style>p { color: red }</style><script>if (a < b) { alert('</p>') }</script></head>\
            <body><h2>Incident</h2><p>It   began\n at <b>14:05</b>.<br>Then it grew.</p>\
            <ul><li>one</li><li>two</li></ul>\
            <table><tr><th>time</th><th>level</th></tr>\
            <tr><td><div>2025-03-04T14:05:00Z</div></td><td>ERROR</td></tr></table>\
            <pre>2025-03-04 14:05:00 ERROR  pool empty\n  at x()</pre></body></html>";
        assert_eq!(
            text(page.as_bytes()).text,
            "Checkout — errors\n## Incident\nIt began at 14:05.\nThen it grew.\n- one\n- two\n\
             time  level\n2025-03-04T14:05:00Z  ERROR\n\
             2025-03-04 14:05:00 ERROR  pool empty\n  at x()\n"
        );
    }

    #[test]
    fn broken_and_foreign_pages_are_read_as_far_as_they_go() {
        assert_eq!(text(b"<html><p>caf\xe9 <b>open").text, "café open\n");
        let wide: Vec<u8> = [0xff, 0xfe]
            .into_iter()
            .chain("<html>ok".encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        assert_eq!(text(&wide).text, "ok\n");
        assert_eq!(text(b"<html><script>never closed").text, "");
        let deep = "<div>".repeat(200_000);
        assert_eq!(text(format!("<html>{deep}deep").as_bytes()).text, "deep\n");
    }
}
