//! With `OFFLINE=true` nothing leaves the machine, whatever else is set.

use faultmaven_testing::{Dialect, StandIn};
use serde_json::{Value, json};

use crate::harness::Program;

/// Settings of a program whose every way out ends at `proxy`.
fn behind(proxy: &StandIn, settings: &[(&'static str, String)]) -> Vec<(&'static str, String)> {
    let ways = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
    let ways = ways.map(|name| (name, proxy.url().to_string()));
    ways.into_iter().chain(settings.iter().cloned()).collect()
}

/// Takes a turn and asks for all that a program tells of its models.
async fn answered(settings: Vec<(&'static str, String)>) -> Value {
    let settings = settings.into_iter();
    let settings = settings.map(|(name, value)| (name, &*value.leak()));
    let program = Program::with(settings.collect::<Vec<_>>().leak()).await;
    let ada = program.user();
    let case_id = ada.open_case().await;
    let turn = ada
        .say(&case_id, "Why does checkout answer 500 since 14:05?")
        .await;
    for path in ["/health", "/api/v1/models"] {
        ada.get(path).await;
    }
    turn
}

#[tokio::test]
async fn offline_a_turn_connects_to_nobody_although_there_is_a_key() {
    let outside = StandIn::start().await;
    let key = ("OPENAI_API_KEY", "sk-test".to_owned());
    let offline = ("OFFLINE", "true".to_owned());
    let turn = answered(behind(&outside, &[key.clone(), offline])).await;
    assert_eq!(turn["model_calls"], json!([]), "{turn:#}");
    assert_eq!(outside.connections(), 0);
    // The same without it, so that the silence above means something.
    let turn = answered(behind(&outside, &[key])).await;
    assert_eq!(turn["path"], "embedded_fallback", "{turn:#}");
    assert!(outside.connections() > 0);
}

#[tokio::test]
async fn offline_a_model_of_this_machine_is_asked_without_a_way_round() {
    let (outside, vendor) = (StandIn::start().await, StandIn::start().await);
    let answer = json!({"answer": "Nothing can be said yet."}).to_string();
    vendor.always_says(Dialect::Ollama.shaped(&[&answer]));
    let settings = [
        ("OFFLINE", "true".to_owned()),
        ("LLM_PROVIDER", "ollama".to_owned()),
        ("OLLAMA_HOST", vendor.url().to_string()),
    ];
    let turn = answered(behind(&outside, &settings)).await;
    assert_eq!(turn["path"], "model", "{turn:#}");
    assert!(vendor.connections() > 0);
    assert_eq!(outside.connections(), 0);
}
