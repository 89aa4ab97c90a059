//! Reports as messages, and requests as what they mean.

use std::collections::BTreeMap;

use faultmaven_kit::Fault;
use faultmaven_kit::clock::timestamp;
use faultmaven_kit::id::is_well_formed;
use faultmaven_proto::report::v1 as pb;

use crate::error::Error;
use crate::markdown;
use crate::report::{Kind, Report, Written};

const TYPES_MAX: usize = 5;

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

fn kind(code: i32) -> Result<Kind, Fault> {
    match pb::ReportType::try_from(code) {
        Ok(pb::ReportType::IncidentReport) => Ok(Kind::IncidentReport),
        Ok(pb::ReportType::Timeline) => Ok(Kind::Timeline),
        Ok(pb::ReportType::Summary) => Ok(Kind::Summary),
        Ok(pb::ReportType::Unspecified) | Err(_) => {
            let names = Kind::ALL.map(Kind::as_str).join(", ");
            Err(Fault::invalid("types", format!("must be of {names}")))
        }
    }
}

fn kind_code(kind: Kind) -> pb::ReportType {
    match kind {
        Kind::IncidentReport => pb::ReportType::IncidentReport,
        Kind::Timeline => pb::ReportType::Timeline,
        Kind::Summary => pb::ReportType::Summary,
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
