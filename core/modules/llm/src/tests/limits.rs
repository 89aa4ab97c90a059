//! How much models may be asked, and what it may cost.

use std::time::Duration;

use faultmaven_kit::Ctx;
use faultmaven_proto::llm::v1 as pb;
use faultmaven_testing::Dialect;

use super::office::{Office, question};
use super::{entry, user_1};
use crate::Vendor;

#[tokio::test]
async fn a_call_that_could_exceed_a_budget_is_not_made() {
    type Limit = fn(&mut crate::Config);
    let limits: [Limit; 3] = [
        |config| config.budgets.month_usd = Some(0.3),
        |config| config.budgets.user_month_usd = Some(0.3),
        |config| config.budgets.case_usd = Some(0.3),
    ];
    for limit in limits {
        let office = Office::with(&[Vendor::OpenAi, Vendor::Ollama], limit).await;
        let answer = Dialect::OpenAi.text(&["paid"]);
        office.vendors[0].will_say([answer]);
        assert_eq!(office.ask(question()).await.answer().text, "paid");
        office.world.record(vec![entry("1")]).await.unwrap();
        office.vendors[1].will_say([Dialect::Ollama.text(&["free"])]);
        let told = office.ask(question()).await;
        assert_eq!(told.answer().text, "free");
        assert_eq!(told.errors(), ["budget_spent", ""]);
        assert_eq!(office.vendors[0].seen().len(), 1);
    }
}

#[tokio::test]
async fn calls_at_the_same_time_do_not_exceed_a_budget_together() {
    // One call may cost up to 0.066 USD.
    let office = Office::with(&[Vendor::OpenAi], |config| {
        config.budgets.month_usd = Some(0.1);
    })
    .await;
    let slow = Dialect::OpenAi
        .text(&["ok"])
        .dripping(Duration::from_millis(100));
    office.vendors[0].will_say([slow.clone(), slow]);
    let (first, second) = tokio::join!(office.ask(question()), office.ask(question()));
    let answered = [&first, &second]
        .iter()
        .filter(|it| it.fault.is_none())
        .count();
    assert!(answered <= 1, "{first:?} {second:?}");
}

#[tokio::test]
async fn a_provider_gets_so_many_calls_at_the_same_time_and_no_more() {
    let office = Office::with(&[Vendor::OpenAi], |config| config.concurrency = 2).await;
    let slow = Dialect::OpenAi
        .text(&["ok"])
        .dripping(Duration::from_millis(20));
    office.vendors[0].will_say(vec![slow; 6]);
    let calls = (0..6).map(|_| office.ask(question()));
    for told in futures::future::join_all(calls).await {
        told.answer();
    }
    assert_eq!(office.vendors[0].most_at_once(), 2);
}

#[tokio::test]
async fn a_call_that_nobody_waits_for_ends_and_is_written_down() {
    let office = Office::of(&[Vendor::Anthropic]).await;
    let silent = Dialect::Anthropic.text(&["The ", "pool"]).silent_after(5);
    office.vendors[0].will_say([silent]);
    let ctx = Ctx::anonymous("req_1").on_behalf_of(user_1());
    let mut stream = office.stream(&ctx, question()).await.unwrap();
    stream.message().await.unwrap();
    stream.message().await.unwrap();
    drop(stream);
    while office.usage().await.calls == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let usage = office.usage().await;
    assert_eq!((usage.errors, usage.tokens_in), (1, 1_000));
}

#[tokio::test]
async fn a_conversation_that_cannot_fit_is_not_sent() {
    let office = Office::with(&[Vendor::Ollama, Vendor::OpenAi], |config| {
        config.providers[0].context_tokens = Some(1_000);
    })
    .await;
    office.vendors[1].will_say([Dialect::OpenAi.text(&["long"])]);
    let mut long = question();
    long.messages[0].text = "words ".repeat(1_000);
    let told = office.ask(long.clone()).await;
    assert_eq!(told.answer().text, "long");
    assert_eq!(told.errors(), ["context_overflow", ""]);
    assert!(office.vendors[0].seen().is_empty());
    assert_eq!(office.world.providers().await[0].context_tokens, 1_000);

    let alone = pb::CompleteRequest {
        excluded_providers: vec!["openai".to_owned()],
        ..long
    };
    assert_eq!(office.ask(alone).await.reason(), "context_overflow");
}

#[tokio::test]
async fn only_who_is_known_may_ask() {
    let office = Office::of(&[Vendor::OpenAi]).await;
    let told = office.ask_in(&Ctx::anonymous("req_1"), question()).await;
    assert_eq!(told.reason(), "unauthenticated");
    let office = Office::of(&[]).await;
    assert_eq!(office.ask(question()).await.reason(), "no_model");
}
