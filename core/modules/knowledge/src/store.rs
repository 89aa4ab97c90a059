//! Documents and their index, each method bound to what the caller may see.

use faultmaven_kit::Db;

mod collections;
mod documents;
mod index;
mod search;

pub(crate) use collections::Numbers;
pub(crate) use documents::Listing;
pub(crate) use search::Posting;

/// The module's tables.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    db: Db,
}

impl Store {
    pub(crate) fn new(db: Db) -> Self {
        Self { db }
    }
}
