use super::*;
use crate::store::Store;
use crate::sweep::sweep;

#[tokio::test]
async fn a_session_needs_no_sign_in() {
    let world = World::start().await;
    let (session, resumed) = world.open(&anonymous(), "client_1").await;
    assert!(!resumed);
    assert_eq!(
        (session.user_id.as_str(), session.client_id.as_str()),
        ("", "client_1")
    );
    assert_eq!(session.session_type, "troubleshooting");
    assert_eq!(session.status(), pb::SessionStatus::Active);
    assert_eq!(
        (session.timeout, session.metadata_json.as_str()),
        (timeout(180), "{}")
    );
}

#[tokio::test]
async fn timeouts_are_clamped_to_one_and_eight_hours() {
    let world = World::start().await;
    for (asked, given) in [(1, 60), (60, 60), (200, 200), (480, 480), (10_000, 480)] {
        let request = pb::CreateSessionRequest {
            timeout: timeout(asked),
            ..Default::default()
        };
        let (session, _) = world.create(&anonymous(), request).await.unwrap();
        assert_eq!(session.timeout, timeout(given));
    }
}

#[tokio::test]
async fn a_heartbeat_moves_the_expiry_and_its_absence_ends_the_session() {
    let world = World::start().await;
    let (session, _) = world.open(&anonymous(), "client_1").await;
    world.clock.advance(minutes(179));
    let alive = world.heartbeat(&anonymous(), &session.session_id).await;
    let alive = alive.unwrap();
    let moved = alive.expire_time.unwrap().seconds - session.expire_time.unwrap().seconds;
    assert_eq!(moved, 179 * 60);
    world.clock.advance(minutes(180));
    let expired = world.heartbeat(&anonymous(), &session.session_id).await;
    assert_eq!(expired.unwrap_err().reason, "session_not_found");
}

#[tokio::test]
async fn reading_a_session_is_activity() {
    let world = World::start().await;
    let (session, _) = world.open(&anonymous(), "client_1").await;
    world.clock.advance(minutes(100));
    world.get(&anonymous(), &session.session_id).await.unwrap();
    world.clock.advance(minutes(100));
    assert!(world.get(&anonymous(), &session.session_id).await.is_ok());
}

#[tokio::test]
async fn an_ended_session_is_gone_for_its_client() {
    let world = World::start().await;
    let (session, _) = world.open(&anonymous(), "client_1").await;
    world.end(&anonymous(), &session.session_id).await.unwrap();
    let fault = world.get(&anonymous(), &session.session_id).await;
    assert_eq!(fault.unwrap_err().reason, "session_not_found");
    let again = world.end(&anonymous(), &session.session_id).await;
    assert_eq!(again.unwrap_err().reason, "session_not_found");
}

#[tokio::test]
async fn an_update_changes_only_what_it_names() {
    let world = World::start().await;
    let request = pb::CreateSessionRequest {
        title: "pool".to_owned(),
        metadata_json: r#"{"tab":1}"#.to_owned(),
        ..of_client("client_1")
    };
    let (session, _) = world.create(&anonymous(), request).await.unwrap();
    let request = pb::UpdateSessionRequest {
        session_id: session.session_id.clone(),
        timeout: timeout(240),
        ..Default::default()
    };
    let updated = world.update(&anonymous(), request).await.unwrap();
    assert_eq!(updated.timeout, timeout(240));
    assert_eq!(
        (updated.title.as_str(), updated.metadata_json.as_str()),
        ("pool", r#"{"tab":1}"#)
    );

    let request = pb::UpdateSessionRequest {
        session_id: session.session_id,
        title: Some(String::new()),
        metadata_json: Some(r#"{"tab":null,"page":"x"}"#.to_owned()),
        ..Default::default()
    };
    let updated = world.update(&anonymous(), request).await.unwrap();
    assert_eq!(
        (updated.title.as_str(), updated.metadata_json.as_str()),
        ("", r#"{"page":"x"}"#)
    );
    assert_eq!(updated.timeout, timeout(240));
}

#[tokio::test]
async fn a_request_that_makes_no_sense_is_refused_with_its_field() {
    let world = World::start().await;
    let create = |field: &'static str, request| (field, request);
    let requests = [
        create("client_id", of_client(&"x".repeat(256))),
        create("client_id", of_client("a\0b")),
        create(
            "title",
            pb::CreateSessionRequest {
                title: "x".repeat(201),
                ..Default::default()
            },
        ),
        create(
            "session_type",
            pb::CreateSessionRequest {
                session_type: "x".repeat(51),
                ..Default::default()
            },
        ),
        create(
            "metadata_json",
            pb::CreateSessionRequest {
                metadata_json: "[]".to_owned(),
                ..Default::default()
            },
        ),
        create(
            "metadata_json",
            pb::CreateSessionRequest {
                metadata_json: format!("{{\"a\":\"{}\"}}", "x".repeat(16_384)),
                ..Default::default()
            },
        ),
    ];
    for (field, request) in requests {
        let fault = world.create(&anonymous(), request).await.unwrap_err();
        assert_eq!(fault.violations[0].field, field);
    }
}

#[tokio::test]
async fn an_ended_session_is_kept_for_seven_days() {
    let world = World::start().await;
    let store = Store::new(world.db.clone());
    let (session, _) = world.open(&user("user_1"), "client_1").await;
    world
        .end(&user("user_1"), &session.session_id)
        .await
        .unwrap();
    world.clock.advance(minutes(7 * 24 * 60));
    sweep(&store, &*world.clock, TimeDelta::days(7))
        .await
        .unwrap();
    let all = pb::ListSessionsRequest::default();
    assert_eq!(
        world
            .list(&user("user_1"), all.clone())
            .await
            .unwrap()
            .total_size,
        1
    );
    world.clock.advance(minutes(1));
    sweep(&store, &*world.clock, TimeDelta::days(7))
        .await
        .unwrap();
    assert_eq!(
        world.list(&user("user_1"), all).await.unwrap().total_size,
        0
    );
}
