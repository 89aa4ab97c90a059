use super::*;

impl World {
    async fn collect(&self, ctx: &Ctx, name: &str) -> Result<pb::Collection, Fault> {
        let request = pb::CreateCollectionRequest {
            name: name.to_owned(),
            ..Default::default()
        };
        let response = inner(self.client().create_collection(ctx.request(request)).await)?;
        Ok(response.collection.unwrap())
    }

    async fn collections(&self, ctx: &Ctx) -> Vec<(String, i64)> {
        let request = ctx.request(pb::ListCollectionsRequest {});
        let response = inner(self.client().list_collections(request).await).unwrap();
        let collections = response.collections.into_iter();
        collections.map(|it| (it.name, it.document_count)).collect()
    }

    async fn stats(&self, ctx: &Ctx) -> pb::GetLibraryStatsResponse {
        let request = ctx.request(pb::GetLibraryStatsRequest {});
        inner(self.client().get_library_stats(request).await).unwrap()
    }

    async fn similar(
        &self,
        ctx: &Ctx,
        request: pb::FindSimilarDocumentsRequest,
    ) -> Result<Vec<pb::SearchResult>, Fault> {
        let request = ctx.request(request);
        let response = inner(self.client().find_similar_documents(request).await)?;
        Ok(response.results)
    }
}

#[tokio::test]
async fn each_change_of_a_batch_stands_alone() {
    let world = World::start().await;
    let ctx = user("user_1");
    let mine = world.store(&ctx, "mine", "text").await;
    let foreign = world.store(&user("user_2"), "foreign", "text").await;
    let rename = |id: &str, title: &str| pb::UpdateDocumentRequest {
        title: Some(title.to_owned()),
        ..change(id)
    };
    let request = pb::BatchUpdateDocumentsRequest {
        updates: vec![
            rename(&foreign.document_id, "stolen"),
            rename(&mine.document_id, " "),
            rename(&mine.document_id, "renamed"),
        ],
    };
    let request = ctx.request(request);
    let response = inner(world.client().batch_update_documents(request).await).unwrap();
    let errors: Vec<&str> = response
        .outcomes
        .iter()
        .map(|it| it.error.as_str())
        .collect();
    assert_eq!(errors[0], "Document not found; check the id");
    assert!(errors[1].contains("title"), "{errors:?}");
    assert_eq!(errors[2], "");
    assert_eq!(
        world.get(&ctx, &mine.document_id).await.unwrap().title,
        "renamed"
    );
}

#[tokio::test]
async fn each_deletion_of_a_batch_stands_alone() {
    let world = World::start().await;
    let ctx = user("user_1");
    let mine = world.store(&ctx, "mine", "text").await;
    let global = world.publish("global", "text").await;
    let request = ctx.request(pb::BatchDeleteDocumentsRequest {
        document_ids: vec![
            mine.document_id.clone(),
            UNKNOWN.to_owned(),
            global.document_id.clone(),
        ],
    });
    let response = inner(world.client().batch_delete_documents(request).await).unwrap();
    let failed = response.outcomes.iter().filter(|it| !it.error.is_empty());
    let failed: Vec<_> = failed.map(|it| it.document_id.as_str()).collect();
    assert_eq!(failed, [UNKNOWN, &global.document_id]);
    assert!(world.get(&ctx, &mine.document_id).await.is_err());
}

#[tokio::test]
async fn a_batch_names_one_to_a_hundred_documents() {
    let world = World::start().await;
    for length in [0, 101] {
        let request = user("user_1").request(pb::BatchDeleteDocumentsRequest {
            document_ids: vec![UNKNOWN.to_owned(); length],
        });
        let fault = inner(world.client().batch_delete_documents(request).await).unwrap_err();
        assert_eq!(fault.code, Code::InvalidArgument);
    }
}

#[tokio::test]
async fn a_collection_counts_and_selects_its_documents() {
    let world = World::start().await;
    let ctx = user("user_1");
    let pools = world.collect(&ctx, "Pools").await.unwrap();
    world.collect(&ctx, "Empty").await.unwrap();
    world.store(&ctx, "outside", "text").await;
    let request = pb::CreateDocumentRequest {
        collection_ids: vec![pools.collection_id.clone(); 2],
        ..document("inside", "other text")
    };
    let created = world.create(&ctx, request).await.unwrap().document.unwrap();
    assert_eq!(
        created.collection_ids,
        std::slice::from_ref(&pools.collection_id)
    );
    let counted = [("Empty".to_owned(), 0), ("Pools".to_owned(), 1)];
    assert_eq!(world.collections(&ctx).await, counted);
    let request = pb::ListDocumentsRequest {
        collection_id: pools.collection_id.clone(),
        ..Default::default()
    };
    let page = world.list(&ctx, request).await.unwrap();
    assert_eq!(
        (page.total_size, page.documents[0].title.as_str()),
        (1, "inside")
    );

    let leave = pb::UpdateDocumentRequest {
        replace_collections: true,
        ..change(&created.document_id)
    };
    assert!(
        world
            .update(&ctx, leave)
            .await
            .unwrap()
            .collection_ids
            .is_empty()
    );
    assert_eq!(world.collections(&ctx).await[1].1, 0);
}

#[tokio::test]
async fn names_of_collections_are_unique_in_their_scope() {
    let world = World::start().await;
    world.collect(&user("user_1"), "Pools").await.unwrap();
    let fault = world.collect(&user("user_1"), "Pools").await.unwrap_err();
    assert_eq!(fault.code, Code::AlreadyExists);
    world.collect(&user("user_2"), "Pools").await.unwrap();
    assert_eq!(world.collections(&user("user_1")).await.len(), 1);
}

#[tokio::test]
async fn a_document_joins_collections_of_its_own_scope_only() {
    let world = World::start().await;
    let foreign = world.collect(&user("user_2"), "Theirs").await.unwrap();
    let request = pb::CreateDocumentRequest {
        collection_ids: vec![foreign.collection_id],
        ..document("mine", "text")
    };
    let fault = world.create(&user("user_1"), request).await.unwrap_err();
    assert_eq!(fault.reason, "collection_not_found");
    let reader = user("user_1");
    let none = world.list(&reader, pb::ListDocumentsRequest::default());
    assert_eq!(none.await.unwrap().total_size, 0, "nothing is stored");
}

#[tokio::test]
async fn the_numbers_are_those_of_what_one_may_read() {
    let world = World::start().await;
    let ctx = user("user_1");
    let empty = world.stats(&ctx).await;
    assert_eq!((empty.total_documents, empty.total_bytes), (0, 0));
    assert!(empty.last_update_time.is_none());
    let runbook = pb::CreateDocumentRequest {
        type_label: "playbook".to_owned(),
        ..document("a", "äö")
    };
    world.create(&ctx, runbook).await.unwrap();
    world.publish("b", "xyz").await;
    world.store(&user("user_2"), "c", "not counted").await;
    let stats = world.stats(&ctx).await;
    let by_type = stats.by_type.iter().map(|row| (row.r#type(), row.count));
    let by_type: Vec<_> = by_type.collect();
    let expected = [(pb::DocumentType::Other, 1), (pb::DocumentType::Runbook, 1)];
    assert_eq!(by_type, expected);
    assert_eq!(
        (stats.total_documents, stats.total_bytes, stats.total_owners),
        (2, 7, 2)
    );
    assert!(stats.last_update_time.is_some());
}

#[tokio::test]
async fn the_most_similar_document_comes_first_and_itself_never() {
    let world = World::start().await;
    let ctx = user("user_1");
    let text = "HikariPool reports that connections are exhausted; raise maximum-pool-size";
    let one = world.store(&ctx, "Pools", text).await;
    let twin = world
        .store(&ctx, "Exhausted pools", &format!("{text} and restart."))
        .await;
    world
        .store(
            &ctx,
            "Disks",
            "The disk is full; connections do not matter.",
        )
        .await;
    world
        .store(&user("user_2"), "Foreign", &format!("{text} now"))
        .await;
    let request = pb::FindSimilarDocumentsRequest {
        document_id: one.document_id.clone(),
        ..Default::default()
    };
    let found = world.similar(&ctx, request).await.unwrap();
    let ids: Vec<_> = found.iter().map(|it| it.document_id.as_str()).collect();
    assert_eq!(ids[0], twin.document_id);
    assert!(
        !ids.contains(&one.document_id.as_str()) && ids.len() == 2,
        "{ids:?}"
    );
    assert!(found[0].score > 0.85 && found[1].score < 0.5, "{found:?}");
}

#[tokio::test]
async fn a_text_is_compared_with_documents_of_one_type() {
    let world = World::start().await;
    let ctx = user("user_1");
    let text = "the pool of connections is exhausted";
    world.store(&ctx, "Note", text).await;
    let runbook = pb::CreateDocumentRequest {
        type_label: "runbook".to_owned(),
        ..document("Runbook", &format!("{text}, raise its limit"))
    };
    world.create(&ctx, runbook).await.unwrap();
    let request = pb::FindSimilarDocumentsRequest {
        text: text.to_owned(),
        r#type: pb::DocumentType::Runbook.into(),
        ..Default::default()
    };
    let found = world.similar(&ctx, request).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].title, "Runbook");
    assert!((found[0].score - 1.0).abs() < 1e-9, "{}", found[0].score);
    let nothing = world.similar(&ctx, pb::FindSimilarDocumentsRequest::default());
    assert_eq!(nothing.await.unwrap_err().code, Code::InvalidArgument);
}

#[tokio::test]
async fn a_file_becomes_a_document_named_after_it() {
    let world = World::start().await;
    let request = pb::CreateDocumentRequest {
        file: b"# Pools\n\ntext".to_vec(),
        file_name: "pools.md".to_owned(),
        ..Default::default()
    };
    let created = world.create(&user("user_1"), request).await.unwrap();
    let created = created.document.unwrap();
    assert_eq!(
        (created.title.as_str(), created.content.as_str()),
        ("pools.md", "# Pools\n\ntext")
    );
    assert!(created.chunk_count > 0);
    let request = pb::CreateDocumentRequest {
        file: b"%PDF".to_vec(),
        file_name: "pools.pdf".to_owned(),
        ..Default::default()
    };
    let fault = world.create(&user("user_1"), request).await.unwrap_err();
    assert!(fault.message.contains("md, markdown, txt"), "{fault}");
}
