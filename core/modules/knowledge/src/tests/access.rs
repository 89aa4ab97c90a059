use super::*;

#[tokio::test]
async fn everything_needs_a_signed_in_user() {
    let world = World::start().await;
    let ctxs = [Ctx::anonymous("req_1"), Ctx::system("agent", "req_1")];
    for ctx in ctxs {
        let faults = [
            world.create(&ctx, document("a", "b")).await.unwrap_err(),
            world.get(&ctx, UNKNOWN).await.unwrap_err(),
            world.list(&ctx, Default::default()).await.unwrap_err(),
            world.update(&ctx, change(UNKNOWN)).await.unwrap_err(),
            world.delete(&ctx, UNKNOWN).await.unwrap_err(),
            world.search(&ctx, words("a")).await.unwrap_err(),
        ];
        for fault in faults {
            assert_eq!(fault.reason, "unauthenticated");
        }
    }
}

#[tokio::test]
async fn a_foreign_document_looks_like_none_on_every_route() {
    let world = World::start().await;
    let foreign = world.store(&user("user_1"), "pool", "exhausted").await;
    for ctx in [user("user_2"), admin()] {
        for document_id in [foreign.document_id.as_str(), UNKNOWN, "nonsense", "\0"] {
            let faults = [
                world.get(&ctx, document_id).await.unwrap_err(),
                world.update(&ctx, change(document_id)).await.unwrap_err(),
                world.delete(&ctx, document_id).await.unwrap_err(),
            ];
            for fault in faults {
                assert_eq!(fault, Fault::not_found("document"));
            }
        }
        let listed = world.list(&ctx, Default::default()).await.unwrap();
        assert_eq!((listed.documents.len(), listed.total_size), (0, 0));
        assert!(world.found(&ctx, "pool exhausted").await.is_empty());
    }
    let own = world.get(&user("user_1"), &foreign.document_id).await;
    assert_eq!(own.unwrap(), foreign);
}

#[tokio::test]
async fn a_global_document_is_read_by_all_and_written_by_administrators() {
    let world = World::start().await;
    let global = world.publish("pool", "exhausted").await;
    let member = user("user_1");
    assert_eq!(
        world.get(&member, &global.document_id).await.unwrap(),
        global
    );
    assert_eq!(world.found(&member, "exhausted").await, ["pool"]);
    let request = pb::CreateDocumentRequest {
        scope: pb::DocumentScope::Global.into(),
        ..document("own", "words")
    };
    let faults = [
        world.create(&member, request).await.unwrap_err(),
        world
            .update(&member, change(&global.document_id))
            .await
            .unwrap_err(),
        world
            .delete(&member, &global.document_id)
            .await
            .unwrap_err(),
    ];
    for fault in faults {
        assert_eq!(fault.reason, "forbidden");
    }
    let other_admin = person("admin_2", Role::Admin, None);
    world
        .delete(&other_admin, &global.document_id)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_viewer_reads_and_does_not_write() {
    let world = World::start().await;
    let global = world.publish("pool", "exhausted").await;
    let viewer = person("user_1", Role::Viewer, None);
    assert!(world.get(&viewer, &global.document_id).await.is_ok());
    assert_eq!(world.found(&viewer, "pool").await, ["pool"]);
    let faults = [
        world.create(&viewer, document("a", "b")).await.unwrap_err(),
        world
            .update(&viewer, change(&global.document_id))
            .await
            .unwrap_err(),
        world
            .delete(&viewer, &global.document_id)
            .await
            .unwrap_err(),
    ];
    for fault in faults {
        assert_eq!(fault.reason, "forbidden");
    }
}

#[tokio::test]
async fn a_token_does_what_its_scopes_cover() {
    let world = World::start().await;
    let reading = person("user_1", Role::Member, Some(&["knowledge:read"]));
    let writing = person("user_1", Role::Member, Some(&["knowledge:write"]));
    let own = world.store(&writing, "pool", "exhausted").await;
    assert!(world.get(&reading, &own.document_id).await.is_ok());
    for fault in [
        world
            .create(&reading, document("a", "b"))
            .await
            .unwrap_err(),
        world
            .update(&reading, change(&own.document_id))
            .await
            .unwrap_err(),
        world.delete(&reading, &own.document_id).await.unwrap_err(),
    ] {
        assert_eq!(fault.reason, "forbidden");
        assert!(fault.message.contains("knowledge:write"));
    }
    for fault in [
        world.get(&writing, &own.document_id).await.unwrap_err(),
        world.list(&writing, Default::default()).await.unwrap_err(),
        world.search(&writing, words("pool")).await.unwrap_err(),
    ] {
        assert_eq!(fault.reason, "forbidden");
        assert!(fault.message.contains("knowledge:read"));
    }
}

#[tokio::test]
async fn a_token_of_an_administrator_writes_globally_only_with_the_scope_admin() {
    let world = World::start().await;
    let request = pb::CreateDocumentRequest {
        scope: pb::DocumentScope::Global.into(),
        ..document("pool", "exhausted")
    };
    let token = person("admin_1", Role::Admin, Some(&["knowledge:write"]));
    let fault = world.create(&token, request.clone()).await.unwrap_err();
    assert!(fault.message.contains("admin"));
    let scopes = ["knowledge:write", "admin"];
    let token = person("admin_1", Role::Admin, Some(&scopes));
    assert!(world.create(&token, request).await.is_ok());
}
