//! Turns of a conversation: fixes, corrections, files that were wrong, and words that say nothing.

use faultmaven_proto::case::v1::AttemptOutcome;
use faultmaven_proto::case::v1::diff_op::Op;

use super::harness::CASE;
use super::investigating;

#[tokio::test]
async fn a_deed_without_trouble_since_is_a_fix_and_no_beginning() {
    let world = investigating().await;
    let result = world
        .say("we restarted checkout at 14:20, no errors since")
        .await;
    assert!(!result.answer.contains("You name"), "{}", result.answer);
    let ops = world.case.ops();
    let attempt = ops.iter().find_map(|op| match op {
        Op::RecordAttempt(attempt) => Some(attempt),
        _ => None,
    });
    let attempt = attempt.unwrap();
    assert_eq!(attempt.outcome(), AttemptOutcome::Succeeded);
    assert!(attempt.perform_time.is_some(), "{attempt:?}");
}

#[tokio::test]
async fn words_taken_back_rule_nothing_out() {
    let world = investigating().await;
    world.say("hm, let me see").await;
    let result = world.say("that was wrong, forget it").await;
    assert!(
        result.answer.contains("What do you take back?"),
        "{}",
        result.answer
    );
    assert!(!world.case.ops().iter().any(|op| matches!(op, Op::Link(_))));
}

#[tokio::test]
async fn a_wrong_file_is_told_how_to_go() {
    let world = investigating().await;
    let file_id = world.add_log();
    let result = world
        .say("ignore app.log, it belongs to another incident")
        .await;
    let request = format!("/api/v1/cases/{CASE}/data/");
    let is_told = result.answer.contains(&request) || result.answer.contains("no file");
    assert!(is_told, "{file_id}: {}", result.answer);
    let ops = world.case.ops();
    let states = |op: &Op| matches!(op, Op::AddFact(_) | Op::AddEvidence(_));
    assert!(!ops.iter().any(states), "{ops:?}");
}

#[tokio::test]
async fn words_that_say_nothing_get_few_lines() {
    let world = investigating().await;
    let result = world.say("this is so tiring today").await;
    assert!(
        result.answer.starts_with("I took nothing from that"),
        "{}",
        result.answer
    );
    assert!(!result.answer.contains("What is known so far"));
    let foreign = world.say("Warum ist der Dienst nicht erreichbar?").await;
    assert!(
        foreign.answer.contains("English only"),
        "{}",
        foreign.answer
    );
}
