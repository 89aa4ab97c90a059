//! Which files are documents, told by their first bytes.

use serde::{Deserialize, Serialize};

/// A kind of file whose text has to be taken out of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    Html,
    Pdf,
    Docx,
    Picture,
}

const KINDS: [(DocumentKind, &str, &str); 4] = [
    (DocumentKind::Html, "html", "web page"),
    (DocumentKind::Pdf, "pdf", "PDF document"),
    (DocumentKind::Docx, "docx", "Word document"),
    (DocumentKind::Picture, "picture", "picture"),
];

const PICTURES: [&[u8]; 6] = [
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF87a",
    b"GIF89a",
    b"II*\0",
    b"MM\0*",
];

impl DocumentKind {
    /// Returns the kind of a file that starts with `head`; the name tells Word from other zip files.
    pub fn detect(head: &[u8], name: &str) -> Option<Self> {
        let is_picture = PICTURES.iter().any(|magic| head.starts_with(magic))
            || (head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP"))
            || (head.starts_with(b"BM") && head.get(6..10) == Some(&[0; 4]));
        if head.starts_with(b"%PDF-") {
            Some(Self::Pdf)
        } else if is_picture {
            Some(Self::Picture)
        } else if head.starts_with(b"PK\x03\x04") {
            let is_word = name.to_ascii_lowercase().ends_with(".docx");
            is_word.then_some(Self::Docx)
        } else {
            is_page(head).then_some(Self::Html)
        }
    }

    /// Returns the word by which programs name the kind.
    pub fn name(self) -> &'static str {
        KINDS.iter().find(|it| it.0 == self).map_or("", |it| it.1)
    }

    /// Returns the kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        KINDS.iter().find(|it| it.1 == name).map(|it| it.0)
    }

    /// Returns what people call it.
    pub fn in_words(self) -> &'static str {
        KINDS.iter().find(|it| it.0 == self).map_or("", |it| it.2)
    }
}

/// Returns whether the first element is that of a page; comments and declarations may come before.
fn is_page(head: &[u8]) -> bool {
    let mut rest = head
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(head)
        .trim_ascii_start();
    loop {
        if starts_with_word(rest, b"<!doctype html") || starts_with_word(rest, b"<html") {
            return true;
        }
        let end: &[u8] = match rest {
            _ if rest.starts_with(b"<!--") => b"-->",
            _ if rest.starts_with(b"<?xml") => b"?>",
            _ => return false,
        };
        let Some(at) = memchr::memmem::find(rest, end) else {
            return false;
        };
        rest = rest[at + end.len()..].trim_ascii_start();
    }
}

fn starts_with_word(text: &[u8], word: &[u8]) -> bool {
    let same = text
        .get(..word.len())
        .is_some_and(|it| it.eq_ignore_ascii_case(word));
    same && !text
        .get(word.len())
        .is_some_and(|next| next.is_ascii_alphanumeric() || *next == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_told_by_their_first_bytes() {
        let cases: [(&[u8], &str, Option<DocumentKind>); 11] = [
            (b"%PDF-1.7\n", "x.log", Some(DocumentKind::Pdf)),
            (b"<!DOCTYPE HTML PUBLIC", "x", Some(DocumentKind::Html)),
            (
                b"\xef\xbb\xbf \n<html lang=en>",
                "x",
                Some(DocumentKind::Html),
            ),
            (
                b"<?xml version='1.0'?>\n<!-- saved --><html>",
                "x",
                Some(DocumentKind::Html),
            ),
            (b"<htmlish>", "x.html", None),
            (b"<?xml version='1.0'?><project>", "pom.xml", None),
            (b"<!-- never ends <html>", "x", None),
            (b"PK\x03\x04", "Post Mortem.DOCX", Some(DocumentKind::Docx)),
            (b"PK\x03\x04", "logs.zip", None),
            (b"\x89PNG\r\n\x1a\n", "x", Some(DocumentKind::Picture)),
            (b"2025-03-04 ERROR <html>", "x.html", None),
        ];
        for (head, name, kind) in cases {
            assert_eq!(DocumentKind::detect(head, name), kind, "{name}");
        }
    }

    #[test]
    fn a_kind_is_found_by_its_name() {
        for (kind, name, _) in KINDS {
            assert_eq!((DocumentKind::named(name), kind.name()), (Some(kind), name));
        }
    }
}
