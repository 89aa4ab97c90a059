//! Answers of which only a part holds.

use super::*;

const LEAK: &str = "The checkout service leaks database connections";
const PROSE: &str = "All 5 connections are in use while 12 requests wait [$waits].";

/// One piece of evidence and one hypothesis that hold, among others that do not.
fn mixed(story: &Story, prose: &str) -> Says {
    let evidence = |name: &str, category: &str, claim: &str, quote: &str| {
        json!({"name": name, "category": category, "claim": claim, "file_id": story.file_id,
            "quote": quote})
    };
    let mut theirs = evidence("$theirs", "causal", "The host is gone", WAITS);
    theirs["file_id"] = json!("file_000000000000");
    let hypothesis = |name: &str, statement: &str, category: &str| {
        json!({"name": name, "statement": statement, "kind": "cause", "category": category,
            "explains": "problem"})
    };
    says(&json!({
        "answer": prose,
        "status": "resolved",
        "evidence": [
            evidence("$waits", "causal", "All connections are in use", WAITS),
            evidence("$weather", "weather", "It rains", WAITS),
            evidence("$disk", "causal", "The disk is full", "No space left on device"),
            theirs,
        ],
        "hypotheses": [
            hypothesis("$leak", LEAK, "code"),
            hypothesis("$stars", "The stars are against it", "astrology"),
        ],
    }))
}

#[tokio::test]
async fn what_does_not_hold_is_dropped_with_its_reason_and_the_rest_applied() {
    let story = Story::begin(&[]).await;
    let acted = format!("I restarted the pod. {PROSE}");
    let replies = [mixed(&story, &acted), mixed(&story, PROSE)];
    let turn = story.ask(replies).await;
    assert_eq!(turn["path"], "model", "{turn:#}");
    assert_eq!(turn["case_state"], "investigating");
    let correction = text(&story.newest_messages().last().unwrap()["content"]);
    assert!(correction.contains("answer: "), "{correction}");
    let reasons = turn["dropped"].to_string();
    for reason in [
        "unknown_value",
        "quote_not_found",
        "foreign_id",
        "invalid_field",
    ] {
        assert!(reasons.contains(reason), "{reason}: {reasons}");
    }
    assert_eq!(turn["evidence"][0]["quote"], WAITS);
    let answer = turn["agent_response"].as_str().unwrap();
    assert!(answer.contains("12 requests wait [ev_"), "{answer}");
    assert!(!answer.contains("restarted the pod"), "{answer}");
    let hypotheses = json!(story.hypotheses().await).to_string();
    assert!(hypotheses.contains(LEAK), "{hypotheses}");
    assert!(!hypotheses.contains("stars"), "{hypotheses}");
}
