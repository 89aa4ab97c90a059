//! One file: looking at it, naming its class, giving it to a case, reading its analysis.

use faultmaven_analysis::DataClass;
use faultmaven_kit::{Code, Ctx, clock};
use faultmaven_proto::evidence::v1 as pb;

use crate::convert::{self, class};
use crate::entity::file::Model;
use crate::error::EvidenceError;
use crate::parts::Parts;
use crate::report::StoredReport;
use crate::store::Link;
use crate::{access, documents, jobs};

const TEMPLATES_MAX: usize = 200;

/// Returns a file the caller may see.
pub(crate) async fn get(parts: &Parts, ctx: &Ctx, file_id: &str) -> Result<Model, EvidenceError> {
    access::require_reader(ctx)?;
    access::readable_file(parts, ctx, file_id).await
}

/// Sets the class of a file as the user says and analyses it again.
pub(crate) async fn reclassify(
    parts: &Parts,
    ctx: &Ctx,
    request: &pb::ReclassifyFileRequest,
) -> Result<Model, EvidenceError> {
    access::require_writer(ctx)?;
    let named = pb::DataClass::try_from(request.data_class)
        .ok()
        .and_then(class::from_wire);
    let Some(named) = named.filter(|class| class.is_text()) else {
        return Err(EvidenceError::invalid(
            "data_class",
            "must name a class of readable text",
        ));
    };
    let file = access::writable_file(parts, ctx, &request.file_id).await?;
    if file.class() == Some(DataClass::Archive) {
        let advice = "archives keep their class; name the class of the unpacked file instead";
        return Err(EvidenceError::invalid("file_id", advice));
    }
    if documents::kind_of(&file).is_some() {
        let advice =
            "documents keep their class; name the class of the text taken out of them instead";
        return Err(EvidenceError::invalid("file_id", advice));
    }
    let name = Some(named.as_str().to_owned());
    analyze_again(parts, ctx, &file.file_id, name).await
}

/// Starts a new analysis of a file, with the class the user named if any.
pub(crate) async fn analyze_again(
    parts: &Parts,
    ctx: &Ctx,
    file_id: &str,
    data_class: Option<String>,
) -> Result<Model, EvidenceError> {
    let restarted = parts
        .store
        .restart_processing(file_id, data_class, parts.now());
    let mut file = restarted.await?;
    match jobs::enqueue(parts, ctx, &file).await {
        Ok(answer) => file.job_id = answer.job.map(|job| job.job_id).unwrap_or_default(),
        Err(error) => {
            tracing::warn!(file_id = file.file_id, %error, "file {} is analysed later", file.file_id);
        }
    }
    parts.announce_change();
    Ok(file)
}

/// Gives a file without a case to one.
pub(crate) async fn link(
    parts: &Parts,
    ctx: &Ctx,
    request: pb::LinkFileRequest,
) -> Result<Model, EvidenceError> {
    access::require_writer(ctx)?;
    let file = access::writable_file(parts, ctx, &request.file_id).await?;
    let case = access::write_case(parts, ctx, &request.case_id).await?;
    let link = Link {
        case_id: request.case_id,
        owner_id: case.owner_id,
        turn: case.current_turn,
        now: parts.now(),
    };
    let family = parts.store.link(&file.file_id, link).await?;
    match jobs::register(parts, ctx, &family).await {
        Err(EvidenceError::Fault(fault)) if fault.code == Code::Unavailable => {
            tracing::warn!(file_id = file.file_id, %fault, "file {} is registered later", file.file_id);
        }
        registered => registered?,
    }
    family.into_iter().next().ok_or(EvidenceError::FileNotFound)
}

/// Returns what the engine found in a file.
pub(crate) async fn analysis(
    parts: &Parts,
    ctx: &Ctx,
    file_id: &str,
) -> Result<pb::Analysis, EvidenceError> {
    let file = get(parts, ctx, file_id).await?;
    let row = parts.store.analysis(&file.file_id).await?;
    let row = row.ok_or(EvidenceError::AnalysisNotFound)?;
    let mut report = StoredReport::of(&row)?;
    report.templates.truncate(TEMPLATES_MAX);
    let findings = report.findings.into_iter();
    let templates = report.templates.into_iter();
    Ok(pb::Analysis {
        coverage: convert::file::coverage(&file),
        finish_time: Some(clock::timestamp(row.finished_at)),
        file_id: row.file_id,
        engine_version: row.engine_version,
        index: row.structure,
        findings: findings
            .map(|found| convert::finding::to_wire(&file, found))
            .collect(),
        templates: templates
            .map(|found| convert::finding::template(&file, found))
            .collect(),
        entities: report
            .entities
            .iter()
            .map(convert::finding::entity)
            .collect(),
    })
}
