use std::time::Duration;

use faultmaven_kit::{Ctx, Role};
use faultmaven_proto::case::v1 as pb;

use super::harness::{Harness, answer, person};

async fn list(
    harness: &Harness,
    ctx: &Ctx,
    request: pb::ListCasesRequest,
) -> pb::ListCasesResponse {
    answer(harness.cases().list_cases(ctx.request(request)).await).unwrap()
}

fn titles(page: &pb::ListCasesResponse) -> Vec<&str> {
    page.cases.iter().map(|case| case.title.as_str()).collect()
}

/// Returns an owner's world after the first look at the list, which makes the welcome case.
async fn welcomed() -> Harness {
    let harness = Harness::start().await;
    let all = pb::ListCasesRequest::default();
    assert_eq!(list(&harness, &harness.owner, all).await.total_size, 1);
    harness.clock.advance(Duration::from_secs(1));
    harness
}

#[tokio::test]
async fn pages_follow_each_other_latest_activity_first() {
    let harness = welcomed().await;
    for _ in 0..5 {
        harness.open().await;
        harness.clock.advance(Duration::from_secs(1));
    }
    let page = |token: &str| pb::ListCasesRequest {
        page_size: 2,
        page_token: token.to_owned(),
        ..Default::default()
    };
    let first = list(&harness, &harness.owner, page("")).await;
    assert_eq!(titles(&first), ["Case-0304-5", "Case-0304-4"]);
    assert_eq!(first.total_size, 6);
    let second = list(&harness, &harness.owner, page(&first.next_page_token)).await;
    assert_eq!(titles(&second), ["Case-0304-3", "Case-0304-2"]);
    let third = list(&harness, &harness.owner, page(&second.next_page_token)).await;
    assert_eq!(titles(&third), ["Case-0304-1", "Welcome to FaultMaven"]);
    assert!(third.next_page_token.is_empty());
    let offset = pb::ListCasesRequest {
        page_size: 2,
        offset: 3,
        ..Default::default()
    };
    let by_offset = list(&harness, &harness.owner, offset).await;
    assert_eq!(titles(&by_offset), ["Case-0304-2", "Case-0304-1"]);
}

#[tokio::test]
async fn cases_opened_in_the_same_moment_are_all_listed_once() {
    let harness = welcomed().await;
    for _ in 0..7 {
        harness.open().await;
    }
    let mut seen = Vec::new();
    let mut token = String::new();
    loop {
        let request = pb::ListCasesRequest {
            page_size: 3,
            page_token: token,
            ..Default::default()
        };
        let page = list(&harness, &harness.owner, request).await;
        seen.extend(page.cases.into_iter().map(|case| case.case_id));
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 8);
}

#[tokio::test]
async fn every_write_shows_in_the_next_list() {
    let harness = welcomed().await;
    let case = harness.open().await;
    let all = pb::ListCasesRequest::default;
    assert_eq!(list(&harness, &harness.owner, all()).await.total_size, 2);
    let edit = pb::UpdateCaseRequest {
        case_id: case.case_id.clone(),
        title: Some("new".into()),
        ..Default::default()
    };
    answer(
        harness
            .cases()
            .update_case(harness.owner.request(edit))
            .await,
    )
    .unwrap();
    assert_eq!(
        titles(&list(&harness, &harness.owner, all()).await),
        ["new", "Welcome to FaultMaven"]
    );
    let archive = pb::UpdateCaseRequest {
        case_id: case.case_id.clone(),
        archived: Some(true),
        ..Default::default()
    };
    harness.open().await;
    answer(
        harness
            .cases()
            .update_case(harness.owner.request(archive))
            .await,
    )
    .unwrap();
    assert_eq!(list(&harness, &harness.owner, all()).await.total_size, 2);
    let archived = pb::ListCasesRequest {
        include_archived: true,
        ..Default::default()
    };
    assert_eq!(list(&harness, &harness.owner, archived).await.total_size, 3);
}

#[tokio::test]
async fn a_status_selects_and_counts() {
    let harness = Harness::start().await;
    harness.open().await;
    let by = |status: pb::CaseStatus| pb::ListCasesRequest {
        status: status.into(),
        ..Default::default()
    };
    let inquiry = list(&harness, &harness.owner, by(pb::CaseStatus::Inquiry)).await;
    assert_eq!((inquiry.cases.len(), inquiry.total_size), (1, 1));
    let closed = list(&harness, &harness.owner, by(pb::CaseStatus::Closed)).await;
    assert_eq!((closed.cases.len(), closed.total_size), (0, 0));
}

#[tokio::test]
async fn who_has_no_case_is_welcomed_with_one() {
    let harness = Harness::start().await;
    for newcomer in [person(Role::Member), person(Role::Viewer)] {
        let all = pb::ListCasesRequest::default;
        let page = list(&harness, &newcomer, all()).await;
        assert_eq!(page.total_size, 1);
        let welcome = &page.cases[0];
        assert_eq!(welcome.kind, i32::from(pb::CaseKind::Welcome));
        assert_eq!((welcome.current_turn, welcome.message_count), (1, 2));
        assert_eq!(list(&harness, &newcomer, all()).await, page);
        let request = pb::ListMessagesRequest {
            case_id: welcome.case_id.clone(),
            ..Default::default()
        };
        let messages = answer(
            harness
                .cases()
                .list_messages(newcomer.request(request))
                .await,
        );
        let messages = messages.unwrap();
        let roles: Vec<_> = messages
            .messages
            .iter()
            .map(|message| message.role())
            .collect();
        assert_eq!(roles, [pb::MessageRole::User, pb::MessageRole::Assistant]);
    }
}

#[tokio::test]
async fn the_welcome_comes_once_and_again_after_the_last_case_is_deleted() {
    let harness = Harness::start().await;
    let all = pb::ListCasesRequest::default;
    let both = tokio::join!(
        list(&harness, &harness.owner, all()),
        list(&harness, &harness.owner, all())
    );
    assert_eq!(both.0.cases[0].case_id, both.1.cases[0].case_id);
    let first = both.0.cases[0].case_id.clone();
    let delete = pb::DeleteCaseRequest {
        case_id: first.clone(),
        expected_version: None,
    };
    answer(
        harness
            .cases()
            .delete_case(harness.owner.request(delete))
            .await,
    )
    .unwrap();
    let page = list(&harness, &harness.owner, all()).await;
    assert_eq!(page.total_size, 1);
    assert_ne!(page.cases[0].case_id, first);
    assert_eq!(harness.open().await.title, "Case-0304-1");
}

#[tokio::test]
async fn the_welcome_comes_again_when_only_empty_cases_are_in_sight() {
    let harness = welcomed().await;
    let all = pb::ListCasesRequest::default;
    let welcome = list(&harness, &harness.owner, all()).await.cases.remove(0);
    harness.open().await;
    let archive = |archived| pb::UpdateCaseRequest {
        case_id: welcome.case_id.clone(),
        archived: Some(archived),
        ..Default::default()
    };
    let edit = async |request| {
        let request = harness.owner.request(request);
        answer(harness.cases().update_case(request).await).unwrap();
    };
    edit(archive(true)).await;
    let page = list(&harness, &harness.owner, all()).await;
    let talked_in = |page: &pb::ListCasesResponse| {
        let cases = page.cases.iter();
        cases.filter(|case| case.message_count > 0).count()
    };
    assert_eq!((page.total_size, talked_in(&page)), (2, 1));
    edit(archive(false)).await;
    let page = list(&harness, &harness.owner, all()).await;
    assert_eq!((page.total_size, talked_in(&page)), (3, 2));
}

#[tokio::test]
async fn a_filtered_list_welcomes_nobody() {
    let harness = Harness::start().await;
    let closed = pb::ListCasesRequest {
        status: pb::CaseStatus::Closed.into(),
        ..Default::default()
    };
    assert_eq!(list(&harness, &harness.owner, closed).await.total_size, 0);
    let bad = pb::ListCasesRequest {
        page_size: -1,
        ..Default::default()
    };
    assert!(
        harness
            .cases()
            .list_cases(harness.owner.request(bad))
            .await
            .is_err()
    );
}
