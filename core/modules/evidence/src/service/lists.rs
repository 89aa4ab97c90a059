//! Pages of files and evidence.

use chrono::{DateTime, Utc};
use faultmaven_kit::{Ctx, PageToken, page_size};
use faultmaven_proto::evidence::v1 as pb;

use crate::access;
use crate::convert::{class, evidence, file};
use crate::error::EvidenceError;
use crate::parts::Parts;
use crate::store::{FileListing, FileScope, RecordListing};

const PAGE_DEFAULT: u64 = 50;
const PAGE_MAX: u64 = 100;

type Position = (DateTime<Utc>, String);

/// Returns one page of the files of a case, or of the caller's own.
pub(super) async fn list_files(
    parts: &Parts,
    ctx: &Ctx,
    request: pb::ListFilesRequest,
) -> Result<pb::ListFilesResponse, EvidenceError> {
    access::require_reader(ctx)?;
    let size = page_size(request.page_size, PAGE_DEFAULT, PAGE_MAX)?;
    let offset = u64::try_from(request.offset)
        .map_err(|_| EvidenceError::invalid("offset", "must not be negative"))?;
    let after = PageToken::<Position>::decode(&request.page_token)?;
    let classes = class_names(&request.data_classes)?;
    let scope = if request.case_id.is_empty() {
        FileScope::Owner(ctx.actor()?.user_id.clone())
    } else {
        access::read_case(parts, ctx, &request.case_id).await?;
        FileScope::Case(request.case_id)
    };
    let listing = FileListing {
        scope,
        include_members: request.include_members,
        classes,
        after,
        offset,
        limit: size + 1,
    };
    let (mut files, total) = parts.store.list_files(listing).await?;
    let next_page_token = next(&mut files, size, |file| {
        (file.uploaded_at, file.file_id.clone())
    })?;
    Ok(pb::ListFilesResponse {
        files: files.into_iter().map(file::to_wire).collect(),
        next_page_token,
        total_size: crate::convert::signed(total),
    })
}

/// Returns the stored names of classes.
fn class_names(wire: &[i32]) -> Result<Vec<&'static str>, EvidenceError> {
    let name = |wire: &i32| match pb::DataClass::try_from(*wire) {
        Ok(pb::DataClass::Unspecified) => Some(""),
        Ok(known) => class::from_wire(known).map(|it| it.as_str()),
        Err(_) => None,
    };
    let names: Option<Vec<_>> = wire.iter().map(name).collect();
    names.ok_or_else(|| EvidenceError::invalid("data_classes", "must name known classes"))
}

/// Returns one page of the evidence of a case.
pub(super) async fn list_evidence(
    parts: &Parts,
    ctx: &Ctx,
    request: pb::ListEvidenceRequest,
) -> Result<pb::ListEvidenceResponse, EvidenceError> {
    access::require_reader(ctx)?;
    let size = page_size(request.page_size, PAGE_DEFAULT, PAGE_MAX)?;
    let after = PageToken::<Position>::decode(&request.page_token)?;
    access::read_case(parts, ctx, &request.case_id).await?;
    let listing = RecordListing {
        case_id: request.case_id,
        include_withdrawn: request.include_withdrawn,
        after,
        limit: size + 1,
    };
    let mut records = parts.store.list_records(listing).await?;
    let next_page_token = next(&mut records, size, |record| {
        (record.collected_at, record.evidence_id.clone())
    })?;
    Ok(pb::ListEvidenceResponse {
        evidence: records.into_iter().map(evidence::to_wire).collect(),
        next_page_token,
    })
}

/// Cuts the row that only shows that there is a next page, and returns the token for that page.
fn next<T>(
    rows: &mut Vec<T>,
    size: u64,
    position: impl Fn(&T) -> Position,
) -> Result<String, EvidenceError> {
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    if rows.len() <= size {
        return Ok(String::new());
    }
    rows.truncate(size);
    match rows.last() {
        Some(last) => Ok(PageToken::encode(&position(last))?),
        None => Ok(String::new()),
    }
}
