//! The text of documents and pictures becomes a file of its own, which is analysed and cited.

use std::ops::ControlFlow;

use bytes::Bytes;
use faultmaven_documents::{DocumentError, DocumentKind, DocumentText, picture_size};
use faultmaven_kit::Ctx;
use futures::StreamExt as _;
use futures::stream;
use tokio::task::spawn_blocking;

use crate::convert::class;
use crate::entity::file::{FileOrigin, Model};
use crate::error::EvidenceError;
use crate::intake::{NewFile, Parent, store_file};
use crate::note::Note;
use crate::parts::Parts;
use crate::store::{Inserted, Partial, Verdict};
use crate::{jobs, media, name, reading};

/// Takes the text out of a document and starts its analysis.
pub(crate) async fn derive(
    parts: &Parts,
    ctx: &Ctx,
    file: &Model,
    kind: DocumentKind,
) -> Result<Verdict, EvidenceError> {
    let content = reading::feed_file(&parts.blobs, file, Vec::new(), |content, chunk| {
        content.extend_from_slice(chunk);
        if content.len() > faultmaven_documents::DOCUMENT_MAX_BYTES {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    })
    .await?;
    let extractor = parts.documents.clone();
    let (subject, found) = spawn_blocking(move || {
        let subject = subject(kind, &content);
        (subject, extractor.text(kind, &content))
    })
    .await?;
    match found {
        Ok(found) => keep(parts, ctx, file, &subject, found).await,
        Err(error) => unread(kind, &subject, error),
    }
}

/// Returns what people call the document, with the size of a picture.
fn subject(kind: DocumentKind, content: &[u8]) -> String {
    let size = (kind == DocumentKind::Picture)
        .then(|| picture_size(content))
        .flatten();
    size.map_or_else(
        || kind.in_words().to_owned(),
        |size| format!("picture of {} × {} points", size.width, size.height),
    )
}

async fn keep(
    parts: &Parts,
    ctx: &Ctx,
    file: &Model,
    subject: &str,
    found: DocumentText,
) -> Result<Verdict, EvidenceError> {
    let pages = match found.pages {
        0 => String::new(),
        1 => " of 1 page".to_owned(),
        pages => format!(" of {pages} pages"),
    };
    let bytes = stream::iter([Ok(Bytes::from(found.text))]).boxed();
    let text = match store_file(parts, described(file), bytes, u64::MAX).await? {
        Inserted::New(mut text) => {
            jobs::publish(parts, ctx, vec![&mut text]).await?;
            text
        }
        Inserted::Duplicate(earlier) => earlier,
    };
    let cut = "the document holds more text than is read; upload the part that matters";
    Ok(Verdict::Unpacked {
        summary: format!(
            "{subject}{pages}; its text is {} ({})",
            text.filename, text.file_id
        ),
        partial: found.cut.then(|| Partial::of_document(cut)),
    })
}

/// Returns what is known of the text before its first byte.
fn described(file: &Model) -> NewFile {
    let filename = name::text_name(&file.filename);
    let user_class = file.class_from_user.then(|| class::parse(&file.data_class));
    NewFile {
        owner_id: file.owner_id.clone(),
        uploaded_by: file.uploaded_by.clone(),
        case_id: file.case_id.clone(),
        turn: file.uploaded_at_turn,
        parent: Some(Parent {
            file_id: file.file_id.clone(),
            depth: file.depth,
            path: filename.clone(),
        }),
        origin: FileOrigin::Derived,
        filename,
        user_class: user_class.flatten(),
        source_url: file.source_url.clone(),
        note: Note::default(),
    }
}

/// Says why a document has no text; only what may pass is tried again.
fn unread(
    kind: DocumentKind,
    subject: &str,
    error: DocumentError,
) -> Result<Verdict, EvidenceError> {
    let reason = match (kind, &error) {
        (_, DocumentError::NoProcess(_)) => return Err(EvidenceError::Documents(error)),
        (DocumentKind::Picture, _) => "image",
        (_, DocumentError::NoText) => "document_without_text",
        (_, DocumentError::Encrypted) => "encrypted_document",
        _ => "unreadable_document",
    };
    Ok(Verdict::Unanalyzable {
        reason: reason.to_owned(),
        message: format!("{subject}: {error}"),
    })
}

/// Returns the kind of document that a file is.
pub(crate) fn kind_of(file: &Model) -> Option<DocumentKind> {
    media::document_kind(&file.media_type)
}
