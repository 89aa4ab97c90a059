//! Pasted content and captured pages on their way to becoming files.

use chrono::{DateTime, Utc};
use faultmaven_proto::agent::v1::PasteKind;
use faultmaven_proto::evidence::v1::FileOrigin;
use sha2::{Digest as _, Sha256};

/// Content that was pasted or captured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Paste {
    pub(crate) content: String,
    pub(crate) origin: FileOrigin,
    pub(crate) source_url: String,
}

impl Paste {
    /// Returns the content; the leading address line of a captured page becomes its source.
    pub(crate) fn new(content: String, kind: PasteKind, source_url: Option<&str>) -> Self {
        let source_url = source_url.unwrap_or_default().to_owned();
        if kind != PasteKind::PageCapture {
            return Self {
                content,
                origin: FileOrigin::Paste,
                source_url,
            };
        }
        let (address, page) = split_address(&content);
        Self {
            source_url: if source_url.is_empty() {
                address
            } else {
                source_url
            },
            content: page.to_owned(),
            origin: FileOrigin::PageCapture,
        }
    }

    /// Returns the hash of the bytes as they will be stored.
    pub(crate) fn sha256(&self) -> String {
        hex::encode(Sha256::digest(self.content.as_bytes()))
    }

    /// Returns the name of the file.
    pub(crate) fn file_name(&self, now: DateTime<Utc>) -> String {
        let stamp = now.format("%Y%m%d-%H%M%S");
        if self.origin != FileOrigin::PageCapture {
            return format!("paste-{stamp}.txt");
        }
        let start = self.content.trim_start().to_ascii_lowercase();
        let is_html = start.starts_with("<!doctype html") || start.starts_with("<html");
        let extension = if is_html { "html" } else { "txt" };
        match host(&self.source_url) {
            Some(host) => format!("page-{host}-{stamp}.{extension}"),
            None => format!("page-{stamp}.{extension}"),
        }
    }
}

/// Returns text with the line ends of Unix, as it is hashed and stored.
pub(crate) fn unix_lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// Takes off a first line that does nothing but name the page's address.
fn split_address(content: &str) -> (String, &str) {
    let (first, rest) = content.split_once('\n').unwrap_or((content, ""));
    let address = first.split_whitespace().find(|word| is_address(word));
    match address {
        Some(address) if first.split_whitespace().count() <= 3 && !rest.trim().is_empty() => {
            (address.to_owned(), rest)
        }
        _ => (String::new(), content),
    }
}

fn is_address(word: &str) -> bool {
    word.starts_with("https://") || word.starts_with("http://")
}

fn host(address: &str) -> Option<String> {
    let (_, rest) = address.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    let host = host.rsplit('@').next()?;
    let kept: String = host
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() || letter == '.' {
                letter
            } else {
                '-'
            }
        })
        .take(80)
        .collect();
    (!kept.is_empty()).then_some(kept)
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone as _;

    use super::*;

    fn noon() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2025, 3, 4, 12, 0, 5).unwrap()
    }

    #[test]
    fn a_paste_is_named_after_its_time() {
        let paste = Paste::new("x".to_owned(), PasteKind::Paste, None);
        assert_eq!(paste.file_name(noon()), "paste-20250304-120005.txt");
    }

    #[test]
    fn the_address_line_of_a_page_becomes_its_source() {
        let page = "URL: https://grafana.example:3000/d/1?x=2\n<!doctype html><p>hi";
        let paste = Paste::new(page.to_owned(), PasteKind::PageCapture, None);
        assert_eq!(paste.source_url, "https://grafana.example:3000/d/1?x=2");
        assert_eq!(paste.content, "<!doctype html><p>hi");
        assert_eq!(
            paste.file_name(noon()),
            "page-grafana.example-3000-20250304-120005.html"
        );
    }

    #[test]
    fn a_page_without_address_line_stays_whole() {
        let page = "Status page\nsee https://example.org for more";
        let paste = Paste::new(page.to_owned(), PasteKind::PageCapture, None);
        assert_eq!(
            (paste.source_url.as_str(), paste.content.as_str()),
            ("", page)
        );
        let paste = Paste::new(
            "https://example.org".to_owned(),
            PasteKind::PageCapture,
            None,
        );
        assert_eq!(paste.content, "https://example.org");
    }

    #[test]
    fn a_pasted_file_has_the_hash_of_its_unix_form() {
        let paste = |text: &str| Paste::new(unix_lines(text), PasteKind::Paste, None).sha256();
        assert_eq!(paste("a\r\nb"), paste("a\nb"));
    }
}
