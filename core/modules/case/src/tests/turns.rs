use std::time::Duration;

use faultmaven_kit::Code;
use faultmaven_proto::case::v1 as pb;

use super::harness::{Harness, answer, begin_request, commit_request};
use crate::store::receipts;
use crate::turn::sample::{cause, command, say, statement};

async fn messages(harness: &Harness, case_id: &str) -> pb::ListMessagesResponse {
    let request = pb::ListMessagesRequest {
        case_id: case_id.to_owned(),
        ..Default::default()
    };
    answer(
        harness
            .cases()
            .list_messages(harness.owner.request(request))
            .await,
    )
    .unwrap()
}

#[tokio::test]
async fn a_turn_is_stored_whole() {
    let harness = Harness::start().await;
    let case = harness.open().await;
    harness.clock.advance(Duration::from_secs(60));
    let draft = say("checkout fails", vec![statement("checkout answers 500")]);
    let committed = harness.take(&case.case_id, draft).await;
    let after = committed.result.unwrap().after.unwrap();
    let stored = harness.get(&case.case_id).await;
    assert_eq!(after.case.unwrap(), stored);
    assert_eq!((stored.current_turn, stored.message_count), (1, 2));
    assert_eq!((stored.version, stored.state_version), (2, 2));
    assert_eq!(stored.title, "checkout answers 500");
    let pending = stored.pending_transition.unwrap();
    assert_eq!(pending.to, i32::from(pb::CaseStatus::Investigating));
    assert_eq!(
        stored.last_activity_time.unwrap().seconds,
        harness.now().timestamp()
    );

    harness.take(&case.case_id, say("well", vec![])).await;
    let request = pb::ListTurnsRequest {
        case_id: case.case_id.clone(),
        ..Default::default()
    };
    let turns = answer(
        harness
            .cases()
            .list_turns(harness.owner.request(request))
            .await,
    )
    .unwrap();
    let numbers: Vec<_> = turns.turns.iter().map(|turn| turn.turn_number).collect();
    assert_eq!(numbers, [1, 2]);
    let proposed = "problem statement proposed".to_owned();
    assert!(turns.turns[0].changes.contains(&proposed));
}

#[tokio::test]
async fn suggestions_live_on_the_newest_turn_only() {
    let harness = Harness::start().await;
    let case = harness.open().await;
    let begun = harness.begin(&case.case_id, "").await.unwrap();
    let mut request = commit_request(&case.case_id, &begun, say("checkout fails", vec![]));
    request.suggested_actions = vec![pb::SuggestedAction {
        r#type: pb::SuggestionType::Decide.into(),
        label: "Yes".into(),
        payload: "yes".into(),
        intent: Some(pb::SuggestionIntent {
            r#type: pb::TurnIntent::Confirmation.into(),
            confirmation_value: Some(true),
            ..Default::default()
        }),
        ..Default::default()
    }];
    let suggested = request.suggested_actions.clone();
    let committed = answer(
        harness
            .internal()
            .commit_turn(harness.owner.request(request))
            .await,
    );
    let committed = committed.unwrap();
    let listed = messages(&harness, &case.case_id).await;
    assert_eq!(listed.total_size, 2);
    assert_eq!(
        listed.messages[1].message_id,
        committed.assistant_message_id
    );
    assert_eq!(listed.messages[1].suggested_actions, suggested);
    let header = committed.result.unwrap().after.unwrap().header.unwrap();
    assert_eq!(header.next_actions, ["Yes"]);
    harness.take(&case.case_id, say("well", vec![])).await;
    let listed = messages(&harness, &case.case_id).await;
    assert!(listed.messages[1].suggested_actions.is_empty());
}

#[tokio::test]
async fn a_preview_stores_nothing_and_tells_what_the_commit_does() {
    let harness = Harness::start().await;
    let case = harness.open().await;
    let draft = say("it fails", vec![statement("checkout answers 500")]);
    harness.take(&case.case_id, draft).await;
    let begun = harness.begin(&case.case_id, "").await.unwrap();
    let mut draft = command(pb::CaseStatus::Investigating);
    draft.diff = say("", vec![cause("$h", "the pool limit is too low", "")]).diff;
    let commit = commit_request(&case.case_id, &begun, draft);
    let preview = pb::PreviewTurnRequest {
        case_id: case.case_id.clone(),
        turn_token: begun.turn_token.clone(),
        draft: commit.draft.clone(),
    };
    let before = harness.get(&case.case_id).await;
    let seen = answer(
        harness
            .internal()
            .preview_turn(harness.owner.request(preview))
            .await,
    );
    let seen = seen.unwrap().preview.unwrap();
    assert!(seen.status_changed);
    assert_eq!(harness.get(&case.case_id).await, before);
    let done = answer(
        harness
            .internal()
            .commit_turn(harness.owner.request(commit))
            .await,
    );
    let done = done.unwrap().result.unwrap();
    assert_eq!(done.resolved_refs, seen.resolved_refs);
    assert_eq!(done.changes, seen.changes);

    let request = pb::GetInvestigationRequest {
        case_id: case.case_id,
    };
    let known = answer(
        harness
            .internal()
            .get_investigation(harness.owner.request(request))
            .await,
    );
    let known = known.unwrap().investigation.unwrap();
    assert_eq!(known.hypotheses[0].hypothesis_id, seen.resolved_refs["$h"]);
    assert_eq!(
        (known.recent_messages.len(), known.recent_turns.len()),
        (4, 2)
    );
    assert_eq!(known.status_changes.len(), 1);
}

#[tokio::test]
async fn hypotheses_are_listed_with_what_they_amount_to() {
    let harness = Harness::start().await;
    let case = harness.open().await;
    let mut draft = command(pb::CaseStatus::Investigating);
    draft.command.as_mut().unwrap().derived_statement = "checkout answers 500".into();
    draft.diff = say("", vec![cause("$h", "the pool limit is too low", "")]).diff;
    harness.take(&case.case_id, draft).await;
    let request = pb::ListHypothesesRequest {
        case_id: case.case_id,
    };
    let known = answer(
        harness
            .cases()
            .list_hypotheses(harness.owner.request(request))
            .await,
    );
    let known = known.unwrap();
    assert_eq!(known.hypotheses[0].statement, "the pool limit is too low");
    assert_eq!(
        known.conclusion.unwrap().assurance,
        i32::from(pb::Assurance::Possible)
    );
}

#[tokio::test]
async fn only_one_turn_of_a_case_runs() {
    let harness = Harness::start().await;
    let case = harness.open().await;
    let running = harness.begin(&case.case_id, "").await.unwrap();
    let other = begin_request(&case.case_id, "", 'b');
    let refused = answer(
        harness
            .internal()
            .begin_turn(harness.owner.request(other.clone()))
            .await,
    );
    let refused = refused.unwrap_err();
    assert_eq!(
        (refused.code, &*refused.reason),
        (Code::Aborted, "turn_in_progress")
    );
    assert!(refused.retry_after.is_some());
    let waiting = pb::BeginTurnRequest {
        wait: None,
        ..other
    };
    let abort = pb::AbortTurnRequest {
        case_id: case.case_id.clone(),
        turn_token: running.turn_token.clone(),
    };
    let (mut one, mut two) = (harness.internal(), harness.internal());
    let (begun, aborted) = tokio::join!(
        one.begin_turn(harness.owner.request(waiting)),
        two.abort_turn(harness.owner.request(abort))
    );
    aborted.unwrap();
    assert_eq!(begun.unwrap().into_inner().turn_number, 1);
    let late = commit_request(&case.case_id, &running, say("x", vec![]));
    let lost = answer(
        harness
            .internal()
            .commit_turn(harness.owner.request(late))
            .await,
    );
    assert_eq!(lost.unwrap_err().reason, "turn_lost");
}

#[tokio::test]
async fn the_same_request_without_a_key_is_not_run_twice_at_once_and_not_replayed() {
    let harness = Harness::start().await;
    let case = harness.open().await;
    let begun = harness.begin(&case.case_id, "").await.unwrap();
    let same = pb::BeginTurnRequest {
        wait: None,
        ..begin_request(&case.case_id, "", 'a')
    };
    let refused = answer(
        harness
            .internal()
            .begin_turn(harness.owner.request(same.clone()))
            .await,
    );
    assert_eq!(refused.unwrap_err().reason, "turn_in_progress");
    let request = commit_request(&case.case_id, &begun, say("x", vec![]));
    answer(
        harness
            .internal()
            .commit_turn(harness.owner.request(request))
            .await,
    )
    .unwrap();
    let again = answer(
        harness
            .internal()
            .begin_turn(harness.owner.request(same))
            .await,
    )
    .unwrap();
    assert!(!again.replayed);
    assert_eq!(again.turn_number, 2);
}

#[tokio::test]
async fn a_key_is_carried_out_once() {
    let harness = Harness::start().await;
    let case = harness.open().await;
    let begun = harness.begin(&case.case_id, "turn-key-1").await.unwrap();
    let running = harness
        .begin(&case.case_id, "turn-key-1")
        .await
        .unwrap_err();
    assert_eq!(running.reason, "turn_in_progress");
    let request = commit_request(&case.case_id, &begun, say("x", vec![]));
    answer(
        harness
            .internal()
            .commit_turn(harness.owner.request(request))
            .await,
    )
    .unwrap();
    let replayed = harness.begin(&case.case_id, "turn-key-1").await.unwrap();
    assert!(replayed.replayed && replayed.turn_token.is_empty());
    assert_eq!(replayed.stored_answer, b"the answer");
    let other = begin_request(&case.case_id, "turn-key-1", 'b');
    let reused = answer(
        harness
            .internal()
            .begin_turn(harness.owner.request(other))
            .await,
    );
    assert_eq!(reused.unwrap_err().reason, "idempotency_key_reused");
}

#[tokio::test]
async fn a_turn_that_gives_up_leaves_no_trace() {
    let harness = Harness::start().await;
    let case = harness.open().await;
    let begun = harness.begin(&case.case_id, "turn-key-1").await.unwrap();
    let abort = pb::AbortTurnRequest {
        case_id: case.case_id.clone(),
        turn_token: begun.turn_token,
    };
    answer(
        harness
            .internal()
            .abort_turn(harness.owner.request(abort))
            .await,
    )
    .unwrap();
    let again = harness.begin(&case.case_id, "turn-key-1").await.unwrap();
    assert_eq!((again.turn_number, again.replayed), (1, false));
    assert_eq!(harness.get(&case.case_id).await, case);
}

#[tokio::test]
async fn a_dead_turn_is_taken_over_and_a_living_one_renews() {
    let harness = Harness::start().await;
    let case = harness.open().await;
    let dead = harness.begin(&case.case_id, "turn-key-1").await.unwrap();
    let renew = |token: &str| {
        harness.owner.request(pb::RenewTurnRequest {
            case_id: case.case_id.clone(),
            turn_token: token.to_owned(),
        })
    };
    harness.clock.advance(Duration::from_secs(50));
    answer(harness.internal().renew_turn(renew(&dead.turn_token)).await).unwrap();
    harness.clock.advance(Duration::from_secs(50));
    harness
        .begin(&case.case_id, "turn-key-1")
        .await
        .unwrap_err();
    harness.clock.advance(Duration::from_secs(20));
    let taken = harness.begin(&case.case_id, "turn-key-1").await.unwrap();
    assert_ne!(taken.turn_token, dead.turn_token);
    let lost = answer(harness.internal().renew_turn(renew(&dead.turn_token)).await);
    assert_eq!(lost.unwrap_err().reason, "turn_lost");
}

#[tokio::test]
async fn a_turn_that_was_told_to_stop_can_neither_go_on_nor_commit() {
    let harness = Harness::start().await;
    let case = harness.open().await;
    let cancel = async || {
        let request = harness.owner.request(pb::CancelTurnRequest {
            case_id: case.case_id.clone(),
            ..Default::default()
        });
        let cancelled = answer(harness.internal().cancel_turn(request).await);
        cancelled.unwrap().cancelled
    };
    assert!(!cancel().await, "no turn runs");
    let begun = harness.begin(&case.case_id, "turn-key-1").await.unwrap();
    assert!(cancel().await);
    let renew = harness.owner.request(pb::RenewTurnRequest {
        case_id: case.case_id.clone(),
        turn_token: begun.turn_token.clone(),
    });
    let renewed = answer(harness.internal().renew_turn(renew).await);
    assert_eq!(renewed.unwrap_err().reason, "turn_cancelled");
    let commit = commit_request(&case.case_id, &begun, say("x", vec![]));
    let commit = harness.owner.request(commit);
    let committed = answer(harness.internal().commit_turn(commit).await);
    assert_eq!(committed.unwrap_err().reason, "turn_cancelled");
    assert_eq!(harness.get(&case.case_id).await, case);
    // Its successor knows nothing of it, also when the cancelled one never gave up.
    harness.clock.advance(Duration::from_secs(61));
    let next = harness.begin(&case.case_id, "turn-key-2").await.unwrap();
    let commit = commit_request(&case.case_id, &next, say("y", vec![]));
    let commit = harness.owner.request(commit);
    answer(harness.internal().commit_turn(commit).await).unwrap();
    assert!(!cancel().await, "the turn is over");
}

#[tokio::test]
async fn the_turn_of_one_request_is_stopped_and_no_other() {
    let harness = Harness::start().await;
    let case = harness.open().await;
    let begun = begin_request(&case.case_id, "turn-key-1", 'a');
    let cancel = async |key: &str| {
        let request = harness.owner.request(pb::CancelTurnRequest {
            case_id: case.case_id.clone(),
            idempotency_key: key.to_owned(),
            route: begun.route.clone(),
        });
        let cancelled = answer(harness.internal().cancel_turn(request).await);
        cancelled.unwrap().cancelled
    };
    harness.begin(&case.case_id, "turn-key-1").await.unwrap();
    assert!(!cancel("turn-key-2").await);
    assert!(cancel("turn-key-1").await);
}

#[tokio::test]
async fn a_title_spoils_no_turn_and_a_lost_file_does() {
    let harness = Harness::start().await;
    let case = harness.open().await;
    super::files::register(&harness, &case.case_id, &["a"]).await;
    let begun = harness.begin(&case.case_id, "").await.unwrap();
    let edit = pb::UpdateCaseRequest {
        case_id: case.case_id.clone(),
        title: Some("mine".into()),
        ..Default::default()
    };
    answer(
        harness
            .cases()
            .update_case(harness.owner.request(edit))
            .await,
    )
    .unwrap();
    let request = commit_request(&case.case_id, &begun, say("x", vec![statement("it fails")]));
    answer(
        harness
            .internal()
            .commit_turn(harness.owner.request(request))
            .await,
    )
    .unwrap();
    assert_eq!(harness.get(&case.case_id).await.title, "mine");

    let begun = harness.begin(&case.case_id, "").await.unwrap();
    let remove = pb::RemoveFileRequest {
        case_id: case.case_id.clone(),
        file_ids: vec!["file_a".into()],
    };
    answer(
        harness
            .internal()
            .remove_file(harness.owner.request(remove))
            .await,
    )
    .unwrap();
    let request = commit_request(&case.case_id, &begun, say("y", vec![]));
    let late = answer(
        harness
            .internal()
            .commit_turn(harness.owner.request(request))
            .await,
    );
    let late = late.unwrap_err();
    assert_eq!(
        (late.code, &*late.reason),
        (Code::Aborted, "version_conflict")
    );
}

#[tokio::test]
async fn a_generated_title_replaces_the_placeholder() {
    let harness = Harness::start().await;
    let case = harness.open().await;
    let begun = harness.begin(&case.case_id, "").await.unwrap();
    let mut request = commit_request(&case.case_id, &begun, say("x", vec![statement("it fails")]));
    request.generated_title = "Checkout outage".into();
    answer(
        harness
            .internal()
            .commit_turn(harness.owner.request(request))
            .await,
    )
    .unwrap();
    let stored = harness.get(&case.case_id).await;
    assert_eq!(stored.title, "Checkout outage");
    assert_eq!(stored.title_source, i32::from(pb::TitleSource::Generated));
}

#[tokio::test]
async fn a_terminal_case_keeps_its_state_version() {
    let harness = Harness::start().await;
    let case = harness.open().await;
    harness
        .take(&case.case_id, command(pb::CaseStatus::Closed))
        .await;
    let closed = harness.get(&case.case_id).await;
    assert_eq!(
        closed.closure_reason,
        i32::from(pb::ClosureReason::InquiryOnly)
    );
    let spoken = harness.take(&case.case_id, say("thanks", vec![])).await;
    assert_eq!(spoken.turn.unwrap().path, i32::from(pb::TurnPath::Terminal));
    let after = harness.get(&case.case_id).await;
    assert_eq!(after.state_version, closed.state_version);
    assert_eq!((after.current_turn, after.message_count), (2, 4));
}

#[tokio::test]
async fn refused_commands_leave_the_turn_running_and_the_case_as_it_was() {
    let harness = Harness::start().await;
    let case = harness.open().await;
    let begun = harness.begin(&case.case_id, "").await.unwrap();
    let request = commit_request(&case.case_id, &begun, command(pb::CaseStatus::Resolved));
    let refused = answer(
        harness
            .internal()
            .commit_turn(harness.owner.request(request))
            .await,
    );
    let refused = refused.unwrap_err();
    assert_eq!(
        (refused.code, &*refused.reason),
        (Code::FailedPrecondition, "illegal_transition")
    );
    assert_eq!(
        (
            refused.metadata["from"].as_str(),
            refused.metadata["to"].as_str()
        ),
        ("inquiry", "resolved")
    );
    let request = commit_request(&case.case_id, &begun, say("sorry", vec![]));
    answer(
        harness
            .internal()
            .commit_turn(harness.owner.request(request))
            .await,
    )
    .unwrap();
}

#[tokio::test]
async fn malformed_turns_are_refused_by_field() {
    let harness = Harness::start().await;
    let case = harness.open().await;
    let bad = pb::BeginTurnRequest {
        fingerprint: "x".into(),
        ..begin_request(&case.case_id, "", 'a')
    };
    let refused = answer(
        harness
            .internal()
            .begin_turn(harness.owner.request(bad))
            .await,
    );
    assert_eq!(refused.unwrap_err().violations[0].field, "fingerprint");
    let begun = harness.begin(&case.case_id, "").await.unwrap();
    let blank = commit_request(&case.case_id, &begun, say("  ", vec![]));
    let refused = answer(
        harness
            .internal()
            .commit_turn(harness.owner.request(blank))
            .await,
    );
    assert_eq!(refused.unwrap_err().violations[0].field, "draft.user_text");
    let mut silent = commit_request(&case.case_id, &begun, say("x", vec![]));
    silent.reply_text.clear();
    let refused = answer(
        harness
            .internal()
            .commit_turn(harness.owner.request(silent))
            .await,
    );
    assert_eq!(refused.unwrap_err().violations[0].field, "reply_text");
}

#[tokio::test]
async fn a_receipt_is_forgotten_after_its_time() {
    let harness = Harness::start().await;
    let case = harness.open().await;
    let begun = harness.begin(&case.case_id, "turn-key-1").await.unwrap();
    let request = commit_request(&case.case_id, &begun, say("x", vec![]));
    answer(
        harness
            .internal()
            .commit_turn(harness.owner.request(request))
            .await,
    )
    .unwrap();
    let before = harness.now() + Duration::from_secs(1);
    let sweep = harness
        .db
        .write(move |db| Box::pin(receipts::sweep(db, before)));
    assert_eq!(sweep.await.unwrap(), 1);
    let again = harness.begin(&case.case_id, "turn-key-1").await.unwrap();
    assert!(!again.replayed);
}

#[tokio::test]
async fn turns_at_once_are_numbered_without_gaps() {
    let harness = Harness::start().await;
    let case = harness.open().await;
    let take = |fingerprint: char| {
        let (harness, case_id) = (&harness, case.case_id.as_str());
        async move {
            let request = pb::BeginTurnRequest {
                wait: None,
                ..begin_request(case_id, "", fingerprint)
            };
            let begun = harness
                .internal()
                .begin_turn(harness.owner.request(request))
                .await;
            let request = commit_request(case_id, &begun.unwrap().into_inner(), say("x", vec![]));
            let committed = harness
                .internal()
                .commit_turn(harness.owner.request(request))
                .await;
            committed.unwrap().into_inner().turn.unwrap().turn_number
        }
    };
    let mut numbers = futures::future::join_all(('a'..='f').map(take)).await;
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
    assert_eq!(messages(&harness, &case.case_id).await.total_size, 12);
}

#[tokio::test]
async fn the_same_request_sent_many_times_at_once_opens_one_case() {
    let harness = Harness::start().await;
    let create = || async {
        let request = pb::CreateCaseRequest {
            request_id: "request-1".into(),
            ..Default::default()
        };
        let opened = harness
            .cases()
            .create_case(harness.owner.request(request))
            .await;
        opened.unwrap().into_inner().case.unwrap().case_id
    };
    let mut ids = futures::future::join_all((0..8).map(|_| create())).await;
    ids.dedup();
    assert_eq!(ids.len(), 1);
}
