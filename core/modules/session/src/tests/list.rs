use super::*;

fn with_status(status: pb::SessionStatus) -> pb::ListSessionsRequest {
    pb::ListSessionsRequest {
        status: status.into(),
        ..Default::default()
    }
}

#[tokio::test]
async fn the_list_needs_a_signed_in_user() {
    let world = World::start().await;
    let fault = world
        .list(&anonymous(), pb::ListSessionsRequest::default())
        .await;
    assert_eq!(fault.unwrap_err().reason, "unauthenticated");
}

#[tokio::test]
async fn the_list_holds_the_callers_sessions_latest_activity_first() {
    let world = World::start().await;
    let mut session_ids = Vec::new();
    for client in 0..5 {
        let (session, _) = world
            .open(&user("user_1"), &format!("client_{client}"))
            .await;
        session_ids.push(session.session_id);
        world.clock.advance(Duration::from_secs(1));
    }
    world
        .heartbeat(&user("user_1"), &session_ids[1])
        .await
        .unwrap();
    session_ids.reverse();
    let active = session_ids.remove(3);
    session_ids.insert(0, active);
    world.open(&user("user_2"), "client_1").await;
    world.open(&anonymous(), "client_1").await;

    let mut listed = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListSessionsRequest {
            page_size: 2,
            page_token,
            ..Default::default()
        };
        let page = world.list(&user("user_1"), request).await.unwrap();
        assert_eq!(page.total_size, 5);
        listed.extend(page.sessions.into_iter().map(|session| session.session_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(listed, session_ids);
}

#[tokio::test]
async fn sessions_are_listed_by_the_status_they_have_now() {
    let world = World::start().await;
    let ctx = user("user_1");
    let (expired, _) = world.open(&ctx, "client_1").await;
    world.clock.advance(minutes(180));
    let (terminated, _) = world.open(&ctx, "client_2").await;
    world.end(&ctx, &terminated.session_id).await.unwrap();
    let (active, _) = world.open(&ctx, "client_3").await;
    for (status, session) in [
        (pb::SessionStatus::Expired, expired),
        (pb::SessionStatus::Terminated, terminated),
        (pb::SessionStatus::Active, active),
    ] {
        let page = world.list(&ctx, with_status(status)).await.unwrap();
        assert_eq!(page.total_size, 1);
        assert_eq!(page.sessions[0].session_id, session.session_id);
        assert_eq!(page.sessions[0].status(), status);
    }
    let archived = world
        .list(&ctx, with_status(pb::SessionStatus::Archived))
        .await;
    assert_eq!(archived.unwrap().total_size, 0);
}

#[tokio::test]
async fn a_selection_that_makes_no_sense_is_refused_with_its_field() {
    let world = World::start().await;
    let forged = faultmaven_kit::PageToken::encode(&(0_i64, "\0".to_owned())).unwrap();
    let requests = [
        (
            "status",
            pb::ListSessionsRequest {
                status: 99,
                ..Default::default()
            },
        ),
        (
            "page_size",
            pb::ListSessionsRequest {
                page_size: -1,
                ..Default::default()
            },
        ),
        (
            "page_token",
            pb::ListSessionsRequest {
                page_token: forged,
                ..Default::default()
            },
        ),
    ];
    for (field, request) in requests {
        let fault = world.list(&user("user_1"), request).await.unwrap_err();
        assert_eq!(fault.violations[0].field, field);
    }
}
