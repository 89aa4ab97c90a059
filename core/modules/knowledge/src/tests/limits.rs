use super::*;

fn refused() -> Vec<(&'static str, pb::CreateDocumentRequest)> {
    let ok = || document("title", "content");
    vec![
        ("title", document(" ", "content")),
        ("title", document(&"x".repeat(501), "content")),
        ("content", document("title", " \n")),
        ("content", document("title", "a\0b")),
        ("scope", pb::CreateDocumentRequest { scope: 9, ..ok() }),
        (
            "type_label",
            pb::CreateDocumentRequest {
                type_label: "x".repeat(51),
                ..ok()
            },
        ),
        (
            "category",
            pb::CreateDocumentRequest {
                category: "x".repeat(101),
                ..ok()
            },
        ),
        (
            "description",
            pb::CreateDocumentRequest {
                description: "x".repeat(2_001),
                ..ok()
            },
        ),
        (
            "source_url",
            pb::CreateDocumentRequest {
                source_url: "x".repeat(2_001),
                ..ok()
            },
        ),
        (
            "tags",
            pb::CreateDocumentRequest {
                tags: vec![String::new()],
                ..ok()
            },
        ),
        (
            "metadata_json",
            pb::CreateDocumentRequest {
                metadata_json: "[]".to_owned(),
                ..ok()
            },
        ),
        (
            "metadata_json",
            pb::CreateDocumentRequest {
                metadata_json: format!("{{\"a\":\"{}\"}}", "x".repeat(16_384)),
                ..ok()
            },
        ),
    ]
}

#[tokio::test]
async fn a_document_that_makes_no_sense_is_refused_with_its_field() {
    let world = World::start().await;
    for (field, request) in refused() {
        let fault = world.create(&user("user_1"), request).await.unwrap_err();
        assert_eq!(fault.reason, "invalid_field");
        assert_eq!(fault.violations[0].field, field);
    }
    let listed = world.list(&user("user_1"), Default::default()).await;
    assert_eq!(listed.unwrap().total_size, 0);
}

#[tokio::test]
async fn a_document_may_be_as_large_as_the_limit_and_no_larger() {
    let world = World::start().await;
    let ctx = user("user_1");
    let mut content = "pool exhausted\n".repeat(MAX_BYTES / 15 + 1);
    content.truncate(MAX_BYTES);
    world.store(&ctx, "title", &content).await;
    content.push('x');
    let too_large = world.create(&ctx, document("title", &content)).await;
    let fault = too_large.unwrap_err();
    assert_eq!(
        (fault.code, &*fault.reason),
        (Code::OutOfRange, "document_too_large")
    );
    assert!(fault.message.contains("1048576"));
    let stored = world.store(&ctx, "small", "one").await;
    let request = pb::UpdateDocumentRequest {
        content: Some(content),
        ..change(&stored.document_id)
    };
    let fault = world.update(&ctx, request).await.unwrap_err();
    assert_eq!(fault.reason, "document_too_large");
}

#[tokio::test]
async fn a_change_that_makes_no_sense_is_refused_with_its_field() {
    let world = World::start().await;
    let ctx = user("user_1");
    let tags: Vec<String> = (0..20).map(|tag| tag.to_string()).collect();
    let request = pb::CreateDocumentRequest {
        tags,
        ..document("title", "content")
    };
    let stored = world.create(&ctx, request).await.unwrap().document.unwrap();
    let change = || change(&stored.document_id);
    let requests = [
        (
            "title",
            pb::UpdateDocumentRequest {
                title: Some(String::new()),
                ..change()
            },
        ),
        (
            "content",
            pb::UpdateDocumentRequest {
                content: Some(String::new()),
                ..change()
            },
        ),
        (
            "metadata_json",
            pb::UpdateDocumentRequest {
                metadata_json: Some("1".to_owned()),
                ..change()
            },
        ),
        (
            "tags",
            pb::UpdateDocumentRequest {
                tags: vec!["one more".to_owned()],
                ..change()
            },
        ),
    ];
    for (field, request) in requests {
        let fault = world.update(&ctx, request).await.unwrap_err();
        assert_eq!(fault.violations[0].field, field);
    }
    assert_eq!(world.get(&ctx, &stored.document_id).await.unwrap(), stored);
}

#[tokio::test]
async fn a_search_that_makes_no_sense_is_refused_with_its_field() {
    let world = World::start().await;
    let requests = [
        ("query", words(" ")),
        ("query", words("a\0b")),
        ("query", words(&"x".repeat(1_001))),
        (
            "max_results",
            pb::SearchDocumentsRequest {
                max_results: -1,
                ..words("a")
            },
        ),
        (
            "type",
            pb::SearchDocumentsRequest {
                r#type: 99,
                ..words("a")
            },
        ),
    ];
    for (field, request) in requests {
        let fault = world.search(&user("user_1"), request).await.unwrap_err();
        assert_eq!(fault.violations[0].field, field);
    }
    let longest = "ä ".repeat(500);
    assert!(world.search(&user("user_1"), words(&longest)).await.is_ok());
}
