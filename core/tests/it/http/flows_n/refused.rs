//! What the current browser extension does when a turn is refused.

use faultmaven_testing::{Dialect, StandIn};
use reqwest::multipart::Part;
use serde_json::json;

use super::{CASES, QUESTION, ask_once, new_case, signed_in, take_turn, text};
use crate::contract::expect_shape;
use crate::harness::{Body, Extension, Reply, WorkedExample, until};

#[tokio::test]
async fn a_case_that_changed_meanwhile_is_read_again() {
    let (_app, ada, panel) = signed_in(&[]).await;
    let case_id = new_case(&panel, "opt_case_1700000000000_1").await;
    ada.post(&format!("{CASES}/{case_id}/close"), json!({}))
        .await
        .expect(200);
    let log = Part::bytes(WorkedExample::app_log()).file_name("app.log");
    let path = format!("{CASES}/{case_id}/turns");
    let form = Body::Form(text(QUESTION).part("files", log));
    let late = panel
        .post_once(&path, "opt_msg_1700000000000_1", form)
        .await;
    assert_eq!(late.problem(409), "case_is_terminal");
    assert_eq!(late.headers["x-error-code"], "CASE_IS_TERMINAL");
    let case = panel.get(&format!("{CASES}/{case_id}")).await.expect(200);
    expect_shape("case", &case);
    assert_eq!(case["state"], "closed");
}

#[tokio::test]
async fn a_turn_that_comes_too_often_is_sent_again_when_the_server_says() {
    let (_app, ada, panel) = signed_in(&[("RATE_LIMIT_REQUESTS_PER_MINUTE", "60")]).await;
    let case_id = new_case(&panel, "opt_case_1700000000000_1").await;
    let send = async || ask_once(&panel, &case_id).await;
    let change = "/api/v1/sessions/search";
    // On a busy machine a second may pass in between, after which one more request is let in.
    let refused = loop {
        while ada.post(change, json!({})).await.status != 429 {}
        let reply = send().await;
        if reply.status == 429 {
            break reply;
        }
    };
    let wait = refused.headers["retry-after"].to_str().unwrap();
    assert_eq!(wait, "1", "seconds");
    // The panel waits that long before it sends the same turn again.
    until(async || send().await.status == 200).await;
    let messages = panel
        .get(&format!("{CASES}/{case_id}/messages?limit=100"))
        .await;
    assert_eq!(messages.expect(200)["total_count"], 2);
}

#[tokio::test]
async fn a_provider_out_of_credit_leaves_a_notice_instead_of_an_error() {
    let vendor = StandIn::start().await;
    let address = vendor.url().to_string();
    let model = [
        ("LLM_PROVIDER", "openai"),
        ("OPENAI_BASE_URL", address.as_str()),
        ("OPENAI_API_KEY", "sk-test"),
    ];
    let (_app, _ada, panel) = signed_in(&model).await;
    let case_id = new_case(&panel, "opt_case_1700000000000_1").await;
    take_turn(&panel, &case_id, "opt_msg_1700000000000_1", text(QUESTION)).await;
    take_turn(&panel, &case_id, "opt_msg_1700000000000_2", text("yes")).await;
    vendor.will_say([Dialect::OpenAi.refusal(429, "insufficient_quota", "no")]);
    let turn = take_turn(
        &panel,
        &case_id,
        "opt_msg_1700000000000_3",
        text("What does that tell?"),
    );
    let turn = turn.await;
    assert_eq!(turn["path"], "embedded_fallback", "{turn:#}");
    let answer = turn["agent_response"].as_str().unwrap();
    assert!(answer.contains("nothing left"), "{answer}");
}

#[tokio::test]
async fn other_errors_of_a_turn_are_told_apart() {
    let (app, ada, mut panel) = signed_in(&[]).await;
    let case_id = new_case(&panel, "opt_case_1700000000000_1").await;
    let empty = refused(&panel, &case_id, " ").await;
    assert_eq!(empty.problem(422), "empty_turn");
    let gone = refused(&panel, "case_0123456789ab", "hello").await;
    assert_eq!(gone.problem(404), "case_not_found");
    assert_eq!(gone.headers["x-error-code"], "CASE_NOT_FOUND");

    let eve = app.user(&ada, "eve", "viewer").await;
    panel.sign_in(eve.sign_in());
    let list = panel.get("/api/v1/cases?limit=50").await.expect(200);
    let own = list["cases"][0]["case_id"].as_str().unwrap();
    let viewer = refused(&panel, own, "hello").await;
    assert_eq!(viewer.problem(403), "forbidden");
    panel.get("/api/v1/auth/me").await.expect(200);

    panel.sign_in(&json!({"access_token": "nonsense"}));
    let stranger = refused(&panel, own, "hello").await;
    assert_eq!(stranger.problem(401), "invalid_token");
    assert_ne!(stranger.body["code"], "SESSION_EXPIRED");
}

async fn refused(panel: &Extension, case_id: &str, query: &str) -> Reply {
    let path = format!("{CASES}/{case_id}/turns");
    let form = Body::Form(text(query));
    panel
        .post_once(&path, "opt_msg_1700000000000_9", form)
        .await
}
