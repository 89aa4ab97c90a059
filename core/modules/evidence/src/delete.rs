//! Deleting a file together with what was unpacked from it and the evidence that cites it.

use faultmaven_kit::{Code, Ctx, Fault};
use faultmaven_proto::case::v1::RemoveFileRequest;
use serde_json::{Value, json};

use crate::entity::file::Model;
use crate::error::EvidenceError;
use crate::intake::prefix_of;
use crate::parts::Parts;
use crate::{access, intake};

/// Deletes a file; returns the ids of the evidence that fell with it.
pub(crate) async fn delete(
    parts: &Parts,
    ctx: &Ctx,
    file_id: &str,
) -> Result<Vec<String>, EvidenceError> {
    access::require_writer(ctx)?;
    let file = access::writable_file(parts, ctx, file_id).await?;
    let family = parts.store.hide(&file.file_id, parts.now()).await?;
    match forget(parts, ctx, &family).await {
        Ok(withdrawn) => complete(parts, ctx, family, withdrawn).await,
        Err(error) if error.is_refusal() => {
            parts.store.unhide(family, parts.now()).await?;
            Err(error)
        }
        // The case may have let go of the files all the same, so they stay hidden until it is asked again.
        Err(error) => {
            tracing::warn!(file_id, %error, "the deletion of {file_id} is finished later");
            parts.audit.done(ctx, "file.hide", file_id, &Value::Null);
            Err(EvidenceError::DeletionUnsettled)
        }
    }
}

/// Settles a deletion whose outcome is unknown: it is finished, or taken back when the case refuses.
pub(crate) async fn resume(parts: &Parts, ctx: &Ctx, root: &Model) -> Result<(), EvidenceError> {
    let family = parts.store.hide(&root.file_id, parts.now()).await?;
    let withdrawn = match forget(parts, ctx, &family).await {
        Ok(withdrawn) => withdrawn,
        // The case itself is gone and with it everything it remembered.
        Err(EvidenceError::Fault(Fault {
            code: Code::NotFound,
            ..
        })) => Vec::new(),
        Err(error) if error.is_refusal() => {
            let (file_id, now) = (&root.file_id, parts.now());
            tracing::warn!(file_id, %error, "the deletion of {file_id} is taken back");
            return parts.store.unhide(family, now).await;
        }
        Err(error) => return Err(error),
    };
    complete(parts, ctx, family, withdrawn).await?;
    Ok(())
}

/// Removes everything of a case that is deleted for good.
pub(crate) async fn purge(parts: &Parts, case_id: String) -> Result<(), EvidenceError> {
    let prefixes = parts.store.remove_case(case_id, parts.now()).await?;
    for prefix in prefixes {
        intake::sweep(parts, &prefix).await;
    }
    Ok(())
}

/// Lets the case forget the files and recompute what rested on them.
async fn forget(parts: &Parts, ctx: &Ctx, family: &[Model]) -> Result<Vec<String>, EvidenceError> {
    let Some(case_id) = family.first().and_then(|file| file.case_id.clone()) else {
        return Ok(Vec::new());
    };
    let request = RemoveFileRequest {
        case_id,
        file_ids: family.iter().map(|file| file.file_id.clone()).collect(),
    };
    let answer = parts.case().remove_file(ctx.request(request)).await;
    let answer = answer.map_err(|status| EvidenceError::callee("case", status))?;
    Ok(answer.into_inner().withdrawn_evidence_ids)
}

async fn complete(
    parts: &Parts,
    ctx: &Ctx,
    family: Vec<Model>,
    mut withdrawn: Vec<String>,
) -> Result<Vec<String>, EvidenceError> {
    let ours = parts
        .store
        .remove_files(family.clone(), parts.now())
        .await?;
    for file in &family {
        intake::sweep(parts, prefix_of(&file.blob_key)).await;
    }
    withdrawn.extend(ours);
    withdrawn.sort_unstable();
    withdrawn.dedup();
    for file in &family {
        let details = json!({ "case_id": file.case_id, "withdrawn_evidence": withdrawn.len() });
        let file_id = &file.file_id;
        parts.audit.done(ctx, "file.delete", file_id, &details);
    }
    parts.announce_change();
    Ok(withdrawn)
}
