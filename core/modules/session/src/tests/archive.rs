use super::*;

const DAY: Duration = Duration::from_secs(24 * 3_600);

#[tokio::test]
async fn an_archived_session_does_not_expire_and_comes_back() {
    let world = World::start().await;
    let ctx = user("user_1");
    let (session, _) = world.open(&ctx, "client_1").await;
    let archived = world.archive(&ctx, &session.session_id, true).await;
    assert_eq!(archived.status(), pb::SessionStatus::Archived);
    world.clock.advance(DAY);
    let rested = world.heartbeat(&ctx, &session.session_id).await.unwrap();
    assert_eq!(rested.status(), pb::SessionStatus::Archived);
    let back = world.archive(&ctx, &session.session_id, false).await;
    assert_eq!(back.status(), pb::SessionStatus::Active);
    let (resumed, was_resumed) = world.open(&ctx, "client_1").await;
    assert!(was_resumed);
    assert_eq!(resumed.session_id, session.session_id);
}

#[tokio::test]
async fn a_session_that_comes_back_leaves_its_place_to_the_one_that_took_it() {
    let world = World::start().await;
    let ctx = user("user_1");
    let (first, _) = world.open(&ctx, "client_1").await;
    world.archive(&ctx, &first.session_id, true).await;
    let (second, resumed) = world.open(&ctx, "client_1").await;
    assert!(!resumed);
    world.archive(&ctx, &first.session_id, false).await;
    let (again, resumed) = world.open(&ctx, "client_1").await;
    assert!(resumed);
    assert_eq!(again.session_id, second.session_id);
}

#[tokio::test]
async fn clients_cannot_set_the_other_states() {
    let world = World::start().await;
    let ctx = user("user_1");
    let (session, _) = world.open(&ctx, "client_1").await;
    let request = pb::UpdateSessionRequest {
        session_id: session.session_id,
        status: pb::SessionStatus::Terminated.into(),
        ..Default::default()
    };
    let fault = world.update(&ctx, request).await.unwrap_err();
    assert_eq!(fault.violations[0].field, "status");
}

#[tokio::test]
async fn all_sessions_but_the_current_one_are_ended_and_then_removed() {
    let world = World::start().await;
    let mut ctx = user("user_1");
    let (current, _) = world.open(&ctx, "client_1").await;
    world.open(&ctx, "client_2").await;
    let (archived, _) = world.open(&ctx, "client_3").await;
    world.archive(&ctx, &archived.session_id, true).await;
    let (foreign, _) = world.open(&user("user_2"), "client_1").await;
    ctx.session_id = Some(current.session_id.clone());

    let request = ctx.request(pb::EndSessionsRequest { keep_current: true });
    let ended = world.client().end_sessions(request).await.unwrap();
    assert_eq!(ended.into_inner().ended_count, 2);
    let request = ctx.request(pb::RemoveEndedSessionsRequest {});
    let removed = world.client().remove_ended_sessions(request).await.unwrap();
    assert_eq!(removed.into_inner().removed_count, 2);

    let left = world.list(&ctx, pb::ListSessionsRequest::default()).await;
    let left = left.unwrap().sessions;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].session_id, current.session_id);
    world
        .get(&user("user_2"), &foreign.session_id)
        .await
        .unwrap();
    let request = ctx.request(pb::EndSessionsRequest::default());
    let ended = world.client().end_sessions(request).await.unwrap();
    assert_eq!(ended.into_inner().ended_count, 1);
}
