//! Investigations that stand still: other kinds of causes, the question why, and handing over.

use reqwest::multipart::Form;
use serde_json::{Value, json};

use crate::harness::{App, User, WorkedExample, until};

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

async fn hypotheses(user: &User, id: &str) -> Vec<Value> {
    let path = format!("/api/v1/cases/{id}/hypotheses");
    let listed = user.get(&path).await.expect(200);
    listed["hypotheses"].as_array().unwrap().clone()
}

async fn repair_type(user: &User, id: &str) -> Value {
    let header = user
        .get(&format!("/api/v1/cases/{id}/ui"))
        .await
        .expect(200);
    header["progress_transparency"]["repair_type"].clone()
}

async fn refute(user: &User, id: &str, hypothesis_id: &str) -> Value {
    let intent = json!({
        "type": "hypothesis_action", "hypothesis_id": hypothesis_id, "action": "refute",
    });
    let form = Form::new()
        .text("intent_type", "hypothesis_action")
        .text("intent_data", intent.to_string());
    user.turn(id, form).await.expect(200)
}

#[tokio::test]
async fn once_all_is_ruled_out_other_kinds_of_causes_are_brought_up() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = investigated(&ada).await;
    let known = hypotheses(&ada, &id).await;
    assert!(known.len() >= 3, "{known:#?}");
    let mut reply = Value::Null;
    for hypothesis in &known {
        assert_eq!(repair_type(&ada, &id).await, Value::Null);
        reply = refute(&ada, &id, hypothesis["hypothesis_id"].as_str().unwrap()).await;
    }
    let answer = reply["agent_response"].as_str().unwrap();
    assert!(answer.contains("I look elsewhere"), "{answer}");
    let turn_repair = &reply["progress_transparency"]["repair_type"];
    assert_eq!(turn_repair, "hypothesis_deadlock", "{reply:#}");
    assert_eq!(repair_type(&ada, &id).await, "hypothesis_deadlock");

    let now = hypotheses(&ada, &id).await;
    let new: Vec<&Value> = now
        .iter()
        .filter(|it| it["generation_mode"] == "forced_alternative")
        .collect();
    assert_eq!(new.len(), 2, "{now:#?}");
    for hypothesis in new {
        let is_new_kind = |old: &Value| old["category"] != hypothesis["category"];
        assert!(known.iter().all(is_new_kind), "{hypothesis:#}");
        assert_eq!(
            (&hypothesis["status"], &hypothesis["evidence_count"]),
            (&json!("captured"), &json!(0))
        );
    }
    // Nothing is brought up twice.
    ada.say(&id, "hm, it is still slow").await;
    let later = hypotheses(&ada, &id).await;
    assert_eq!(later.len(), now.len(), "{later:#?}");
    app.stop().await;
}

#[tokio::test]
async fn whoever_cannot_get_anything_is_offered_to_hand_over_with_a_summary() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = investigated(&ada).await;
    let mut reply = Value::Null;
    for _ in 0..8 {
        reply = ada.say(&id, "we have no access to that").await;
        if reply["response_type"] == "ESCALATION_REQUIRED" {
            break;
        }
    }
    assert_eq!(reply["response_type"], "ESCALATION_REQUIRED", "{reply:#}");
    assert_eq!(reply["progress_transparency"]["repair_type"], "data_wall");
    let answer = reply["agent_response"].as_str().unwrap();
    assert!(
        answer.contains("Grade: possible") && answer.contains("out of your reach"),
        "{answer}"
    );
    let labels: Vec<&str> = reply["suggested_actions"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["type"] == "DECIDE")
        .map(|it| it["label"].as_str().unwrap())
        .collect();
    assert_eq!(labels, ["Go on", "Bring in someone", "Close the case"]);

    let path = format!("/api/v1/cases/{id}/reports");
    let mut reports = Value::Null;
    until(async || {
        reports = ada.get(&path).await.expect(200)["reports"].clone();
        !reports.as_array().unwrap().is_empty()
    })
    .await;
    assert_eq!(reports[0]["report_type"], "summary", "{reports:#}");
    // Whoever goes on gets no second summary.
    let reply = ada.say(&id, "Go on with the investigation.").await;
    let answer = reply["agent_response"].as_str().unwrap();
    assert!(!answer.contains("A summary to hand over"), "{answer}");
    let reports = ada.get(&path).await.expect(200)["reports"].clone();
    assert_eq!(reports.as_array().unwrap().len(), 1, "{reports:#}");
    app.stop().await;
}

#[tokio::test]
async fn a_fix_that_nobody_tries_is_asked_about_once_and_can_be_declined() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = investigated(&ada).await;
    let files = [
        ("pool.txt", WorkedExample::pool_txt()),
        ("config.diff", WorkedExample::config_diff()),
    ];
    ada.hand_over(&id, None, &files).await;
    let mut asked = Value::Null;
    for words in ["it still fails", "users still see errors", "still 500"] {
        let reply = ada.say(&id, words).await;
        if is_asked_why(&reply) {
            asked = reply;
            break;
        }
    }
    assert_eq!(
        asked["progress_transparency"]["repair_type"], "action_loop",
        "{asked:#}"
    );
    let reply = ada.say(&id, "That is not possible here.").await;
    let answer = reply["agent_response"].as_str().unwrap();
    assert!(answer.contains("is off the table"), "{answer}");
    let reply = ada.say(&id, "it is still failing").await;
    assert!(!is_asked_why(&reply), "{reply:#}");
    app.stop().await;
}

fn is_asked_why(reply: &Value) -> bool {
    let answer = reply["agent_response"].as_str().unwrap();
    answer.contains("What keeps you from trying it?")
}
