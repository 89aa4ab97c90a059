//! The whole diff that a model may propose, and text that is shown while it is written.

use super::*;

/// Every part that says something in this case.
fn proposal(file_id: &str) -> Value {
    json!({
        "answer": "Requests wait for connections. How large the pool is would decide.",
        "statement": "checkout answers 500 for customers in the EU",
        "facts": [{"kind": "affected_users", "value": "premium customers",
            "quote": "only premium customers notice it"}],
        "evidence": [{"name": "$waits", "category": "causal", "claim": "All connections are in use",
            "file_id": file_id, "quote": WAITS, "line": 61}],
        "hypotheses": [{"name": "$leak", "statement": "The checkout service leaks database connections",
            "kind": "cause", "category": "code", "explains": "problem",
            "predictions": [{"if_true": "active stays at 5 when idle", "if_false": "it falls"}]}],
        "mechanisms": [{"hypothesis": "$leak", "mechanism": "Connections are never given back.",
            "evidence": ["$waits"]}],
        "links": [{"hypothesis": "$leak", "evidence": "$waits", "stance": "supports",
            "strength": 0.5, "reasoning": "A leak empties the pool."}],
        "needs": [{"name": "$size", "purpose": "cause", "request": "The numbers of the pool at night",
            "command": "curl -s localhost:8081/metrics", "priority": 1, "hypotheses": ["$leak"]}],
        "actions": [{"name": "$restart", "type": "solution", "kind": "restart",
            "title": "Restart checkout during the night",
            "commands": [{"command": "systemctl restart checkout"}],
            "rollback": "Nothing is to be undone.", "hypothesis": "$leak"}],
        "journal": [{"kind": "user_context", "text": "premium customers notice it"}],
        "conclusion": [{"reasoning": "The pool may be too small.", "caveats": ["One log only."]}],
        "suggestions": [{"type": "RUN", "label": "See the pods of checkout",
            "payload": "kubectl get pods -l app=checkout"}],
    })
}

#[tokio::test]
async fn a_model_proposes_everything_that_rules_can() {
    let story = Story::begin(&[]).await;
    let proposal = proposal(&story.file_id);
    story.vendor.will_say([says(&proposal)]);
    let words = "Note that only premium customers notice it.";
    let turn = story.ada.say(&story.case_id, words).await;
    assert_eq!(turn["path"], "model", "{turn:#}");
    assert_eq!(turn["dropped"], json!([]), "{turn:#}");
    let suggested = turn["suggested_actions"].to_string();
    assert!(
        suggested.contains("kubectl get pods -l app=checkout"),
        "{suggested}"
    );
    let answer = turn["agent_response"].as_str().unwrap();
    assert!(
        answer.contains("Shall I use the new statement?"),
        "{answer}"
    );
    assert_eq!(turn["case_state"], "investigating");
    let hypotheses = story.hypotheses().await;
    let leak = hypotheses
        .iter()
        .find(|it| it.to_string().contains("leaks database"));
    assert!(leak.is_some(), "{hypotheses:#?}");
    let path = format!("/api/v1/cases/{}/bundle?redact=false", story.case_id);
    assert_eq!(story.ada.get(&path).await.status, 200);
}

#[tokio::test]
async fn what_a_model_writes_is_shown_at_once_with_values_in_place_of_their_placeholders() {
    let vendor = StandIn::start().await;
    let app = with_model(&vendor, &[]).await;
    let ada = app.admin().await;
    let case_id = ada.open_case().await;
    vendor.will_say([
        VENDOR.shaped(&[
            "{\"answer\": \"The host `<IP_ADD",
            "RESS_1>` may not ans",
            "wer. The root cause is the disk. It may b",
            "e busy.\"}",
        ]),
        answers("The host `<IP_ADDRESS_1>` may not answer."),
    ]);
    let path = format!("/api/v1/cases/{case_id}/turns/stream");
    let question = "Why does checkout get no connection to 10.20.4.17?";
    let form = Form::new().text("query", question);
    let request = ada.request(Method::POST, &path).multipart(form);
    let stream = ada.run(request).await.expect(200);
    let stream = stream.as_str().unwrap();
    let shown: Vec<Value> = stream
        .split("event: ")
        .filter_map(|event| event.strip_prefix("provisional\ndata: "))
        .map(|data| serde_json::from_str(data.trim()).unwrap())
        .collect();
    assert_eq!(
        shown,
        [
            json!({"text": "The host `10.20.4.17` may not answer. ", "begins": true}),
            json!({"text": "It may be busy.", "begins": false}),
            json!({"text": "The host `10.20.4.17` may not answer.", "begins": true}),
        ]
    );
    let (before, after) = stream.split_once("event: result").unwrap();
    assert!(before.contains("event: delta") && !after.contains("event: provisional"));
    assert!(!vendor.seen()[0].body.to_string().contains("10.20.4.17"));
}
