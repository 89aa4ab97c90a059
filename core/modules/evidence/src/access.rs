//! Who may see and change files and evidence: the case decides, without one the owner.

use faultmaven_kit::id::is_well_formed;
use faultmaven_kit::{Actor, Caller, Code, Ctx, Fault};
use faultmaven_proto::case::v1::{CaseAccess, CheckAccessRequest, CheckAccessResponse};

use crate::entity::{file, record};
use crate::error::EvidenceError;
use crate::parts::{MODULE, Parts};

/// What an API token must cover to see files and evidence; whoever may take turns sees both anyway.
const READ_SCOPES: [&str; 2] = ["evidence:read", "cases:write"];
const WRITE_SCOPE: &str = "cases:write";

/// Fails unless the caller may look at files and evidence at all.
pub(crate) fn require_reader(ctx: &Ctx) -> Result<(), EvidenceError> {
    if !is_module(ctx) {
        ctx.actor()?.require_any_scope(&READ_SCOPES)?;
    }
    Ok(())
}

/// Returns the person who wants to change something.
pub(crate) fn require_writer(ctx: &Ctx) -> Result<&Actor, EvidenceError> {
    Ok(ctx.actor()?.require_scope(WRITE_SCOPE)?)
}

/// Fails unless the call comes from a module, for itself or for a person.
pub(crate) fn require_known(ctx: &Ctx) -> Result<(), EvidenceError> {
    if is_module(ctx) {
        return Ok(());
    }
    ctx.actor()?;
    Ok(())
}

/// Fails unless a module does its own work.
pub(crate) fn require_module(ctx: &Ctx) -> Result<(), EvidenceError> {
    if is_module(ctx) {
        return Ok(());
    }
    Err(Fault::forbidden("only modules may do this").into())
}

/// Fails unless the caller may see the case.
pub(crate) async fn read_case(
    parts: &Parts,
    ctx: &Ctx,
    case_id: &str,
) -> Result<(), EvidenceError> {
    if is_module(ctx) {
        return Ok(());
    }
    check_case(parts, ctx, case_id, CaseAccess::Read).await?;
    Ok(())
}

/// Returns the case when the caller may hand something in to it; whether it is taken is decided with
/// the turn, which may have been answered before the case ended.
pub(crate) async fn hand_in(
    parts: &Parts,
    ctx: &Ctx,
    case_id: &str,
) -> Result<CheckAccessResponse, EvidenceError> {
    check_case(parts, ctx, case_id, CaseAccess::Write).await
}

/// Returns what there is to know about a case that the caller may add files to.
pub(crate) async fn write_case(
    parts: &Parts,
    ctx: &Ctx,
    case_id: &str,
) -> Result<CheckAccessResponse, EvidenceError> {
    check_case(parts, ctx, case_id, CaseAccess::AddFiles).await
}

/// Returns a file that the caller may see.
pub(crate) async fn readable_file(
    parts: &Parts,
    ctx: &Ctx,
    file_id: &str,
) -> Result<file::Model, EvidenceError> {
    let file = known_file(parts, file_id).await?;
    if is_module(ctx) {
        return Ok(file);
    }
    match &file.case_id {
        Some(case_id) => {
            let checked = check_case(parts, ctx, case_id, CaseAccess::Read).await;
            checked.map_err(|error| hidden(error, EvidenceError::FileNotFound))?;
        }
        None => require_owner(&file, ctx.actor()?)?,
    }
    Ok(file)
}

/// Returns a file that the caller may change.
pub(crate) async fn writable_file(
    parts: &Parts,
    ctx: &Ctx,
    file_id: &str,
) -> Result<file::Model, EvidenceError> {
    let file = known_file(parts, file_id).await?;
    match &file.case_id {
        Some(case_id) => {
            let checked = check_case(parts, ctx, case_id, CaseAccess::AddFiles).await;
            checked.map_err(|error| hidden(error, EvidenceError::FileNotFound))?;
        }
        None => {
            let actor = ctx.actor()?;
            require_owner(&file, actor)?;
            actor.require_member("change files")?;
        }
    }
    Ok(file)
}

/// Returns evidence that the caller may see.
pub(crate) async fn readable_record(
    parts: &Parts,
    ctx: &Ctx,
    evidence_id: &str,
) -> Result<record::Model, EvidenceError> {
    if !is_well_formed("ev", 12, evidence_id) {
        return Err(EvidenceError::EvidenceNotFound);
    }
    let found = parts.store.record(evidence_id).await?;
    let record = found.ok_or(EvidenceError::EvidenceNotFound)?;
    let checked = read_case(parts, ctx, &record.case_id).await;
    checked.map_err(|error| hidden(error, EvidenceError::EvidenceNotFound))?;
    Ok(record)
}

async fn known_file(parts: &Parts, file_id: &str) -> Result<file::Model, EvidenceError> {
    if !is_well_formed("file", 12, file_id) {
        return Err(EvidenceError::FileNotFound);
    }
    let found = parts.store.file(file_id).await?;
    found.ok_or(EvidenceError::FileNotFound)
}

async fn check_case(
    parts: &Parts,
    ctx: &Ctx,
    case_id: &str,
    access: CaseAccess,
) -> Result<CheckAccessResponse, EvidenceError> {
    if !is_well_formed("case", 12, case_id) {
        return Err(Fault::not_found("case").into());
    }
    let request = CheckAccessRequest {
        case_id: case_id.to_owned(),
        access: access.into(),
    };
    let answer = parts.case().check_access(ctx.request(request)).await;
    let answer = answer.map_err(|status| EvidenceError::callee("case", status))?;
    Ok(answer.into_inner())
}

fn require_owner(file: &file::Model, actor: &Actor) -> Result<(), EvidenceError> {
    if file.owner_id == actor.user_id {
        return Ok(());
    }
    Err(EvidenceError::FileNotFound)
}

/// A case the caller may not see must not show through the thing that belongs to it.
fn hidden(error: EvidenceError, instead: EvidenceError) -> EvidenceError {
    match &error {
        EvidenceError::Fault(fault) if fault.code == Code::NotFound => instead,
        _ => error,
    }
}

fn is_module(ctx: &Ctx) -> bool {
    matches!(ctx.caller, Caller::System { .. })
}

/// Returns the context of the module's own work.
pub(crate) fn own_work(parts: &Parts) -> Ctx {
    Ctx::system(MODULE, parts.ids.hex16("req"))
}
