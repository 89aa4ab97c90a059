//! Reports as messages, and requests as what they mean.

use std::collections::BTreeMap;

use faultmaven_kit::Fault;
use faultmaven_kit::clock::timestamp;
use faultmaven_kit::id::is_well_formed;
use faultmaven_proto::report::v1 as pb;
use faultmaven_proto::report::v1::export_bundle_response::Part;
use sha2::{Digest as _, Sha256};

use crate::advice::{Advice, RunbookAction, RunbookAdvice, SimilarRunbook};
use crate::draft::Drafted;
use crate::error::Error;
use crate::markdown;
use crate::rendering::{File, Format};
use crate::report::{self, Kind, Report, Unavailable, Written};

const TYPES_MAX: usize = 5;
const CHUNK_BYTES: usize = 256 * 1_024;

/// Returns a report id, or not found for what cannot be one.
pub(crate) fn report_id(report_id: &str) -> Result<&str, Error> {
    if is_well_formed("rep", 16, report_id) {
        return Ok(report_id);
    }
    Err(Error::ReportNotFound)
}

/// Reads which types to write.
pub(crate) fn kinds(request: &pb::GenerateReportsRequest) -> Result<Vec<Kind>, Fault> {
    let mut kinds = Vec::new();
    for code in &request.types {
        let kind = kind(*code)?;
        if kinds.contains(&kind) {
            let twice = format!("names {} twice", kind.as_str());
            return Err(Fault::invalid("types", twice));
        }
        kinds.push(kind);
    }
    if kinds.is_empty() || kinds.len() > TYPES_MAX {
        let limit = format!("must name 1 to {TYPES_MAX} types");
        return Err(Fault::invalid("types", limit));
    }
    Ok(kinds)
}

/// Reads a type.
pub(crate) fn kind(code: i32) -> Result<Kind, Fault> {
    let code = pb::ReportType::try_from(code).unwrap_or_default();
    let mut kinds = Kind::ALL.into_iter();
    kinds.find(|kind| kind_code(*kind) == code).ok_or_else(|| {
        let names = Kind::ALL.map(Kind::as_str).join(", ");
        Fault::invalid("types", format!("must be of {names}"))
    })
}

/// Returns the code of a type.
pub(crate) fn kind_code(kind: Kind) -> pb::ReportType {
    match kind {
        Kind::IncidentReport => pb::ReportType::IncidentReport,
        Kind::PostMortem => pb::ReportType::PostMortem,
        Kind::Runbook => pb::ReportType::Runbook,
        Kind::Timeline => pb::ReportType::Timeline,
        Kind::Summary => pb::ReportType::Summary,
        Kind::ResolutionSummary => pb::ReportType::ResolutionSummary,
        Kind::ClosureSummary => pb::ReportType::ClosureSummary,
    }
}

/// Reads the form of a report; unspecified means Markdown.
pub(crate) fn format(code: i32) -> Result<Format, Fault> {
    match pb::ReportFormat::try_from(code) {
        Ok(pb::ReportFormat::Unspecified | pb::ReportFormat::Markdown) => Ok(Format::Markdown),
        Ok(pb::ReportFormat::Html) => Ok(Format::Html),
        Ok(pb::ReportFormat::Pdf) => Ok(Format::Pdf),
        Ok(pb::ReportFormat::Json) => Ok(Format::Json),
        Err(_) => Err(Fault::invalid(
            "format",
            "must be markdown, html, pdf or json",
        )),
    }
}

/// Returns the answer to whoever asked for reports.
pub(crate) fn generated(
    written: Vec<Written>,
    failed: Vec<pb::FailedReport>,
    versions_max: i32,
) -> pb::GenerateReportsResponse {
    let reports = written.iter().map(|written| &written.report);
    pb::GenerateReportsResponse {
        remaining_regenerations: report::remaining(versions_max, reports),
        reports: written.into_iter().map(|it| whole(it, true)).collect(),
        failed,
        replayed: false,
    }
}

/// Returns what became of a type that was not written.
pub(crate) fn failed(kind: Kind, error: Error) -> pb::FailedReport {
    let fault = Fault::from(error);
    pb::FailedReport {
        r#type: kind_code(kind).into(),
        reason: fault.reason.into_owned(),
        message: fault.message,
    }
}

/// Returns a file as a message.
pub(crate) fn file(file: File) -> pb::RenderReportResponse {
    pb::RenderReportResponse {
        file_name: file.name,
        media_type: file.media_type.to_owned(),
        content: file.content,
    }
}

/// Returns the messages that carry a bundle.
pub(crate) fn bundle(file: File) -> impl Iterator<Item = pb::ExportBundleResponse> + Send {
    let header = Part::Header(pb::BundleHeader {
        file_name: file.name,
        media_type: file.media_type.to_owned(),
        size_bytes: i64::try_from(file.content.len()).unwrap_or(i64::MAX),
        sha256: hex::encode(Sha256::digest(&file.content)),
    });
    let content = file.content;
    let starts = (0..content.len()).step_by(CHUNK_BYTES);
    let chunks = starts.map(move |at| {
        let end = content.len().min(at + CHUNK_BYTES);
        Part::Chunk(content[at..end].to_vec())
    });
    let parts = [header].into_iter().chain(chunks);
    parts.map(|part| pb::ExportBundleResponse { part: Some(part) })
}

/// Returns what can and should be written.
pub(crate) fn advice(advice: Advice, remaining: i32) -> pb::RecommendReportsResponse {
    let available = advice.available.into_iter();
    let recommended = advice.recommended.into_iter();
    pb::RecommendReportsResponse {
        available: available.map(|kind| kind_code(kind).into()).collect(),
        unavailable: advice.unavailable.into_iter().map(unavailable).collect(),
        recommendations: recommended
            .map(|one| pb::Recommendation {
                r#type: kind_code(one.kind).into(),
                reason: one.reason.to_owned(),
                priority: one.priority.as_str().to_owned(),
            })
            .collect(),
        runbook: advice.runbook.map(runbook_advice),
        remaining_regenerations: remaining,
    }
}

fn runbook_advice(advice: RunbookAdvice) -> pb::RunbookAdvice {
    let action = match advice.action {
        RunbookAction::Reuse => pb::RunbookAction::Reuse,
        RunbookAction::ReviewOrGenerate => pb::RunbookAction::ReviewOrGenerate,
        RunbookAction::Generate => pb::RunbookAction::Generate,
    };
    pb::RunbookAdvice {
        action: action.into(),
        reason: advice.reason,
        similar: similar_runbooks(advice.similar),
    }
}

fn similar_runbooks(similar: Vec<SimilarRunbook>) -> Vec<pb::SimilarRunbook> {
    let similar = similar.into_iter();
    let similar = similar.map(|runbook| pb::SimilarRunbook {
        document_id: runbook.document_id,
        title: runbook.title,
        similarity: runbook.similarity,
    });
    similar.collect()
}

/// Returns a stored draft.
pub(crate) fn runbook_draft(drafted: Drafted) -> pb::DraftRunbookResponse {
    let masked = drafted.masked.into_iter();
    let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    pb::DraftRunbookResponse {
        document_id: drafted.document.document_id,
        title: drafted.document.title,
        content: drafted.document.content,
        tags: drafted.document.tags,
        existed: drafted.existed,
        masked: masked
            .map(|(kind, number)| (kind.as_str().to_lowercase(), count(number)))
            .collect(),
        similar: similar_runbooks(drafted.similar),
        replayed: drafted.replayed,
    }
}

/// Returns a type that the case cannot have, and why.
pub(crate) fn unavailable(unavailable: Unavailable) -> pb::UnavailableReport {
    pb::UnavailableReport {
        r#type: kind_code(unavailable.kind).into(),
        reason: unavailable.lacks.to_owned(),
    }
}

/// Returns a report with its content.
pub(crate) fn whole(written: Written, is_current: bool) -> pb::Report {
    pb::Report {
        content: markdown::render(&written.document),
        ..outline(written.report, is_current)
    }
}

/// Returns a report without its content.
fn outline(report: Report, is_current: bool) -> pb::Report {
    pb::Report {
        report_id: report.report_id,
        case_id: report.case_id,
        r#type: kind_code(report.kind).into(),
        version: report.version,
        is_current,
        status: pb::ReportStatus::Completed.into(),
        title: report.title,
        content: String::new(),
        case_version: report.case_version,
        created_by: report.created_by,
        create_time: Some(timestamp(report.created_at)),
        error: String::new(),
    }
}

/// Returns all reports of a case as a list, or the newest of each type alone.
pub(crate) fn list(reports: Vec<Report>, current_only: bool) -> Vec<pb::Report> {
    let mut latest = BTreeMap::new();
    for report in &reports {
        let version = latest.entry(report.kind).or_insert(report.version);
        *version = report.version.max(*version);
    }
    reports
        .into_iter()
        .map(|report| {
            let is_current = latest.get(&report.kind) == Some(&report.version);
            outline(report, is_current)
        })
        .filter(|report| report.is_current || !current_only)
        .collect()
}
