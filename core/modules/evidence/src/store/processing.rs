//! From stored to analysed: who works on a file and what came of it.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, DatabaseTransaction, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QuerySelect as _,
};

use super::Store;
use crate::entity::analysis;
use crate::entity::file::{Column, Entity, FileState, Model};
use crate::error::EvidenceError;

/// Reason of an archive that is damaged, and of the part of it that could be unpacked.
pub(crate) const DAMAGED: &str = "damaged_archive";
/// Reason of an archive of which members were left out.
const INCOMPLETE: &str = "archive_incomplete";

/// Reason of a document that holds more text than is read.
const CUT: &str = "document_incomplete";

/// What is said of an archive or document that was read in part only.
#[derive(Debug, Clone)]
pub(crate) struct Partial {
    reason: &'static str,
    message: String,
}

impl Partial {
    /// Says that one compressed file could not be read to its end.
    pub(crate) fn damaged(message: &str) -> Self {
        Self {
            reason: DAMAGED,
            message: message.to_owned(),
        }
    }

    /// Says that a document was read in part.
    pub(crate) fn of_document(message: &str) -> Self {
        Self {
            reason: CUT,
            message: message.to_owned(),
        }
    }

    /// Says which members were left out.
    pub(crate) fn incomplete(message: String) -> Self {
        Self {
            reason: INCOMPLETE,
            message,
        }
    }
}

/// What an analysis ended with.
#[derive(Debug, Clone)]
pub(crate) enum Verdict {
    /// The engine read the file; the document replaces the earlier one.
    Analyzed(Box<Outcome>),
    /// The file was unpacked; its members are files of their own.
    Unpacked {
        summary: String,
        partial: Option<Partial>,
    },
    /// There is nothing to read in the file.
    Unanalyzable { reason: String, message: String },
    /// The analysis did not come to an end.
    Failed { reason: String, message: String },
}

/// What the engine said about a file.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) media_type: String,
    pub(crate) format: String,
    pub(crate) encoding: String,
    pub(crate) line_ending: String,
    pub(crate) line_count: i64,
    pub(crate) data_class: String,
    pub(crate) class_confidence: f64,
    pub(crate) summary: String,
    pub(crate) coverage: String,
    pub(crate) document: analysis::Model,
}

impl Store {
    /// Notes the job that will analyse a file, unless the file moved on meanwhile.
    pub(crate) async fn set_job(&self, file: &Model, job_id: &str) -> Result<(), EvidenceError> {
        let job_id = Expr::value(job_id);
        self.change(file, vec![(Column::JobId, job_id)]).await
    }

    /// Records that a member could not be unpacked to its end, before it is read.
    pub(crate) async fn note_damage(&self, member: &Model) -> Result<(), EvidenceError> {
        let damaged = Expr::value(DAMAGED);
        self.change(member, vec![(Column::ErrorReason, damaged)])
            .await
    }

    /// Changes a file, unless it moved on meanwhile.
    async fn change(
        &self,
        file: &Model,
        changes: Vec<(Column, Expr)>,
    ) -> Result<(), EvidenceError> {
        let (file_id, generation) = (file.file_id.clone(), file.generation);
        self.db
            .write(move |transaction| {
                let changes = changes.iter().cloned();
                let update = changes.fold(Entity::update_many(), |update, (column, value)| {
                    update.col_expr(column, value)
                });
                let update = update
                    .filter(Column::FileId.eq(file_id.clone()))
                    .filter(Column::Generation.eq(generation));
                Box::pin(async move {
                    update.exec(transaction).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Marks a file as being processed; `None` when there is nothing to do for this generation.
    pub(crate) async fn begin_processing(
        &self,
        file_id: &str,
        generation: i32,
        now: DateTime<Utc>,
    ) -> Result<Option<Model>, EvidenceError> {
        let file_id = file_id.to_owned();
        self.db
            .write(move |transaction| {
                let file_id = file_id.clone();
                Box::pin(async move {
                    let Some(mut file) = current(transaction, &file_id, generation).await? else {
                        return Ok(None);
                    };
                    if file.state.is_final() {
                        return Ok(None);
                    }
                    file.state = FileState::Processing;
                    file.attempts += 1;
                    file.updated_at = now;
                    save(transaction, &file).await?;
                    Ok(Some(file))
                })
            })
            .await
    }

    /// Stores what an analysis ended with; `false` when the file is gone or was reclassified.
    pub(crate) async fn finish_processing(
        &self,
        file: &Model,
        verdict: Verdict,
        now: DateTime<Utc>,
    ) -> Result<bool, EvidenceError> {
        let (file_id, generation) = (file.file_id.clone(), file.generation);
        self.db
            .write(move |transaction| {
                let (file_id, verdict) = (file_id.clone(), verdict.clone());
                Box::pin(async move {
                    let Some(mut file) = current(transaction, &file_id, generation).await? else {
                        return Ok(false);
                    };
                    file.updated_at = now;
                    record_verdict(transaction, &mut file, verdict).await?;
                    save(transaction, &file).await?;
                    Ok(true)
                })
            })
            .await
    }

    /// Starts a new generation of a file, with the class the user named if any.
    pub(crate) async fn restart_processing(
        &self,
        file_id: &str,
        data_class: Option<String>,
        now: DateTime<Utc>,
    ) -> Result<Model, EvidenceError> {
        let file_id = file_id.to_owned();
        self.db
            .write(move |transaction| {
                let (file_id, data_class) = (file_id.clone(), data_class.clone());
                Box::pin(async move {
                    let found = Entity::find_by_id(file_id).lock_exclusive();
                    let found = found.one(transaction).await?;
                    let mut file = found
                        .filter(|file| !file.deleting)
                        .ok_or(EvidenceError::FileNotFound)?;
                    if let Some(data_class) = data_class {
                        file.data_class = data_class;
                        file.class_confidence = 1.0;
                        file.class_from_user = true;
                    }
                    file.generation += 1;
                    file.attempts = 0;
                    file.state = FileState::Stored;
                    file.job_id.clear();
                    file.error_reason.clear();
                    file.error_message.clear();
                    file.updated_at = now;
                    save(transaction, &file).await?;
                    Ok(file)
                })
            })
            .await
    }
}

async fn current(
    transaction: &DatabaseTransaction,
    file_id: &str,
    generation: i32,
) -> Result<Option<Model>, EvidenceError> {
    let found = Entity::find_by_id(file_id).lock_exclusive();
    let found = found.one(transaction).await?;
    Ok(found.filter(|file| !file.deleting && file.generation == generation))
}

async fn save(transaction: &DatabaseTransaction, file: &Model) -> Result<(), EvidenceError> {
    file.clone()
        .into_active_model()
        .reset_all()
        .update(transaction)
        .await?;
    Ok(())
}

async fn record_verdict(
    transaction: &DatabaseTransaction,
    file: &mut Model,
    verdict: Verdict,
) -> Result<(), EvidenceError> {
    file.error_reason.clear();
    file.error_message.clear();
    match verdict {
        Verdict::Analyzed(outcome) => {
            file.state = FileState::Analyzed;
            return record_outcome(transaction, file, *outcome).await;
        }
        Verdict::Unpacked { summary, partial } => {
            file.state = FileState::Analyzed;
            file.summary = summary;
            if let Some(Partial { reason, message }) = partial {
                reason.clone_into(&mut file.error_reason);
                file.error_message = message;
            }
        }
        Verdict::Unanalyzable { reason, message } => {
            file.state = FileState::Unanalyzable;
            file.error_reason = reason;
            file.error_message = message;
        }
        Verdict::Failed { reason, message } => {
            file.state = FileState::Failed;
            file.error_reason = reason;
            file.error_message = message;
        }
    }
    // What an earlier generation found no longer describes the file.
    analysis::Entity::delete_by_id(&file.file_id)
        .exec(transaction)
        .await?;
    Ok(())
}

async fn record_outcome(
    transaction: &DatabaseTransaction,
    file: &mut Model,
    outcome: Outcome,
) -> Result<(), EvidenceError> {
    file.media_type = outcome.media_type;
    file.format = outcome.format;
    file.encoding = outcome.encoding;
    file.line_ending = outcome.line_ending;
    file.line_count = outcome.line_count;
    file.data_class = outcome.data_class;
    file.class_confidence = outcome.class_confidence;
    file.summary = outcome.summary;
    file.coverage = Some(outcome.coverage);
    let replace = OnConflict::column(analysis::Column::FileId)
        .update_columns([
            analysis::Column::EngineVersion,
            analysis::Column::Structure,
            analysis::Column::Report,
            analysis::Column::FinishedAt,
        ])
        .to_owned();
    analysis::Entity::insert(outcome.document.into_active_model())
        .on_conflict(replace)
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}
