//! Teams: who belongs to them, how one gets in, and how one gets out.

use reqwest::Method;
use reqwest::multipart::Form;
use serde_json::{Value, json};

use crate::harness::{App, User, WorkedExample};

async fn team(manager: &User, name: &str) -> String {
    let team = manager
        .post("/api/v1/teams", json!({"name": name}))
        .await
        .expect(201);
    assert_eq!(team["own_role"], "manager");
    team["team_id"].as_str().unwrap().to_owned()
}

async fn invitation(manager: &User, body: Value) -> Value {
    manager.post("/api/v1/invitations", body).await.expect(201)
}

#[tokio::test]
async fn a_team_is_made_filled_led_and_left() {
    let app = App::start().await;
    let ada = app.admin().await;
    let bob = app.user(&ada, "bob", "member").await;
    let carol = app.user(&ada, "carol", "member").await;
    let team_id = team(&bob, "SRE").await;
    let path = format!("/api/v1/teams/{team_id}");
    let member = |user: &User| format!("{path}/members/{}", user.id());
    carol.get(&path).await.problem(404);

    let added = bob.put(&member(&carol), json!({})).await.expect(200);
    assert_eq!(added["role"], "member");
    let seen = carol.get(&path).await.expect(200);
    assert_eq!(seen["member_count"], 2);
    assert_eq!(seen["members"][1]["username"], "carol");
    let rename = || json!({"name": "Site reliability"});
    let refused = carol.send(Method::PATCH, &path, Some(rename())).await;
    assert_eq!(refused.problem(403), "forbidden");
    carol.delete(&path).await.problem(403);
    carol.delete(&member(&bob)).await.problem(403);
    let renamed = bob.send(Method::PATCH, &path, Some(rename())).await;
    assert_eq!(renamed.expect(200)["name"], "Site reliability");

    let leave = bob.delete(&member(&bob)).await;
    assert_eq!(leave.problem(409), "last_manager");
    bob.put(&member(&carol), json!({"role": "manager"}))
        .await
        .expect(200);
    bob.delete(&member(&bob)).await.expect(204);
    bob.get(&path).await.problem(404);
    assert_eq!(
        bob.get("/api/v1/teams").await.expect(200)["teams"],
        json!([])
    );
    carol.delete(&path).await.expect(204);
    ada.get(&path).await.problem(404);
}

#[tokio::test]
async fn an_invitation_brings_a_newcomer_into_the_team() {
    let app = App::with(&[("REGISTRATION", "invite")]).await;
    let ada = app.admin().await;
    let team_id = team(&ada, "SRE").await;
    let config = app.anonymous().get("/api/v1/auth/config").await.expect(200);
    assert_eq!(config["supports_registration"], false);
    assert_eq!(config["supports_invitations"], true);

    let made = invitation(
        &ada,
        json!({"team_id": team_id, "email": "bob@example.org"}),
    )
    .await;
    let secret = made["secret"].as_str().unwrap();
    let link = format!("{}/login#invitation={secret}", app.base());
    assert_eq!(made["url"], link);
    let open = ada.get("/api/v1/invitations").await.expect(200);
    assert_eq!(open["invitations"][0]["team_id"], team_id);
    assert!(open["invitations"][0].get("secret").is_none());

    let register = |name: &str, secret: &str| {
        let body = json!({
            "username": name, "email": format!("{name}@example.org"),
            "password": "long enough", "invitation": secret,
        });
        async { app.anonymous().post("/api/v1/auth/register", body).await }
    };
    assert_eq!(
        register("eve", "").await.problem(403),
        "registration_closed"
    );
    assert_eq!(
        register("eve", secret).await.problem(403),
        "invalid_invitation"
    );
    let reply = register("bob", secret).await;
    assert_eq!(reply.status, 201, "{:#}", reply.body);
    let bob = app.signed_in(&reply);
    let teams = bob.get("/api/v1/teams").await.expect(200);
    assert_eq!(teams["teams"][0]["team_id"], team_id);
    assert_eq!(
        register("bobby", secret).await.problem(403),
        "invalid_invitation"
    );
}

#[tokio::test]
async fn an_invitation_is_accepted_once_or_taken_back() {
    let app = App::start().await;
    let ada = app.admin().await;
    let bob = app.user(&ada, "bob", "member").await;
    let carol = app.user(&ada, "carol", "member").await;
    let team_id = team(&bob, "SRE").await;
    let accept = |user: &User, made: &Value| {
        let (user, body) = (user.clone(), json!({"secret": made["secret"]}));
        async move { user.post("/api/v1/invitations/accept", body).await }
    };
    let made = invitation(&bob, json!({"team_id": team_id})).await;
    let joined = accept(&carol, &made).await.expect(200);
    assert_eq!(joined["own_role"], "member");
    assert_eq!(accept(&ada, &made).await.problem(403), "invalid_invitation");

    let made = invitation(&bob, json!({"team_id": team_id})).await;
    let id = made["invitation_id"].as_str().unwrap();
    let path = format!("/api/v1/invitations/{id}");
    carol.delete(&path).await.problem(404);
    bob.delete(&path).await.expect(204);
    assert_eq!(accept(&ada, &made).await.problem(403), "invalid_invitation");
    let refused = bob.post("/api/v1/invitations", json!({})).await;
    assert_eq!(refused.problem(403), "forbidden");
}

#[tokio::test]
async fn a_shared_case_is_worked_on_by_the_team_and_owned_by_one() {
    let app = App::start().await;
    let ada = app.admin().await;
    let bob = app.user(&ada, "bob", "member").await;
    let carol = app.user(&ada, "carol", "member").await;
    let victor = app.user(&ada, "victor", "viewer").await;
    let team_id = team(&bob, "SRE").await;
    for user in [&carol, &victor] {
        let path = format!("/api/v1/teams/{team_id}/members/{}", user.id());
        bob.put(&path, json!({})).await.expect(200);
    }
    let case_id = bob.open_case().await;
    bob.say(&case_id, "Why does checkout answer 500?").await;
    let path = format!("/api/v1/cases/{case_id}");
    carol.get(&path).await.problem(404);
    let shared = json!({"shared_team_ids": [team_id]});
    let row = bob.put(&path, shared.clone()).await.expect(200);
    assert_eq!(row["shared_team_ids"], json!([team_id]));

    let list = carol
        .get("/api/v1/cases?shared_with_me=true")
        .await
        .expect(200);
    assert_eq!(list["cases"][0]["case_id"], case_id);
    for (reader, cases) in [(&bob, 1), (&carol, 1), (&victor, 1), (&ada, 0)] {
        let found = reader.post("/api/v1/cases/search", json!({"query": "checkout"}));
        assert_eq!(found.await.expect(200)["total"], cases);
        let summary = reader.get("/api/v1/cases/analytics/summary").await;
        assert_eq!(summary.expect(200)["total_cases"], cases);
        let trends = reader.get("/api/v1/cases/analytics/trends?days=1").await;
        assert_eq!(trends.expect(200)["trends"][0]["created"], cases);
    }
    carol
        .hand_over(&case_id, None, &[("app.log", WorkedExample::app_log())])
        .await;
    let files = victor
        .get(&format!("{path}/uploaded-files"))
        .await
        .expect(200);
    let file_id = files["files"][0]["file_id"].as_str().unwrap();
    let download = format!("/api/v1/evidence/{file_id}/download");
    for reader in [&bob, &victor] {
        reader.get(&format!("{path}/messages")).await.expect(200);
        reader.get(&download).await.expect(200);
    }
    let form = || Form::new().text("query", "hello");
    victor.turn(&case_id, form()).await.problem(403);
    for member in [&carol, &victor] {
        member.delete(&path).await.problem(403);
        member.put(&path, shared.clone()).await.problem(403);
    }
    ada.get(&path).await.problem(404);
    ada.turn(&case_id, form()).await.problem(404);
    ada.get(&download).await.problem(404);

    let leave = format!("/api/v1/teams/{team_id}/members/{}", carol.id());
    carol.delete(&leave).await.expect(204);
    carol.get(&path).await.problem(404);
    carol.get(&download).await.problem(404);
    carol.turn(&case_id, form()).await.problem(404);
}

#[tokio::test]
async fn bad_input_about_teams_is_named() {
    let app = App::start().await;
    let ada = app.admin().await;
    let team_id = team(&ada, "SRE").await;
    for (body, field) in [
        (json!({}), "name"),
        (json!({"name": 5}), "name"),
        (json!({"name": " "}), "name"),
        (json!({"name": "x".repeat(101)}), "name"),
    ] {
        let reply = ada.post("/api/v1/teams", body).await;
        assert_eq!(reply.problem(422), "invalid_field");
        assert_eq!(reply.body["errors"][0]["field"], field);
    }
    let taken = ada.post("/api/v1/teams", json!({"name": "sre"})).await;
    assert_eq!(taken.problem(409), "already_exists");
    let path = format!("/api/v1/teams/{team_id}/members/{}", ada.id());
    let reply = ada.put(&path, json!({"role": "owner"})).await;
    assert_eq!(reply.body["errors"][0]["field"], "role");
    let unknown = format!("/api/v1/teams/{team_id}/members/nobody");
    assert_eq!(
        ada.put(&unknown, json!({})).await.problem(404),
        "user_not_found"
    );
    assert_eq!(ada.delete(&unknown).await.problem(404), "member_not_found");
    let reply = ada
        .post("/api/v1/invitations", json!({"email": "no address"}))
        .await;
    assert_eq!(reply.body["errors"][0]["field"], "email");
}

#[tokio::test]
async fn a_viewer_is_refused_on_a_hypothesis_whatever_the_change() {
    let app = App::start().await;
    let ada = app.admin().await;
    let bob = app.user(&ada, "bob", "member").await;
    let victor = app.user(&ada, "victor", "viewer").await;
    let team_id = team(&bob, "SRE").await;
    let member = format!("/api/v1/teams/{team_id}/members/{}", victor.id());
    bob.put(&member, json!({})).await.expect(200);
    let case = format!("/api/v1/cases/{}", bob.open_case().await);
    let shared = json!({"shared_team_ids": [team_id]});
    bob.put(&case, shared).await.expect(200);
    let hypotheses = format!("{case}/hypotheses");
    let added = bob.post(&hypotheses, json!({"title": "the disk is full"}));
    let added = added.await.expect(200);
    let one = added["hypothesis"]["hypothesis_id"].as_str().unwrap();
    let one = format!("{hypotheses}/{one}");
    bob.put(&one, json!({})).await.expect(200);
    victor.get(&hypotheses).await.expect(200);
    for body in [
        json!({}),
        json!({"status": "captured"}),
        json!({"confidence": 0.2}),
    ] {
        assert_eq!(victor.put(&one, body).await.problem(403), "forbidden");
    }
}
