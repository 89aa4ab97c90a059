//! The text of a file.

use faultmaven_documents::{DocumentError, DocumentKind, DocumentText, Extractor};
use faultmaven_kit::Fault;
use faultmaven_proto::knowledge::v1 as pb;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::error::Error;

/// Endings of files that are text as they are.
const TEXT: [&str; 7] = ["md", "markdown", "txt", "json", "yaml", "yml", "csv"];
/// Documents that are read at the same time; each may take much memory.
static SLOTS: Semaphore = Semaphore::const_new(2);
/// What else is read.
const DOCUMENTS: &str = "html, pdf, docx, pictures";

/// Makes the text of the file that a request carries its content.
pub(crate) async fn text_of(
    documents: &Extractor,
    request: &mut pb::CreateDocumentRequest,
) -> Result<(), Error> {
    if request.file.is_empty() {
        return Ok(());
    }
    if !request.content.is_empty() {
        let twice = "must not come together with content";
        return Err(Fault::invalid("file", twice).into());
    }
    let file = std::mem::take(&mut request.file);
    request.content = match DocumentKind::detect(&file, &request.file_name) {
        Some(kind) => {
            let documents = documents.clone();
            let slot = SLOTS.acquire().await;
            // A reading goes on when nobody waits for it any more, and keeps its slot.
            let read = move || (documents.text(kind, &file), slot).0;
            let found = spawn_blocking(read).await?;
            whole(found)?
        }
        None => plain(file, &request.file_name)?,
    };
    Ok(())
}

fn whole(found: Result<DocumentText, DocumentError>) -> Result<String, Fault> {
    let refused = |why: String| Fault::invalid("file", format!("cannot be read: {why}"));
    match found {
        Ok(found) if found.cut => Err(refused(
            "it holds more text than is taken; split it".to_owned(),
        )),
        Ok(found) => Ok(found.text),
        Err(error) => Err(refused(error.to_string())),
    }
}

fn plain(file: Vec<u8>, file_name: &str) -> Result<String, Fault> {
    let ending = file_name
        .rsplit_once('.')
        .map(|(_, ending)| ending.to_lowercase());
    let is_text = |ending: String| TEXT.contains(&ending.as_str()) || is_page(&ending);
    if !ending.is_some_and(is_text) {
        let known = TEXT.join(", ");
        let message = format!(
            "must be a text file ({known}) or a document ({DOCUMENTS}); convert {file_name:?} to one of them"
        );
        return Err(Fault::invalid("file", message));
    }
    let text = String::from_utf8(file);
    let text = text.map_err(|_| Fault::invalid("file", "must be UTF-8 text; save it as such"))?;
    Ok(text
        .strip_prefix('\u{feff}')
        .map(str::to_owned)
        .unwrap_or(text))
}

/// Part of a page is text too, as it is.
fn is_page(ending: &str) -> bool {
    matches!(ending, "html" | "htm")
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn text(name: &str, file: &[u8]) -> Result<String, Error> {
        let mut request = pb::CreateDocumentRequest {
            file: file.to_vec(),
            file_name: name.to_owned(),
            ..Default::default()
        };
        let documents = Extractor::in_process("/no/recogniser");
        text_of(&documents, &mut request).await?;
        Ok(request.content)
    }

    #[tokio::test]
    async fn text_files_are_read_without_their_byte_order_mark() {
        assert_eq!(text("a.MD", b"\xef\xbb\xbf# A").await.unwrap(), "# A");
        for (name, bytes) in [
            ("a.pdf", &b"%PDF-"[..]),
            ("noext", b"x"),
            ("a.txt", b"\xff\xfe"),
            ("a.exe", b"MZ"),
        ] {
            assert!(text(name, bytes).await.is_err(), "{name}");
        }
        let mut both = pb::CreateDocumentRequest {
            content: "x".to_owned(),
            file: b"y".to_vec(),
            ..Default::default()
        };
        let documents = Extractor::in_process("/no/recogniser");
        assert!(text_of(&documents, &mut both).await.is_err());
    }

    #[tokio::test]
    async fn a_page_becomes_what_a_person_reads() {
        let page = b"<!doctype html><h1>Pool</h1><script>x()</script><p>Raise it.</p>";
        assert_eq!(text("a.html", page).await.unwrap(), "# Pool\nRaise it.\n");
        assert_eq!(text("a.html", b"<b>part</b>").await.unwrap(), "<b>part</b>");
    }
}
