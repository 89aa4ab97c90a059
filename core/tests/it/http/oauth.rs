//! The way of a browser extension to its tokens, and back.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{App, Reply, User};

const ADDRESS: &str = "https://abcdefghijklmnopabcdefghijklmnop.chromiumapp.org/";
/// The example of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const SCOPE: &str = "openid profile email cases:read cases:write knowledge:read evidence:read";

fn application() -> Value {
    json!({
        "response_type": "code",
        "client_id": "faultmaven-copilot",
        "redirect_uri": ADDRESS,
        "state": "0123456789abcdef0123456789abcdef",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "scope": SCOPE,
    })
}

async fn consent(user: &User, application: &Value) -> Reply {
    let request = user.request(Method::GET, "/api/v1/auth/oauth/authorize");
    user.run(
        request
            .header("content-type", "application/json")
            .query(application),
    )
    .await
}

async fn code(user: &User) -> String {
    let mut decision = application();
    decision["approved"] = json!(true);
    let answer = user
        .post("/api/v1/auth/oauth/authorize", decision)
        .await
        .expect(200);
    answer["code"].as_str().unwrap().to_owned()
}

fn exchange_of(code: &str) -> Value {
    json!({
        "grant_type": "authorization_code",
        "code": code,
        "code_verifier": VERIFIER,
        "client_id": "faultmaven-copilot",
        "redirect_uri": ADDRESS,
    })
}

async fn token(app: &App, body: Value) -> Reply {
    app.anonymous().post("/api/v1/auth/oauth/token", body).await
}

#[tokio::test]
async fn an_extension_gets_tokens_uses_them_and_signs_out() {
    let app = App::start().await;
    let ada = app.admin().await;
    let asked = consent(&ada, &application()).await.expect(200);
    for field in [
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "code_challenge",
        "code_challenge_method",
    ] {
        assert!(asked[field].is_string(), "{field}");
    }
    assert_eq!(asked["user"]["username"], "ada");

    let tokens = token(&app, exchange_of(&code(&ada).await)).await;
    assert_eq!(tokens.headers["cache-control"], "no-store");
    let tokens = tokens.expect(200);
    for field in [
        "access_token",
        "token_type",
        "refresh_token",
        "user_id",
        "username",
    ] {
        assert!(tokens[field].is_string(), "{field}");
    }
    assert!(tokens["expires_in"].as_i64().unwrap() > 300);
    assert!(tokens["refresh_expires_in"].is_number());

    let extension = ada.with_token(tokens["access_token"].as_str().unwrap());
    let me = extension.get("/api/v1/auth/me").await.expect(200);
    assert_eq!(me["user_id"], tokens["user_id"]);
    let case_id = extension.open_case().await;
    extension.say(&case_id, "checkout answers 500").await;
    assert_eq!(
        extension.get("/api/v1/admin/users").await.problem(403),
        "forbidden"
    );

    let revocation = json!({
        "token": tokens["refresh_token"], "token_type_hint": "refresh_token",
        "client_id": "faultmaven-copilot",
    });
    app.anonymous()
        .post("/api/v1/auth/oauth/revoke", revocation)
        .await
        .expect(200);
    extension.get("/api/v1/auth/me").await.problem(401);
}

#[tokio::test]
async fn the_token_endpoint_speaks_forms_too_and_rotates() {
    let app = App::start().await;
    let ada = app.admin().await;
    let someone = app.anonymous();
    let request = someone.request(Method::POST, "/api/v1/auth/oauth/token");
    let request = request.form(&exchange_of(&code(&ada).await));
    let first = someone.run(request).await.expect(200);
    let refresh = json!({
        "grant_type": "refresh_token",
        "refresh_token": first["refresh_token"],
        "client_id": "faultmaven-copilot",
    });
    let second = token(&app, refresh.clone()).await.expect(200);
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert_eq!(first["scope"], second["scope"]);

    let reused = token(&app, refresh).await;
    assert_eq!(reused.problem(400), "invalid_grant");
    assert!(reused.body["error_description"].is_string());
    let extension = ada.with_token(second["access_token"].as_str().unwrap());
    extension.get("/api/v1/auth/me").await.problem(401);
}

#[tokio::test]
async fn a_code_counts_once_and_for_its_verifier_alone() {
    let app = App::start().await;
    let ada = app.admin().await;
    let code = code(&ada).await;
    let mut wrong = exchange_of(&code);
    wrong["code_verifier"] = json!(CHALLENGE);
    assert_eq!(token(&app, wrong).await.problem(400), "invalid_grant");
    token(&app, exchange_of(&code)).await.expect(200);
    let again = token(&app, exchange_of(&code)).await;
    assert_eq!(again.problem(400), "invalid_grant");
}

#[tokio::test]
async fn nobody_is_sent_to_a_foreign_address() {
    let app = App::start().await;
    let ada = app.admin().await;
    for (field, value, reason) in [
        ("redirect_uri", "https://evil.example/", "invalid_request"),
        ("client_id", "somebody", "invalid_client"),
    ] {
        let mut wrong = application();
        wrong[field] = json!(value);
        assert_eq!(consent(&ada, &wrong).await.problem(400), reason);
        wrong["approved"] = json!(true);
        let reply = ada.post("/api/v1/auth/oauth/authorize", wrong).await;
        assert_eq!(reply.problem(400), reason);
        assert!(reply.body.get("redirect_to").is_none());
    }
}

#[tokio::test]
async fn other_mistakes_and_a_no_go_back_to_the_extension() {
    let app = App::start().await;
    let ada = app.admin().await;
    let mut wrong = application();
    wrong["code_challenge_method"] = json!("plain");
    let told = consent(&ada, &wrong).await.expect(200);
    assert_eq!(told["error"], "invalid_request");
    let mut decision = application();
    decision["approved"] = json!(false);
    let told = ada
        .post("/api/v1/auth/oauth/authorize", decision)
        .await
        .expect(200);
    assert_eq!(told["error"], "access_denied");
    let expected = format!("{ADDRESS}?error=access_denied");
    assert!(told["redirect_to"].as_str().unwrap().starts_with(&expected));
}

#[tokio::test]
async fn bad_input_is_answered_in_the_words_of_oauth() {
    let app = App::start().await;
    app.admin().await;
    for (body, status, reason) in [
        (json!({}), 400, "unsupported_grant_type"),
        (
            json!({"grant_type": "password"}),
            400,
            "unsupported_grant_type",
        ),
        (
            json!({"grant_type": "authorization_code"}),
            400,
            "invalid_client",
        ),
        (json!({"grant_type": 5}), 422, "invalid_field"),
        (json!({"code": "x".repeat(3 << 20)}), 413, "body_too_large"),
    ] {
        assert_eq!(token(&app, body).await.problem(status), reason);
    }
    let anonymous = consent(&app.anonymous(), &application()).await;
    assert_eq!(anonymous.problem(401), "unauthenticated");
    let stranger = app.anonymous().with_token("nonsense");
    assert_eq!(
        consent(&stranger, &application()).await.problem(401),
        "invalid_token"
    );
}
