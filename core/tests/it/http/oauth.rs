//! The way of a browser extension to its tokens, and back.

use reqwest::Method;
use serde_json::{Value, json};
use url::{Position, Url};

use crate::contract::expect_shape;
use crate::harness::{App, Body, Extension, Reply, User};

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

/// Approves a request and returns where the browser is sent.
async fn approved(user: &User, mut application: Value) -> Url {
    application["approved"] = json!(true);
    let answer = user.post("/api/v1/auth/oauth/authorize", application).await;
    let answer = answer.expect(200);
    answer["redirect_to"].as_str().unwrap().parse().unwrap()
}

/// Returns the code of an address that leads back to `address` with a code and the state alone.
#[track_caller]
fn code_for(address: &str, redirect: &Url) -> String {
    assert_eq!(&redirect[..Position::AfterPath], address);
    assert_eq!(redirect.fragment(), None);
    let pairs: Vec<(String, String)> = redirect.query_pairs().into_owned().collect();
    let [(code, value), (state, told)] = pairs.as_slice() else {
        panic!("{redirect}");
    };
    assert_eq!((code.as_str(), state.as_str()), ("code", "state"));
    assert_eq!(*told, application()["state"]);
    value.clone()
}

async fn code(user: &User) -> String {
    code_for(ADDRESS, &approved(user, application()).await)
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
    let mut panel = Extension::current(&app);
    panel.open_session().await;
    let window = app.anonymous();
    let page = window.request(Method::GET, "/auth/authorize");
    let page = page.header("accept", "text/html").query(&application());
    assert!(window.run(page).await.expect(200).is_string());
    let asked = consent(&ada, &application()).await.expect(200);
    for field in [
        "client_id",
        "redirect_uri",
        "state",
        "code_challenge",
        "code_challenge_method",
    ] {
        assert_eq!(asked[field], application()[field], "{field}");
    }
    let mut scopes: Vec<&str> = SCOPE.split(' ').collect();
    scopes.sort_unstable();
    assert_eq!(asked["scope"], scopes.join(" "));
    assert_eq!(asked["user"]["username"], "ada");

    let exchange = Body::Json(exchange_of(&code(&ada).await));
    let tokens = panel.post("/api/v1/auth/oauth/token", exchange).await;
    assert_eq!(tokens.headers["cache-control"], "no-store");
    let tokens = tokens.expect(200);
    expect_shape("oauth_token", &tokens);
    panel.sign_in(&tokens);
    let me = panel.get("/api/v1/auth/me").await.expect(200);
    expect_shape("me", &me);
    assert_eq!(me["user_id"], tokens["user_id"]);
    let case = json!({"title": null, "priority": "low"});
    let case = panel.post("/api/v1/cases", Body::Json(case)).await;
    expect_shape("case", &case.expect(201));
    let users = panel.get("/api/v1/admin/users").await;
    assert_eq!(users.problem(403), "forbidden");

    let revocation = json!({
        "token": tokens["refresh_token"], "token_type_hint": "refresh_token",
        "client_id": "faultmaven-copilot",
    });
    let revoke = "/api/v1/auth/oauth/revoke";
    panel.post(revoke, Body::Json(revocation)).await.expect(200);
    panel.get("/api/v1/auth/me").await.problem(401);
}

#[tokio::test]
async fn a_yes_leads_back_to_the_extension_with_a_code_for_that_address() {
    let other = "https://tools.example/callback";
    let app = App::with(&[("OAUTH_REDIRECT_URIS", other)]).await;
    let ada = app.admin().await;
    for address in [
        ADDRESS,
        "https://0b9d7a4e-2f60-4a7f-8f39-1f7d2a6c5b11.extensions.allizom.org/",
        other,
    ] {
        let mut asked = application();
        asked["redirect_uri"] = json!(address);
        let code = code_for(address, &approved(&ada, asked).await);
        let mut exchange = exchange_of(&code);
        exchange["redirect_uri"] = json!(format!("{address}elsewhere"));
        let refused = token(&app, exchange.clone()).await;
        assert_eq!(refused.problem(400), "invalid_grant", "{address}");
        exchange["redirect_uri"] = json!(address);
        expect_shape("oauth_token", &token(&app, exchange).await.expect(200));
    }
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
    expect_shape("oauth_token", &second);
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
        (
            "redirect_uri",
            "https://abc.chromiumapp.org/",
            "invalid_request",
        ),
        ("redirect_uri", "", "invalid_request"),
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
