//! Files uploaded for a request: kept when it is accepted, dropped when it is refused.

use faultmaven_kit::db::{Once, Receipt};
use faultmaven_kit::id::is_well_formed;
use faultmaven_kit::{Ctx, text};
use faultmaven_proto::evidence::v1 as pb;

use crate::entity::file::Model;
use crate::error::EvidenceError;
use crate::note::Note;
use crate::parts::Parts;
use crate::store::{Destination, Kept, Link};
use crate::upload::{SOURCE_URL_MAX, Uploaded, retried};
use crate::{access, intake, jobs};

/// Returns files of a case and those the caller holds for it, in the order they are named.
pub(crate) async fn describe(
    parts: &Parts,
    ctx: &Ctx,
    request: &pb::DescribeFilesRequest,
) -> Result<Vec<Model>, EvidenceError> {
    let user_id = &access::require_writer(ctx)?.user_id;
    access::read_case(parts, ctx, &request.case_id).await?;
    let case_id = Some(&request.case_id);
    let mut files = Vec::with_capacity(request.file_ids.len());
    for file_id in &request.file_ids {
        let stored = parts.store.file(file_id).await?;
        let stored = stored.filter(|file| file.case_id.as_ref() == case_id);
        let file = match stored {
            Some(file) => file,
            None => held(parts, file_id, user_id, case_id).await?,
        };
        files.push(file);
    }
    Ok(files)
}

async fn held(
    parts: &Parts,
    file_id: &str,
    user_id: &str,
    case_id: Option<&String>,
) -> Result<Model, EvidenceError> {
    let held = parts.store.held(file_id, user_id).await?;
    held.filter(|file| file.case_id.is_none() || file.case_id.as_ref() == case_id)
        .ok_or(EvidenceError::FileNotFound)
}

/// Makes held files files of a case, and starts their analysis; does it once for each key.
pub(crate) async fn keep(
    parts: &Parts,
    ctx: &Ctx,
    request: pb::KeepFilesRequest,
) -> Result<Once<Vec<Uploaded>>, EvidenceError> {
    let destination = destination(parts, ctx, &request).await?;
    let receipt = receipt(parts, ctx, &request).await?;
    if let Some(earlier) = parts.store.kept_under(receipt.as_ref()).await? {
        discard(parts, ctx, request.file_ids).await?;
        let uploaded = |(file, is_duplicate)| Uploaded { file, is_duplicate };
        return Ok(Once {
            answer: earlier.into_iter().map(uploaded).collect(),
            replayed: true,
        });
    }
    let kept = parts.store.keep(receipt, request.file_ids, destination);
    let files = publish(parts, ctx, kept.await?).await?;
    Ok(Once {
        answer: files,
        replayed: false,
    })
}

/// Returns the receipt of a request; its files are told by their content, for their ids are new.
async fn receipt(
    parts: &Parts,
    ctx: &Ctx,
    request: &pb::KeepFilesRequest,
) -> Result<Option<Receipt>, EvidenceError> {
    let told = pb::KeepFilesRequest {
        file_ids: Vec::new(),
        ..request.clone()
    };
    let receipt = parts
        .receipts
        .of(ctx, "KeepFiles", &request.request_id, &told)?;
    let Some(mut receipt) = receipt else {
        return Ok(None);
    };
    let user_id = &access::require_writer(ctx)?.user_id;
    for file_id in &request.file_ids {
        let file = parts.store.held(file_id, user_id).await?;
        let (name, content) = file.map_or_else(
            || (String::new(), file_id.clone()),
            |file| (file.filename, file.sha256),
        );
        receipt = receipt.with_content(&name).with_content(&content);
    }
    Ok(Some(receipt))
}

async fn publish(
    parts: &Parts,
    ctx: &Ctx,
    mut kept: Vec<Kept>,
) -> Result<Vec<Uploaded>, EvidenceError> {
    let new = kept.iter_mut().filter_map(|kept| match kept {
        Kept::New(file) => Some(file),
        Kept::Duplicate(..) | Kept::Known(_) => None,
    });
    jobs::publish(parts, ctx, new.collect()).await?;
    let mut files = Vec::with_capacity(kept.len());
    for one in kept {
        let is_duplicate = matches!(one, Kept::Duplicate(..));
        let file = match one {
            Kept::New(file) | Kept::Known(file) => file,
            Kept::Duplicate(earlier, prefix) => {
                intake::sweep(parts, &prefix).await;
                retried(parts, ctx, earlier).await?
            }
        };
        files.push(Uploaded { file, is_duplicate });
    }
    Ok(files)
}

async fn destination(
    parts: &Parts,
    ctx: &Ctx,
    request: &pb::KeepFilesRequest,
) -> Result<Destination, EvidenceError> {
    let actor = access::require_writer(ctx)?;
    let source_url = text::optional_text("source_url", &request.source_url, SOURCE_URL_MAX)?;
    let mut destination = Destination {
        link: None,
        uploaded_by: actor.user_id.clone(),
        source_url,
        note: Note::checked(&request.description, &request.tags)?,
        now: parts.now(),
    };
    if request.case_id.is_empty() {
        actor.require_member("change files")?;
        return Ok(destination);
    }
    let case = access::write_case(parts, ctx, &request.case_id).await?;
    let turn = match request.turn_number {
        0 => case.current_turn,
        number => number,
    };
    destination.link = Some(Link {
        case_id: request.case_id.clone(),
        owner_id: case.owner_id,
        turn,
        now: destination.now,
    });
    Ok(destination)
}

/// Drops those of the named files that the caller still holds.
pub(crate) async fn discard(
    parts: &Parts,
    ctx: &Ctx,
    mut file_ids: Vec<String>,
) -> Result<(), EvidenceError> {
    let user_id = &access::require_writer(ctx)?.user_id;
    file_ids.retain(|file_id| is_well_formed("file", 12, file_id));
    let released = parts.store.release(file_ids, user_id, parts.now()).await?;
    for prefix in released {
        intake::sweep(parts, &prefix).await;
    }
    Ok(())
}
