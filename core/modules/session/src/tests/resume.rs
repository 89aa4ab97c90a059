use super::*;

#[tokio::test]
async fn the_same_client_resumes_its_session() {
    let world = World::start().await;
    for ctx in [anonymous(), user("user_1")] {
        let (first, _) = world.open(&ctx, "client_1").await;
        world.clock.advance(minutes(100));
        let (second, resumed) = world.open(&ctx, "client_1").await;
        assert!(resumed);
        assert_eq!(first.session_id, second.session_id);
        assert!(second.expire_time.unwrap().seconds > first.expire_time.unwrap().seconds);
    }
}

#[tokio::test]
async fn an_expired_session_is_followed_by_a_new_one() {
    let world = World::start().await;
    let (first, _) = world.open(&anonymous(), "client_1").await;
    world.clock.advance(minutes(180));
    let (second, resumed) = world.open(&anonymous(), "client_1").await;
    assert!(!resumed);
    assert_ne!(first.session_id, second.session_id);
}

#[tokio::test]
async fn an_ended_session_is_followed_by_a_new_one() {
    let world = World::start().await;
    let (first, _) = world.open(&anonymous(), "client_1").await;
    world.end(&anonymous(), &first.session_id).await.unwrap();
    let (_, resumed) = world.open(&anonymous(), "client_1").await;
    assert!(!resumed);
}

#[tokio::test]
async fn a_client_without_id_always_gets_a_new_session() {
    let world = World::start().await;
    let (first, _) = world.open(&anonymous(), "").await;
    let (second, resumed) = world.open(&anonymous(), "").await;
    assert!(!resumed);
    assert_ne!(first.session_id, second.session_id);
}

#[tokio::test]
async fn users_with_the_same_client_have_sessions_of_their_own() {
    let world = World::start().await;
    let mut session_ids = Vec::new();
    for ctx in [anonymous(), user("user_1"), user("user_2")] {
        let (session, resumed) = world.open(&ctx, "client_1").await;
        assert!(!resumed);
        session_ids.push(session.session_id);
    }
    session_ids.sort();
    session_ids.dedup();
    assert_eq!(session_ids.len(), 3);
}

#[tokio::test]
async fn a_client_that_signs_in_takes_its_session_along() {
    let world = World::start().await;
    let (before, _) = world.open(&anonymous(), "client_1").await;
    let ctx = Ctx {
        session_id: Some(before.session_id.clone()),
        ..user("user_1")
    };
    let (after, resumed) = world.open(&ctx, "client_1").await;
    assert!(resumed);
    assert_eq!(
        (after.session_id, after.user_id.as_str()),
        (before.session_id, "user_1")
    );
}

#[tokio::test]
async fn a_session_of_another_client_is_not_taken_along() {
    let world = World::start().await;
    let (other, _) = world.open(&anonymous(), "client_2").await;
    for session_id in [other.session_id, UNKNOWN.to_owned(), "nonsense".to_owned()] {
        let ctx = Ctx {
            session_id: Some(session_id),
            ..user("user_1")
        };
        let (session, _) = world.open(&ctx, "client_1").await;
        assert_eq!(session.client_id, "client_1");
    }
}

#[tokio::test]
async fn simultaneous_calls_of_one_client_share_a_session() {
    let world = World::start().await;
    let calls: Vec<_> = (0..4)
        .map(|_| {
            let mut client = world.client();
            let request = anonymous().request(of_client("client_1"));
            world.tasks.spawn("create", async move {
                client.create_session(request).await.unwrap().into_inner()
            })
        })
        .collect();
    let mut new = 0;
    let mut session_ids = Vec::new();
    for call in calls {
        let response = call.await.unwrap();
        new += i32::from(!response.resumed);
        session_ids.push(response.session.unwrap().session_id);
    }
    session_ids.dedup();
    assert_eq!((new, session_ids.len()), (1, 1));
}
