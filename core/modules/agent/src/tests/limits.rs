//! What a turn does without: files too large to be searched, and models that take too long.

use std::time::{Duration, Instant};

use faultmaven_kit::Hosted;
use faultmaven_proto::llm::v1::llm_internal_service_server::LlmInternalServiceServer;
use faultmaven_proto::llm::v1::llm_service_server::LlmServiceServer;

use super::fake_llm::Curious;
use super::harness::{World, config};
use super::{QUESTION, investigating};

#[tokio::test]
async fn a_model_that_goes_on_looking_things_up_runs_out_of_time() {
    let curious = Curious {
        thinks: Duration::from_millis(250),
    };
    let llm = Hosted::new("llm")
        .service(LlmServiceServer::new(curious.clone()))
        .internal(LlmInternalServiceServer::new(curious));
    let config = config(|it| {
        it.models = true;
        it.model_wait = Duration::from_millis(600);
    });
    let world = World::with_llm(config, llm.module()).await;
    let begin = Instant::now();
    let result = world.say(QUESTION).await;
    assert!(begin.elapsed() < Duration::from_secs(10));
    assert_eq!(result.path, "embedded_fallback");
    let notice = result.notices.last().unwrap();
    assert!(notice.contains("no answer in time"), "{notice}");
    assert!(
        result.answer.contains("checkout answers 500"),
        "{}",
        result.answer
    );
    assert!(
        (1..5).contains(&result.model_calls.len()),
        "{:?}",
        result.model_calls
    );
}

#[tokio::test]
async fn logs_too_large_to_be_searched_for_changes_are_named() {
    let world = investigating().await;
    let small = world.say("what changed before?").await;
    assert!(!small.answer.contains("Too large"), "{}", small.answer);
    for file in &mut world.evidence.state().assessment.files {
        file.size_bytes = 64 << 20;
    }
    let large = world.say("what changed before?").await;
    let told = "Too large to be searched for changes: `app.log`.";
    assert!(large.answer.contains(told), "{}", large.answer);
}
