//! Turns, as answers and as events.

use faultmaven_kit::Fault;
use faultmaven_proto::agent::v1 as agent;
use faultmaven_proto::agent::v1::submit_turn_response::Event;
use faultmaven_proto::case::v1 as case;
use serde_json::{Value, json};
use tonic::Status;

use crate::fake::{Fake, Gateway};

const SUBMIT: &str = "/faultmaven.agent.v1.AgentService/SubmitTurn";
const TURNS: &str = "/api/v1/cases/case_1/turns";

fn result(request: &agent::SubmitTurnRequest) -> Event {
    Event::Result(Box::new(agent::TurnResult {
        case_id: request.case_id.clone(),
        turn_number: 1,
        answer: format!("You said {:?}.", request.text),
        case_status: "inquiry".into(),
        response_type: "ANSWER".into(),
        replayed: request.request_id == "opt_msg_1",
        ..Default::default()
    }))
}

fn telling(
    events: impl Fn(&agent::SubmitTurnRequest) -> Vec<Event> + Send + Sync + 'static,
) -> Fake {
    Fake::new().on_stream(
        SUBMIT,
        move |mut requests: Vec<agent::SubmitTurnRequest>| {
            let request = requests.pop().unwrap_or_default();
            let responses = events(&request).into_iter();
            Ok(responses
                .map(|event| agent::SubmitTurnResponse { event: Some(event) })
                .collect())
        },
    )
}

fn echo() -> Gateway {
    telling(|request| vec![Event::TextDelta("You ".into()), result(request)]).gateway()
}

#[tokio::test]
async fn a_turn_in_json_is_answered_in_both_dialects() {
    let reply = echo()
        .send("POST", TURNS, r#"{"query":"it is slow"}"#)
        .await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let turn = reply.json();
    assert_eq!(turn["agent_response"], "You said \"it is slow\".");
    assert_eq!(
        (&turn["case_status"], &turn["case_state"]),
        (&json!("consulting"), &json!("inquiry"))
    );
    assert_eq!(turn["attachments_processed"], json!([]));
}

#[tokio::test]
async fn a_query_is_answered_in_the_turn_form() {
    let reply = echo()
        .send(
            "POST",
            "/api/v1/cases/case_1/queries",
            r#"{"message":"hello"}"#,
        )
        .await;
    let turn = reply.json();
    for member in [
        "agent_response",
        "turn_number",
        "milestones_completed",
        "case_status",
        "progress_made",
        "is_stuck",
    ] {
        assert!(!turn[member].is_null(), "{member}");
    }
    assert_eq!(
        (&turn["message"], &turn["status"]),
        (&json!("hello"), &json!("received"))
    );
    let reply = echo()
        .send("POST", "/api/v1/cases/case_1/queries", "")
        .await;
    assert_eq!(reply.status, 422);
    assert_eq!(reply.json()["errors"][0]["field"], "message");
}

#[tokio::test]
async fn a_chat_tells_whether_the_case_moved() {
    let gateway = telling(|request| vec![result(request)])
        .on(
            "/faultmaven.case.v1.CaseService/GetCase",
            |_: case::GetCaseRequest| {
                let mut case = case::Case::default();
                case.set_status(case::CaseStatus::Investigating);
                Ok(case::GetCaseResponse { case: Some(case) })
            },
        )
        .gateway();
    let reply = gateway
        .send("POST", "/api/v1/agent/chat/case_1", r#"{"message":"hi"}"#)
        .await;
    assert_eq!(reply.json()["current_status"], "consulting");
    assert_eq!(reply.json()["status_transitioned"], true);
}

#[tokio::test]
async fn a_repeated_turn_is_marked() {
    let headers = [
        ("authorization", "Bearer good"),
        ("idempotency-key", "opt_msg_1"),
    ];
    let reply = echo()
        .send_with("POST", TURNS, &headers, r#"{"query":"x"}"#)
        .await;
    assert_eq!(reply.header("x-idempotency-replayed"), "true");
}

#[tokio::test]
async fn a_wrong_click_is_named_before_the_agent_is_asked() {
    let gateway = echo();
    let body = r#"{"query":"x","intent_type":"dance"}"#;
    let reply = gateway.send("POST", TURNS, body).await;
    assert_eq!(reply.status, 422);
    assert_eq!(reply.json()["errors"][0]["field"], "intent_type");
    assert_eq!(gateway.calls_of("SubmitTurn"), 0);
}

fn events(text: &str) -> Vec<(String, Value)> {
    text.split("\n\n")
        .filter(|block| block.contains("event: "))
        .map(|block| {
            let line = |prefix| {
                let line = block.lines().find_map(|line| line.strip_prefix(prefix));
                line.unwrap_or_default().to_owned()
            };
            let data = serde_json::from_str(&line("data: ")).unwrap();
            (line("event: "), data)
        })
        .collect()
}

const STREAM: [(&str, &str); 3] = [
    ("authorization", "Bearer good"),
    ("accept", "text/event-stream"),
    ("content-type", "application/json"),
];

#[tokio::test]
async fn a_turn_can_be_followed_as_events() {
    let gateway = telling(|request| {
        vec![
            Event::Accepted(agent::TurnAccepted { turn_number: 1 }),
            Event::Step(agent::TurnStep {
                name: "reason".into(),
                description: "Weighing".into(),
            }),
            Event::TextDelta("You ".into()),
            result(request),
        ]
    })
    .gateway();
    let reply = gateway
        .send_with("POST", TURNS, &STREAM, r#"{"query":"x"}"#)
        .await;
    assert!(
        reply
            .header("content-type")
            .starts_with("text/event-stream")
    );
    let events = events(reply.text());
    let names: Vec<&str> = events.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["accepted", "step", "delta", "result"]);
    assert_eq!(events[0].1["turn_number"], 1);
    assert_eq!(events[3].1["agent_response"], "You said \"x\".");
}

#[tokio::test]
async fn a_turn_refused_at_once_is_an_ordinary_problem() {
    let gateway = Fake::new()
        .on_stream(SUBMIT, |_: Vec<agent::SubmitTurnRequest>| {
            let fault = Fault::conflict("turn_in_progress", "another turn runs");
            Err::<Vec<agent::SubmitTurnResponse>, Status>(fault.into())
        })
        .gateway();
    for headers in [&STREAM[..], &STREAM[..1]] {
        let reply = gateway
            .send_with("POST", TURNS, headers, r#"{"query":"x"}"#)
            .await;
        assert_eq!(reply.status, 409);
        assert_eq!(reply.json()["error"], "turn_in_progress");
    }
}

#[tokio::test]
async fn a_turn_that_breaks_off_ends_in_an_error_event() {
    let gateway = telling(|_| vec![Event::TextDelta("You ".into())]).gateway();
    let reply = gateway
        .send_with("POST", TURNS, &STREAM, r#"{"query":"x"}"#)
        .await;
    let events = events(reply.text());
    assert_eq!(events.last().unwrap().0, "error");
    assert_eq!(events.last().unwrap().1["error"], "internal");
    assert_eq!(
        events.last().unwrap().1["request_id"],
        reply.header("x-request-id")
    );
}
