//! What the module is told and given.

use std::sync::Arc;
use std::time::Duration;

use faultmaven_analysis::SignatureSource;
use faultmaven_documents::Extractor;
use faultmaven_kit::{Audit, Db, Ids, Module, SharedBlobStore, SharedClock, Tasks};

/// Settings of the evidence module.
#[derive(Debug, Clone)]
pub struct Config {
    /// The largest file that is accepted, in bytes.
    pub max_upload_bytes: u64,
    /// The largest content that is unpacked from one archive, in bytes.
    pub max_unpacked_bytes: u64,
    /// How many times larger than the archive its content may be.
    pub max_unpack_ratio: u64,
    /// How many archives may lie inside one another.
    pub max_archive_depth: u32,
    /// How many files are unpacked from one archive.
    pub max_archive_members: u64,
    /// How many files are analysed at the same time.
    pub analysis_concurrency: usize,
    /// How often interrupted work is looked for.
    pub reconcile_interval: Duration,
    /// The age from which a turn that staged evidence is asked about, and work counts as interrupted.
    pub receipt_lease: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            max_upload_bytes: 1 << 30,
            max_unpacked_bytes: 8 << 30,
            max_unpack_ratio: 200,
            max_archive_depth: 3,
            max_archive_members: 10_000,
            analysis_concurrency: std::thread::available_parallelism().map_or(1, usize::from),
            reconcile_interval: Duration::from_secs(30),
            receipt_lease: Duration::from_secs(60),
        }
    }
}

/// What the evidence module needs of its surroundings.
#[derive(Clone)]
pub struct Deps {
    /// Where its tables are.
    pub db: Db,
    /// Where the bytes of files are.
    pub blobs: SharedBlobStore,
    /// The time.
    pub clock: SharedClock,
    /// The source of identifiers.
    pub ids: Ids,
    /// Background work that shutdown waits for.
    pub tasks: Tasks,
    /// The way to the audit log.
    pub audit: Audit,
    /// The case module.
    pub case: Module,
    /// The jobs module.
    pub jobs: Module,
    /// The known failures that files are searched for.
    pub signatures: Arc<dyn SignatureSource>,
    /// Who takes the text out of documents.
    pub documents: Extractor,
}

impl std::fmt::Debug for Deps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Deps").finish_non_exhaustive()
    }
}
