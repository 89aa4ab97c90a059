//! How often a client may call.

use faultmaven_testing::RedisServer;
use serde_json::{Value, json};

use crate::harness::{App, Reply, until};

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

#[tokio::test]
async fn two_gateways_share_a_limit_through_redis() {
    let redis = RedisServer::start();
    let (one, other) = (with_redis(&redis).await, with_redis(&redis).await);
    for left in [5, 3, 1] {
        assert_eq!(remaining(&guess(&one).await), left.to_string());
        assert_eq!(remaining(&guess(&other).await), (left - 1).to_string());
    }
    for app in [&one, &other] {
        let refused = guess(app).await;
        assert_eq!(refused.problem(429), "rate_limited");
        assert!(refused.headers.contains_key("retry-after"));
    }
    assert_eq!(health(&one).await["rate_limits"], "redis");
}

#[tokio::test]
async fn limits_go_on_in_memory_while_redis_is_gone() {
    let mut redis = RedisServer::start();
    let app = with_redis(&redis).await;
    assert_eq!(remaining(&guess(&app).await), "5");
    redis.kill();
    assert_eq!(remaining(&guess(&app).await), "5");
    assert_eq!(remaining(&guess(&app).await), "4");
    let degraded = health(&app).await;
    assert_eq!(degraded["status"], "degraded");
    assert_eq!(degraded["rate_limits"], "memory");
    assert_ne!(degraded["circuit_breakers"]["redis"], "closed");
    let metrics = app.anonymous().get("/metrics").await.body;
    let metrics = metrics.as_str().unwrap();
    assert!(metrics.contains("faultmaven_rate_limit_fallback_total 2"));
    assert!(metrics.contains("faultmaven_breaker_state{server=\"redis\"}"));
    app.admin().await;
    redis.restart();
    until(async || health(&app).await["rate_limits"] == "redis").await;
    assert_eq!(remaining(&guess(&app).await), "5");
    assert_eq!(health(&app).await["status"], "healthy");
}

async fn with_redis(redis: &RedisServer) -> App {
    let url = redis.url();
    App::with(&[
        ("RATE_LIMIT_REQUESTS_PER_MINUTE", "60"),
        ("REDIS_URL", &url),
    ])
    .await
}

async fn guess(app: &App) -> Reply {
    let body = json!({"refresh_token": "a guess"});
    app.anonymous().post("/api/v1/auth/refresh", body).await
}

fn remaining(reply: &Reply) -> &str {
    reply.headers["x-ratelimit-remaining"].to_str().unwrap()
}

async fn health(app: &App) -> Value {
    app.anonymous().get("/health").await.body
}
