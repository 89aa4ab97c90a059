//! Finds cases that the caller may read.

use faultmaven_kit::Ctx;
use faultmaven_proto::case::v1 as pb;

use super::Shared;
use crate::access::{Access, actor};
use crate::convert;
use crate::error::CaseError;
use crate::request::SearchCases;
use crate::store::reader::Reader;
use crate::store::search;

/// Returns one page of the cases found.
pub(crate) async fn find(
    shared: &Shared,
    ctx: &Ctx,
    request: SearchCases,
) -> Result<pb::SearchCasesResponse, CaseError> {
    let reader = Reader::new(actor(ctx, Access::Read)?);
    let (query, offset, limit) = (&request.query, request.offset, request.limit);
    let (cases, total_size) = search::find(shared.db.read(), &reader, query, offset, limit).await?;
    Ok(pb::SearchCasesResponse {
        cases: cases.iter().map(convert::case).collect(),
        total_size,
    })
}
