//! The cases of a session.

use faultmaven_kit::{Ctx, Role};
use faultmaven_proto::case::v1 as pb;

use super::harness::{Harness, answer, begin_request, commit_request, in_teams, person};
use crate::turn::sample::say;

const SESSION: &str = "7e0c2d1a-2b0f-4a53-9a8e-3d2f4c1b5a60";
const TEAM: &str = "team_0123456789abcdef";

fn within(ctx: &Ctx, session_id: &str) -> Ctx {
    Ctx {
        session_id: Some(session_id.to_owned()),
        ..ctx.clone()
    }
}

async fn open(harness: &Harness, by: &Ctx) -> String {
    let request = by.request(pb::CreateCaseRequest::default());
    let opened = answer(harness.cases().create_case(request).await).unwrap();
    opened.case.unwrap().case_id
}

async fn take_turn(harness: &Harness, by: &Ctx, case_id: &str) {
    let request = begin_request(case_id, "", 'a');
    let begun = harness.internal().begin_turn(by.request(request)).await;
    let request = commit_request(case_id, &answer(begun).unwrap(), say("hello", Vec::new()));
    let committed = harness.internal().commit_turn(by.request(request)).await;
    answer(committed).unwrap();
}

async fn of_session(harness: &Harness, by: &Ctx, session_id: &str) -> Vec<String> {
    let request = pb::ListCasesRequest {
        session_id: session_id.to_owned(),
        ..Default::default()
    };
    let listed = answer(harness.cases().list_cases(by.request(request)).await).unwrap();
    assert_eq!(
        usize::try_from(listed.total_size).unwrap(),
        listed.cases.len()
    );
    listed.cases.into_iter().map(|case| case.case_id).collect()
}

#[tokio::test]
async fn a_session_has_the_cases_that_were_opened_or_worked_on_in_it() {
    let harness = Harness::start().await;
    let inside = within(&harness.owner, SESSION);
    let opened = open(&harness, &inside).await;
    let worked_on = open(&harness, &harness.owner).await;
    let untouched = open(&harness, &harness.owner).await;
    assert_eq!(
        of_session(&harness, &inside, SESSION).await,
        std::slice::from_ref(&opened)
    );
    harness.clock.advance(std::time::Duration::from_secs(1));
    take_turn(&harness, &inside, &worked_on).await;
    take_turn(&harness, &inside, &worked_on).await;
    take_turn(&harness, &harness.owner, &untouched).await;
    let listed = of_session(&harness, &harness.owner, SESSION).await;
    assert_eq!(listed, [worked_on, opened]);
}

#[tokio::test]
async fn a_session_shows_nobody_the_cases_of_another() {
    let harness = Harness::start().await;
    open(&harness, &within(&harness.owner, SESSION)).await;
    let stranger = person(Role::Member);
    assert!(of_session(&harness, &stranger, SESSION).await.is_empty());
    open(&harness, &within(&stranger, SESSION)).await;
    assert_eq!(of_session(&harness, &stranger, SESSION).await.len(), 1);
    assert_eq!(of_session(&harness, &harness.owner, SESSION).await.len(), 1);
}

#[tokio::test]
async fn what_cannot_be_a_session_is_ignored_and_not_looked_for() {
    let harness = Harness::start().await;
    for id in ["", &"a".repeat(4_000)] {
        open(&harness, &within(&harness.owner, id)).await;
    }
    for id in ["a".repeat(65), "a\0".to_owned()] {
        let request = harness.owner.request(pb::ListCasesRequest {
            session_id: id,
            ..Default::default()
        });
        let refused = answer(harness.cases().list_cases(request).await);
        assert_eq!(refused.unwrap_err().violations[0].field, "session_id");
    }
}

#[tokio::test]
async fn a_shared_case_leaves_the_session_with_the_team() {
    let harness = Harness::start().await;
    let owner = in_teams(&harness.owner, &[TEAM]);
    let case_id = open(&harness, &owner).await;
    let request = pb::UpdateCaseRequest {
        case_id: case_id.clone(),
        shared_team_ids: vec![TEAM.to_owned()],
        replace_shared_teams: true,
        ..Default::default()
    };
    answer(harness.cases().update_case(owner.request(request)).await).unwrap();
    let outsider = within(&person(Role::Member), SESSION);
    let member = in_teams(&outsider, &[TEAM]);
    take_turn(&harness, &member, &case_id).await;
    assert_eq!(of_session(&harness, &member, SESSION).await, [case_id]);
    assert!(of_session(&harness, &outsider, SESSION).await.is_empty());
}
