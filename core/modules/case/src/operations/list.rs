//! Lists cases: the caller's own, those of a team, or those of a session.

use std::sync::Arc;

use faultmaven_kit::{Actor, Ctx, PageToken};
use faultmaven_proto::case::v1 as pb;

use super::{Shared, welcome};
use crate::access::{Access, actor};
use crate::convert;
use crate::entity::owner;
use crate::error::CaseError;
use crate::list_cache::PageKey;
use crate::request::ListCases;
use crate::store::lists::{self, CaseFilter, Position};
use crate::store::reader::{Reader, Whose};

/// Returns one page; an owner without any conversation is welcomed with one first, for some clients
/// ask again and again until there is one.
pub(crate) async fn list(
    shared: &Shared,
    ctx: &Ctx,
    request: ListCases,
) -> Result<Arc<pb::ListCasesResponse>, CaseError> {
    let caller = actor(ctx, Access::Read)?;
    let filter = filter(caller, &request);
    if filter.whose != Whose::Own {
        return counted(shared, filter, &request).await.map(Arc::new);
    }
    let owner_id = &caller.user_id;
    let owner = shared.owners.find(&shared.db, owner_id).await?;
    let page = own_page(shared, owner.as_deref(), &filter, &request).await?;
    let is_welcomed = owner.is_some_and(|owner| owner.welcome_case_id.is_some());
    if is_welcomed
        || !is_first_unfiltered_page(&request)
        || has_conversation(shared, &filter, &page).await?
    {
        return Ok(page);
    }
    welcome::greet(shared, owner_id).await?;
    let owner = shared.owners.find(&shared.db, owner_id).await?;
    own_page(shared, owner.as_deref(), &filter, &request).await
}

/// Returns whether a case that the list may show has a message, on this page or another one.
async fn has_conversation(
    shared: &Shared,
    filter: &CaseFilter,
    page: &pb::ListCasesResponse,
) -> Result<bool, CaseError> {
    if page.cases.iter().any(|case| case.message_count > 0) {
        return Ok(true);
    }
    Ok(page.total_size > 0 && lists::has_conversation(shared.db.read(), filter).await?)
}

/// Returns one page of the owner's cases; one that was made lately is not made again.
async fn own_page(
    shared: &Shared,
    owner: Option<&owner::Model>,
    filter: &CaseFilter,
    request: &ListCases,
) -> Result<Arc<pb::ListCasesResponse>, CaseError> {
    let Some(owner) = owner else {
        return Ok(Arc::default());
    };
    let key = PageKey {
        filter: filter.clone(),
        list_version: owner.list_version,
        after: request.after.clone(),
        offset: request.offset,
        limit: request.limit,
    };
    if let Some(page) = shared.lists.get(&key) {
        return Ok(page);
    }
    let page = Arc::new(load(shared, &key, owner).await?);
    shared.lists.put(key, Arc::clone(&page));
    Ok(page)
}

fn filter(caller: &Actor, request: &ListCases) -> CaseFilter {
    CaseFilter {
        reader: Reader::new(caller),
        whose: match (request.shared_with_me, request.session_id.as_str()) {
            (true, _) => Whose::Shared,
            (false, "") => Whose::Own,
            (false, _) => Whose::Readable,
        },
        status: request.status,
        include_archived: request.include_archived,
        session_id: request.session_id.clone(),
    }
}

fn is_first_unfiltered_page(request: &ListCases) -> bool {
    request.status.is_none() && request.after.is_none() && request.offset == 0
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
    let total_size = match key.filter.status {
        None => shown(key.filter.include_archived, owner),
        Some(_) => lists::count(shared.db.read(), &key.filter).await?,
    };
    let page = Page {
        filter: &key.filter,
        after: key.after.as_ref(),
        offset: key.offset,
        limit: key.limit,
    };
    page.load(shared, total_size).await
}

/// Returns one page of cases that nobody has counted yet.
async fn counted(
    shared: &Shared,
    filter: CaseFilter,
    request: &ListCases,
) -> Result<pb::ListCasesResponse, CaseError> {
    let total_size = lists::count(shared.db.read(), &filter).await?;
    let page = Page {
        filter: &filter,
        after: request.after.as_ref(),
        offset: request.offset,
        limit: request.limit,
    };
    page.load(shared, total_size).await
}

/// A stretch of a list.
struct Page<'a> {
    filter: &'a CaseFilter,
    after: Option<&'a Position>,
    offset: u64,
    limit: u64,
}

impl Page<'_> {
    async fn load(
        &self,
        shared: &Shared,
        total_size: i64,
    ) -> Result<pb::ListCasesResponse, CaseError> {
        // One more than asked for tells whether there is another page.
        let mut cases = lists::page(
            shared.db.read(),
            self.filter,
            self.after,
            self.offset,
            self.limit + 1,
        )
        .await?;
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let has_more = cases.len() > limit;
        cases.truncate(limit);
        let next_page_token = match cases.last() {
            Some(last) if has_more => PageToken::encode(&Position {
                last_activity_at: last.last_activity_at,
                case_id: last.case_id.clone(),
            })?,
            _ => String::new(),
        };
        Ok(pb::ListCasesResponse {
            cases: cases.iter().map(convert::case).collect(),
            next_page_token,
            total_size,
        })
    }
}
