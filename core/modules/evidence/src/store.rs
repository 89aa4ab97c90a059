//! Queries on the tables of this module.

use faultmaven_kit::Db;

mod analyses;
mod deletion;
mod files;
mod held;
mod loose_blobs;
mod processing;
mod records;

pub(crate) use analyses::REPORTS_AT_A_TIME;
pub(crate) use files::{FileListing, FileScope, Inserted, Link};
pub(crate) use held::{Destination, HeldFor, Kept};
pub(crate) use processing::{DAMAGED, Outcome, Partial, Verdict};
pub(crate) use records::RecordListing;

/// The tables of this module.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    db: Db,
    reports: analyses::ReportCache,
}

impl Store {
    /// Returns the tables in `db`.
    pub(crate) fn new(db: Db) -> Self {
        Self {
            db,
            reports: analyses::ReportCache::default(),
        }
    }

    /// Returns whether no other process can share the database.
    pub(crate) fn is_exclusive(&self) -> bool {
        self.db.backend() == faultmaven_kit::Backend::Sqlite
    }
}
