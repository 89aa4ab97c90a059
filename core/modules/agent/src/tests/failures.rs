//! Turns that are cut, cancelled, repeated or lose a race.

use std::time::Duration;

use faultmaven_kit::{Code, Fault};
use faultmaven_proto::agent::v1 as pb;
use faultmaven_proto::agent::v1::agent_service_client::AgentServiceClient;
use faultmaven_proto::agent::v1::submit_turn_response::Event;

use super::QUESTION;
use super::harness::{CASE, Hold, World, config, said};

#[tokio::test]
async fn a_lost_race_is_run_once_more() {
    let world = World::new().await;
    let lost = Fault::conflict("version_conflict", "changed").with("actual_version", "9");
    world.case.state().refusals.extend([lost.clone()]);
    world.say(QUESTION).await;
    assert_eq!(world.evidence.state().discarded, 1);
    world.case.state().refusals.extend([lost.clone(), lost]);
    let fault = world
        .run(said("hello there, checkout fails"))
        .await
        .unwrap_err();
    assert_eq!(fault.reason, "version_conflict");
    assert_eq!(world.case.state().aborted, 1);
}

#[tokio::test]
async fn a_turn_that_fails_leaves_nothing_behind() {
    let world = World::new().await;
    let refusal = Fault::precondition("guard_failed", "no");
    world.case.state().refusals.push_back(refusal);
    let fault = world.run(said(QUESTION)).await.unwrap_err();
    assert_eq!(fault.reason, "guard_failed");
    assert_eq!(
        (world.case.state().aborted, world.evidence.state().discarded),
        (1, 1)
    );
    assert!(world.case.state().commits.is_empty());
}

#[tokio::test]
async fn evidence_of_a_commit_with_unknown_outcome_is_left_to_the_sweep() {
    let world = World::new().await;
    let refusal = Fault::unavailable("case_unavailable", "gone");
    world.case.state().refusals.push_back(refusal);
    assert!(world.run(said(QUESTION)).await.is_err());
    assert_eq!(world.evidence.state().discarded, 0);
}

#[tokio::test]
async fn evidence_that_cannot_be_published_at_once_does_not_fail_the_turn() {
    let world = World::new().await;
    world.say(QUESTION).await;
    world.add_log();
    world.evidence.state().activation_fails = true;
    let result = world.say("yes").await;
    assert_eq!(result.case_status, "investigating");
}

#[tokio::test]
async fn a_repeat_of_a_request_gets_the_answer_it_got_before() {
    let world = World::new().await;
    let mut request = said(QUESTION);
    request.request_id = "opt_msg_1".to_owned();
    let first = world.turn(request.clone()).await;
    let again = world.turn(request.clone()).await;
    assert!(again.replayed && !first.replayed);
    assert_eq!(
        (&again.answer, again.turn_number),
        (&first.answer, first.turn_number)
    );
    assert!(again.commit_time.is_some());
    assert_eq!(world.case.state().commits.len(), 1);
    request.text = "something else".to_owned();
    let fault = world.run(request).await.unwrap_err();
    assert_eq!(fault.reason, "idempotency_key_reused");
}

#[tokio::test]
async fn a_client_that_goes_away_does_not_stop_its_turn() {
    let world = World::new().await;
    let hold = Hold::default();
    world.evidence.state().hold = Some(hold.clone());
    let mut request = said(QUESTION);
    request.file_ids = vec![world.add_log()];
    request.request_id = "opt_msg_1".to_owned();
    drop(world.start(request.clone()).await.unwrap());
    world.evidence.state().hold = None;
    hold.notify_one();
    assert!(
        world
            .tasks
            .shutdown(Duration::from_secs(20))
            .await
            .is_empty()
    );
    assert_eq!(world.case.state().commits.len(), 1);
    assert!(world.turn(request).await.replayed);
}

#[tokio::test]
async fn a_turn_that_any_process_is_told_to_cancel_leaves_the_files_alone() {
    let world = World::new().await;
    world.evidence.state().hold = Some(Hold::default());
    let mut request = said("");
    request.pasted_content = "some data".to_owned();
    let mut stream = world.start(request).await.unwrap();
    // The step tells that the turn is where it can be cancelled.
    while !matches!(
        stream.message().await.unwrap().unwrap().event,
        Some(Event::Step(_))
    ) {}
    let cancel = async || {
        let request = world.ctx.request(pb::CancelTurnRequest {
            case_id: CASE.to_owned(),
        });
        let mut elsewhere = AgentServiceClient::new(world.replica.clone());
        let answer = elsewhere.cancel_turn(request).await;
        answer.unwrap().into_inner()
    };
    assert!(cancel().await.cancelled);
    let status = stream.message().await.unwrap_err();
    assert_eq!(Fault::from_status(&status).reason, "turn_cancelled");
    assert!(!cancel().await.cancelled);
    assert_eq!(
        (
            world.evidence.state().files.len(),
            world.case.state().aborted
        ),
        (1, 1)
    );
}

#[tokio::test(start_paused = true)]
async fn a_turn_keeps_its_lease_and_ends_at_its_deadline() {
    let world = World::with(config(|config| {
        config.turn_deadline = Duration::from_secs(90)
    }))
    .await;
    world.evidence.state().hold = Some(Hold::default());
    let mut request = said("");
    request.pasted_content = "some data".to_owned();
    let fault = world.run(request).await.unwrap_err();
    assert_eq!(fault.code, Code::DeadlineExceeded);
    assert!(fault.message.contains("90 seconds"), "{}", fault.message);
    assert!(world.case.state().renewed >= 3);
    assert_eq!(world.case.state().aborted, 1);
}
