//! What the engine found, kept in memory while its case is worked on.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use tokio::task::spawn_blocking;

use super::Store;
use crate::entity::analysis::{Column, Entity, Model};
use crate::entity::file::{self, FileState};
use crate::error::EvidenceError;
use crate::report::StoredReport;

/// How many reports are asked for together.
pub(crate) const REPORTS_AT_A_TIME: usize = 50;
const IDLE: Duration = Duration::from_secs(600);
const MAX_BYTES: u64 = 32 << 20;
/// A report takes about this many times the memory of its text.
const MEMORY_FACTOR: usize = 2;

/// A file and how often its analysis was started.
type Key = (String, i32);

/// Reports in memory, bounded by their size.
#[derive(Clone)]
pub(super) struct ReportCache(Cache<Key, Kept>);

#[derive(Clone)]
struct Kept {
    report: Arc<StoredReport>,
    bytes: usize,
}

impl Default for ReportCache {
    fn default() -> Self {
        let weigher =
            |_: &Key, kept: &Kept| u32::try_from(kept.bytes * MEMORY_FACTOR).unwrap_or(u32::MAX);
        let cache = Cache::builder()
            .weigher(weigher)
            .max_capacity(MAX_BYTES)
            .time_to_idle(IDLE)
            .build();
        Self(cache)
    }
}

impl fmt::Debug for ReportCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ReportCache")
            .field(&self.0.entry_count())
            .finish()
    }
}

impl Store {
    /// Returns the analysis of a file.
    pub(crate) async fn analysis(&self, file_id: &str) -> Result<Option<Model>, EvidenceError> {
        Ok(Entity::find_by_id(file_id).one(self.db.read()).await?)
    }

    /// Returns the reports of these files in their order; files that are not analysed have none.
    pub(crate) async fn reports<'a>(
        &self,
        files: &'a [file::Model],
    ) -> Result<Vec<(&'a file::Model, Arc<StoredReport>)>, EvidenceError> {
        let analysed = files
            .iter()
            .filter(|file| file.state == FileState::Analyzed);
        let mut known: HashMap<&str, Arc<StoredReport>> = HashMap::new();
        let mut unknown = Vec::new();
        for file in analysed {
            match self.reports.0.get(&key(file)) {
                Some(kept) => {
                    known.insert(&file.file_id, kept.report);
                }
                None => unknown.push(file),
            }
        }
        for (file, kept) in self.parsed(unknown).await? {
            known.insert(&file.file_id, Arc::clone(&kept.report));
            self.reports.0.insert(key(file), kept);
        }
        let in_order = files
            .iter()
            .filter_map(|file| Some((file, known.remove(file.file_id.as_str())?)));
        Ok(in_order.collect())
    }

    async fn parsed<'a>(
        &self,
        files: Vec<&'a file::Model>,
    ) -> Result<Vec<(&'a file::Model, Kept)>, EvidenceError> {
        if files.is_empty() {
            return Ok(Vec::new());
        }
        let rows = Entity::find()
            .filter(Column::FileId.is_in(files.iter().map(|file| &file.file_id)))
            .all(self.db.read())
            .await?;
        // Reports are large enough to hold up other calls while they are read.
        let mut kept = spawn_blocking(move || {
            let read = |row: Model| Ok((row.file_id.clone(), Kept::of(&row)?));
            rows.into_iter()
                .map(read)
                .collect::<Result<HashMap<_, _>, EvidenceError>>()
        })
        .await??;
        let found = files
            .into_iter()
            .filter_map(|file| Some((file, kept.remove(&file.file_id)?)));
        Ok(found.collect())
    }
}

impl Kept {
    fn of(row: &Model) -> Result<Self, EvidenceError> {
        Ok(Self {
            report: Arc::new(StoredReport::of(row)?),
            bytes: row.report.len(),
        })
    }
}

fn key(file: &file::Model) -> Key {
    (file.file_id.clone(), file.generation)
}
