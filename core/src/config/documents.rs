//! Who reads documents and pictures.

use std::io;
use std::path::PathBuf;

use faultmaven_documents::Extractor;

use super::{SettingError, Source};

/// What reads text in pictures when no other is named.
pub const DEFAULT_RECOGNISER: &str = "tesseract";

/// Who reads documents and pictures.
#[derive(Debug, Clone)]
pub struct DocumentSettings {
    /// `DOCUMENT_READER`.
    reader: Option<PathBuf>,
    /// `TESSERACT`.
    pub recogniser: String,
}

impl DocumentSettings {
    pub(super) fn from_source(source: &Source) -> Result<Self, SettingError> {
        Ok(Self {
            reader: source.get("DOCUMENT_READER").map(PathBuf::from),
            recogniser: source.required("TESSERACT", DEFAULT_RECOGNISER)?,
        })
    }

    /// Returns the settings of this process; those of the environment alone when its files are broken.
    pub fn of_process() -> Self {
        let source = Source::of_process();
        let settings = source.and_then(|source| Self::from_source(&source));
        settings.unwrap_or_else(|_| Self {
            reader: std::env::var_os("DOCUMENT_READER").map(PathBuf::from),
            recogniser: std::env::var("TESSERACT")
                .unwrap_or_else(|_| DEFAULT_RECOGNISER.to_owned()),
        })
    }

    /// Returns what has documents read by this program, started once more, or by the one that is set.
    pub fn extractor(&self) -> io::Result<Extractor> {
        let program = match &self.reader {
            Some(reader) => reader.clone(),
            None => std::env::current_exe()?,
        };
        Ok(Extractor::apart(program, &self.recogniser))
    }
}
