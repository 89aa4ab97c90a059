//! Which reports are worth writing, and whether a runbook exists already.

use faultmaven_proto::case::v1::CaseStatus;

use crate::report::{Kind, Report, Standing, Unavailable};

/// From this similarity on, a runbook covers the case.
const REUSE: f64 = 0.85;
/// From this similarity on, a runbook is worth a look.
pub(crate) const SHOW: f64 = 0.70;

/// What to do about the reports of a case.
#[derive(Debug)]
pub(crate) struct Advice {
    pub(crate) available: Vec<Kind>,
    pub(crate) unavailable: Vec<Unavailable>,
    pub(crate) recommended: Vec<Recommended>,
    pub(crate) runbook: Option<RunbookAdvice>,
    pub(crate) reports: Vec<Report>,
}

/// A report worth writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Recommended {
    pub(crate) kind: Kind,
    pub(crate) reason: &'static str,
    pub(crate) priority: Priority,
}

/// How much a report is worth writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Priority {
    High,
    Medium,
    Low,
}

/// What to do about a runbook.
#[derive(Debug)]
pub(crate) struct RunbookAdvice {
    pub(crate) action: RunbookAction,
    pub(crate) reason: String,
    pub(crate) similar: Vec<SimilarRunbook>,
}

/// Whether to write a runbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RunbookAction {
    Reuse,
    ReviewOrGenerate,
    Generate,
}

/// A runbook of the library.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SimilarRunbook {
    pub(crate) document_id: String,
    pub(crate) title: String,
    pub(crate) similarity: f64,
}

impl Priority {
    /// Returns the name that callers read.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

impl Advice {
    /// Returns which reports can be made, and which of them are worth making.
    pub(crate) fn of(
        case: &Standing,
        reports: Vec<Report>,
        runbook: Option<RunbookAdvice>,
    ) -> Self {
        let mut available = Vec::new();
        let mut unavailable = Vec::new();
        for kind in Kind::ALL {
            match kind.availability(case) {
                Ok(()) => available.push(kind),
                Err(reason) => unavailable.push(reason),
            }
        }
        let action = runbook.as_ref().map(|advice| advice.action);
        let is_new = |kind: &&Kind| reports.iter().all(|report| report.kind != **kind);
        let mut recommended: Vec<Recommended> = available
            .iter()
            .filter(is_new)
            .filter_map(|kind| recommended(*kind, case, action))
            .collect();
        recommended.sort_by_key(|one| one.priority);
        Self {
            available,
            unavailable,
            recommended,
            runbook,
            reports,
        }
    }
}

/// Returns why a report is worth writing; none for those nobody needs to ask for.
fn recommended(kind: Kind, case: &Standing, runbook: Option<RunbookAction>) -> Option<Recommended> {
    let is_open = matches!(case.status, CaseStatus::Inquiry | CaseStatus::Investigating);
    let (reason, priority) = match kind {
        Kind::IncidentReport if is_open => (
            "tells others where the investigation stands",
            Priority::Medium,
        ),
        Kind::IncidentReport => (
            "tells those who were not there what happened",
            Priority::High,
        ),
        Kind::PostMortem => ("keeps what to do better the next time", Priority::High),
        Kind::Runbook if runbook == Some(RunbookAction::Reuse) => return None,
        Kind::Runbook => (
            "lets the next person repeat what has worked",
            Priority::Medium,
        ),
        Kind::Summary if is_open => ("hands the case over to somebody else", Priority::Low),
        Kind::Timeline | Kind::Summary | Kind::ResolutionSummary | Kind::ClosureSummary => {
            return None;
        }
    };
    Some(Recommended {
        kind,
        reason,
        priority,
    })
}

impl RunbookAdvice {
    /// Returns what similar runbooks, the most similar first, mean for a new one.
    pub(crate) fn of(similar: Vec<SimilarRunbook>) -> Self {
        let nearest = similar.first();
        let share = nearest.map_or(0.0, |runbook| runbook.similarity);
        let title = nearest.map_or("", |runbook| runbook.title.as_str());
        let (action, reason) = if share >= REUSE {
            let reason = format!("the runbook “{title}” treats the same problem");
            (RunbookAction::Reuse, reason)
        } else if share >= SHOW {
            let reason = format!("the runbook “{title}” treats a similar problem; read it first");
            (RunbookAction::ReviewOrGenerate, reason)
        } else {
            let reason = "no runbook of the library treats this problem".to_owned();
            (RunbookAction::Generate, reason)
        };
        let similar = similar.into_iter();
        Self {
            action,
            reason,
            similar: similar
                .filter(|runbook| runbook.similarity >= SHOW)
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use faultmaven_proto::case::v1::Assurance;

    use super::*;

    fn advice(similarity: f64) -> RunbookAdvice {
        RunbookAdvice::of(vec![SimilarRunbook {
            document_id: "d".to_owned(),
            title: "Pools".to_owned(),
            similarity,
        }])
    }

    #[test]
    fn similarity_decides_about_a_new_runbook() {
        assert_eq!(advice(0.85).action, RunbookAction::Reuse);
        assert_eq!(advice(0.70).action, RunbookAction::ReviewOrGenerate);
        let new = advice(0.69);
        assert_eq!(new.action, RunbookAction::Generate);
        assert!(new.similar.is_empty());
        assert_eq!(
            RunbookAdvice::of(Vec::new()).action,
            RunbookAction::Generate
        );
    }

    #[test]
    fn every_type_is_available_or_has_a_reason() {
        let resolved = Standing {
            status: CaseStatus::Resolved,
            assurance: Assurance::Confirmed,
            was_investigated: true,
            turns: 5,
            files: 1,
        };
        let told = Advice::of(&resolved, Vec::new(), Some(advice(0.9)));
        assert_eq!(
            told.available.len() + told.unavailable.len(),
            Kind::ALL.len()
        );
        let kinds: Vec<Kind> = told.recommended.iter().map(|one| one.kind).collect();
        assert_eq!(
            kinds,
            [Kind::IncidentReport, Kind::PostMortem],
            "a runbook exists"
        );
        let told = Advice::of(&resolved, Vec::new(), Some(advice(0.1)));
        assert!(told.recommended.iter().any(|one| one.kind == Kind::Runbook));
    }
}
