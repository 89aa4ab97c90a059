//! The rows of cases and turns.

use faultmaven_proto::agent::v1 as agent;
use faultmaven_proto::case::v1 as case;

use super::{Access, Fixture, Row, row};

/// Cases, their conversation and their turns.
#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn rows(fixture: &Fixture) -> Vec<Row> {
    let case_id = || fixture.case_id.clone();
    let update = case::UpdateCaseRequest {
        case_id: case_id(),
        ..Default::default()
    };
    let messages = case::ListMessagesRequest {
        case_id: case_id(),
        ..Default::default()
    };
    let turns = case::ListTurnsRequest {
        case_id: case_id(),
        ..Default::default()
    };
    let turn = agent::SubmitTurnRequest {
        case_id: case_id(),
        text: "hello".into(),
        ..Default::default()
    };
    vec![
        row(
            "case.v1.CaseService/CreateCase",
            Access::Worker,
            &case::CreateCaseRequest::default(),
        ),
        row(
            "case.v1.CaseService/ListCases",
            Access::SignedIn,
            &case::ListCasesRequest::default(),
        ),
        row(
            "case.v1.CaseService/SearchCases",
            Access::SignedIn,
            &case::SearchCasesRequest::default(),
        ),
        row(
            "case.v1.CaseService/GetCase",
            Access::CaseRead,
            &case::GetCaseRequest { case_id: case_id() },
        ),
        row("case.v1.CaseService/UpdateCase", Access::CaseWrite, &update),
        row(
            "case.v1.CaseService/ListMessages",
            Access::CaseRead,
            &messages,
        ),
        row("case.v1.CaseService/ListTurns", Access::CaseRead, &turns),
        row(
            "case.v1.CaseService/ListHypotheses",
            Access::CaseRead,
            &case::ListHypothesesRequest { case_id: case_id() },
        ),
        row(
            "case.v1.CaseService/GetHeader",
            Access::CaseRead,
            &case::GetHeaderRequest { case_id: case_id() },
        ),
        row("agent.v1.AgentService/SubmitTurn", Access::CaseWrite, &turn),
        row(
            "agent.v1.AgentService/CancelTurn",
            Access::CaseWrite,
            &agent::CancelTurnRequest { case_id: case_id() },
        ),
    ]
}

/// What people add to a case themselves.
pub(super) fn ledger_rows(fixture: &Fixture) -> Vec<Row> {
    let case_id = || fixture.case_id.clone();
    let title = case::GenerateTitleRequest {
        case_id: case_id(),
        ..Default::default()
    };
    let message = case::AddMessageRequest {
        case_id: case_id(),
        role: case::MessageRole::User.into(),
        content: "seen elsewhere".into(),
        ..Default::default()
    };
    let hypothesis = case::AddHypothesisRequest {
        case_id: case_id(),
        statement: "the disk is full".into(),
        ..Default::default()
    };
    let prior = case::SetPriorRequest {
        case_id: case_id(),
        hypothesis_id: fixture.hypothesis_id.clone(),
        prior: 0.2,
    };
    let action = case::AddActionRequest {
        case_id: case_id(),
        title: "Clean the disk".into(),
        ..Default::default()
    };
    vec![
        row(
            "case.v1.CaseService/GenerateTitle",
            Access::CaseWrite,
            &title,
        ),
        row(
            "case.v1.CaseService/AddMessage",
            Access::CaseWrite,
            &message,
        ),
        row(
            "case.v1.CaseService/AddHypothesis",
            Access::CaseWrite,
            &hypothesis,
        ),
        row("case.v1.CaseService/SetPrior", Access::CaseWrite, &prior),
        row("case.v1.CaseService/AddAction", Access::CaseWrite, &action),
    ]
}

/// Numbers about cases.
pub(super) fn analytics_rows(fixture: &Fixture) -> Vec<Row> {
    let case_id = fixture.case_id.clone();
    vec![
        row(
            "case.v1.CaseService/GetCaseAnalytics",
            Access::CaseRead,
            &case::GetCaseAnalyticsRequest { case_id },
        ),
        row(
            "case.v1.CaseService/GetAnalyticsSummary",
            Access::SignedIn,
            &case::GetAnalyticsSummaryRequest {},
        ),
        row(
            "case.v1.CaseService/GetAnalyticsTrends",
            Access::SignedIn,
            &case::GetAnalyticsTrendsRequest::default(),
        ),
        row(
            "case.v1.CaseService/DescribeTables",
            Access::SignedIn,
            &case::DescribeTablesRequest {},
        ),
    ]
}
