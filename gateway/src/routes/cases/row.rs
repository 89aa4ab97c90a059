//! A case as clients of both dialects read it.

use faultmaven_kit::Ctx;
use faultmaven_proto::case::v1 as proto;
use faultmaven_proto::case::v1::StatementState;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::state::App;
use crate::wire;

const ORGANIZATION: &str = "default";

/// A case.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaseRow {
    pub(crate) case_id: String,
    title: String,
    /// `placeholder`, `generated` or `user`.
    title_source: String,
    /// `consulting`, `investigating`, `resolved` or `closed`.
    pub(crate) status: &'static str,
    /// `inquiry`, `investigating`, `resolved` or `closed`.
    pub(crate) state: &'static str,
    owner_id: String,
    user_id: String,
    organization_id: &'static str,
    /// The confirmed problem statement, else what the owner wrote.
    description: String,
    problem_statement: Option<String>,
    /// `low`, `medium`, `high` or `critical`.
    priority: &'static str,
    tags: Vec<String>,
    #[schema(value_type = Object)]
    metadata: Value,
    archived: bool,
    /// Teams whose members may read the case and work on it.
    shared_team_ids: Vec<String>,
    /// `copilot`, `dashboard`, `api`, `slack` or `mcp`.
    source: String,
    /// `normal` or `welcome`.
    kind: String,
    created_at: String,
    updated_at: String,
    last_activity_at: String,
    investigating_at: Option<String>,
    resolved_at: Option<String>,
    closed_at: Option<String>,
    /// `inquiry_only`, `solution_deferred`, `closed_rca_infeasible`, `mitigation_sufficient`,
    /// `closed_insufficient_evidence`, or null, which the browser extension shows as no reason.
    closure_reason: Option<&'static str>,
    /// Why a closed case was closed, in our own words: `inquiry_only`, `abandoned`, `escalated`,
    /// `duplicate`, `solution_deferred`, `mitigation_sufficient`, `cause_infeasible`,
    /// `insufficient_evidence` or `other`.
    closed_as: Option<String>,
    /// Where a command may move the case.
    valid_next_states: Vec<&'static str>,
    /// User and assistant messages.
    message_count: i32,
    /// Number of the last turn.
    current_turn: i32,
    /// Send it as `expected_version` to write only over what you have seen.
    version: i64,
}

impl CaseRow {
    /// Returns the row for readers who take the end of a case for its resolution.
    pub(super) fn resolved_when_closed(mut self) -> Self {
        self.resolved_at = self.resolved_at.or_else(|| self.closed_at.clone());
        self
    }

    pub(crate) fn from_proto(case: proto::Case) -> Self {
        let statement = confirmed_statement(&case);
        Self {
            title_source: wire::word(case.title_source().as_str_name(), "TITLE_SOURCE_"),
            status: wire::legacy_status(case.status()),
            state: wire::state(case.status()),
            description: statement
                .clone()
                .unwrap_or_else(|| case.description.clone()),
            problem_statement: statement,
            priority: wire::priority(case.priority()),
            metadata: wire::object(&case.metadata_json),
            source: wire::word(case.source().as_str_name(), "CASE_SOURCE_"),
            kind: wire::word(case.kind().as_str_name(), "CASE_KIND_"),
            created_at: wire::required_time(case.create_time),
            updated_at: wire::required_time(case.update_time),
            last_activity_at: wire::required_time(case.last_activity_time),
            investigating_at: wire::time(case.investigating_time),
            resolved_at: wire::time(case.resolved_time),
            closed_at: wire::time(case.closed_time),
            closure_reason: wire::closure_reason(case.closure_reason()),
            closed_as: wire::closed_as(case.closure_reason()),
            valid_next_states: case.valid_next_states().map(wire::state).collect(),
            archived: case.archived,
            shared_team_ids: case.shared_team_ids,
            message_count: case.message_count,
            current_turn: case.current_turn,
            version: case.version,
            user_id: case.owner_id.clone(),
            owner_id: case.owner_id,
            organization_id: ORGANIZATION,
            case_id: case.case_id,
            title: case.title,
            tags: case.tags,
        }
    }
}

/// Returns one case as its owner reads it.
pub(crate) async fn get_row(app: &App, ctx: &Ctx, case_id: String) -> Result<CaseRow, Problem> {
    let request = ctx.request(proto::GetCaseRequest { case_id });
    let reply = app.case().get_case(request).await?.into_inner();
    Ok(CaseRow::from_proto(reply.case.unwrap_or_default()))
}

fn confirmed_statement(case: &proto::Case) -> Option<String> {
    let statement = case.statement.as_ref()?;
    match statement.state() {
        StatementState::Confirmed | StatementState::RevisionPending => {
            wire::given(statement.text.clone())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use faultmaven_proto::case::v1::{CaseStatus, ClosureReason, ProblemStatement};

    use super::*;

    fn row(case: proto::Case) -> Value {
        serde_json::to_value(CaseRow::from_proto(case)).unwrap()
    }

    #[test]
    fn a_row_speaks_both_dialects() {
        let row = row(proto::Case {
            case_id: "case_0123456789ab".into(),
            owner_id: "u1".into(),
            status: CaseStatus::Inquiry.into(),
            valid_next_states: vec![CaseStatus::Investigating.into(), CaseStatus::Closed.into()],
            message_count: 4,
            current_turn: 2,
            ..Default::default()
        });
        assert_eq!(
            (&row["status"], &row["state"]),
            (&"consulting".into(), &"inquiry".into())
        );
        assert_eq!(
            (&row["owner_id"], &row["user_id"]),
            (&"u1".into(), &"u1".into())
        );
        assert_eq!(row["organization_id"], "default");
        assert_eq!(
            row["valid_next_states"],
            serde_json::json!(["investigating", "closed"])
        );
        assert_eq!(
            (&row["message_count"], &row["current_turn"]),
            (&4.into(), &2.into())
        );
        assert_eq!(row["metadata"], serde_json::json!({}));
        assert!(row["resolved_at"].is_null() && row["closure_reason"].is_null());
    }

    #[test]
    fn a_reason_without_a_word_of_the_extension_is_told_in_ours_alone() {
        for (reason, told, ours) in [
            (ClosureReason::Escalated, Value::Null, "escalated"),
            (
                ClosureReason::CauseInfeasible,
                "closed_rca_infeasible".into(),
                "cause_infeasible",
            ),
        ] {
            let row = row(proto::Case {
                closure_reason: reason.into(),
                ..Default::default()
            });
            assert_eq!(
                (&row["closure_reason"], &row["closed_as"]),
                (&told, &ours.into())
            );
        }
    }

    #[test]
    fn a_confirmed_statement_is_the_description() {
        let proposed = proto::Case {
            description: "checkout is slow".into(),
            statement: Some(ProblemStatement {
                text: "Checkout answers after 9 s".into(),
                state: StatementState::Proposed.into(),
                ..Default::default()
            }),
            ..Default::default()
        };
        assert_eq!(row(proposed.clone())["description"], "checkout is slow");
        let mut confirmed = proposed;
        if let Some(statement) = &mut confirmed.statement {
            statement.state = StatementState::Confirmed.into();
        }
        assert_eq!(row(confirmed)["description"], "Checkout answers after 9 s");
    }
}
