//! One upload: the header is judged before a byte is stored, then the bytes stream through.

use bytes::Bytes;
use faultmaven_analysis::DataClass;
use faultmaven_kit::{Ctx, text};
use faultmaven_proto::evidence::v1 as pb;
use faultmaven_proto::evidence::v1::upload_file_request::Part;
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use tonic::Status;

use crate::convert::{class, unsigned};
use crate::entity::file::{FileOrigin, FileState, Model};
use crate::error::EvidenceError;
use crate::intake::{Arriving, NewFile, hold_file, store_file};
use crate::line_feeds::LineFeeds;
use crate::note::Note;
use crate::parts::Parts;
use crate::store::{HeldFor, Inserted};
use crate::{access, documents, files, jobs, name};

const CHUNK_MAX: usize = 1 << 20;
pub(crate) const SOURCE_URL_MAX: usize = 2_048;

/// The messages of an upload as they arrive.
pub(crate) type Messages = BoxStream<'static, Result<pb::UploadFileRequest, Status>>;

/// A stored file, and whether it was there before.
#[derive(Debug)]
pub(crate) struct Uploaded {
    pub(crate) file: Model,
    pub(crate) is_duplicate: bool,
}

/// Stores the file that `messages` describe and carry.
pub(crate) async fn upload(
    parts: &Parts,
    ctx: &Ctx,
    mut messages: Messages,
) -> Result<Uploaded, EvidenceError> {
    access::require_writer(ctx)?;
    let header = header(messages.next().await)?;
    let limit = parts.config.max_upload_bytes;
    if unsigned(header.declared_size) > limit {
        return Err(EvidenceError::FileTooLarge { limit });
    }
    let held_for = held_for(&header);
    let new = describe(parts, ctx, header).await?;
    let bytes = match new.origin {
        FileOrigin::Paste | FileOrigin::PageCapture => with_line_feeds(chunks(messages)),
        _ => chunks(messages),
    };
    if let Some(held_for) = held_for {
        let file = hold_file(parts, new, bytes, limit, held_for).await?;
        let is_duplicate = false;
        return Ok(Uploaded { file, is_duplicate });
    }
    match store_file(parts, new, bytes, limit).await? {
        Inserted::Duplicate(file) => Ok(Uploaded {
            file: retried(parts, ctx, file).await?,
            is_duplicate: true,
        }),
        Inserted::New(mut file) => {
            jobs::publish(parts, ctx, vec![&mut file]).await?;
            Ok(Uploaded {
                file,
                is_duplicate: false,
            })
        }
    }
}

/// Analyses a file again that failed before or held no text; sending it again asks for that.
pub(crate) async fn retried(parts: &Parts, ctx: &Ctx, file: Model) -> Result<Model, EvidenceError> {
    let may_be_read_now = match file.state {
        FileState::Failed => true,
        // The reader of pictures may have been installed since.
        FileState::Unanalyzable => documents::kind_of(&file).is_some(),
        FileState::Stored | FileState::Processing | FileState::Analyzed => false,
    };
    if !may_be_read_now {
        return Ok(file);
    }
    files::analyze_again(parts, ctx, &file.file_id, None).await
}

fn header(
    first: Option<Result<pb::UploadFileRequest, Status>>,
) -> Result<pb::UploadHeader, EvidenceError> {
    match first {
        Some(Ok(pb::UploadFileRequest {
            part: Some(Part::Header(header)),
        })) => Ok(header),
        Some(Err(_)) => Err(EvidenceError::UploadIncomplete),
        Some(Ok(_)) | None => Err(EvidenceError::invalid(
            "header",
            "must be the first message of an upload",
        )),
    }
}

fn held_for(header: &pb::UploadHeader) -> Option<HeldFor> {
    match (header.held, header.durable) {
        (true, true) => Some(HeldFor::Job),
        (true, false) => Some(HeldFor::Request),
        (false, _) => None,
    }
}

/// Checks the header and the caller's rights.
async fn describe(
    parts: &Parts,
    ctx: &Ctx,
    header: pb::UploadHeader,
) -> Result<NewFile, EvidenceError> {
    let actor = access::require_writer(ctx)?;
    let source_url = text::optional_text("source_url", &header.source_url, SOURCE_URL_MAX)?;
    let user_class = user_class(&header)?;
    let origin = crate::convert::file::origin_from_client(header.origin());
    if header.turn_number < 0 || header.declared_size < 0 {
        return Err(EvidenceError::invalid(
            "header",
            "numbers must not be negative",
        ));
    }
    let mut new = NewFile {
        owner_id: actor.user_id.clone(),
        uploaded_by: actor.user_id.clone(),
        case_id: None,
        turn: header.turn_number,
        parent: None,
        origin,
        filename: name::base_name(&header.filename),
        user_class,
        source_url: source_url.unwrap_or_default(),
        note: Note::checked(&header.description, &header.tags)?,
    };
    if header.case_id.is_empty() {
        actor.require_member("change files")?;
        return Ok(new);
    }
    let case = match header.held {
        true => access::hand_in(parts, ctx, &header.case_id).await?,
        false => access::write_case(parts, ctx, &header.case_id).await?,
    };
    new.owner_id = case.owner_id;
    new.case_id = Some(header.case_id);
    if new.turn == 0 {
        new.turn = case.current_turn;
    }
    Ok(new)
}

fn user_class(header: &pb::UploadHeader) -> Result<Option<DataClass>, EvidenceError> {
    match pb::DataClass::try_from(header.data_class) {
        Ok(pb::DataClass::Unspecified) => Ok(None),
        Ok(named) => Ok(class::from_wire(named)),
        Err(_) => Err(EvidenceError::invalid("data_class", "is not a data class")),
    }
}

fn chunks(messages: Messages) -> Arriving {
    messages.map(chunk).boxed()
}

fn chunk(message: Result<pb::UploadFileRequest, Status>) -> Result<Bytes, EvidenceError> {
    match message.map_err(|_| EvidenceError::UploadIncomplete)?.part {
        Some(Part::Chunk(bytes)) if bytes.len() <= CHUNK_MAX => Ok(bytes),
        Some(Part::Chunk(_)) => Err(EvidenceError::invalid(
            "chunk",
            format!("must have at most {CHUNK_MAX} bytes"),
        )),
        Some(Part::Header(_)) | None => Err(EvidenceError::invalid(
            "chunk",
            "every message after the header must carry bytes",
        )),
    }
}

/// Stores pasted text the same, whatever machine it was copied on.
fn with_line_feeds(bytes: Arriving) -> Arriving {
    let ends = stream::once(async { None });
    let marked = bytes.map(Some).chain(ends);
    marked
        .scan(LineFeeds::default(), |feeds, chunk| {
            let normalised = match chunk {
                Some(chunk) => chunk.map(|chunk| feeds.push(&chunk)),
                None => Ok(feeds.finish()),
            };
            futures::future::ready(Some(normalised))
        })
        .boxed()
}
