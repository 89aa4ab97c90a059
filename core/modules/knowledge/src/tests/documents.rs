use sea_orm::ConnectionTrait as _;

use super::*;

fn described() -> pb::CreateDocumentRequest {
    pb::CreateDocumentRequest {
        type_label: "How-To".to_owned(),
        category: "databases".to_owned(),
        description: "what to do".to_owned(),
        source_url: "https://example.org/pool".to_owned(),
        tags: vec!["DB".to_owned(), "pool".to_owned()],
        metadata_json: r#"{"team": "sre"}"#.to_owned(),
        ..document(" Pool ", "# Pool\n\n  exhausted \n")
    }
}

#[tokio::test]
async fn a_document_comes_back_as_it_was_given() {
    let world = World::start().await;
    let ctx = user("user_1");
    let created = world.create(&ctx, described()).await.unwrap();
    assert_eq!(created.duplicate_of, "");
    let stored = created.document.unwrap();
    assert_eq!(stored.owner_id, "user_1");
    assert_eq!(stored.scope(), pb::DocumentScope::Personal);
    assert_eq!(stored.title, "Pool");
    assert_eq!(stored.content, "# Pool\n\n  exhausted \n");
    assert_eq!(stored.r#type(), pb::DocumentType::Guide);
    assert_eq!(stored.type_label, "How-To");
    assert_eq!(stored.category, "databases");
    assert_eq!(stored.description, "what to do");
    assert_eq!(stored.source_url, "https://example.org/pool");
    assert_eq!(stored.tags, ["DB", "pool"]);
    assert_eq!(stored.metadata_json, r#"{"team": "sre"}"#);
    assert_eq!((stored.version, stored.sha256.len()), (1, 64));
    assert_eq!(stored.create_time.unwrap().seconds, 1_700_000_000);
    assert_eq!(world.get(&ctx, &stored.document_id).await.unwrap(), stored);
}

#[tokio::test]
async fn the_same_text_is_stored_once_in_a_scope() {
    let world = World::start().await;
    let ctx = user("user_1");
    let first = world.store(&ctx, "pool", "exhausted").await;
    let again = world
        .create(&ctx, document("other", "exhausted"))
        .await
        .unwrap();
    assert_eq!(again.duplicate_of, first.document_id);
    assert_eq!(again.document.unwrap(), first);
    let foreign = world
        .create(&user("user_2"), document("pool", "exhausted"))
        .await;
    assert_eq!(foreign.unwrap().duplicate_of, "");
    let global = world.publish("pool", "exhausted").await;
    assert_ne!(global.document_id, first.document_id);
}

#[tokio::test]
async fn simultaneous_uploads_of_one_text_make_one_document() {
    let world = World::start().await;
    let tasks = Tasks::new();
    let calls: Vec<_> = (0..4)
        .map(|_| {
            let mut client = world.client();
            let request = user("user_1").request(document("pool", "exhausted"));
            tasks.spawn("create", async move {
                client.create_document(request).await.unwrap().into_inner()
            })
        })
        .collect();
    let mut new = 0;
    for call in calls {
        new += i32::from(call.await.unwrap().duplicate_of.is_empty());
    }
    assert_eq!(new, 1);
}

#[tokio::test]
async fn an_update_changes_only_what_it_names() {
    let world = World::start().await;
    let ctx = user("user_1");
    let created = world.create(&ctx, described()).await.unwrap();
    let stored = created.document.unwrap();
    world.clock.advance(Duration::from_secs(60));
    let request = pb::UpdateDocumentRequest {
        category: Some(String::new()),
        type_label: Some("faq".to_owned()),
        ..change(&stored.document_id)
    };
    let updated = world.update(&ctx, request).await.unwrap();
    let expected = pb::Document {
        category: String::new(),
        type_label: "faq".to_owned(),
        r#type: pb::DocumentType::Faq.into(),
        update_time: updated.update_time,
        ..stored.clone()
    };
    assert_eq!(updated, expected);
    assert_eq!(updated.update_time.unwrap().seconds, 1_700_000_060);
    assert_eq!(world.get(&ctx, &stored.document_id).await.unwrap(), updated);
}

#[tokio::test]
async fn tags_are_added_or_replaced() {
    let world = World::start().await;
    let ctx = user("user_1");
    let created = world.create(&ctx, described()).await.unwrap();
    let document_id = created.document.unwrap().document_id;
    let tags = |tags: &[&str], replace_tags| pb::UpdateDocumentRequest {
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        replace_tags,
        ..change(&document_id)
    };
    let added = world.update(&ctx, tags(&["db", "java"], false)).await;
    assert_eq!(added.unwrap().tags, ["DB", "pool", "java"]);
    let replaced = world.update(&ctx, tags(&["java"], true)).await;
    assert_eq!(replaced.unwrap().tags, ["java"]);
    let cleared = world.update(&ctx, tags(&[], true)).await;
    assert!(cleared.unwrap().tags.is_empty());
}

#[tokio::test]
async fn the_version_grows_with_the_content_alone() {
    let world = World::start().await;
    let ctx = user("user_1");
    let stored = world.store(&ctx, "pool", "exhausted").await;
    let of = |content: &str| pb::UpdateDocumentRequest {
        content: Some(content.to_owned()),
        ..change(&stored.document_id)
    };
    let renamed = pb::UpdateDocumentRequest {
        title: Some("hikari".to_owned()),
        ..change(&stored.document_id)
    };
    assert_eq!(
        world.update(&ctx, of("exhausted")).await.unwrap().version,
        1
    );
    assert_eq!(world.update(&ctx, renamed).await.unwrap().version, 1);
    let updated = world.update(&ctx, of("leaking")).await.unwrap();
    assert_eq!(updated.version, 2);
    assert_ne!(updated.sha256, stored.sha256);
    assert_eq!(updated.content, "leaking");
    assert_eq!(world.found(&ctx, "leak").await, ["hikari"]);
    assert_eq!(world.found(&ctx, "hikari").await, ["hikari"]);
    assert!(world.found(&ctx, "exhausted").await.is_empty());
    assert!(world.found(&ctx, "pool").await.is_empty());
}

#[tokio::test]
async fn a_change_of_another_version_is_refused() {
    let world = World::start().await;
    let ctx = user("user_1");
    let stored = world.store(&ctx, "pool", "exhausted").await;
    let of = |content: &str| pb::UpdateDocumentRequest {
        content: Some(content.to_owned()),
        expected_version: Some(1),
        ..change(&stored.document_id)
    };
    world.update(&ctx, of("first")).await.unwrap();
    let fault = world.update(&ctx, of("second")).await.unwrap_err();
    assert_eq!(
        (fault.code, &*fault.reason),
        (Code::Aborted, "version_conflict")
    );
    assert_eq!(fault.metadata["expected_version"], "1");
    assert_eq!(fault.metadata["actual_version"], "2");
    let kept = world.get(&ctx, &stored.document_id).await.unwrap();
    assert_eq!(kept.content, "first");
}

#[tokio::test]
async fn a_document_does_not_become_a_copy_of_another_one() {
    let world = World::start().await;
    let ctx = user("user_1");
    let first = world.store(&ctx, "one", "first").await;
    let second = world.store(&ctx, "two", "second").await;
    let request = pb::UpdateDocumentRequest {
        content: Some("first".to_owned()),
        ..change(&second.document_id)
    };
    let fault = world.update(&ctx, request).await.unwrap_err();
    assert_eq!(fault.reason, "already_exists");
    assert_eq!(fault.metadata["duplicate_of"], first.document_id);
    assert_eq!(world.get(&ctx, &second.document_id).await.unwrap(), second);
    assert_eq!(world.found(&ctx, "second").await, ["two"]);
}

#[tokio::test]
async fn simultaneous_changes_all_arrive() {
    let world = World::start().await;
    let stored = world.store(&user("user_1"), "pool", "exhausted").await;
    let tasks = Tasks::new();
    let calls: Vec<_> = (0..4)
        .map(|tag| {
            let mut client = world.client();
            let request = user("user_1").request(pb::UpdateDocumentRequest {
                tags: vec![tag.to_string()],
                ..change(&stored.document_id)
            });
            tasks.spawn("update", async move {
                client.update_document(request).await.unwrap();
            })
        })
        .collect();
    for call in calls {
        call.await.unwrap();
    }
    let updated = world.get(&user("user_1"), &stored.document_id).await;
    assert_eq!(updated.unwrap().tags.len(), 4);
}

#[tokio::test]
async fn a_deleted_document_leaves_nothing_behind() {
    let world = World::start().await;
    let ctx = user("user_1");
    let created = world.create(&ctx, described()).await.unwrap();
    let document_id = created.document.unwrap().document_id;
    world.delete(&ctx, &document_id).await.unwrap();
    assert_eq!(
        world.get(&ctx, &document_id).await.unwrap_err(),
        Fault::not_found("document")
    );
    assert!(world.delete(&ctx, &document_id).await.is_err());
    assert!(world.found(&ctx, "pool exhausted").await.is_empty());
    for table in ["documents", "contents", "tags", "chunks", "postings"] {
        let query = format!("SELECT 1 FROM knowledge_{table} LIMIT 1");
        let left = world.db.read().execute_unprepared(&query).await.unwrap();
        assert_eq!(left.rows_affected(), 0, "{table}");
    }
    let again = world.create(&ctx, described()).await.unwrap();
    assert_eq!(again.duplicate_of, "");
}
