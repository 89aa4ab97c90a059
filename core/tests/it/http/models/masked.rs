//! Secrets and personal data of a case: what models see of them, and what when they cannot be masked.

use std::fs;
use std::path::Path;

use super::*;

#[tokio::test]
async fn secrets_of_a_case_do_not_leave_and_come_back_in_the_answer() {
    let vendor = StandIn::start().await;
    let app = with_model(&vendor, &[]).await;
    let ada = app.admin().await;
    let case_id = ada.open_case().await;
    vendor.will_say([answers("The host `<IP_ADDRESS_1>` may not answer.")]);
    let turn = ada
        .say(
            &case_id,
            "Why does checkout get no connection to 10.20.4.17?",
        )
        .await;
    assert_eq!(turn["path"], "model", "{turn:#}");
    let answer = turn["agent_response"].as_str().unwrap();
    assert!(
        answer.contains("The host `10.20.4.17` may not answer."),
        "{answer}"
    );
    assert!(!vendor.seen()[0].body.to_string().contains("10.20.4.17"));
    let redacted = turn["model_calls"][0]["redacted"].as_object().unwrap();
    assert!(!redacted.is_empty(), "{turn:#}");
}

#[tokio::test]
async fn an_address_of_an_investigation_has_one_placeholder_and_comes_back() {
    // The vendor declines all turns before.
    let story = Story::begin(&[("CIRCUIT_BREAKER_ENABLED", "false")]).await;
    let (ada, case_id) = (&story.ada, &story.case_id);
    let pool = [("pool.txt", WorkedExample::pool_txt())];
    ada.hand_over(case_id, None, &pool).await;
    ada.say(case_id, "yes but could it be DNS?").await;
    let prose = "The name resolves to `<IP_ADDRESS_1>`.";
    let shown = "The name resolves to `10.20.4.17`.";
    story.vendor.will_say([answers(prose), answers(prose)]);
    let files = [
        ("dns.txt", WorkedExample::dns_txt()),
        ("config.diff", WorkedExample::config_diff()),
    ];
    let turn = ada.hand_over(case_id, None, &files).await;
    let later = ada
        .say(case_id, "what does db-eu.internal resolve to?")
        .await;
    for turn in [&turn, &later] {
        assert_eq!(turn["path"], "model", "{turn:#}");
        let answer = turn["agent_response"].as_str().unwrap();
        assert!(answer.contains(shown), "{answer}");
    }
    let seen = story.vendor.seen();
    for seen in &seen[seen.len() - 2..] {
        let body = seen.body.to_string();
        assert!(body.contains("<IP_ADDRESS_1>"), "{body}");
        assert!(!body.contains("10.20.4.17"), "{body}");
    }
}

#[tokio::test]
async fn without_the_key_of_the_placeholders_nothing_leaves_and_the_turn_goes_on() {
    let vendor = StandIn::start().await;
    let app = with_model(&vendor, &[]).await;
    let ada = app.admin().await;
    let case_id = ada.open_case().await;
    vendor.will_say([answers("The host `<IP_ADDRESS_1>` may not answer.")]);
    let question = "Why does checkout get no connection to 10.20.4.17?";
    let turn = ada.say(&case_id, question).await;
    assert_eq!(turn["path"], "model", "{turn:#}");
    let address = vendor.url().to_string();
    let settings = naming(VENDOR, &address, &[]);
    let app = app.restart(&settings, lose_the_key).await;
    let ada = app.login("ada").await;
    vendor.always_says(answers("never said"));
    let files = [("app.log", WorkedExample::app_log())];
    let turn = ada.hand_over(&case_id, Some(question), &files).await;
    assert_eq!(turn["path"], "embedded_fallback", "{turn:#}");
    let notices = turn["notices"].to_string();
    assert!(notices.contains("secrets could not be masked, so nothing was sent"));
    let answer = turn["agent_response"].as_str().unwrap();
    assert!(answer.contains("Connection is not available"), "{answer}");
    assert_eq!(vendor.seen().len(), 1);
    app.stop().await;
}

/// Removes the key, wherever the module that has it keeps its files.
fn lose_the_key(data: &Path) {
    let places = [data.join("keys"), data.join("llm/keys")];
    let keys = places.map(|place| place.join("redaction.key"));
    let key = keys.iter().find(|key| key.exists()).unwrap();
    fs::remove_file(key).unwrap();
}
