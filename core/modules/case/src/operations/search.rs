//! Finds the caller's cases.

use faultmaven_kit::Ctx;
use faultmaven_proto::case::v1 as pb;

use super::Shared;
use crate::access::{Access, actor};
use crate::convert;
use crate::error::CaseError;
use crate::request::SearchCases;
use crate::store::search;

/// Returns one page of the cases found.
pub(crate) async fn find(
    shared: &Shared,
    ctx: &Ctx,
    request: SearchCases,
) -> Result<pb::SearchCasesResponse, CaseError> {
    let owner_id = &actor(ctx, Access::Read)?.user_id;
    let (query, offset, limit) = (&request.query, request.offset, request.limit);
    let (cases, total_size) =
        search::find(shared.db.read(), owner_id, query, offset, limit).await?;
    Ok(pb::SearchCasesResponse {
        cases: cases.iter().map(convert::case).collect(),
        total_size,
    })
}
