//! Reports: written from a case, read in every form.

use serde_json::{Value, json};

use crate::harness::{App, User, WorkedExample, until};

#[tokio::test]
async fn a_report_cites_lines_of_the_log() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = investigated(&ada).await;
    let path = format!("/api/v1/cases/{id}/reports");
    let made = ada
        .post(
            &path,
            json!({"report_types": ["incident_report", "timeline"]}),
        )
        .await
        .expect(200);
    assert_eq!(made["reports"].as_array().unwrap().len(), 2, "{made:#}");
    let report_id = made["reports"][0]["report_id"].as_str().unwrap();
    let text = ada
        .get(&format!("{path}/{report_id}/download"))
        .await
        .expect(200);
    let text = text.as_str().unwrap();
    assert!(
        text.contains("app.log") && text.contains("Connection is not available"),
        "{text}"
    );
    assert!(
        text.contains(&"1512b072abfe070a76d507597a46e8b8b834594c26b62150142ed0a9622cb278"[..12])
    );
}

#[tokio::test]
async fn a_report_that_is_not_available_says_why() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    let reply = ada
        .post(
            &format!("/api/v1/cases/{id}/reports"),
            json!({"report_types": ["incident_report"]}),
        )
        .await;
    assert_eq!(reply.problem(409), "report_not_available");
}

#[tokio::test]
async fn a_type_without_a_version_left_stops_no_other() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    ada.say(&id, "Why does checkout answer 500 since 14:05?")
        .await;
    let path = format!("/api/v1/cases/{id}/reports");
    for _ in 0..5 {
        let types = json!({"report_types": ["summary"]});
        ada.post(&path, types).await.expect(200);
    }
    let types = json!({"report_types": ["summary", "timeline", "post_mortem"]});
    let made = ada.post(&path, types).await.expect(200);
    assert_eq!(made["status"], "failed", "{made:#}");
    assert_eq!(made["reports"].as_array().unwrap().len(), 1, "{made:#}");
    assert_eq!(made["reports"][0]["report_type"], "timeline");
    let failed = made["failed"].as_array().unwrap().iter();
    let mut failed: Vec<&str> = failed.map(|it| it["code"].as_str().unwrap()).collect();
    failed.sort_unstable();
    assert_eq!(failed, ["report_limit_reached", "report_not_available"]);
}

#[tokio::test]
async fn a_report_is_downloaded_in_the_form_one_asks_for() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = investigated(&ada).await;
    let path = format!("/api/v1/cases/{id}/reports");
    let made = ada
        .post(&path, json!({"report_types": ["timeline"]}))
        .await
        .expect(200);
    let report_id = made["reports"][0]["report_id"].as_str().unwrap();
    for (format, media_type, start) in [
        ("markdown", "text/markdown; charset=utf-8", "# Timeline"),
        ("html", "text/html; charset=utf-8", "<!DOCTYPE html>"),
        ("pdf", "application/pdf", "%PDF-"),
    ] {
        let reply = ada
            .get(&format!("{path}/{report_id}/download?format={format}"))
            .await;
        assert_eq!(reply.headers["content-type"], media_type);
        let name = reply.headers["content-disposition"].to_str().unwrap();
        assert!(name.contains(&format!("{id}-timeline-v1.")), "{name}");
        assert!(
            reply.expect(200).as_str().unwrap().starts_with(start),
            "{format}"
        );
    }
    let json = ada
        .get(&format!("{path}/{report_id}/download?format=json"))
        .await
        .expect(200);
    assert_eq!(json["blocks"][0]["heading"]["level"], 1, "{json:#}");
    ada.get(&format!("{path}/{report_id}/download?format=docx"))
        .await
        .problem(422);
    let other = ada.open_case().await;
    let elsewhere = format!("/api/v1/cases/{other}/reports/{report_id}/download");
    assert_eq!(ada.get(&elsewhere).await.problem(404), "report_not_found");
}

#[tokio::test]
async fn a_report_names_people_and_no_ids() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = investigated(&ada).await;
    let path = format!("/api/v1/cases/{id}/reports");
    let types = json!({"report_types": ["incident_report", "summary"]});
    let made = ada.post(&path, types).await.expect(200);
    for report in made["reports"].as_array().unwrap() {
        let text = report["content"].as_str().unwrap();
        assert!(
            text.contains("message of Ada") || text.contains("of Ada in turn"),
            "{text}"
        );
        for id in ["[ev_", "`ev_", "msg_", "hyp_", "turn 0", "&lt;", ada.id()] {
            assert!(!text.contains(id), "{id}\n{text}");
        }
    }
}

#[tokio::test]
async fn no_form_of_a_report_tells_a_secret() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    let mut log = String::from_utf8(WorkedExample::app_log()).unwrap();
    log = log.replace(
        "WARN  checkout-eu HikariPool-1",
        "WARN  checkout-eu password=Sup3rS3cret9 at 10.20.4.17 HikariPool-1",
    );
    let problem = "Why does checkout answer 500 since 14:05? The token is Bearer Zx81Qm44Pw77Lt20";
    ada.say(&id, problem).await;
    ada.hand_over(&id, None, &[("app.log", log.into_bytes())])
        .await;
    ada.say(&id, "yes").await;
    let path = format!("/api/v1/cases/{id}/reports");
    let types = json!({"report_types": ["incident_report", "summary", "timeline"]});
    let made = ada.post(&path, types).await.expect(200);
    let told = made.to_string();
    for secret in ["Sup3rS3cret9", "Zx81Qm44Pw77Lt20"] {
        assert!(!told.contains(secret), "{secret}: {made:#}");
    }
    assert!(told.contains("10.20.4.17") && told.contains("Secrets are masked here"));
    let report_id = made["reports"][0]["report_id"].as_str().unwrap();
    for format in ["markdown", "html", "json"] {
        let file = ada
            .get(&format!("{path}/{report_id}/download?format={format}"))
            .await
            .expect(200);
        assert!(!file.to_string().contains("Sup3rS3cret9"), "{format}");
    }
}

#[tokio::test]
async fn a_closed_case_has_its_summary_in_the_header() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = investigated(&ada).await;
    let path = format!("/api/v1/cases/{id}/close");
    ada.post(&path, json!({"reason": "abandoned"}))
        .await
        .expect(200);
    let ui = ada.get(&format!("/api/v1/cases/{id}/ui")).await.expect(200);
    let available = &ui["reports_available"][0];
    assert_eq!(available["report_type"], "closure_summary", "{ui:#}");
    assert_eq!(available["status"], "auto_generated");
    let listed = ada
        .get(&format!("/api/v1/cases/{id}/reports"))
        .await
        .expect(200);
    assert_eq!(
        (&listed["total"], &listed["remaining_regenerations"]),
        (&json!(1), &json!(4))
    );
    let told = recommendations(&ada, &id).await;
    assert_eq!(
        told["available_for_generation"],
        json!(["incident_report", "post_mortem"])
    );
    assert!(told.get("runbook_recommendation").is_none(), "{told:#}");
}

#[tokio::test]
async fn a_job_writes_the_summary_of_a_case_that_ends() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = investigated(&ada).await;
    let path = format!("/api/v1/cases/{id}/close");
    ada.post(&path, json!({"reason": "abandoned"}))
        .await
        .expect(200);
    let path = format!("/api/v1/jobs?case_id={id}&status=completed");
    let mut result = Value::Null;
    until(async || {
        let listed = ada.get(&path).await.expect(200);
        let mut jobs = listed["jobs"].as_array().unwrap().iter();
        let written = jobs.find(|job| job["kind"] == "closing_report");
        result = written.map_or(Value::Null, |job| job["result"].clone());
        written.is_some()
    })
    .await;
    assert_eq!(result["report_type"], "closure_summary", "{result:#}");
}

#[tokio::test]
async fn an_open_case_recommends_what_it_has_material_for() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = investigated(&ada).await;
    let told = recommendations(&ada, &id).await;
    assert_eq!(
        told["recommended_reports"][0]["type"], "incident_report",
        "{told:#}"
    );
    let unavailable = told["unavailable_reports"].as_array().unwrap();
    assert!(
        unavailable.iter().any(|it| it["type"] == "post_mortem"),
        "{told:#}"
    );
}

async fn recommendations(user: &User, case_id: &str) -> Value {
    let path = format!("/api/v1/cases/{case_id}/report-recommendations");
    user.get(&path).await.expect(200)
}

/// Opens a case and confirms its problem with a log at hand.
async fn investigated(user: &User) -> String {
    let id = user.open_case().await;
    user.say(&id, "Why does checkout answer 500 since 14:05?")
        .await;
    user.hand_over(&id, None, &[("app.log", WorkedExample::app_log())])
        .await;
    user.say(&id, "yes").await;
    id
}
