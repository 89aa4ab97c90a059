//! What must hold for any document; the fuzzer and the test of the saved corpus call the same.

use faultmaven_documents::{DocumentKind, TEXT_MAX_BYTES, text_of};

/// The text of a page, a PDF or a Word file, which the first byte chooses, keeps to its size.
pub fn document_text(data: &[u8]) {
    let Some((kind, content)) = data.split_first() else {
        return;
    };
    let kind = match kind {
        b'h' => DocumentKind::Html,
        b'p' => DocumentKind::Pdf,
        _ => DocumentKind::Docx,
    };
    if let Ok(found) = text_of(kind, content) {
        assert!(found.text.len() <= TEXT_MAX_BYTES);
        assert!(!found.text.trim().is_empty());
    }
}
