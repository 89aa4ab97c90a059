//! What reports there are, when one can be written, and how many versions it may have.

use chrono::{DateTime, Utc};
use faultmaven_proto::case::v1::{Case, CaseStatus};

use crate::document::Document;

/// What a report is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    IncidentReport,
    Timeline,
    Summary,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::IncidentReport, Self::Timeline, Self::Summary];

    /// Returns the name that is stored.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::IncidentReport => "incident_report",
            Self::Timeline => "timeline",
            Self::Summary => "summary",
        }
    }

    /// Returns the name that people read.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::IncidentReport => "Incident report",
            Self::Timeline => "Timeline",
            Self::Summary => "Summary",
        }
    }

    /// Returns nothing when the case is far enough for the report, else what it lacks.
    pub(crate) fn availability(self, case: &Case) -> Result<(), Unavailable> {
        let lacks = match self {
            Self::IncidentReport if case.status() == CaseStatus::Inquiry => {
                "the investigation has not begun; confirm the problem statement first"
            }
            Self::Timeline | Self::Summary if case.current_turn < 1 => {
                "the case has no turn yet; ask a question or hand over data first"
            }
            _ => return Ok(()),
        };
        Err(Unavailable { kind: self, lacks })
    }
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

    fn case(status: CaseStatus, current_turn: i32) -> Case {
        Case {
            status: status.into(),
            current_turn,
            ..Case::default()
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
}
