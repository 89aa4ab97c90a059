//! What follows a stored file: its case learns of it, and a job analyses it.

use faultmaven_kit::Ctx;
use faultmaven_proto::case::v1::RegisterFilesRequest;
use faultmaven_proto::jobs::v1::{EnqueueJobRequest, EnqueueJobResponse};
use serde::{Deserialize, Serialize};

use crate::convert;
use crate::entity::file::Model;
use crate::error::EvidenceError;
use crate::parts::{MODULE, Parts};

/// The kind of job that reads a file.
pub(crate) const ANALYZE_FILE: &str = "analyze_file";

/// What the job is told.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct AnalyzeFileInput {
    pub(crate) file_id: String,
    pub(crate) generation: i32,
}

/// Registers stored files and starts their analysis.
///
/// When the case refuses them they are removed again and the refusal returned. What merely does
/// not answer now is made up for later.
pub(crate) async fn publish(
    parts: &Parts,
    ctx: &Ctx,
    mut files: Vec<&mut Model>,
) -> Result<(), EvidenceError> {
    let stored: Vec<Model> = files.iter().map(|file| Model::clone(file)).collect();
    match register(parts, ctx, &stored).await {
        Ok(()) => files.iter_mut().for_each(|file| file.registered = true),
        Err(error) if error.is_refusal() => {
            parts.store.remove_files(stored, parts.now()).await?;
            return Err(error);
        }
        Err(error) => tracing::warn!(%error, "stored files are registered later"),
    }
    for file in files {
        match enqueue(parts, ctx, file).await {
            Ok(answer) => file.job_id = answer.job.map(|job| job.job_id).unwrap_or_default(),
            Err(error) => {
                tracing::warn!(file_id = file.file_id, %error, "file {} is analysed later", file.file_id);
            }
        }
    }
    Ok(())
}

/// Tells the case which files it has; files without a case are passed over.
pub(crate) async fn register(
    parts: &Parts,
    ctx: &Ctx,
    files: &[Model],
) -> Result<(), EvidenceError> {
    let Some(case_id) = files.first().and_then(|file| file.case_id.clone()) else {
        return Ok(());
    };
    let request = RegisterFilesRequest {
        case_id,
        files: files.iter().map(convert::file::digest).collect(),
    };
    let answer = parts.case().register_files(ctx.request(request)).await;
    answer.map_err(|status| EvidenceError::callee("case", status))?;
    let file_ids = files.iter().map(|file| file.file_id.clone()).collect();
    parts.store.mark_registered(file_ids).await
}

/// Asks for the analysis of a file; asking again for the same generation changes nothing.
pub(crate) async fn enqueue(
    parts: &Parts,
    ctx: &Ctx,
    file: &Model,
) -> Result<EnqueueJobResponse, EvidenceError> {
    let input = AnalyzeFileInput {
        file_id: file.file_id.clone(),
        generation: file.generation,
    };
    let request = EnqueueJobRequest {
        kind: ANALYZE_FILE.to_owned(),
        module: MODULE.to_owned(),
        owner_id: file.owner_id.clone(),
        case_id: file.case_id.clone().unwrap_or_default(),
        input_json: serde_json::to_string(&input)?,
        key: job_key(file),
    };
    let answer = parts.jobs().enqueue_job(ctx.request(request)).await;
    let answer = answer.map_err(|status| EvidenceError::callee("jobs", status))?;
    let answer = answer.into_inner();
    if let Some(job) = answer.job.as_ref().filter(|job| job.job_id != file.job_id) {
        parts.store.set_job(file, &job.job_id).await?;
    }
    Ok(answer)
}

fn job_key(file: &Model) -> String {
    match file.generation {
        1 => file.file_id.clone(),
        later => format!("{}:{later}", file.file_id),
    }
}
