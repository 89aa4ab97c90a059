//! What lists of cases are made of, as long as no case of their owner changes.

use std::sync::Arc;
use std::time::Duration;

use faultmaven_kit::Db;
use faultmaven_proto::case::v1::ListCasesResponse;
use moka::sync::Cache;
use prost::Message as _;

use crate::entity::owner;
use crate::store::lists::{CaseFilter, Position};
use crate::store::{Stored, owners};

const IDLE: Duration = Duration::from_secs(600);
/// An owner takes about 300 bytes.
const OWNERS: u64 = 10_000;

/// Names a page of an owner's cases at one point in time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct PageKey {
    pub(crate) filter: CaseFilter,
    /// Grows with every write to a case of the owner, in every process.
    pub(crate) list_version: i64,
    pub(crate) after: Option<Position>,
    pub(crate) offset: u64,
    pub(crate) limit: u64,
}

/// Pages in memory, bounded by their size.
#[derive(Debug)]
pub(crate) struct ListCache(Cache<PageKey, Arc<ListCasesResponse>>);

impl ListCache {
    /// Returns an empty cache that holds about `max_bytes`.
    pub(crate) fn new(max_bytes: u64) -> Self {
        let weigher = |_: &PageKey, page: &Arc<ListCasesResponse>| {
            u32::try_from(page.encoded_len()).unwrap_or(u32::MAX)
        };
        let cache = Cache::builder()
            .weigher(weigher)
            .max_capacity(max_bytes)
            .time_to_idle(IDLE)
            .build();
        Self(cache)
    }

    /// Returns a page that is still valid.
    pub(crate) fn get(&self, key: &PageKey) -> Option<Arc<ListCasesResponse>> {
        self.0.get(key)
    }

    /// Keeps a page.
    pub(crate) fn put(&self, key: PageKey, page: Arc<ListCasesResponse>) {
        self.0.insert(key, page);
    }
}

/// What is known of owners, valid until this module writes anything; only where nobody else does.
#[derive(Debug)]
pub(crate) struct OwnerCache(Cache<String, Known>);

#[derive(Debug, Clone)]
struct Known {
    revision: u64,
    owner: Arc<owner::Model>,
}

impl OwnerCache {
    /// Returns an empty cache.
    pub(crate) fn new() -> Self {
        let cache = Cache::builder().max_capacity(OWNERS).time_to_idle(IDLE);
        Self(cache.build())
    }

    /// Returns what is known of an owner.
    pub(crate) async fn find(&self, db: &Db, owner_id: &str) -> Stored<Option<Arc<owner::Model>>> {
        // Asked before the question: a write after it makes the answer stale.
        let revision = db.revision();
        if let Some(known) = self.0.get(owner_id)
            && Some(known.revision) == revision
        {
            return Ok(Some(known.owner));
        }
        let owner = owners::find(db.read(), owner_id).await?.map(Arc::new);
        if let (Some(revision), Some(owner)) = (revision, &owner) {
            let owner = Arc::clone(owner);
            self.0
                .insert(owner_id.to_owned(), Known { revision, owner });
        }
        Ok(owner)
    }
}
