//! The text of documents: bytes in, text with page marks out.
//!
//! What is derived is text of its own, which is stored and cited by itself; the document stays as
//! it was. Formats that hostile files may abuse are read by a process apart, see [`Extractor`].

mod docx;
mod extractor;
mod html;
mod kind;
mod pdf;
mod picture;
mod process;
mod text;

use serde::{Deserialize, Serialize};

pub use extractor::{Extractor, answer};
pub use kind::DocumentKind;
pub use picture::{PictureSize, picture_size};

/// The largest document that is read.
pub const DOCUMENT_MAX_BYTES: usize = 64 << 20;
/// The most text that is taken out of one document.
pub const TEXT_MAX_BYTES: usize = 16 << 20;

/// The text of a document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentText {
    pub text: String,
    /// Pages, where the format has them.
    pub pages: u32,
    /// Whether there is more text than was taken.
    pub cut: bool,
}

/// Why a document has no text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum DocumentError {
    #[error("it is larger than {} MiB; upload the part that matters", DOCUMENT_MAX_BYTES >> 20)]
    TooLarge,
    #[error("it is damaged or ends early; upload the complete file")]
    Damaged,
    #[error("it is encrypted; save it without a password")]
    Encrypted,
    #[error("it holds no text, as a scan does; paste the text or upload a picture of each page")]
    NoText,
    #[error("no text was recognised in the picture; paste the text that it shows")]
    NothingRecognised,
    #[error(
        "text in pictures is read by tesseract, which is not installed; install it and send the picture again, or paste the text that it shows"
    )]
    NoRecogniser,
    #[error("it takes too long to read; paste the text that matters")]
    TooSlow,
    #[error("it takes too much memory to read; paste the text that matters")]
    TooDemanding,
    #[error("the process that reads documents could not be started: {0}")]
    NoProcess(String),
}

/// Returns the text of a document in this process; pictures have none without a recogniser.
pub fn text_of(kind: DocumentKind, content: &[u8]) -> Result<DocumentText, DocumentError> {
    if content.len() > DOCUMENT_MAX_BYTES {
        return Err(DocumentError::TooLarge);
    }
    let found = match kind {
        DocumentKind::Html => html::text(content),
        DocumentKind::Pdf => pdf::text(content.to_vec())?,
        DocumentKind::Docx => docx::text(content)?,
        DocumentKind::Picture => return Err(DocumentError::NoRecogniser),
    };
    if found.text.trim().is_empty() {
        return Err(DocumentError::NoText);
    }
    Ok(found)
}
