//! The job that reads a file: a stream of bytes in, one document of findings out.

use std::ops::ControlFlow;
use std::sync::Arc;

use async_trait::async_trait;
use faultmaven_analysis::{Analyzer, Coverage, Options, Signatures};
use faultmaven_kit::{Fault, JobFailure, JobHandler, RunningJob};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use crate::convert::file::stored_coverage;
use crate::convert::{class, signed, unsigned};
use crate::entity::file::Model;
use crate::error::EvidenceError;
use crate::identity::Identity;
use crate::jobs::AnalyzeFileInput;
use crate::parts::Parts;
use crate::report::StoredReport;
use crate::store::{DAMAGED, Outcome, Verdict};
use crate::{documents, entity, identity, media, quotes, reading, unpack};

/// Attempts the jobs module grants, after which an error is final.
const JOB_ATTEMPTS: u32 = 3;
/// Starts, those cut short by a crash or a restart included, after which a file is given up.
const STARTS_MAX: i32 = 6;
/// What coverage says of content that could not be unpacked to its end.
const CUT_SHORT: &str = "cut_short";
/// Bytes that are kept to name the media type.
const HEAD_KEEP: usize = 512;

/// Analyses files.
pub(crate) struct FileAnalysis(pub(crate) Arc<Parts>);

#[async_trait]
impl JobHandler for FileAnalysis {
    async fn run(&self, job: RunningJob) -> Result<Option<Value>, JobFailure> {
        let parts = &*self.0;
        let input: AnalyzeFileInput = serde_json::from_value(job.input.clone())
            .map_err(|error| JobFailure::permanent("invalid_input", error.to_string()))?;
        let begun = parts
            .store
            .begin_processing(&input.file_id, input.generation, parts.now())
            .await;
        let Some(file) = begun.map_err(failure)? else {
            return Ok(None);
        };
        parts.announce_change();
        let cancelled = job.cancelled();
        let verdict = tokio::select! {
            verdict = judge(parts, &job, &file) => verdict,
            () = cancelled.cancelled() => return stopped(parts, &file).await,
        };
        let (verdict, failure) = settle(parts, &job, &file, verdict).await?;
        conclude(parts, &file, verdict).await?;
        match failure {
            Some(failure) => Err(failure),
            None => Ok(Some(json!({ "file_id": file.file_id }))),
        }
    }
}

/// Returns what is to be recorded, and how the job fails if it does.
async fn settle(
    parts: &Parts,
    job: &RunningJob,
    file: &Model,
    verdict: Result<Verdict, EvidenceError>,
) -> Result<(Option<Verdict>, Option<JobFailure>), JobFailure> {
    let error = match verdict {
        Ok(verdict) => return Ok((Some(verdict), None)),
        Err(error) => error,
    };
    let deleted = parts
        .store
        .file(&file.file_id)
        .await
        .map_err(failure)?
        .is_none();
    if deleted {
        return Ok((None, None));
    }
    let failure = failure(error);
    if failure.retryable && job.attempt < JOB_ATTEMPTS {
        return Err(failure);
    }
    let verdict = Verdict::Failed {
        reason: failure.reason.clone(),
        message: format!("the file could not be analysed: {}", failure.message),
    };
    Ok((Some(verdict), Some(failure)))
}

/// Leaves the file to the next start of the program, or gives it up because somebody asked to.
async fn stopped(parts: &Parts, file: &Model) -> Result<Option<Value>, JobFailure> {
    if !parts.tasks.shutdown_token().is_cancelled() {
        let verdict = Verdict::Failed {
            reason: "cancelled".to_owned(),
            message: "the analysis was cancelled; name the data class to start it again".to_owned(),
        };
        conclude(parts, file, Some(verdict)).await?;
    }
    Err(JobFailure::transient(
        "cancelled",
        "the analysis was stopped",
    ))
}

async fn conclude(parts: &Parts, file: &Model, verdict: Option<Verdict>) -> Result<(), JobFailure> {
    if let Some(verdict) = verdict {
        let stored = parts
            .store
            .finish_processing(file, verdict, parts.now())
            .await;
        stored.map_err(failure)?;
    }
    parts.announce_change();
    Ok(())
}

fn failure(error: EvidenceError) -> JobFailure {
    JobFailure::from(Fault::from(error))
}

async fn judge(parts: &Parts, job: &RunningJob, file: &Model) -> Result<Verdict, EvidenceError> {
    if file.attempts > STARTS_MAX {
        return Ok(Verdict::Failed {
            reason: "interrupted".to_owned(),
            message: "the analysis was cut short too often; name the data class to try it again"
                .to_owned(),
        });
    }
    if unpack::is_unpacked(file) {
        job.progress(1, "unpacking");
        return unpack::unpack(parts, &job.ctx, file).await;
    }
    if let Some(kind) = documents::kind_of(file) {
        job.progress(1, "reading");
        return documents::derive(parts, &job.ctx, file, kind).await;
    }
    if file.encoding == class::NOT_TEXT {
        let (reason, message) =
            media::why_unread(&file.media_type, media::class_of(&file.media_type));
        return Ok(Verdict::Unanalyzable {
            reason: reason.to_owned(),
            message,
        });
    }
    read(parts, job, file).await
}

/// The engine and what is known besides its result.
struct Reading {
    analyzer: Analyzer,
    signatures: Signatures,
    head: Vec<u8>,
    bytes: u64,
}

async fn read(parts: &Parts, job: &RunningJob, file: &Model) -> Result<Verdict, EvidenceError> {
    let source = Arc::clone(&parts.signatures);
    let signatures = spawn_blocking(move || source.refreshed()).await?;
    let options = Options {
        signatures: signatures.clone(),
        file_name: Some(file.filename.clone()),
        data_class: file.class_from_user.then(|| file.class()).flatten(),
        reference_date: Some(file.uploaded_at.date_naive()),
        ..Options::default()
    };
    let reading = Reading {
        analyzer: Analyzer::new(options),
        signatures,
        head: Vec::new(),
        bytes: 0,
    };
    let (size, progress) = (unsigned(file.size_bytes).max(1), job.clone());
    let reading = reading::feed_file(&parts.blobs, file, reading, move |reading, chunk| {
        let room = HEAD_KEEP.saturating_sub(reading.head.len());
        reading
            .head
            .extend_from_slice(&chunk[..chunk.len().min(room)]);
        reading.analyzer.push(chunk);
        reading.bytes += chunk.len() as u64;
        let percent = u8::try_from(reading.bytes.saturating_mul(99) / size).unwrap_or(99);
        progress.progress(percent, "reading");
        ControlFlow::Continue(())
    })
    .await?;
    let mut evaluated = spawn_blocking(move || evaluate(reading)).await?;
    if is_cut_short(file) {
        evaluated.coverage.note(CUT_SHORT);
    }
    if !evaluated.is_text() {
        let identity = &evaluated.identity;
        let (reason, message) = media::why_unread(&identity.media_type, identity.data_class);
        return Ok(Verdict::Unanalyzable {
            reason: reason.to_owned(),
            message,
        });
    }
    let outcome = verified_outcome(parts, file, evaluated).await?;
    Ok(Verdict::Analyzed(Box::new(outcome)))
}

/// Whether a member could not be unpacked to its end, as was noted then or by an earlier analysis.
fn is_cut_short(file: &Model) -> bool {
    let earlier = stored_coverage(file);
    let noted = |coverage: Coverage| coverage.limits_hit.iter().any(|it| it == CUT_SHORT);
    file.error_reason == DAMAGED || earlier.is_some_and(noted)
}

/// What the engine said, and what the catalogue makes of it.
struct Evaluated {
    identity: Identity,
    coverage: Coverage,
    summary: String,
    structure: String,
    engine_version: String,
    report: StoredReport,
}

impl Evaluated {
    fn is_text(&self) -> bool {
        self.identity.data_class.is_text() && self.identity.encoding != class::NOT_TEXT
    }
}

fn evaluate(reading: Reading) -> Evaluated {
    let mut analysis = reading.analyzer.finish();
    Evaluated {
        identity: identity::from_analysis(&analysis, &reading.head),
        coverage: analysis.coverage.clone(),
        summary: std::mem::take(&mut analysis.summary),
        structure: std::mem::take(&mut analysis.index),
        engine_version: analysis.engine_version.clone(),
        report: StoredReport::new(analysis, reading.signatures.catalogue()),
    }
}

/// Keeps of the indications and changes only what the stored bytes bear out.
async fn verified_outcome(
    parts: &Parts,
    file: &Model,
    evaluated: Evaluated,
) -> Result<Outcome, EvidenceError> {
    let Evaluated {
        identity,
        mut report,
        ..
    } = evaluated;
    let encoding = class::encoding(&identity.encoding);
    let cited = report.indications.iter().map(|known| &known.citation);
    let held = quotes::held(parts, file, encoding, cited).await?;
    report.indications = keep(report.indications, held);
    let cited = report.changes.iter().map(|known| &known.citation);
    let held = quotes::held(parts, file, encoding, cited).await?;
    report.changes = keep(report.changes, held);
    Ok(Outcome {
        media_type: identity.media_type,
        format: identity.format,
        encoding: identity.encoding,
        line_ending: identity.line_ending,
        line_count: signed(evaluated.coverage.lines_total),
        data_class: identity.data_class.as_str().to_owned(),
        class_confidence: identity.confidence,
        summary: evaluated.summary,
        coverage: serde_json::to_string(&evaluated.coverage)?,
        document: entity::analysis::Model {
            file_id: file.file_id.clone(),
            engine_version: evaluated.engine_version,
            structure: evaluated.structure,
            report: serde_json::to_string(&report)?,
            finished_at: parts.now(),
        },
    })
}

fn keep<T>(rows: Vec<T>, held: Vec<bool>) -> Vec<T> {
    let rows = rows.into_iter().zip(held);
    rows.filter_map(|(row, held)| held.then_some(row)).collect()
}
