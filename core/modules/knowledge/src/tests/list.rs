use super::*;

fn titles(page: &pb::ListDocumentsResponse) -> Vec<&str> {
    let documents = page.documents.iter();
    documents.map(|document| document.title.as_str()).collect()
}

#[tokio::test]
async fn the_newest_documents_come_first_page_by_page() {
    let world = World::start().await;
    let ctx = user("user_1");
    for title in ["a", "b", "c", "d"] {
        world.store(&ctx, title, title).await;
    }
    world.publish("e", "e").await;
    world.store(&user("user_2"), "f", "f").await;
    let mut listed = String::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListDocumentsRequest {
            page_size: 2,
            page_token,
            ..Default::default()
        };
        let page = world.list(&ctx, request).await.unwrap();
        assert_eq!(page.total_size, 5);
        assert!(
            page.documents
                .iter()
                .all(|document| document.content.is_empty())
        );
        listed.push_str(&titles(&page).concat());
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(listed, "edcba");
    let request = pb::ListDocumentsRequest {
        page_size: 2,
        offset: 3,
        ..Default::default()
    };
    let page = world.list(&ctx, request).await.unwrap();
    assert_eq!(
        (titles(&page).concat().as_str(), page.total_size),
        ("ba", 5)
    );
}

#[tokio::test]
async fn documents_are_listed_by_type_tag_and_scope() {
    let world = World::start().await;
    let ctx = user("user_1");
    let runbook = pb::CreateDocumentRequest {
        type_label: "playbook".to_owned(),
        tags: vec!["Pool".to_owned()],
        ..document("runbook", "one")
    };
    world.create(&ctx, runbook).await.unwrap();
    world.store(&ctx, "other", "two").await;
    world.publish("global", "three").await;
    let requests = [
        (
            "runbook",
            pb::ListDocumentsRequest {
                r#type: pb::DocumentType::Runbook.into(),
                ..Default::default()
            },
        ),
        (
            "runbook",
            pb::ListDocumentsRequest {
                tags: vec!["pool".to_owned()],
                ..Default::default()
            },
        ),
        (
            "global",
            pb::ListDocumentsRequest {
                scope: pb::DocumentScope::Global.into(),
                ..Default::default()
            },
        ),
        (
            "other runbook",
            pb::ListDocumentsRequest {
                scope: pb::DocumentScope::Personal.into(),
                ..Default::default()
            },
        ),
        (
            "",
            pb::ListDocumentsRequest {
                r#type: pb::DocumentType::Runbook.into(),
                scope: pb::DocumentScope::Global.into(),
                ..Default::default()
            },
        ),
    ];
    for (expected, request) in requests {
        let page = world.list(&ctx, request).await.unwrap();
        assert_eq!(titles(&page).join(" "), expected);
        assert_eq!(page.total_size, page.documents.len() as i64);
    }
}

#[tokio::test]
async fn a_selection_that_makes_no_sense_is_refused_with_its_field() {
    let world = World::start().await;
    let requests = [
        (
            "type",
            pb::ListDocumentsRequest {
                r#type: 99,
                ..Default::default()
            },
        ),
        (
            "scope",
            pb::ListDocumentsRequest {
                scope: 99,
                ..Default::default()
            },
        ),
        (
            "offset",
            pb::ListDocumentsRequest {
                offset: -1,
                ..Default::default()
            },
        ),
        (
            "page_size",
            pb::ListDocumentsRequest {
                page_size: -1,
                ..Default::default()
            },
        ),
        (
            "tags",
            pb::ListDocumentsRequest {
                tags: vec!["a\0".to_owned()],
                ..Default::default()
            },
        ),
        (
            "page_token",
            pb::ListDocumentsRequest {
                page_token: "%".to_owned(),
                ..Default::default()
            },
        ),
    ];
    for (field, request) in requests {
        let fault = world.list(&user("user_1"), request).await.unwrap_err();
        assert_eq!(fault.violations[0].field, field);
    }
}
