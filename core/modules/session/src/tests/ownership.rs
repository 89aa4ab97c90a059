use super::*;

#[tokio::test]
async fn a_foreign_session_looks_like_none_on_every_route() {
    let world = World::start().await;
    let (session, _) = world.open(&user("user_1"), "client_1").await;
    let owned = session.session_id;
    for ctx in [anonymous(), user("user_2")] {
        for session_id in [owned.as_str(), UNKNOWN, "nonsense", "\0"] {
            let update = pb::UpdateSessionRequest {
                session_id: session_id.to_owned(),
                ..Default::default()
            };
            let faults = [
                world.get(&ctx, session_id).await.unwrap_err(),
                world.heartbeat(&ctx, session_id).await.unwrap_err(),
                world.update(&ctx, update).await.unwrap_err(),
                world.end(&ctx, session_id).await.unwrap_err(),
            ];
            for fault in faults {
                assert_eq!(fault, Fault::not_found("session"));
            }
        }
    }
    assert!(world.get(&user("user_1"), &owned).await.is_ok());
}

#[tokio::test]
async fn an_anonymous_session_is_bound_to_the_first_user_who_uses_it() {
    let world = World::start().await;
    let (session, _) = world.open(&anonymous(), "client_1").await;
    let session_id = session.session_id;
    let adopted = world.heartbeat(&user("user_1"), &session_id).await.unwrap();
    assert_eq!(adopted.user_id, "user_1");
    assert!(world.heartbeat(&anonymous(), &session_id).await.is_err());
    assert!(world.heartbeat(&user("user_2"), &session_id).await.is_err());
    let (resumed_session, resumed) = world.open(&user("user_1"), "client_1").await;
    assert!(resumed);
    assert_eq!(resumed_session.session_id, session_id);
}

#[tokio::test]
async fn a_user_who_has_a_session_for_the_client_adopts_no_second_one() {
    let world = World::start().await;
    let (anonymous_one, _) = world.open(&anonymous(), "client_1").await;
    let (own, _) = world.open(&user("user_1"), "client_1").await;
    let used = world
        .heartbeat(&user("user_1"), &anonymous_one.session_id)
        .await;
    assert_eq!(used.unwrap().user_id, "");
    let (resumed, _) = world.open(&user("user_1"), "client_1").await;
    assert_eq!(resumed.session_id, own.session_id);
}

#[tokio::test]
async fn an_expired_session_does_not_stand_in_the_way_of_adoption() {
    let world = World::start().await;
    world.open(&user("user_1"), "client_1").await;
    world.clock.advance(minutes(180));
    let (session, _) = world.open(&anonymous(), "client_1").await;
    let adopted = world.heartbeat(&user("user_1"), &session.session_id).await;
    assert_eq!(adopted.unwrap().user_id, "user_1");
}

#[tokio::test]
async fn the_longest_inactive_of_too_many_sessions_is_ended() {
    let world = World::start().await;
    let mut session_ids = Vec::new();
    for client in 0..50 {
        let (session, _) = world
            .open(&user("user_1"), &format!("client_{client}"))
            .await;
        session_ids.push(session.session_id);
        world.clock.advance(Duration::from_secs(1));
    }
    world
        .heartbeat(&user("user_1"), &session_ids[0])
        .await
        .unwrap();
    world.open(&user("user_2"), "client_50").await;
    world.open(&user("user_1"), "client_50").await;
    assert!(world.get(&user("user_1"), &session_ids[0]).await.is_ok());
    assert!(world.get(&user("user_1"), &session_ids[1]).await.is_err());
    assert!(world.get(&user("user_1"), &session_ids[2]).await.is_ok());
}
