//! Lists the caller's cases.

use std::sync::Arc;

use faultmaven_kit::{Ctx, PageToken};
use faultmaven_proto::case::v1 as pb;

use super::{Shared, welcome};
use crate::access::{Access, actor};
use crate::convert;
use crate::entity::owner;
use crate::error::CaseError;
use crate::list_cache::PageKey;
use crate::request::ListCases;
use crate::store::lists::{self, CaseFilter, Position};
use crate::store::owners;

/// Returns one page; an owner without any case is welcomed with one first.
pub(crate) async fn list(
    shared: &Shared,
    ctx: &Ctx,
    request: ListCases,
) -> Result<Arc<pb::ListCasesResponse>, CaseError> {
    let owner_id = &actor(ctx, Access::Read)?.user_id;
    let mut owner = owners::find(shared.db.read(), owner_id).await?;
    if is_first_unfiltered_page(&request) && has_nothing_to_show(&request, owner.as_ref()) {
        welcome::greet(shared, owner_id).await?;
        owner = owners::find(shared.db.read(), owner_id).await?;
    }
    let Some(owner) = owner else {
        return Ok(Arc::default());
    };
    let key = PageKey {
        filter: CaseFilter {
            owner_id: owner_id.clone(),
            status: request.status,
            include_archived: request.include_archived,
        },
        list_version: owner.list_version,
        after: request.after,
        offset: request.offset,
        limit: request.limit,
    };
    if let Some(page) = shared.lists.get(&key) {
        return Ok(page);
    }
    let page = Arc::new(load(shared, &key, &owner).await?);
    shared.lists.put(key, Arc::clone(&page));
    Ok(page)
}

fn is_first_unfiltered_page(request: &ListCases) -> bool {
    request.status.is_none() && request.after.is_none() && request.offset == 0
}

fn has_nothing_to_show(request: &ListCases, owner: Option<&owner::Model>) -> bool {
    owner.is_none_or(|owner| {
        owner.welcome_case_id.is_none() && shown(request.include_archived, owner) == 0
    })
}

fn shown(include_archived: bool, owner: &owner::Model) -> i64 {
    if include_archived {
        owner.cases
    } else {
        owner.visible
    }
}

async fn load(
    shared: &Shared,
    key: &PageKey,
    owner: &owner::Model,
) -> Result<pb::ListCasesResponse, CaseError> {
    let db = shared.db.read();
    let filter = &key.filter;
    // One more than asked for tells whether there is another page.
    let mut cases = lists::page(db, filter, key.after.as_ref(), key.offset, key.limit + 1).await?;
    let limit = usize::try_from(key.limit).unwrap_or(usize::MAX);
    let has_more = cases.len() > limit;
    cases.truncate(limit);
    let next_page_token = match cases.last() {
        Some(last) if has_more => PageToken::encode(&Position {
            last_activity_at: last.last_activity_at,
            case_id: last.case_id.clone(),
        })?,
        _ => String::new(),
    };
    let total_size = match filter.status {
        None => shown(filter.include_archived, owner),
        Some(_) => lists::count(db, filter).await?,
    };
    Ok(pb::ListCasesResponse {
        cases: cases.iter().map(convert::case).collect(),
        next_page_token,
        total_size,
    })
}
