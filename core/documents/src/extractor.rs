//! Who reads documents: this process, or better one apart that hostile files may end.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read as _, Write};
use std::path::PathBuf;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, setrlimit};

use crate::process::{RunError, run};
use crate::{DOCUMENT_MAX_BYTES, DocumentError, DocumentKind, DocumentText, picture, text_of};

/// How long one document may take.
const TIME_MAX: Duration = Duration::from_secs(60);
/// How long text in a picture may take to recognise: less, so that whoever waits for it ends it.
const RECOGNITION_MAX: Duration = Duration::from_secs(45);
/// Memory that reading one document may take.
const MEMORY_MAX_BYTES: u64 = 2 << 30;
/// Largest answer: the text, written as a JSON string.
const ANSWER_MAX_BYTES: usize = 128 << 20;
/// The command by which a program answers, see [`answer`].
const COMMAND: &str = "read-document";

type Found = Result<DocumentText, DocumentError>;

/// Reads documents.
#[derive(Debug, Clone)]
pub struct Extractor {
    /// The program that reads documents apart.
    program: Option<PathBuf>,
    /// The program that recognises text in pictures.
    recogniser: OsString,
}

impl Extractor {
    /// Reads in this process, which a hostile document may end.
    pub fn in_process(recogniser: impl Into<OsString>) -> Self {
        Self {
            program: None,
            recogniser: recogniser.into(),
        }
    }

    /// Has `program`, which must answer as [`answer`] does, read each document in a process of its own.
    pub fn apart(program: PathBuf, recogniser: impl Into<OsString>) -> Self {
        Self {
            program: Some(program),
            recogniser: recogniser.into(),
        }
    }

    /// Returns the text of a document; blocks until it is read.
    pub fn text(&self, kind: DocumentKind, content: &[u8]) -> Found {
        let Some(program) = &self.program else {
            return read(kind, content, &self.recogniser);
        };
        if content.len() > DOCUMENT_MAX_BYTES {
            return Err(DocumentError::TooLarge);
        }
        let arguments = [
            OsStr::new(COMMAND),
            OsStr::new(kind.name()),
            &self.recogniser,
        ];
        let answer = run(
            program.as_os_str(),
            &arguments,
            content,
            TIME_MAX,
            ANSWER_MAX_BYTES,
        );
        let answer = answer.map_err(|error| match error {
            RunError::NotFound => {
                DocumentError::NoProcess(format!("{} is not there", program.display()))
            }
            RunError::NotStarted(error) => DocumentError::NoProcess(error.to_string()),
            RunError::TooSlow => DocumentError::TooSlow,
            RunError::TooLong | RunError::Killed => DocumentError::TooDemanding,
            RunError::Failed => DocumentError::Damaged,
        })?;
        serde_json::from_slice(&answer).map_err(|_| DocumentError::Damaged)?
    }
}

/// Reads the document on standard input within limits, and prints its text for [`Extractor`].
pub fn answer(kind: DocumentKind, recogniser: &OsStr) -> io::Result<()> {
    limit(Resource::As, MEMORY_MAX_BYTES)?;
    limit(Resource::Cpu, TIME_MAX.as_secs())?;
    let mut content = Vec::new();
    let most = DOCUMENT_MAX_BYTES as u64 + 1;
    io::stdin().lock().take(most).read_to_end(&mut content)?;
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, &read(kind, &content, recogniser))?;
    out.flush()
}

fn limit(resource: Resource, most: u64) -> io::Result<()> {
    let limit = Rlimit {
        current: Some(most),
        maximum: Some(most),
    };
    Ok(setrlimit(resource, limit)?)
}

fn read(kind: DocumentKind, content: &[u8], recogniser: &OsStr) -> Found {
    if kind == DocumentKind::Picture {
        picture::text(content, recogniser, RECOGNITION_MAX)
    } else {
        text_of(kind, content)
    }
}
