//! What clients of both dialects read.

use faultmaven_proto::agent::v1 as agent;
use faultmaven_proto::case::v1 as case;
use faultmaven_proto::case::v1::{
    Assurance, CaseStatus, Dialect, EvidenceKind, FactKind, HypothesisCategory, Milestone,
};
use faultmaven_proto::report::v1 as report;
use faultmaven_proto::session::v1 as session;
use prost_types::Timestamp;
use serde_json::{Value, json};

use crate::fake::Fake;

const CASE_ID: &str = "case_0123456789ab";

fn at(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp { seconds, nanos: 0 })
}

fn a_case(status: CaseStatus) -> case::Case {
    case::Case {
        case_id: CASE_ID.into(),
        owner_id: "u1".into(),
        title: "Checkout is slow".into(),
        status: status.into(),
        current_turn: 2,
        create_time: at(600),
        closed_time: at(4200),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_session_opens_without_sign_in_and_resumes() {
    let gateway = Fake::new()
        .on(
            "/faultmaven.session.v1.SessionService/CreateSession",
            |request: session::CreateSessionRequest| {
                assert_eq!(request.timeout.unwrap().seconds, 180 * 60);
                Ok(session::CreateSessionResponse {
                    resumed: request.client_id == "again",
                    replayed: false,
                    session: Some(session::Session {
                        session_id: "s1".into(),
                        client_id: request.client_id,
                        metadata_json: request.metadata_json,
                        ..Default::default()
                    }),
                })
            },
        )
        .gateway();
    for (client_id, status, resumed) in [("new", 201, false), ("again", 200, true)] {
        let body =
            json!({ "client_id": client_id, "timeout_minutes": 180, "metadata": { "a": 1 } });
        let reply = gateway
            .send_with("POST", "/api/v1/sessions", &[], body.to_string())
            .await;
        assert_eq!(reply.status, status);
        let session = reply.json();
        assert_eq!(session["session_resumed"], resumed);
        assert_eq!(
            (&session["session_id"], &session["user_id"]),
            (&json!("s1"), &json!("anonymous"))
        );
        assert_eq!(session["metadata"], json!({ "a": 1 }));
    }
}

#[tokio::test]
async fn a_repeated_creation_is_marked() {
    let gateway = Fake::new()
        .on(
            "/faultmaven.case.v1.CaseService/CreateCase",
            |request: case::CreateCaseRequest| {
                assert_eq!(request.request_id, "opt_case_1");
                assert_eq!(request.source(), case::CaseSource::Copilot);
                Ok(case::CreateCaseResponse {
                    case: Some(a_case(CaseStatus::Inquiry)),
                    replayed: true,
                })
            },
        )
        .gateway();
    let headers = [
        ("authorization", "Bearer good"),
        ("idempotency-key", "opt_case_1"),
    ];
    let body = json!({ "title": null, "priority": "low", "metadata": { "created_via": "browser_extension" } });
    let reply = gateway
        .send_with("POST", "/api/v1/cases", &headers, body.to_string())
        .await;
    assert_eq!(reply.status, 201);
    assert_eq!(reply.header("x-idempotency-replayed"), "true");
    assert_eq!(reply.json()["status"], "consulting");
}

#[tokio::test]
async fn a_list_answers_every_way_of_paging() {
    let gateway = Fake::new()
        .on(
            "/faultmaven.case.v1.CaseService/ListCases",
            |request: case::ListCasesRequest| {
                assert_eq!((request.page_size, request.offset), (20, 40));
                assert_eq!(request.status(), CaseStatus::Inquiry);
                Ok(case::ListCasesResponse {
                    cases: vec![a_case(CaseStatus::Inquiry)],
                    total_size: 42,
                    next_page_token: "next".into(),
                })
            },
        )
        .gateway();
    for query in [
        "page=3&page_size=20&status=consulting",
        "limit=20&offset=40&state=inquiry",
    ] {
        let reply = gateway
            .send("GET", &format!("/api/v1/cases?{query}"), "")
            .await;
        let list = reply.json();
        assert_eq!(
            (&list["total"], &list["total_count"]),
            (&json!(42), &json!(42))
        );
        assert_eq!((&list["page"], &list["page_size"]), (&json!(3), &json!(20)));
        assert_eq!((&list["limit"], &list["offset"]), (&json!(20), &json!(40)));
        assert_eq!(list["has_more"], true);
    }
}

#[tokio::test]
async fn without_a_limit_the_whole_history_is_returned() {
    let gateway = Fake::new()
        .on(
            "/faultmaven.case.v1.CaseService/ListMessages",
            |request: case::ListMessagesRequest| {
                let row = |id: &str, role: case::MessageRole| case::Message {
                    message_id: id.into(),
                    turn_number: 1,
                    role: role.into(),
                    content: "text".into(),
                    ..Default::default()
                };
                let (message, next) = match &*request.page_token {
                    "" => (row("msg_1", case::MessageRole::User), "second"),
                    _ => (row("msg_2", case::MessageRole::Assistant), ""),
                };
                Ok(case::ListMessagesResponse {
                    messages: vec![message],
                    next_page_token: next.into(),
                    total_size: 2,
                })
            },
        )
        .gateway();
    let path = format!("/api/v1/cases/{CASE_ID}/messages");
    let all = gateway
        .send("GET", &format!("{path}?include_debug=true"), "")
        .await
        .json();
    assert_eq!(
        (&all["retrieved_count"], &all["total_count"]),
        (&json!(2), &json!(2))
    );
    assert_eq!(
        (&all["has_more"], &all["next_offset"]),
        (&json!(false), &Value::Null)
    );
    assert_eq!(all["messages"][1]["role"], "assistant");
    assert_eq!(all["messages"][0]["id"], all["messages"][0]["message_id"]);
    assert!(all["debug_info"]["storage_errors"].is_array());

    let page = gateway
        .send("GET", &format!("{path}?limit=1"), "")
        .await
        .json();
    assert_eq!(
        (&page["has_more"], &page["next_offset"]),
        (&json!(true), &json!(1))
    );

    let queries = gateway
        .send("GET", &format!("/api/v1/cases/{CASE_ID}/queries"), "")
        .await;
    assert_eq!(queries.json()["total"], 1);
}

#[tokio::test]
async fn a_status_change_is_a_command_of_the_agent() {
    let gateway = Fake::new()
        .on(
            "/faultmaven.agent.v1.AgentService/SubmitTurn",
            |request: agent::SubmitTurnRequest| {
                let intent = request.intent.unwrap();
                assert_eq!(intent.r#type(), agent::IntentType::StatusTransition);
                assert!(intent.user_confirmed);
                assert_eq!(intent.to_state, "resolved");
                Ok(agent::SubmitTurnResponse {
                    event: Some(agent::submit_turn_response::Event::Result(Box::default())),
                })
            },
        )
        .on(
            "/faultmaven.case.v1.CaseService/GetCase",
            |_: case::GetCaseRequest| {
                Ok(case::GetCaseResponse {
                    case: Some(a_case(CaseStatus::Investigating)),
                })
            },
        )
        .gateway();
    let case = format!("/api/v1/cases/{CASE_ID}");
    for (method, path, body) in [
        ("POST", format!("{case}/status"), r#"{"status":"resolved"}"#),
        ("POST", format!("{case}/close"), r#"{"reason":"fixed"}"#),
        ("PUT", case.clone(), r#"{"status":"resolved"}"#),
    ] {
        let reply = gateway.send(method, &path, body).await;
        assert_eq!(reply.status, 200, "{path}: {reply:?}");
        assert_eq!(reply.json()["case_id"], CASE_ID);
    }
    assert_eq!(gateway.calls_of("SubmitTurn"), 3);
    let mixed = r#"{"status":"resolved","title":"x"}"#;
    let reply = gateway.send("PUT", &case, mixed).await;
    assert_eq!(reply.status, 422);
    assert_eq!(gateway.calls_of("UpdateCase"), 0);
}

fn evidence() -> case::EvidenceDigest {
    case::EvidenceDigest {
        evidence_id: "ev_1".into(),
        category: EvidenceKind::Symptom.into(),
        claim: "timeouts at 14:05".into(),
        observed_to: at(900),
        turn_number: 2,
        ..Default::default()
    }
}

fn root() -> case::Hypothesis {
    case::Hypothesis {
        hypothesis_id: "hyp_1".into(),
        statement: "The pool is too small".into(),
        category: HypothesisCategory::Database.into(),
        root: true,
        tested_turn: 2,
        links: vec![case::Link {
            evidence_id: "ev_1".into(),
            stance: case::Stance::Supports.into(),
            strength: 0.9,
            ..Default::default()
        }],
        ..Default::default()
    }
}

fn progress() -> case::Progress {
    case::Progress {
        milestones: vec![
            Milestone::SymptomVerified.into(),
            Milestone::SolutionApplied.into(),
        ],
        total_milestones: 8,
        analysis_stage: case::AnalysisStage::Solution.into(),
        investigation_stage: case::InvestigationStage::Treatment.into(),
        total_evidence: 1,
        ..Default::default()
    }
}

fn fact(kind: FactKind, value: &str) -> case::Fact {
    case::Fact {
        kind: kind.into(),
        value: value.into(),
        ..Default::default()
    }
}

fn investigation(status: CaseStatus) -> case::Investigation {
    let case = case::Case {
        facts: vec![
            fact(FactKind::Severity, "high"),
            fact(FactKind::AffectedService, "checkout"),
        ],
        ..a_case(status)
    };
    case::Investigation {
        header: Some(case::Header {
            case: Some(case.clone()),
            uploaded_files_count: 1,
            closed_eligibility: case::Eligibility::Ready.into(),
            active_hypotheses: vec![root()],
            latest_evidence: vec![evidence()],
            progress: Some(progress()),
            agent_status: case::AgentStatus::Idle.into(),
            ..Default::default()
        }),
        case: Some(case),
        hypotheses: vec![root()],
        evidence: vec![evidence()],
        recent_turns: vec![case::Turn {
            turn_number: 2,
            dialect: Dialect::Current.into(),
            commit_time: at(1000),
            ..Default::default()
        }],
        conclusion: Some(case::Conclusion {
            assurance: Assurance::Confirmed.into(),
            ..Default::default()
        }),
        ..Default::default()
    }
}

async fn header(status: CaseStatus) -> Value {
    let gateway = Fake::new()
        .on(
            "/faultmaven.case.v1.CaseInternalService/GetInvestigation",
            move |_: case::GetInvestigationRequest| {
                Ok(case::GetInvestigationResponse {
                    investigation: Some(investigation(status)),
                })
            },
        )
        .on(
            "/faultmaven.report.v1.ReportService/ListReports",
            |_: report::ListReportsRequest| Ok(report::ListReportsResponse::default()),
        )
        .gateway();
    let reply = gateway
        .send("GET", &format!("/api/v1/cases/{CASE_ID}/ui"), "")
        .await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()
}

const ALWAYS: [&str; 27] = [
    "/case_id",
    "/title",
    "/status",
    "/state",
    "/created_at",
    "/updated_at",
    "/current_turn",
    "/uploaded_files_count",
    "/valid_next_states",
    "/disposition_eligibility/resolved",
    "/disposition_eligibility/closed",
    "/consulting/problem_statement_confirmed",
    "/consulting/decided_to_investigate",
    "/consulting/consultation_turns",
    "/inquiry/inquiry_turns",
    "/progress/milestones_completed",
    "/progress/total_milestones",
    "/progress/current_stage",
    "/progress/total_evidence",
    "/progress/active_hypotheses",
    "/progress/turns_without_progress",
    "/agent_status",
    "/is_stuck",
    "/degraded_mode",
    "/next_actions",
    "/progress_transparency/active",
    "/problem_verification/impact/affected_services",
];

const ENDED: [&str; 17] = [
    "/root_cause/description",
    "/root_cause/root_cause_id",
    "/root_cause/category",
    "/root_cause/severity",
    "/root_cause/cause_assurance",
    "/root_cause/cause_overclaim",
    "/solution_applied/description",
    "/solution_applied/applied_at",
    "/solution_applied/applied_by",
    "/verification_status/verified",
    "/verification_status/verification_method",
    "/verification_status/details",
    "/resolution_summary/total_duration_minutes",
    "/resolution_summary/milestones_completed",
    "/resolution_summary/hypotheses_tested",
    "/resolution_summary/evidence_collected",
    "/reports_available",
];

#[tokio::test]
async fn the_header_has_every_member_in_every_state() {
    for status in [
        CaseStatus::Inquiry,
        CaseStatus::Investigating,
        CaseStatus::Resolved,
        CaseStatus::Closed,
    ] {
        let header = header(status).await;
        for pointer in ALWAYS {
            let member = header.pointer(pointer);
            assert!(
                member.is_some_and(|it| !it.is_null()),
                "{status:?} {pointer}"
            );
        }
        let has_ended = matches!(status, CaseStatus::Resolved | CaseStatus::Closed);
        for pointer in ENDED.iter().filter(|_| has_ended) {
            let member = header.pointer(pointer);
            assert!(
                member.is_some_and(|it| !it.is_null()),
                "{status:?} {pointer}"
            );
        }
    }
}

#[tokio::test]
async fn the_header_tells_what_the_ledger_says() {
    let header = header(CaseStatus::Resolved).await;
    assert_eq!(header["progress"]["current_stage"], "treatment");
    assert_eq!(header["progress"]["analysis_stage"], "solution");
    assert_eq!(
        header["progress"]["completed_indicators"],
        json!(["symptom_verified"])
    );
    assert_eq!(header["progress"]["milestones_completed"], 2);
    assert_eq!(header["latest_evidence"][0]["relevance_score"], 0.9);
    assert_eq!(
        header["latest_evidence"][0]["timestamp"],
        "1970-01-01T00:16:40.000000Z"
    );
    assert_eq!(header["root_cause"]["description"], "The pool is too small");
    assert_eq!(header["root_cause"]["category"], "data");
    assert_eq!(header["root_cause"]["severity"], "high");
    assert_eq!(header["root_cause"]["cause_assurance"], "confirmed");
    assert_eq!(
        header["solution_applied"]["description"],
        "No fix was recorded"
    );
    assert_eq!(header["resolution_summary"]["total_duration_minutes"], 60);
    assert_eq!(
        header["resolution_summary"]["key_insights"],
        json!(["timeouts at 14:05"])
    );
    assert_eq!(header["consulting"], header["inquiry"]);
}
