//! Drafts on their way to being relied upon.

use pb::DocumentReview as Review;

use super::*;

fn draft(title: &str, content: &str) -> pb::CreateDocumentRequest {
    pb::CreateDocumentRequest {
        review: Review::Draft.into(),
        ..document(title, content)
    }
}

async fn drafted(world: &World, ctx: &Ctx) -> String {
    let created = world.create(ctx, draft("pool", "exhausted")).await;
    created.unwrap().document.unwrap().document_id
}

#[tokio::test]
async fn a_draft_is_verified_and_published_and_keeps_who_did_it_and_when() {
    let world = World::start().await;
    let ctx = user("user_1");
    let id = drafted(&world, &ctx).await;
    let stored = world.get(&ctx, &id).await.unwrap();
    assert_eq!(stored.review(), Review::Draft);
    assert_eq!(
        (stored.reviewer_id.as_str(), stored.review_time),
        ("", None)
    );
    for review in [Review::InReview, Review::Verified, Review::Published] {
        world.clock.advance(Duration::from_secs(60));
        world.review(&ctx, &id, review).await.unwrap();
    }
    let stored = world.get(&ctx, &id).await.unwrap();
    assert_eq!(stored.review(), Review::Published);
    assert_eq!(stored.reviewer_id, "user_1");
    assert_eq!(stored.review_time.unwrap().seconds, 1_700_000_180);
    assert_eq!(stored.version, 1, "the text is the same");
}

#[tokio::test]
async fn a_step_that_is_left_out_is_refused_with_the_ones_there_are() {
    let world = World::start().await;
    let ctx = user("user_1");
    let id = drafted(&world, &ctx).await;
    let fault = world.review(&ctx, &id, Review::Published).await;
    let fault = fault.unwrap_err();
    assert_eq!(fault.reason, "illegal_transition");
    assert_eq!(
        fault.message,
        "the document is draft, which cannot become published; it can become in_review"
    );
    let stored = world.get(&ctx, &id).await.unwrap();
    assert_eq!(stored.review(), Review::Draft);
    let uploaded = world.store(&ctx, "disk", "full").await;
    assert_eq!(uploaded.review(), Review::Published);
    world
        .review(&ctx, &uploaded.document_id, Review::Deprecated)
        .await
        .unwrap();
    let again = world.review(&ctx, &uploaded.document_id, Review::InReview);
    assert!(again.await.unwrap_err().message.contains("a new document"));
}

#[tokio::test]
async fn a_program_verifies_nothing() {
    let world = World::start().await;
    let ctx = user("user_1");
    let id = drafted(&world, &ctx).await;
    let scopes = Some(&["knowledge:read", "knowledge:write"][..]);
    let program = person("user_1", Role::Member, scopes);
    world.review(&program, &id, Review::InReview).await.unwrap();
    let fault = world.review(&program, &id, Review::Verified).await;
    let fault = fault.unwrap_err();
    assert_eq!(fault.code, Code::PermissionDenied);
    assert!(fault.message.contains("sign in"), "{}", fault.message);
    world.review(&ctx, &id, Review::Verified).await.unwrap();
}

#[tokio::test]
async fn a_rejection_has_a_reason_and_is_not_the_end() {
    let world = World::start().await;
    let ctx = user("user_1");
    let id = drafted(&world, &ctx).await;
    world.review(&ctx, &id, Review::InReview).await.unwrap();
    let request = pb::ReviewDocumentRequest {
        document_id: id.clone(),
        review: Review::Rejected.into(),
        ..Default::default()
    };
    let mut client = world.client();
    let silent = client.review_document(ctx.request(request)).await;
    assert_eq!(inner(silent).unwrap_err().violations[0].field, "reason");
    let rejected = world.review(&ctx, &id, Review::Rejected).await.unwrap();
    assert_eq!(rejected.review_reason, "names no check");
    world.review(&ctx, &id, Review::InReview).await.unwrap();
}

#[tokio::test]
async fn what_was_verified_is_read_again_once_its_text_changes() {
    let world = World::start().await;
    let ctx = user("user_1");
    let id = drafted(&world, &ctx).await;
    for review in [Review::InReview, Review::Verified] {
        world.review(&ctx, &id, review).await.unwrap();
    }
    let renamed = pb::UpdateDocumentRequest {
        title: Some("pools".to_owned()),
        ..change(&id)
    };
    let renamed = world.update(&ctx, renamed).await.unwrap();
    assert_eq!(renamed.review(), Review::Verified);
    let rewritten = pb::UpdateDocumentRequest {
        content: Some("drop all connections".to_owned()),
        ..change(&id)
    };
    let rewritten = world.update(&ctx, rewritten).await.unwrap();
    assert_eq!(rewritten.review(), Review::InReview);
    let stale = pb::ReviewDocumentRequest {
        document_id: id,
        review: Review::Verified.into(),
        expected_version: Some(1),
        ..Default::default()
    };
    let stale = world.client().review_document(ctx.request(stale)).await;
    assert_eq!(inner(stale).unwrap_err().reason, "version_conflict");
}

#[tokio::test]
async fn drafts_are_their_owners_and_found_on_request_alone() {
    let world = World::start().await;
    let (owner, other) = (admin(), user("user_2"));
    let global = pb::CreateDocumentRequest {
        scope: pb::DocumentScope::Global.into(),
        ..draft("pool", "exhausted")
    };
    let created = world.create(&owner, global).await.unwrap();
    let id = created.document.unwrap().document_id;
    let fault = world.get(&other, &id).await.unwrap_err();
    assert_eq!(fault, Fault::not_found("document"));
    let wanted = pb::SearchDocumentsRequest {
        reviews: vec![Review::Draft.into()],
        ..words("exhausted")
    };
    for (ctx, expected) in [(&owner, 1), (&other, 0)] {
        assert!(world.found(ctx, "exhausted").await.is_empty());
        let on_request = world.search(ctx, wanted.clone()).await.unwrap();
        assert_eq!(on_request.len(), expected);
        let listed = world.list(ctx, pb::ListDocumentsRequest::default()).await;
        assert_eq!(listed.unwrap().documents.len(), expected);
    }
    world.review(&owner, &id, Review::InReview).await.unwrap();
    assert_eq!(world.found(&other, "exhausted").await, ["pool"]);
    let drafts = pb::ListDocumentsRequest {
        reviews: vec![Review::Draft.into()],
        ..Default::default()
    };
    let drafts = world.list(&owner, drafts).await.unwrap();
    assert!(drafts.documents.is_empty());
}

#[tokio::test]
async fn a_document_begins_as_a_draft_or_published() {
    let world = World::start().await;
    let request = pb::CreateDocumentRequest {
        review: Review::Verified.into(),
        ..document("pool", "exhausted")
    };
    let ctx = user("user_1");
    let fault = world.create(&ctx, request).await.unwrap_err();
    assert_eq!(fault.violations[0].field, "review");
    let unknown = world.review(&ctx, UNKNOWN, Review::InReview);
    assert_eq!(unknown.await.unwrap_err(), Fault::not_found("document"));
}
