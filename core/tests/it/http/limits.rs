//! How often a client may call.

use serde_json::json;

use crate::harness::App;

#[tokio::test]
async fn sign_in_has_a_limit_of_its_own_and_reads_go_on() {
    let app = App::with(&[("RATE_LIMIT_REQUESTS_PER_MINUTE", "60")]).await;
    let ada = app.admin().await;
    let body = json!({"username": "ada", "password": "wrong"});
    let mut replies = Vec::new();
    for _ in 0..6 {
        replies.push(
            app.anonymous()
                .post("/api/v1/auth/login", body.clone())
                .await,
        );
    }
    let last = replies.pop().unwrap();
    assert_eq!(last.problem(429), "rate_limited");
    assert!(last.headers.contains_key("retry-after"));
    assert_eq!(last.headers["x-ratelimit-limit"], "6");
    let cases = ada.get("/api/v1/cases").await;
    assert_eq!(cases.headers["x-ratelimit-limit"], "60");
    cases.expect(200);
}

#[tokio::test]
async fn without_limits_nobody_is_told_of_any() {
    let app = App::with(&[("RATE_LIMIT_ENABLED", "false")]).await;
    let reply = app.anonymous().get("/api/v1/auth/me").await;
    assert!(!reply.headers.contains_key("x-ratelimit-limit"));
    reply.problem(401);
}
