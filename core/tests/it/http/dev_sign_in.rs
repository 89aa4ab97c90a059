//! Sign-in by name alone, as older dashboards do it.

use jsonwebtoken::dangerous::insecure_decode;
use serde_json::{Value, json};

use crate::contract::expect_shape;
use crate::harness::App;

/// Returns what a token says, whoever signed it.
fn claims(token: &str) -> Value {
    insecure_decode::<Value>(token).unwrap().claims
}

#[tokio::test]
async fn a_name_signs_in_with_every_field_that_clients_read() {
    let app = App::with(&[("AUTH_DEV_LOGIN", "true")]).await;
    app.admin().await;
    let body = json!({"username": "bob"});
    let reply = app.anonymous().post("/api/v1/auth/dev-login", body).await;
    assert_eq!(reply.status, 200, "{:#}", reply.body);
    let bob = app.signed_in(&reply);
    let sign_in = bob.sign_in();
    expect_shape("sign_in", sign_in);
    let claims = claims(bob.token());
    let (issued, expires) = (claims["iat"].as_i64(), claims["exp"].as_i64());
    let (issued, expires) = (issued.unwrap(), expires.unwrap());
    assert_eq!(sign_in["expires_in"], expires - issued, "seconds");
    // In milliseconds; the token says seconds.
    assert_eq!(sign_in["expires_at"].as_i64().unwrap() / 1000, expires);
    assert_eq!(sign_in["user"]["is_dev_user"], true);
    assert_eq!(sign_in["user"]["is_active"], true);
    assert_eq!(sign_in["user"]["roles"], json!(["user", "member"]));
    let cases = bob.get("/api/v1/cases?limit=100").await.expect(200);
    assert_eq!(
        cases["cases"].as_array().unwrap().len(),
        1,
        "the welcome case"
    );
}

#[tokio::test]
async fn registering_a_taken_name_or_a_wrong_one_is_refused() {
    let app = App::with(&[("AUTH_DEV_LOGIN", "true")]).await;
    app.admin().await;
    let someone = app.anonymous();
    let register = |body| someone.post("/api/v1/auth/dev-register", body);
    register(json!({"username": "bob", "email": "bob@example.org"}))
        .await
        .expect(201);
    let taken = register(json!({"username": "BOB"})).await;
    assert_eq!(taken.problem(409), "already_exists");
    for body in [
        json!({}),
        json!({"username": 5}),
        json!({"username": "a b"}),
    ] {
        let reply = register(body).await;
        assert_eq!(reply.problem(422), "invalid_field");
        assert_eq!(reply.body["errors"][0]["field"], "username");
    }
    let long = register(json!({"username": "x".repeat(3 << 20)})).await;
    assert_eq!(long.problem(413), "body_too_large");
    let admin = someone
        .post("/api/v1/auth/dev-login", json!({"username": "ada"}))
        .await;
    assert_eq!(admin.problem(401), "password_required");
}

#[tokio::test]
async fn where_it_is_off_it_is_not_found_and_clients_are_told() {
    let app = App::start().await;
    app.admin().await;
    for path in ["/api/v1/auth/dev-login", "/api/v1/auth/dev-register"] {
        let reply = app.anonymous().post(path, json!({"username": "bob"})).await;
        assert_eq!(reply.problem(404), "dev_login_disabled");
    }
    let config = app.anonymous().get("/api/v1/auth/config").await.expect(200);
    assert_eq!(config["dev_login"], false);
    assert_eq!(config["auth_mode"], "local");
    assert_eq!(config["oauth"]["client_id"], "faultmaven-copilot");
}

#[tokio::test]
async fn a_bad_header_is_refused_even_where_nobody_signs_in() {
    let app = App::with(&[("AUTH_REQUIRED", "false")]).await;
    let stranger = app.anonymous().with_token("nonsense");
    for path in ["/api/v1/auth/me", "/api/v1/auth/config", "/api/v1/cases"] {
        assert_eq!(stranger.get(path).await.problem(401), "invalid_token");
    }
    app.anonymous().get("/api/v1/auth/me").await.expect(200);
}
