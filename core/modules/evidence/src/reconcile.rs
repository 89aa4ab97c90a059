//! Makes up for what a crash or an unavailable callee interrupted.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use faultmaven_kit::Ctx;
use faultmaven_proto::case::v1::FilterCommittedEvidenceRequest;
use faultmaven_proto::jobs::v1::JobStatus;

use crate::access::own_work;
use crate::entity::file::Model;
use crate::error::EvidenceError;
use crate::parts::Parts;
use crate::{delete, intake, jobs};

/// The most that one round does of each kind.
const BATCH: u64 = 200;

/// Starts the task that looks for interrupted work, at once and then again and again.
pub(crate) fn spawn(parts: &Arc<Parts>) {
    let (tasks, pause) = (&parts.tasks, parts.config.reconcile_interval);
    let lease = TimeDelta::from_std(parts.config.receipt_lease).unwrap_or(TimeDelta::minutes(1));
    // What is unfinished at the start was interrupted, however young it is.
    let mut age = TimeDelta::zero();
    let parts = Arc::clone(parts);
    tasks.repeat("evidence reconciler", pause, move || {
        let before = parts.now() - std::mem::replace(&mut age, lease);
        let parts = Arc::clone(&parts);
        async move {
            round(&parts, before).await;
            Ok::<_, EvidenceError>(())
        }
    });
}

/// Finishes everything that has been waiting since `before`.
pub(crate) async fn round(parts: &Parts, before: DateTime<Utc>) {
    let ctx = own_work(parts);
    log("sweep bytes without a file", sweep_bytes(parts).await);
    log(
        "finish deletions",
        finish_deletions(parts, &ctx, before).await,
    );
    log("register files", register_files(parts, &ctx, before).await);
    log("start analyses", start_analyses(parts, &ctx, before).await);
    log(
        "settle staged evidence",
        settle_evidence(parts, &ctx, before).await,
    );
}

fn log(what: &str, outcome: Result<(), EvidenceError>) {
    if let Err(error) = outcome {
        tracing::warn!(%error, "cannot {what} now");
    }
}

async fn sweep_bytes(parts: &Parts) -> Result<(), EvidenceError> {
    for prefix in parts.store.claim_expired(parts.now(), BATCH).await? {
        intake::sweep(parts, &prefix).await;
    }
    Ok(())
}

async fn finish_deletions(
    parts: &Parts,
    ctx: &Ctx,
    before: DateTime<Utc>,
) -> Result<(), EvidenceError> {
    for root in parts.store.half_deleted(before, BATCH).await? {
        // One case that does not answer must not keep the others waiting.
        log("finish a deletion", delete::resume(parts, ctx, &root).await);
    }
    Ok(())
}

async fn register_files(
    parts: &Parts,
    ctx: &Ctx,
    before: DateTime<Utc>,
) -> Result<(), EvidenceError> {
    let mut by_case: BTreeMap<Option<String>, Vec<Model>> = BTreeMap::new();
    for file in parts.store.unregistered(before, BATCH).await? {
        by_case.entry(file.case_id.clone()).or_default().push(file);
    }
    for files in by_case.into_values() {
        // One case that is gone must not keep the others waiting.
        log("register files", jobs::register(parts, ctx, &files).await);
    }
    Ok(())
}

async fn start_analyses(
    parts: &Parts,
    ctx: &Ctx,
    before: DateTime<Utc>,
) -> Result<(), EvidenceError> {
    for file in parts.store.unfinished(before, BATCH).await? {
        let answer = jobs::enqueue(parts, ctx, &file).await?;
        let ended = answer
            .job
            .is_some_and(|job| job.status() == JobStatus::Completed);
        if answer.existing && ended {
            // The job says it is done, but its result is not here: a database was restored.
            let again = parts
                .store
                .restart_processing(&file.file_id, None, parts.now())
                .await?;
            jobs::enqueue(parts, ctx, &again).await?;
        }
    }
    Ok(())
}

async fn settle_evidence(
    parts: &Parts,
    ctx: &Ctx,
    before: DateTime<Utc>,
) -> Result<(), EvidenceError> {
    let mut by_case: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for record in parts.store.staged_before(before, BATCH).await? {
        by_case
            .entry(record.case_id)
            .or_default()
            .push(record.evidence_id);
    }
    for (case_id, evidence_ids) in by_case {
        log(
            "settle staged evidence",
            settle_case(parts, ctx, &case_id, evidence_ids).await,
        );
    }
    Ok(())
}

async fn settle_case(
    parts: &Parts,
    ctx: &Ctx,
    case_id: &str,
    evidence_ids: Vec<String>,
) -> Result<(), EvidenceError> {
    let request = FilterCommittedEvidenceRequest {
        case_id: case_id.to_owned(),
        evidence_ids: evidence_ids.clone(),
    };
    let answer = parts
        .case()
        .filter_committed_evidence(ctx.request(request))
        .await;
    let answer = answer
        .map_err(|status| EvidenceError::callee("case", status))?
        .into_inner();
    let is_committed = |id: &String| answer.evidence_ids.contains(id);
    let (committed, rest): (Vec<_>, Vec<_>) = evidence_ids.into_iter().partition(is_committed);
    if !committed.is_empty() {
        parts.store.activate(case_id, committed).await?;
    }
    if !rest.is_empty() && !answer.turn_running {
        parts.store.discard(rest).await?;
    }
    Ok(())
}
