//! What happens when vendors do not answer as they should.

use std::time::{Duration, Instant};

use faultmaven_kit::Ctx;
use faultmaven_proto::llm::v1 as pb;
use faultmaven_testing::{Dialect, Reply};

use super::office::{KEY, Office, VENDORS, dialect, question};
use super::user_1;
use crate::Vendor;

#[tokio::test]
async fn what_may_pass_is_tried_again() {
    for vendor in VENDORS {
        let dialect = dialect(vendor);
        for (reply, error) in [
            (
                dialect.refusal(500, "api_error", "oops"),
                "model_unavailable",
            ),
            (
                dialect.refusal(529, "overloaded_error", "busy"),
                "model_overloaded",
            ),
            (
                dialect.refusal(503, "server_overloaded", "busy"),
                "model_overloaded",
            ),
            (
                dialect.refusal(429, "rate_limit_error", "slow down"),
                "model_rate_limited",
            ),
            (dialect.text(&["The ", "pool"]).cut_after(2), "bad_answer"),
            (dialect.garbled(), "bad_answer"),
        ] {
            let office = Office::of(&[vendor]).await;
            office.vendors[0].will_say([reply, dialect.text(&["The pool."])]);
            let told = office.ask(question()).await;
            assert_eq!(told.answer().text, "The pool.");
            assert_eq!(
                told.text, "The pool.",
                "words of the first attempt are void"
            );
            assert_eq!(told.errors(), [error, ""], "{vendor:?}");
            assert_eq!(office.usage().await.errors, 1);
        }
    }
}

#[tokio::test]
async fn an_error_within_an_answer_is_noticed() {
    for vendor in VENDORS {
        let dialect = dialect(vendor);
        let office = Office::of(&[vendor]).await;
        office.vendors[0].will_say([dialect.error_within(), dialect.text(&["ok"])]);
        let told = office.ask(question()).await;
        assert_eq!(told.answer().text, "ok");
        assert!(!told.errors()[0].is_empty());
    }
}

#[tokio::test]
async fn what_cannot_pass_is_not_tried_again() {
    for vendor in [Vendor::OpenAi, Vendor::Anthropic] {
        let dialect = dialect(vendor);
        for (reply, reason) in [
            (
                dialect.refusal(429, "insufficient_quota", "You exceeded your quota"),
                "quota_exhausted",
            ),
            (
                dialect.refusal(
                    400,
                    "invalid_request_error",
                    "Your credit balance is too low",
                ),
                "quota_exhausted",
            ),
            (dialect.refusal(401, "authentication_error", KEY), "bad_key"),
            (
                dialect.refusal(404, "not_found_error", "model: m"),
                "unknown_model",
            ),
            (
                dialect.refusal(400, "invalid_request_error", "prompt is too long: 9 > 8"),
                "context_overflow",
            ),
            (
                dialect.refusal(400, "content_filter", "no"),
                "content_refused",
            ),
            (
                dialect.refusal(400, "invalid_request_error", "bad"),
                "call_rejected",
            ),
        ] {
            let office = Office::of(&[vendor]).await;
            office.vendors[0].will_say([reply]);
            let told = office.ask(question()).await;
            assert_eq!(told.reason(), reason, "{vendor:?}");
            assert_eq!(office.vendors[0].seen().len(), 1);
            assert!(!format!("{told:?}").contains(KEY));
        }
    }
}

#[tokio::test]
async fn a_wait_that_the_vendor_asks_for_is_kept_when_it_is_short() {
    let office = Office::of(&[Vendor::OpenAi]).await;
    let dialect = Dialect::OpenAi;
    let busy = dialect.refusal(429, "rate_limit_exceeded", "slow down");
    office.vendors[0].will_say([busy.header("retry-after", "0.3"), dialect.text(&["ok"])]);
    let begin = Instant::now();
    office.ask(question()).await.answer();
    assert!(begin.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn who_asks_for_a_long_wait_is_passed_over() {
    let office = Office::of(&[Vendor::OpenAi, Vendor::Anthropic]).await;
    let busy = Dialect::OpenAi.refusal(429, "rate_limit_exceeded", "slow down");
    office.vendors[0].will_say([busy.clone().header("retry-after", "3600")]);
    office.vendors[1].will_say([Dialect::Anthropic.text(&["ok"])]);
    let told = office.ask(question()).await;
    assert_eq!(told.answer().text, "ok");
    assert_eq!(told.started[1].fallback_from, "openai");
    assert_eq!(told.ended[1].fallback_from, "openai");

    office.vendors[0].will_say([busy.header("retry-after", "3600")]);
    let alone = pb::CompleteRequest {
        excluded_providers: vec!["anthropic".to_owned()],
        ..question()
    };
    let fault = office.ask(alone).await.fault.unwrap();
    assert_eq!(fault.reason, "model_rate_limited");
    assert_eq!(fault.retry_after, Some(Duration::from_secs(3_600)));
}

#[tokio::test]
async fn each_failure_leads_to_the_next_provider() {
    let office = Office::of(&VENDORS).await;
    office.vendors[0].will_say([Dialect::OpenAi.refusal(401, "invalid_api_key", "")]);
    let filtered = Dialect::Anthropic.refusal(400, "billing_error", "");
    office.vendors[1].will_say([filtered]);
    office.vendors[2].will_say([Dialect::Ollama.text(&["From home."])]);
    let told = office.ask(question()).await;
    assert_eq!(told.answer().text, "From home.");
    assert_eq!(told.errors(), ["bad_key", "quota_exhausted", ""]);
}

#[tokio::test]
async fn silence_and_a_slow_drip_end_at_the_timeout() {
    for vendor in VENDORS {
        let dialect = dialect(vendor);
        let words: Vec<&str> = vec!["word "; 1_000];
        for reply in [
            dialect.text(&["The ", "pool"]).silent_after(0),
            dialect.text(&["The ", "pool"]).silent_after(2),
            dialect.text(&words).dripping(Duration::from_millis(20)),
        ] {
            let office = Office::with(&[vendor, Vendor::OpenAiCompatible], |config| {
                config.timeout = Duration::from_millis(400);
            })
            .await;
            office.vendors[0].will_say([reply]);
            office.vendors[1].will_say([Dialect::OpenAi.text(&["ok"])]);
            let told = office.ask(question()).await;
            assert_eq!(told.answer().text, "ok");
            assert_eq!(told.errors(), ["model_timeout", ""]);
            assert_eq!(office.vendors[0].seen().len(), 1);
        }
    }
}

#[tokio::test]
async fn a_drip_that_ends_in_time_is_an_answer() {
    let office = Office::of(&[Vendor::Anthropic]).await;
    let drip = Dialect::Anthropic.text(&["The ", "pool"]);
    office.vendors[0].will_say([drip.dripping(Duration::from_millis(10))]);
    assert_eq!(office.ask(question()).await.answer().text, "The pool");
}

#[tokio::test]
async fn a_caller_without_time_gets_no_second_provider_and_blames_nobody() {
    let office = Office::of(&[Vendor::OpenAi, Vendor::Anthropic]).await;
    for _ in 0..3 {
        office.vendors[0].will_say([Dialect::OpenAi.text(&["x"]).silent_after(1)]);
        let ctx = Ctx::anonymous("req_1").on_behalf_of(user_1());
        let hurried = ctx.with_timeout(Duration::from_millis(200));
        let told = office.ask_in(&hurried, question()).await;
        assert_eq!(
            told.fault.unwrap().code,
            faultmaven_kit::Code::DeadlineExceeded
        );
    }
    assert!(office.vendors[1].seen().is_empty());
    let providers = office.world.providers().await;
    assert_eq!(providers[0].breaker(), pb::ProviderBreaker::Closed);
}

#[tokio::test]
async fn a_provider_that_fails_in_a_row_is_left_alone() {
    let office = Office::of(&[Vendor::OpenAi, Vendor::Anthropic]).await;
    let down = Reply::refusal(500, &serde_json::Value::Null);
    office.vendors[0].will_say([down.clone(), down.clone(), down]);
    let ok = Dialect::Anthropic.text(&["ok"]);
    office.vendors[1].will_say([ok.clone(), ok]);
    office.ask(question()).await.answer();
    let providers = office.world.providers().await;
    assert_eq!(providers[0].breaker(), pb::ProviderBreaker::Open);
    assert!(!providers[0].active && providers[1].active);

    let told = office.ask(question()).await;
    assert_eq!(told.answer().text, "ok");
    assert_eq!(told.errors(), ["model_unavailable", ""]);
    assert_eq!(office.vendors[0].seen().len(), 3);
    assert_eq!(
        office.usage().await.calls,
        5,
        "what was not called costs nothing"
    );
}

#[tokio::test]
async fn a_trial_closes_the_breaker_again() {
    let office = Office::with(&[Vendor::OpenAi], |config| {
        if let Some(breaker) = &mut config.breaker {
            breaker.reset_timeout = Duration::from_millis(100);
        }
    })
    .await;
    let down = Reply::refusal(500, &serde_json::Value::Null);
    office.vendors[0].will_say([down.clone(), down.clone(), down]);
    assert_eq!(office.ask(question()).await.reason(), "model_unavailable");
    tokio::time::sleep(Duration::from_millis(120)).await;
    office.vendors[0].will_say([Dialect::OpenAi.text(&["back"])]);
    assert_eq!(office.ask(question()).await.answer().text, "back");
    let providers = office.world.providers().await;
    assert_eq!(providers[0].breaker(), pb::ProviderBreaker::Closed);
}

#[tokio::test]
async fn nobody_there_is_a_failure_like_others() {
    let office = Office::with(&[Vendor::Ollama], |config| {
        config.providers[0].base_url = "http://127.0.0.1:9".parse().unwrap();
    })
    .await;
    let told = office.ask(question()).await;
    assert_eq!(told.reason(), "model_unavailable");
    assert_eq!(told.started.len(), 3);
}
