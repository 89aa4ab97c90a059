use super::*;

impl World {
    async fn write(&self, ctx: &Ctx, session_id: &str, content: &str) -> Result<i64, Fault> {
        let request = ctx.request(pb::AddMessageRequest {
            session_id: session_id.to_owned(),
            content: content.to_owned(),
            ..Default::default()
        });
        let response = self.client().add_message(request).await;
        let response = response.map_err(|status| Fault::from_status(&status))?;
        Ok(response.into_inner().total_size)
    }

    async fn read(&self, ctx: &Ctx, session_id: &str, token: &str) -> pb::ListMessagesResponse {
        let request = ctx.request(pb::ListMessagesRequest {
            session_id: session_id.to_owned(),
            page_size: 2,
            page_token: token.to_owned(),
        });
        let response = self.client().list_messages(request).await;
        response.unwrap().into_inner()
    }
}

fn contents(page: &pb::ListMessagesResponse) -> Vec<&str> {
    let messages = page.messages.iter();
    messages.map(|message| message.content.as_str()).collect()
}

#[tokio::test]
async fn the_log_is_read_from_its_end() {
    let world = World::start().await;
    let ctx = user("user_1");
    let (session, _) = world.open(&ctx, "client_1").await;
    for content in ["one", "two", "three"] {
        world
            .write(&ctx, &session.session_id, content)
            .await
            .unwrap();
    }
    let latest = world.read(&ctx, &session.session_id, "").await;
    assert_eq!(contents(&latest), ["two", "three"]);
    assert_eq!(latest.total_size, 3);
    let before = world
        .read(&ctx, &session.session_id, &latest.next_page_token)
        .await;
    assert_eq!(contents(&before), ["one"]);
    assert!(before.next_page_token.is_empty());
}

#[tokio::test]
async fn the_oldest_messages_make_room() {
    let config = Config {
        messages_max: 2,
        ..Config::default()
    };
    let world = World::with(config).await;
    let ctx = user("user_1");
    let (session, _) = world.open(&ctx, "client_1").await;
    for (content, total) in [("one", 1), ("two", 2), ("three", 2)] {
        let counted = world.write(&ctx, &session.session_id, content).await;
        assert_eq!(counted.unwrap(), total);
    }
    let log = world.read(&ctx, &session.session_id, "").await;
    assert_eq!(contents(&log), ["two", "three"]);
    assert!(log.next_page_token.is_empty());
    let session = world.get(&ctx, &session.session_id).await.unwrap();
    assert_eq!(session.message_count, 2);
}

#[tokio::test]
async fn a_log_can_be_emptied_and_goes_on() {
    let world = World::start().await;
    let ctx = user("user_1");
    let (session, _) = world.open(&ctx, "client_1").await;
    world.write(&ctx, &session.session_id, "one").await.unwrap();
    let request = ctx.request(pb::ClearMessagesRequest {
        session_id: session.session_id.clone(),
    });
    let cleared = world.client().clear_messages(request).await.unwrap();
    assert_eq!(cleared.into_inner().removed_count, 1);
    let total = world.write(&ctx, &session.session_id, "two").await;
    assert_eq!(total.unwrap(), 1);
    let log = world.read(&ctx, &session.session_id, "").await;
    assert_eq!(contents(&log), ["two"]);
}

#[tokio::test]
async fn a_log_is_closed_to_others_and_in_archived_sessions() {
    let world = World::start().await;
    let ctx = user("user_1");
    let (session, _) = world.open(&ctx, "client_1").await;
    let stranger = world.write(&user("user_2"), &session.session_id, "x").await;
    assert_eq!(stranger.unwrap_err().reason, "session_not_found");
    world.archive(&ctx, &session.session_id, true).await;
    let archived = world.write(&ctx, &session.session_id, "x").await;
    assert_eq!(archived.unwrap_err().reason, "session_archived");
}

#[tokio::test]
async fn sessions_are_found_by_title_and_log() {
    let world = World::start().await;
    let ctx = user("user_1");
    let (titled, _) = world.open(&ctx, "client_1").await;
    let rename = pb::UpdateSessionRequest {
        session_id: titled.session_id.clone(),
        title: Some("Checkout 50%".to_owned()),
        ..Default::default()
    };
    world.update(&ctx, rename).await.unwrap();
    let (logged, _) = world.open(&ctx, "client_2").await;
    world
        .write(&ctx, &logged.session_id, "the Pool in Äpfel is full")
        .await
        .unwrap();
    for (query, found) in [
        ("checkout", vec![&titled]),
        ("POOL", vec![&logged]),
        ("Äpfel", vec![&logged]),
        ("50%", vec![&titled]),
        ("5_%", vec![]),
        ("", vec![&logged, &titled]),
    ] {
        let request = pb::ListSessionsRequest {
            query: query.to_owned(),
            ..Default::default()
        };
        let listed = world.list(&ctx, request).await.unwrap().sessions;
        let mut listed: Vec<_> = listed.iter().map(|it| &it.session_id).collect();
        let mut found: Vec<_> = found.iter().map(|it| &it.session_id).collect();
        listed.sort();
        found.sort();
        assert_eq!(listed, found, "{query}");
    }
}
