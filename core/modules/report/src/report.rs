//! What reports there are, when one can be written, and how many versions it may have.

use chrono::{DateTime, Utc};
use faultmaven_proto::case::v1::{Assurance, CaseStatus};

use crate::document::Document;

/// What a report is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    IncidentReport,
    PostMortem,
    Runbook,
    Timeline,
    Summary,
    ResolutionSummary,
    ClosureSummary,
}

/// How far a case is, as far as reports are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) status: CaseStatus,
    pub(crate) assurance: Assurance,
    pub(crate) was_investigated: bool,
    pub(crate) turns: i32,
    pub(crate) files: usize,
}

/// How many turns a closed case needs for a summary when nobody handed over a file.
const CLOSURE_TURNS: i32 = 3;

impl Kind {
    pub(crate) const ALL: [Self; 7] = [
        Self::IncidentReport,
        Self::PostMortem,
        Self::Runbook,
        Self::Timeline,
        Self::Summary,
        Self::ResolutionSummary,
        Self::ClosureSummary,
    ];

    /// Returns the name that is stored.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::IncidentReport => "incident_report",
            Self::PostMortem => "post_mortem",
            Self::Runbook => "runbook",
            Self::Timeline => "timeline",
            Self::Summary => "summary",
            Self::ResolutionSummary => "resolution_summary",
            Self::ClosureSummary => "closure_summary",
        }
    }

    /// Returns the name that people read.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::IncidentReport => "Incident report",
            Self::PostMortem => "Post-mortem",
            Self::Runbook => "Runbook",
            Self::Timeline => "Timeline",
            Self::Summary => "Summary",
            Self::ResolutionSummary => "Resolution summary",
            Self::ClosureSummary => "Closure summary",
        }
    }

    /// Returns the summary that a case gets by itself when it ends.
    pub(crate) fn closing(status: CaseStatus) -> Option<Self> {
        match status {
            CaseStatus::Resolved => Some(Self::ResolutionSummary),
            CaseStatus::Closed => Some(Self::ClosureSummary),
            _ => None,
        }
    }

    /// Returns nothing when the case is far enough for the report, else what it lacks.
    pub(crate) fn availability(self, case: &Standing) -> Result<(), Unavailable> {
        let lacks = match self {
            Self::IncidentReport => lacks_for_incident_report(case),
            Self::PostMortem => lacks_for_post_mortem(case),
            Self::Runbook => lacks_for_runbook(case),
            Self::Timeline | Self::Summary => lacks_for_overview(case),
            Self::ResolutionSummary => lacks_for_resolution_summary(case),
            Self::ClosureSummary => lacks_for_closure_summary(case),
        };
        match lacks {
            None => Ok(()),
            Some(lacks) => Err(Unavailable { kind: self, lacks }),
        }
    }
}

fn lacks_for_incident_report(case: &Standing) -> Option<&'static str> {
    (case.status == CaseStatus::Inquiry)
        .then_some("the investigation has not begun; confirm the problem statement first")
}

fn lacks_for_post_mortem(case: &Standing) -> Option<&'static str> {
    match case.status {
        CaseStatus::Resolved => None,
        CaseStatus::Closed if case.was_investigated => None,
        CaseStatus::Closed => Some("the case was closed before it was investigated"),
        _ => Some("the case is still open; resolve or close it first"),
    }
}

fn lacks_for_runbook(case: &Standing) -> Option<&'static str> {
    if case.status != CaseStatus::Resolved {
        return Some("the case is not resolved; a runbook describes what has worked");
    }
    let is_known = matches!(case.assurance, Assurance::Likely | Assurance::Confirmed);
    (!is_known).then_some("the cause is not established; a runbook needs at least a likely cause")
}

fn lacks_for_overview(case: &Standing) -> Option<&'static str> {
    (case.turns < 1).then_some("the case has no turn yet; ask a question or hand over data first")
}

fn lacks_for_resolution_summary(case: &Standing) -> Option<&'static str> {
    (case.status != CaseStatus::Resolved).then_some("the case is not resolved")
}

fn lacks_for_closure_summary(case: &Standing) -> Option<&'static str> {
    if case.status != CaseStatus::Closed {
        return Some("the case was not closed without a resolution");
    }
    let is_worth_it = case.files > 0 || case.turns >= CLOSURE_TURNS;
    (!is_worth_it).then_some("the case was closed with no file and fewer than three turns")
}

/// The case is not far enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unavailable {
    pub(crate) kind: Kind,
    pub(crate) lacks: &'static str,
}

/// One version of one type; it never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) report_id: String,
    pub(crate) case_id: String,
    pub(crate) kind: Kind,
    /// Counts from 1.
    pub(crate) version: i32,
    pub(crate) title: String,
    pub(crate) case_version: i64,
    pub(crate) created_by: String,
    pub(crate) created_at: DateTime<Utc>,
}

/// A report with what stands in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) report: Report,
    pub(crate) document: Document,
}

/// A report that has no version yet.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) report_id: String,
    pub(crate) case_id: String,
    pub(crate) kind: Kind,
    pub(crate) title: String,
    pub(crate) document: Document,
    pub(crate) case_version: i64,
    pub(crate) created_by: String,
    pub(crate) created_at: DateTime<Utc>,
}

/// Returns how many more versions the type with most versions may have.
pub(crate) fn remaining<'a>(
    versions_max: i32,
    reports: impl IntoIterator<Item = &'a Report>,
) -> i32 {
    let versions = reports.into_iter().map(|report| report.version);
    (versions_max - versions.max().unwrap_or(0)).max(0)
}

/// The type has all versions it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoVersionLeft;

impl Draft {
    /// Returns the report that follows the version `latest`; 0 means that there is none.
    pub(crate) fn follow(self, latest: i32, versions_max: i32) -> Result<Written, NoVersionLeft> {
        if latest >= versions_max {
            return Err(NoVersionLeft);
        }
        let report = Report {
            report_id: self.report_id,
            case_id: self.case_id,
            kind: self.kind,
            version: latest + 1,
            title: self.title,
            case_version: self.case_version,
            created_by: self.created_by,
            created_at: self.created_at,
        };
        let document = self.document;
        Ok(Written { report, document })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(status: CaseStatus, turns: i32) -> Standing {
        Standing {
            status,
            assurance: Assurance::Possible,
            was_investigated: true,
            turns,
            files: 0,
        }
    }

    #[test]
    fn an_incident_report_needs_an_investigation() {
        let available = |status| Kind::IncidentReport.availability(&case(status, 3)).is_ok();
        assert!(!available(CaseStatus::Inquiry));
        assert!(available(CaseStatus::Investigating));
        assert!(available(CaseStatus::Resolved));
        assert!(available(CaseStatus::Closed));
    }

    #[test]
    fn timeline_and_summary_need_a_turn() {
        for kind in [Kind::Timeline, Kind::Summary] {
            assert!(kind.availability(&case(CaseStatus::Inquiry, 0)).is_err());
            assert!(kind.availability(&case(CaseStatus::Inquiry, 1)).is_ok());
            assert!(kind.availability(&case(CaseStatus::Closed, 0)).is_err());
        }
    }

    #[test]
    fn a_post_mortem_needs_the_end_of_an_investigation() {
        let available = |case: &Standing| Kind::PostMortem.availability(case).is_ok();
        assert!(!available(&case(CaseStatus::Investigating, 3)));
        assert!(available(&case(CaseStatus::Resolved, 3)));
        let mut closed = case(CaseStatus::Closed, 3);
        assert!(available(&closed));
        closed.was_investigated = false;
        assert!(!available(&closed));
    }

    #[test]
    fn a_runbook_needs_a_likely_cause_and_a_resolution() {
        let mut standing = case(CaseStatus::Resolved, 3);
        assert!(Kind::Runbook.availability(&standing).is_err());
        standing.assurance = Assurance::Likely;
        assert!(Kind::Runbook.availability(&standing).is_ok());
        standing.status = CaseStatus::Closed;
        assert!(Kind::Runbook.availability(&standing).is_err());
    }

    #[test]
    fn a_case_closed_over_nothing_gets_no_summary() {
        let closed = |turns| case(CaseStatus::Closed, turns);
        let available = |case: &Standing| Kind::ClosureSummary.availability(case).is_ok();
        assert!(!available(&closed(2)));
        assert!(available(&closed(3)));
        assert!(available(&Standing {
            files: 1,
            ..closed(1)
        }));
        assert!(!available(&Standing {
            files: 1,
            ..case(CaseStatus::Resolved, 3)
        }));
        assert!(
            Kind::ResolutionSummary
                .availability(&case(CaseStatus::Resolved, 1))
                .is_ok()
        );
        assert!(Kind::ResolutionSummary.availability(&closed(3)).is_err());
    }
}
