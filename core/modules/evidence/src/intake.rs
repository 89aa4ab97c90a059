//! How bytes become a file: identified, stored durably, then made a row, whole or not at all.

use std::collections::VecDeque;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use faultmaven_analysis::DataClass;
use faultmaven_kit::{BlobError, StoredBlob};
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use tokio::task::spawn_blocking;

use crate::entity::file::{FileOrigin, FileState, Model};
use crate::error::EvidenceError;
use crate::identity::{HEAD_BYTES, Identity, identify};
use crate::note::Note;
use crate::parts::Parts;
use crate::store::{HeldFor, Inserted};

/// How long bytes may lie in the store without a row; renewed while they arrive.
const RESERVATION: TimeDelta = TimeDelta::minutes(5);
const RENEW_EVERY: TimeDelta = TimeDelta::minutes(1);
/// How long a file waits for the rest of its request, which may bring many more on a slow line.
const HOLD: TimeDelta = TimeDelta::hours(2);

/// The bytes of a file as they arrive.
pub(crate) type Arriving = BoxStream<'static, Result<Bytes, EvidenceError>>;

/// What is known of a file before its first byte.
#[derive(Debug, Clone)]
pub(crate) struct NewFile {
    pub(crate) owner_id: String,
    pub(crate) uploaded_by: String,
    pub(crate) case_id: Option<String>,
    pub(crate) turn: i32,
    pub(crate) parent: Option<Parent>,
    pub(crate) origin: FileOrigin,
    pub(crate) filename: String,
    pub(crate) user_class: Option<DataClass>,
    pub(crate) source_url: String,
    pub(crate) note: Note,
}

/// The archive a file was unpacked from.
#[derive(Debug, Clone)]
pub(crate) struct Parent {
    pub(crate) file_id: String,
    pub(crate) depth: i32,
    /// Where it lay in there.
    pub(crate) path: String,
}

/// Stores a file of at most `limit` bytes; nothing is kept on failure.
pub(crate) async fn store_file(
    parts: &Parts,
    new: NewFile,
    bytes: Arriving,
    limit: u64,
) -> Result<Inserted, EvidenceError> {
    let (row, prefix) = receive(parts, new, bytes, limit).await?;
    let inserted = parts.store.insert_file(row, &prefix).await;
    match &inserted {
        // Whether the row was stored is unknown; the reservation tells the reconciler.
        Ok(Inserted::New(_)) | Err(EvidenceError::Database(_)) => {}
        Ok(_) | Err(_) => sweep(parts, &prefix).await,
    }
    inserted
}

/// Stores a file of at most `limit` bytes apart, until a request names it.
pub(crate) async fn hold_file(
    parts: &Parts,
    new: NewFile,
    bytes: Arriving,
    limit: u64,
    held_for: HeldFor,
) -> Result<Model, EvidenceError> {
    let (row, prefix) = receive(parts, new, bytes, limit).await?;
    let until = parts.now() + HOLD;
    match parts.store.hold(&row, &prefix, held_for, until).await {
        Ok(()) => Ok(row),
        Err(error) => {
            sweep(parts, &prefix).await;
            Err(error)
        }
    }
}

/// Puts the bytes of a file at a reserved place; nothing is kept on failure.
async fn receive(
    parts: &Parts,
    new: NewFile,
    bytes: Arriving,
    limit: u64,
) -> Result<(Model, String), EvidenceError> {
    let (head, bytes) = split_head(bytes).await?;
    let (name, user_class) = (new.filename.clone(), new.user_class);
    let identity = {
        let head: Vec<u8> = head.iter().flatten().copied().collect();
        spawn_blocking(move || identify(&head, &name, user_class)).await?
    };
    let (file_id, prefix) = reserve(parts, &new).await?;
    let all = stream::iter(head.into_iter().map(Ok)).chain(bytes).boxed();
    match put(parts, &prefix, all, limit).await {
        Ok(blob) => Ok((row(parts.now(), file_id, new, identity, blob), prefix)),
        Err(error) => {
            sweep(parts, &prefix).await;
            Err(error)
        }
    }
}

/// Empties a place in the blob store and forgets it; what fails now is swept later.
pub(crate) async fn sweep(parts: &Parts, prefix: &str) {
    let emptied = parts.blobs.delete_prefix(prefix).await;
    let forgotten = match emptied {
        Ok(()) => parts.store.forget_loose(prefix).await,
        Err(error) => Err(error.into()),
    };
    if let Err(error) = forgotten {
        tracing::warn!(prefix, %error, "bytes without a file are left to a later sweep");
    }
}

/// Returns the place in the blob store that a key lies at.
pub(crate) fn prefix_of(blob_key: &str) -> &str {
    blob_key
        .rsplit_once('/')
        .map_or(blob_key, |(prefix, _)| prefix)
}

/// Takes chunks off the stream until there is enough to identify the content.
async fn split_head(mut bytes: Arriving) -> Result<(VecDeque<Bytes>, Arriving), EvidenceError> {
    let mut head = VecDeque::new();
    let mut length = 0;
    while length < HEAD_BYTES {
        let Some(chunk) = bytes.next().await else {
            // A stream that has ended must not be asked again.
            bytes = stream::empty().boxed();
            break;
        };
        let chunk = chunk?;
        length += chunk.len();
        head.push_back(chunk);
    }
    if length == 0 {
        return Err(EvidenceError::EmptyFile);
    }
    Ok((head, bytes))
}

/// Draws an id and reserves the place that is named after it.
async fn reserve(parts: &Parts, new: &NewFile) -> Result<(String, String), EvidenceError> {
    loop {
        let file_id = parts.ids.hex12("file");
        let prefix = match &new.case_id {
            Some(case_id) => format!("cases/{case_id}/{file_id}"),
            None => format!("users/{}/{file_id}", new.owner_id),
        };
        let expires_at = parts.now() + RESERVATION;
        if parts.store.reserve(&file_id, &prefix, expires_at).await? {
            return Ok((file_id, prefix));
        }
    }
}

async fn put(
    parts: &Parts,
    prefix: &str,
    bytes: Arriving,
    limit: u64,
) -> Result<StoredBlob, EvidenceError> {
    let renewing = stream::unfold(
        (bytes, parts.now() + RENEW_EVERY),
        |(mut bytes, renew_at)| async move {
            let chunk = bytes.next().await?;
            match renewed(parts, prefix, renew_at).await {
                Ok(renew_at) => Some((chunk.map_err(BlobError::from), (bytes, renew_at))),
                Err(error) => Some((Err(BlobError::from(error)), (bytes, renew_at))),
            }
        },
    );
    Ok(parts.blobs.put(prefix, renewing.boxed(), limit).await?)
}

async fn renewed(
    parts: &Parts,
    prefix: &str,
    renew_at: DateTime<Utc>,
) -> Result<DateTime<Utc>, EvidenceError> {
    let now = parts.now();
    if now < renew_at {
        return Ok(renew_at);
    }
    if !parts.store.renew(prefix, now + RESERVATION).await? {
        return Err(EvidenceError::UploadExpired);
    }
    Ok(now + RENEW_EVERY)
}

fn row(
    now: DateTime<Utc>,
    file_id: String,
    new: NewFile,
    identity: Identity,
    blob: StoredBlob,
) -> Model {
    let (parent_file_id, depth, member_path) = match new.parent {
        Some(parent) => (Some(parent.file_id), parent.depth + 1, parent.path),
        None => (None, 0, String::new()),
    };
    let mut row = Model {
        dedup_scope: String::new(),
        member_path,
        file_id,
        owner_id: new.owner_id,
        uploaded_by: new.uploaded_by,
        case_id: new.case_id,
        uploaded_at: now,
        uploaded_at_turn: new.turn,
        parent_file_id,
        depth,
        origin: new.origin,
        filename: new.filename,
        size_bytes: crate::convert::signed(blob.size),
        sha256: blob.sha256,
        blob_key: blob.key,
        media_type: identity.media_type,
        format: identity.format,
        encoding: identity.encoding,
        line_ending: identity.line_ending,
        line_count: 0,
        data_class: identity.data_class.as_str().to_owned(),
        class_confidence: identity.confidence,
        class_from_user: new.user_class == Some(identity.data_class),
        source_url: new.source_url,
        state: FileState::Stored,
        summary: String::new(),
        error_reason: String::new(),
        error_message: String::new(),
        coverage: None,
        job_id: String::new(),
        generation: 1,
        attempts: 0,
        registered: false,
        deleting: false,
        updated_at: now,
        tags: new.note.tags_json(),
        description: new.note.description,
    };
    row.dedup_scope = row.scope_in(row.case_id.as_ref().unwrap_or(&row.file_id));
    row
}
