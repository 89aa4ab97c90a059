//! What stands in each report: the same material always gives the same document.

use faultmaven_proto::case::v1 as case;

use crate::appendix::{self, Labels};
use crate::document::{Document, Line};
use crate::material::Material;
use crate::report::Kind;
use crate::words::{second, words};

mod cause;
mod closing;
mod events;
mod fix;
mod incident_report;
mod post_mortem;
mod prevention;
mod problem;
mod runbook;
mod signs;
mod summary;

/// Returns the title of a report.
pub(crate) fn title(kind: Kind, case: &case::Case) -> String {
    format!("{}: {}", kind.title(), case.title)
}

/// Returns the whole report.
pub(crate) fn write(kind: Kind, material: &Material) -> Document {
    let labels = Labels::of(material);
    let mut document = Document::default();
    head(&mut document, kind, material);
    match kind {
        Kind::IncidentReport => incident_report::write(&mut document, material, &labels),
        Kind::PostMortem => post_mortem::write(&mut document, material, &labels),
        Kind::Runbook => runbook::write(&mut document, material, &labels),
        Kind::Timeline => events::write_all(&mut document, material, &labels),
        Kind::Summary => summary::write(&mut document, material, &labels),
        Kind::ResolutionSummary => closing::write_resolution(&mut document, material, &labels),
        Kind::ClosureSummary => closing::write_closure(&mut document, material, &labels),
    }
    appendix::write(&mut document, material, &labels);
    document
}

/// Returns a runbook for the library: what tells the failure and what helps, without the records of the case.
pub(crate) fn write_guide(material: &Material) -> Document {
    let mut document = Document::default();
    document.heading(1, title(Kind::Runbook, &material.case));
    runbook::write(&mut document, material, &Labels::default());
    document
}

fn head(document: &mut Document, kind: Kind, material: &Material) {
    let case = &material.case;
    document.heading(1, title(kind, case));
    if kind == Kind::IncidentReport && case.status() == case::CaseStatus::Investigating {
        let interim = "Interim report: the investigation is still running.";
        document.notice(Line::of(interim));
    }
    if kind == Kind::Runbook && material.assurance() != case::Assurance::Confirmed {
        let unconfirmed = "Not confirmed: no fix has shown yet that this is the cause.";
        document.notice(Line::of(unconfirmed));
    }
    document.list_or(record(case), "");
    document.paragraph(Line::of(
        "Marks in brackets name entries of the section Evidence. Lines without a mark come from \
         the record of the case itself.",
    ));
}

fn record(case: &case::Case) -> Vec<Line> {
    let status = words(case.status().as_str_name(), "CASE_STATUS_");
    let priority = words(case.priority().as_str_name(), "PRIORITY_");
    let version = format!("(version {})", case.version);
    let mut lines = vec![
        Line::named("Case").code(&case.case_id).text(version),
        Line::named("Status").text(status),
        Line::named("Priority").text(priority),
    ];
    for (name, time) in [
        ("Opened", &case.create_time),
        ("Investigation began", &case.investigating_time),
        ("Resolved", &case.resolved_time),
        ("Closed", &case.closed_time),
    ] {
        if let Some(time) = time {
            lines.push(Line::named(name).text(second(time)));
        }
    }
    if case.closure_reason() != case::ClosureReason::Unspecified {
        let reason = words(case.closure_reason().as_str_name(), "CLOSURE_REASON_");
        lines.push(Line::named("Closed because").text(reason));
    }
    lines
}

#[cfg(test)]
mod tests;
