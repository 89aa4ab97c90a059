//! The text of a file.

use faultmaven_kit::Fault;

/// Endings of files that are text as they are.
const TEXT: [&str; 9] = [
    "md", "markdown", "txt", "html", "htm", "json", "yaml", "yml", "csv",
];

/// Returns the text a request carries, or that of its file.
pub(crate) fn text_of(content: String, file: Vec<u8>, file_name: &str) -> Result<String, Fault> {
    if file.is_empty() {
        return Ok(content);
    }
    if !content.is_empty() {
        return Err(Fault::invalid(
            "file",
            "must not come together with content",
        ));
    }
    let ending = file_name
        .rsplit_once('.')
        .map(|(_, ending)| ending.to_lowercase());
    if !ending.is_some_and(|ending| TEXT.contains(&ending.as_str())) {
        let known = TEXT.join(", ");
        let message =
            format!("must be a text file ({known}); convert {file_name:?} to one of them");
        return Err(Fault::invalid("file", message));
    }
    let text = String::from_utf8(file);
    let text = text.map_err(|_| Fault::invalid("file", "must be UTF-8 text; save it as such"))?;
    Ok(text
        .strip_prefix('\u{feff}')
        .map(str::to_owned)
        .unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_files_are_read_without_their_byte_order_mark() {
        let text = |name: &str, bytes: &[u8]| text_of(String::new(), bytes.to_vec(), name);
        assert_eq!(text("a.MD", b"\xef\xbb\xbf# A").unwrap(), "# A");
        assert_eq!(text_of("x".to_owned(), Vec::new(), "").unwrap(), "x");
        for (name, bytes) in [
            ("a.pdf", &b"%PDF"[..]),
            ("noext", b"x"),
            ("a.txt", b"\xff\xfe"),
        ] {
            assert!(text(name, bytes).is_err(), "{name}");
        }
        assert!(text_of("x".to_owned(), b"y".to_vec(), "a.md").is_err());
    }
}
