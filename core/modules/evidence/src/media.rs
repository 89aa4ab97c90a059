//! Media types, from the first bytes and the class of the content; a client's word counts nothing.

use faultmaven_analysis::{ArchiveKind, DataClass};
use faultmaven_documents::DocumentKind;

/// First bytes that name a binary format.
const MAGIC: [(&[u8], &str); 22] = [
    (b"\x1f\x8b\x08", GZIP),
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
    (b"BZh", BZIP2),
    (b"\xfd7zXZ\0", XZ),
    (b"\x28\xb5\x2f\xfd", ZSTD),
    (b"7z\xbc\xaf\x27\x1c", SEVEN),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"%PDF-", PDF),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"\x7fELF", "application/x-elf"),
    (b"MZ", "application/vnd.microsoft.portable-executable"),
    (b"SQLite format 3\0", "application/vnd.sqlite3"),
    (b"\xca\xfe\xba\xbe", "application/java-vm"),
    (b"JAVA PROFILE 1.0.", "application/x-hprof"),
    (b"\xd4\xc3\xb2\xa1", "application/vnd.tcpdump.pcap"),
    (b"\x0a\x0d\x0d\x0a", "application/x-pcapng"),
];

const TAR_MARK: (usize, &[u8]) = (257, b"ustar");

const GZIP: &str = "application/gzip";
const BZIP2: &str = "application/x-bzip2";
const XZ: &str = "application/x-xz";
const ZSTD: &str = "application/zstd";
const TAR: &str = "application/x-tar";
const ZIP: &str = "application/zip";
const SEVEN: &str = "application/x-7z-compressed";
const HTML: &str = "text/html";
const PDF: &str = "application/pdf";
const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// Media type, short name and kind of archives whose content is read.
const UNPACKED: [(&str, &str, ArchiveKind); 7] = [
    (GZIP, "gzip", ArchiveKind::Gzip),
    (BZIP2, "bzip2", ArchiveKind::Bzip2),
    (XZ, "xz", ArchiveKind::Xz),
    (ZSTD, "zstd", ArchiveKind::Zstd),
    (TAR, "tar", ArchiveKind::Tar),
    (ZIP, "zip", ArchiveKind::Zip),
    (SEVEN, "7z", ArchiveKind::SevenZip),
];

/// Returns the kind of archive, if its content can be read.
pub(crate) fn archive_kind(media_type: &str) -> Option<ArchiveKind> {
    let mut known = UNPACKED.iter();
    known.find_map(|&(it, _, kind)| (it == media_type).then_some(kind))
}

/// Returns the kind of document whose text is taken out.
pub(crate) fn document_kind(media_type: &str) -> Option<DocumentKind> {
    match media_type {
        HTML => Some(DocumentKind::Html),
        PDF => Some(DocumentKind::Pdf),
        DOCX => Some(DocumentKind::Docx),
        _ => media_type
            .starts_with("image/")
            .then_some(DocumentKind::Picture),
    }
}

/// Returns what people call this kind of archive.
pub(crate) fn short_name(media_type: &str) -> &'static str {
    let mut known = UNPACKED.iter();
    let found = known.find_map(|&(it, name, _)| (it == media_type).then_some(name));
    found.unwrap_or("unknown")
}

/// Returns the media type that the first bytes give away, for content that is not read as it is.
pub(crate) fn from_magic(head: &[u8], name: &str) -> Option<&'static str> {
    match DocumentKind::detect(head, name) {
        Some(DocumentKind::Html) => return Some(HTML),
        Some(DocumentKind::Docx) => return Some(DOCX),
        Some(DocumentKind::Pdf | DocumentKind::Picture) | None => {}
    }
    if head.starts_with(b"BM") && head.get(6..10) == Some(&[0; 4]) {
        return Some("image/bmp");
    }
    if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP") {
        return Some("image/webp");
    }
    let (at, mark) = TAR_MARK;
    if head.get(at..at + mark.len()) == Some(mark) {
        return Some(TAR);
    }
    let found = MAGIC.iter().find(|(magic, _)| head.starts_with(magic));
    found.map(|&(_, media_type)| media_type)
}

/// Returns the class of content with this media type.
pub(crate) fn class_of(media_type: &str) -> DataClass {
    match media_type {
        _ if media_type.starts_with("image/") => DataClass::Image,
        HTML | PDF | DOCX => DataClass::Document,
        GZIP | ZIP | BZIP2 | XZ | ZSTD | TAR | SEVEN | "application/vnd.rar" => DataClass::Archive,
        _ => DataClass::Binary,
    }
}

/// Returns the media type of text of this class that starts with `head`.
pub(crate) fn of_text(class: DataClass, head: &[u8]) -> &'static str {
    let start = head.trim_ascii_start();
    match class {
        DataClass::Diff => "text/x-diff",
        DataClass::Logs if start.starts_with(b"{") => "application/x-ndjson",
        DataClass::Table if memchr::memchr(b',', head).is_some() => "text/csv",
        DataClass::Config | DataClass::Metrics | DataClass::Trace
            if start.starts_with(b"{") || start.starts_with(b"[{") =>
        {
            "application/json"
        }
        DataClass::Image | DataClass::Archive | DataClass::Binary => "application/octet-stream",
        _ => "text/plain",
    }
}

/// Returns why content of this media type is kept but not read, and what to do about it.
pub(crate) fn why_unread(media_type: &str, class: DataClass) -> (&'static str, String) {
    match class {
        DataClass::Archive if media_type == ZIP => (
            "unsupported_document",
            "documents and programs in the form of zip files are kept but not read; upload their text".to_owned(),
        ),
        DataClass::Archive => (
            "unsupported_archive",
            format!("{media_type} is kept but not unpacked; zip, tar, gzip, bzip2, xz, zstd and 7z are, so upload one of these or the files themselves"),
        ),
        _ => (
            "binary",
            "the content is not text and is kept unread; upload logs, metrics, configuration or command output as text or gzip".to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn magic_bytes_decide() {
        let of = |head: &[u8]| from_magic(head, "x");
        assert_eq!(of(b"\x1f\x8b\x08\0\0"), Some(GZIP));
        assert_eq!(of(b"\x89PNG\r\n\x1a\n...."), Some("image/png"));
        assert_eq!(of(b"RIFF\0\0\0\0WEBPVP8 "), Some("image/webp"));
        assert_eq!(of(b"2025-03-04T13:35:00Z INFO"), None);
        assert_eq!(of(b"<!doctype html>"), Some(HTML));
        assert_eq!(of(b"%PDF-1.4"), Some(PDF));
        assert_eq!(from_magic(b"PK\x03\x04", "notes.docx"), Some(DOCX));
        let mut tar = vec![0; 512];
        tar[257..262].copy_from_slice(b"ustar");
        assert_eq!(of(&tar), Some(TAR));
    }

    #[test]
    fn classes_follow_the_media_type() {
        assert_eq!(class_of("image/png"), DataClass::Image);
        assert_eq!(class_of("application/zip"), DataClass::Archive);
        assert_eq!(class_of(PDF), DataClass::Document);
    }

    #[test]
    fn an_unread_archive_is_told_which_formats_are_read() {
        let (reason, message) = why_unread("application/vnd.rar", DataClass::Archive);
        assert_eq!(reason, "unsupported_archive");
        assert!(message.contains("gzip") && message.contains("application/vnd.rar"));
    }

    #[test]
    fn text_gets_the_type_of_its_class() {
        assert_eq!(of_text(DataClass::Diff, b"--- a\n"), "text/x-diff");
        assert_eq!(
            of_text(DataClass::Logs, b"{\"level\":\"info\"}\n"),
            "application/x-ndjson"
        );
        assert_eq!(of_text(DataClass::Logs, b"2025-03-04 INFO\n"), "text/plain");
    }
}
