//! Word documents: the paragraphs and tables of the main part.

use std::io::{BufReader, Cursor, Read as _};

use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use crate::text::Lines;
use crate::{DocumentError, DocumentText};

const MAIN_PART: &str = "word/document.xml";
/// The most markup that is read, unpacked.
const XML_MAX_BYTES: u64 = 256 << 20;

/// Returns the text of a document.
pub(crate) fn text(content: &[u8]) -> Result<DocumentText, DocumentError> {
    let mut archive =
        zip::ZipArchive::new(Cursor::new(content)).map_err(|_| DocumentError::Damaged)?;
    let part = archive
        .by_name(MAIN_PART)
        .map_err(|_| DocumentError::Damaged)?;
    let mut reader = Reader::from_reader(BufReader::new(part.take(XML_MAX_BYTES)));
    let mut document = Document::default();
    let mut buffer = Vec::new();
    loop {
        match reader.read_event_into(&mut buffer) {
            Ok(Event::Eof) => break,
            Ok(event) => document.take(&event),
            // What stands before the damage is text all the same.
            Err(_) => {
                document.lines.cut();
                break;
            }
        }
        buffer.clear();
        if document.lines.is_full() {
            break;
        }
    }
    Ok(document.lines.finish())
}

#[derive(Debug, Default)]
struct Document {
    lines: Lines,
    in_text: bool,
    /// Cells around.
    cells: u32,
}

impl Document {
    fn take(&mut self, event: &Event<'_>) {
        match event {
            Event::Start(tag) | Event::Empty(tag) => {
                self.start(tag, matches!(event, Event::Start(_)))
            }
            Event::End(tag) => self.end(tag.local_name().as_ref()),
            Event::Text(text) if self.in_text => {
                self.lines
                    .verbatim(&text.xml10_content().replace('\n', " "));
            }
            Event::GeneralRef(reference) if self.in_text => {
                let named = || match &**reference {
                    "amp" => Some('&'),
                    "lt" => Some('<'),
                    "gt" => Some('>'),
                    "quot" => Some('"'),
                    "apos" => Some('\''),
                    _ => None,
                };
                let character = reference.resolve_char_ref().ok().flatten();
                if let Some(character) = character.or_else(named) {
                    self.lines.verbatim(character.encode_utf8(&mut [0; 4]));
                }
            }
            _ => {}
        }
    }

    fn start(&mut self, tag: &BytesStart<'_>, has_content: bool) {
        match tag.local_name().as_ref() {
            "t" => self.in_text = has_content,
            "tab" => self.lines.column(),
            "br" if value(tag, "type").as_deref() == Some("page") => self.lines.next_page(),
            "lastRenderedPageBreak" => self.lines.next_page(),
            "br" | "cr" if self.cells == 0 => self.lines.break_line(),
            "tc" if has_content => self.cells += 1,
            "pStyle" => self.heading(tag),
            _ => {}
        }
    }

    fn heading(&mut self, tag: &BytesStart<'_>) {
        let style = value(tag, "val").unwrap_or_default();
        let level = style.strip_prefix("Heading").and_then(|it| it.parse().ok());
        if let Some(level @ 1..=6) = level {
            self.lines.words(&format!("{} ", "#".repeat(level)));
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            "t" => self.in_text = false,
            "p" if self.cells > 0 => self.lines.space(),
            "p" | "tr" | "tbl" => self.lines.end_line(),
            "tc" => {
                self.cells = self.cells.saturating_sub(1);
                self.lines.column();
            }
            _ => {}
        }
    }
}

fn value(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = tag.attributes().flatten();
    let found = attributes.find(|it| it.key.local_name().as_ref() == name)?;
    Some(found.value.into_owned())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn docx(body: &str) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        writer.start_file(MAIN_PART, options).unwrap();
        let xml = format!(
            "<?xml version=\"1.0\"?><w:document xmlns:w=\"w\"><w:body>{body}</w:body></w:document>"
        );
        writer.write_all(xml.as_bytes()).unwrap();
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn paragraphs_headings_tables_and_pages_become_lines() {
        let document = docx(
            "<w:p><w:pPr><w:pStyle w:val=\"Heading2\"/></w:pPr><w:r><w:t>Cause &amp; fix</w:t></w:r></w:p>\
             <w:p><w:r><w:t xml:space=\"preserve\">pool </w:t></w:r><w:r><w:t>size 5</w:t></w:r></w:p>\
             <w:tbl><w:tr><w:tc><w:p><w:r><w:t>key</w:t></w:r></w:p></w:tc>\
             <w:tc><w:p><w:r><w:t>value</w:t></w:r></w:p></w:tc></w:tr></w:tbl>\
             <w:p><w:r><w:br w:type=\"page\"/><w:t>next</w:t><w:instrText>PAGE</w:instrText></w:r></w:p>",
        );
        let found = text(&document).unwrap();
        assert_eq!(
            found.text,
            "## Cause & fix\npool size 5\nkey  value\n-- page 2 --\nnext\n"
        );
        assert_eq!(found.pages, 2);
    }

    #[test]
    fn what_is_no_word_document_is_refused() {
        assert_eq!(text(b"PK\x03\x04nonsense"), Err(DocumentError::Damaged));
        let cut = docx("<w:p><w:r><w:t>kept</w:t></w:r></w:p><w:p><");
        assert_eq!(text(&cut).unwrap().text, "kept\n");
    }
}
