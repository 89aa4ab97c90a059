//! The exact shape of the answers that clients read, as snapshots.

use insta::{Settings, assert_json_snapshot};
use serde_json::json;

use crate::harness::{App, WorkedExample};

#[tokio::test]
async fn answers_keep_their_shape() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    let case = format!("/api/v1/cases/{id}");
    redacted().bind(|| assert_json_snapshot!("sign_in", ada.sign_in()));
    let row = ada.get(&case).await.expect(200);
    redacted().bind(|| assert_json_snapshot!("case", row));
    let problem = ada.get("/api/v1/cases/case_000000000000").await.expect(404);
    redacted().bind(|| assert_json_snapshot!("problem", problem));

    ada.say(&id, "Why does checkout answer 500 since 14:05?")
        .await;
    let inquiry = ada.get(&format!("{case}/ui")).await.expect(200);
    redacted().bind(|| assert_json_snapshot!("header_inquiry", inquiry));
    let turn = ada
        .hand_over(&id, None, &[("app.log", WorkedExample::app_log())])
        .await;
    redacted().bind(|| assert_json_snapshot!("turn", turn));
    ada.say(&id, "yes").await;
    let investigating = ada.get(&format!("{case}/ui")).await.expect(200);
    redacted().bind(|| assert_json_snapshot!("header_investigating", investigating));
    let files = ada.get(&format!("{case}/uploaded-files")).await.expect(200);
    redacted().bind(|| assert_json_snapshot!("files", files));
    let session = ada
        .post("/api/v1/sessions", json!({"client_id": "c1"}))
        .await
        .expect(201);
    redacted().bind(|| assert_json_snapshot!("session", session));
}

/// Replaces what differs from run to run: ids, times, tokens, addresses.
fn redacted() -> Settings {
    let mut settings = Settings::clone_current();
    for (pattern, name) in [
        (r"eyJ[A-Za-z0-9_.-]+", "[token]"),
        (
            r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}",
            "[uuid]",
        ),
        (
            r"\b(case|ev|hyp|sol|file|msg|find|need|att|rep|job|req)_[0-9a-f]{12,16}\b",
            "[${1}_id]",
        ),
        (r"20(2[6-9]|[3-9][0-9])-\d\d-\d\dT[0-9:.]+Z", "[time]"),
        (
            r#""refresh_token": "[^"]+""#,
            r#""refresh_token": "[token]""#,
        ),
        (r#""expires_at": \d+"#, r#""expires_at": "[ms]""#),
        (r"Case-\d{4}-(\d+)", "Case-[day]-$1"),
    ] {
        settings.add_filter(pattern, name);
    }
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings
}
