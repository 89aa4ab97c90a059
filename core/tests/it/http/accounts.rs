//! Accounts, sign-in and tokens.

use reqwest::Method;
use serde_json::json;

use crate::harness::App;

#[tokio::test]
async fn the_first_account_is_administrator_and_then_registration_is_closed() {
    let app = App::start().await;
    let config = app.anonymous().get("/api/v1/auth/config").await.expect(200);
    assert_eq!(config["supports_registration"], true);
    let ada = app.admin().await;
    let me = ada.get("/api/v1/auth/me").await.expect(200);
    assert!(
        me["roles"].as_array().unwrap().contains(&json!("admin")),
        "{me:#}"
    );

    let body = json!({"username": "eve", "email": "eve@example.org", "password": "long enough"});
    let reply = app.anonymous().post("/api/v1/auth/register", body).await;
    assert_eq!(reply.problem(403), "registration_closed");
    let config = app.anonymous().get("/api/v1/auth/config").await.expect(200);
    assert_eq!(config["supports_registration"], false);
}

#[tokio::test]
async fn a_sign_in_has_every_field_that_clients_read() {
    let app = App::start().await;
    let ada = app.admin().await;
    let sign_in = ada.sign_in();
    assert_eq!(sign_in["token_type"], "bearer");
    assert_eq!(sign_in["isAuthenticated"], true);
    assert!(sign_in["expires_in"].as_i64().unwrap() > 300);
    assert!(
        sign_in["expires_at"].as_i64().unwrap() > 1_700_000_000_000,
        "milliseconds"
    );
    assert!(sign_in["refresh_token"].is_string());
    for field in ["user_id", "username", "email", "display_name", "created_at"] {
        assert!(sign_in["user"][field].is_string(), "{field}");
    }
    assert_eq!(sign_in["user"]["is_active"], true);
}

#[tokio::test]
async fn a_used_refresh_token_ends_the_whole_sign_in() {
    let app = App::start().await;
    let ada = app.admin().await;
    let old = ada.sign_in()["refresh_token"].clone();
    let refreshed = app
        .anonymous()
        .post("/api/v1/auth/refresh", json!({"refresh_token": old}))
        .await;
    let newer = app.signed_in(&refreshed);
    newer.get("/api/v1/auth/me").await.expect(200);

    let reuse = app
        .anonymous()
        .post("/api/v1/auth/refresh", json!({"refresh_token": old}))
        .await;
    reuse.problem(401);
    let newest = newer.sign_in()["refresh_token"].clone();
    let after = app
        .anonymous()
        .post("/api/v1/auth/refresh", json!({"refresh_token": newest}))
        .await;
    after.problem(401);
}

#[tokio::test]
async fn logout_ends_the_token_at_once_on_both_paths() {
    let app = App::start().await;
    app.admin().await;
    for path in ["/api/v1/auth/logout", "/v1/auth/logout"] {
        let ada = app.login("ada").await;
        let request = ada
            .request(Method::POST, path)
            .header("content-type", "application/json");
        let reply = ada.run(request).await.expect(200);
        assert!(reply["all_sessions_ended"].is_boolean());
        assert_eq!(
            ada.get("/api/v1/auth/me").await.problem(401),
            "invalid_token"
        );
    }
}

#[tokio::test]
async fn wrong_name_and_wrong_password_look_alike() {
    let app = App::start().await;
    app.admin().await;
    let mut details = Vec::new();
    for (name, password) in [("ada", "wrong password"), ("nobody", "wrong password")] {
        let body = json!({"username": name, "password": password});
        let reply = app.anonymous().post("/api/v1/auth/login", body).await;
        assert_eq!(reply.problem(401), "invalid_credentials");
        details.push(reply.body["detail"].clone());
    }
    assert_eq!(details[0], details[1]);
}

#[tokio::test]
async fn repeated_failures_are_slowed_down() {
    let app = App::start().await;
    app.admin().await;
    let mut last = 0;
    for _ in 0..12 {
        let body = json!({"username": "ada", "password": "wrong password"});
        let reply = app.anonymous().post("/api/v1/auth/login", body).await;
        last = reply.status;
        if last == 429 {
            assert!(reply.headers.contains_key("retry-after"));
            break;
        }
    }
    assert_eq!(last, 429);
}

#[tokio::test]
async fn an_api_token_works_within_its_scopes_until_it_is_revoked() {
    let app = App::start().await;
    let ada = app.admin().await;
    let body = json!({"name": "ci", "scopes": ["cases:read"]});
    let created = ada.post("/api/v1/auth/tokens", body).await.expect(201);
    let machine = ada.with_token(created["secret"].as_str().unwrap());
    machine.get("/api/v1/cases").await.expect(200);
    let reply = machine.post("/api/v1/cases", json!({})).await;
    assert_eq!(reply.problem(403), "forbidden");

    let listed = ada.get("/api/v1/auth/tokens").await.expect(200);
    assert!(listed["tokens"][0].get("secret").is_none(), "{listed:#}");
    let path = format!(
        "/api/v1/auth/tokens/{}",
        created["token_id"].as_str().unwrap()
    );
    ada.delete(&path).await.expect(204);
    machine.get("/api/v1/cases").await.problem(401);
}

#[tokio::test]
async fn a_disabled_account_is_out_at_once() {
    let app = App::start().await;
    let ada = app.admin().await;
    let bob = app.user(&ada, "bob", "member").await;
    bob.get("/api/v1/auth/me").await.expect(200);
    let path = format!("/api/v1/admin/users/{}", bob.id());
    ada.send(Method::PATCH, &path, Some(json!({"state": "disabled"})))
        .await
        .expect(200);
    bob.get("/api/v1/auth/me").await.problem(401);
    let path = format!("/api/v1/admin/users/{}", ada.id());
    let reply = ada
        .send(Method::PATCH, &path, Some(json!({"role": "member"})))
        .await;
    assert_eq!(reply.problem(409), "last_admin");
}

#[tokio::test]
async fn the_public_keys_are_announced() {
    let app = App::start().await;
    let keys = app
        .anonymous()
        .get("/.well-known/jwks.json")
        .await
        .expect(200);
    assert_eq!(keys["keys"][0]["kty"], "RSA");
    let configuration = app
        .anonymous()
        .get("/.well-known/openid-configuration")
        .await
        .expect(200);
    assert_eq!(configuration["issuer"], app.base());
}

#[tokio::test]
async fn without_sign_in_everybody_is_the_local_user() {
    let app = App::with(&[("AUTH_REQUIRED", "false")]).await;
    let me = app.anonymous().get("/api/v1/auth/me").await.expect(200);
    assert!(me["roles"].as_array().unwrap().contains(&json!("admin")));
    app.anonymous()
        .post("/api/v1/cases", json!({}))
        .await
        .expect(201);
}

#[tokio::test]
async fn an_empty_body_under_a_json_content_type_is_no_mistake() {
    let app = App::start().await;
    let ada = app.admin().await;
    let session = ada.post("/api/v1/sessions", json!({})).await.expect(201);
    let session = session["session_id"].as_str().unwrap().to_owned();
    let case_id = ada.open_case().await;
    for (method, path) in [
        (
            Method::POST,
            format!("/api/v1/sessions/{session}/heartbeat"),
        ),
        (Method::DELETE, format!("/api/v1/sessions/{session}")),
        (Method::DELETE, format!("/api/v1/cases/{case_id}")),
        (Method::POST, "/api/v1/auth/logout".to_owned()),
    ] {
        let request = ada.request(method, &path);
        let reply = ada
            .run(request.header("content-type", "application/json"))
            .await;
        assert!(
            (200..300).contains(&reply.status),
            "{path}: {:#}",
            reply.body
        );
    }
}

#[tokio::test]
async fn an_unknown_session_is_ignored_and_never_looks_like_a_bad_token() {
    let app = App::start().await;
    let ada = app.admin().await;
    let request = ada.request(Method::GET, "/api/v1/cases");
    let reply = ada.run(request.header("x-session-id", "unknown")).await;
    reply.expect(200);
    let stranger = ada.with_token("nonsense");
    let request = stranger.request(Method::GET, "/api/v1/cases");
    let reply = stranger
        .run(request.header("x-session-id", "unknown"))
        .await;
    assert_eq!(reply.problem(401), "invalid_token");
    let detail = reply.body["detail"].as_str().unwrap().to_lowercase();
    assert!(!detail.contains("session"), "{detail}");
}
