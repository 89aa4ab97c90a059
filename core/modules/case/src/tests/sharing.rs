//! Cases that are shared with a team.

use faultmaven_kit::{Code, Ctx, Fault, Role};
use faultmaven_proto::case::v1 as pb;

use super::harness::{Harness, answer, in_teams, person};

const TEAM: &str = "team_0123456789abcdef";

async fn share(
    harness: &Harness,
    by: &Ctx,
    case_id: &str,
    teams: &[&str],
) -> Result<pb::Case, Fault> {
    let request = pb::UpdateCaseRequest {
        case_id: case_id.to_owned(),
        shared_team_ids: teams.iter().map(|team| (*team).to_owned()).collect(),
        replace_shared_teams: true,
        ..Default::default()
    };
    let answered = harness.cases().update_case(by.request(request)).await;
    Ok(answer(answered)?.case.unwrap())
}

async fn get(harness: &Harness, by: &Ctx, case_id: &str) -> Result<pb::Case, Fault> {
    let case_id = case_id.to_owned();
    let request = by.request(pb::GetCaseRequest { case_id });
    Ok(answer(harness.cases().get_case(request).await)?
        .case
        .unwrap())
}

async fn rename(harness: &Harness, by: &Ctx, case_id: &str) -> Result<pb::Case, Fault> {
    let request = pb::UpdateCaseRequest {
        case_id: case_id.to_owned(),
        title: Some("Ours".to_owned()),
        ..Default::default()
    };
    let answered = harness.cases().update_case(by.request(request)).await;
    Ok(answer(answered)?.case.unwrap())
}

async fn delete(harness: &Harness, by: &Ctx, case_id: &str) -> Result<(), Fault> {
    let request = pb::DeleteCaseRequest {
        case_id: case_id.to_owned(),
        expected_version: None,
    };
    answer(harness.cases().delete_case(by.request(request)).await).map(drop)
}

async fn shared_with(harness: &Harness, by: &Ctx) -> pb::ListCasesResponse {
    let request = pb::ListCasesRequest {
        shared_with_me: true,
        ..Default::default()
    };
    answer(harness.cases().list_cases(by.request(request)).await).unwrap()
}

#[tokio::test]
async fn a_team_member_reads_and_works_but_does_not_own() {
    let harness = Harness::start().await;
    let owner = in_teams(&harness.owner, &[TEAM]);
    let member = in_teams(&person(Role::Member), &[TEAM]);
    let case_id = harness.open().await.case_id;
    let unknown = get(&harness, &member, &case_id).await.unwrap_err();
    assert_eq!(unknown.code, Code::NotFound);

    let case = share(&harness, &owner, &case_id, &[TEAM, TEAM])
        .await
        .unwrap();
    assert_eq!(case.shared_team_ids, [TEAM]);
    harness.audit.wait_for("case.share", &case_id).await;
    assert_eq!(get(&harness, &member, &case_id).await.unwrap(), case);
    assert_eq!(
        rename(&harness, &member, &case_id).await.unwrap().title,
        "Ours"
    );
    for refused in [
        delete(&harness, &member, &case_id).await,
        share(&harness, &member, &case_id, &[]).await.map(drop),
    ] {
        assert_eq!(refused.unwrap_err().code, Code::PermissionDenied);
    }
}

#[tokio::test]
async fn a_viewer_of_the_team_looks_and_others_see_nothing() {
    let harness = Harness::start().await;
    let owner = in_teams(&harness.owner, &[TEAM]);
    let case_id = harness.open().await.case_id;
    share(&harness, &owner, &case_id, &[TEAM]).await.unwrap();
    let viewer = in_teams(&person(Role::Viewer), &[TEAM]);
    get(&harness, &viewer, &case_id).await.unwrap();
    for refused in [
        rename(&harness, &viewer, &case_id).await.map(drop),
        delete(&harness, &viewer, &case_id).await,
    ] {
        assert_eq!(refused.unwrap_err().code, Code::PermissionDenied);
    }
    for stranger in [
        in_teams(&person(Role::Member), &["team_ffffffffffffffff"]),
        person(Role::Admin),
    ] {
        for refused in [
            get(&harness, &stranger, &case_id).await.map(drop),
            rename(&harness, &stranger, &case_id).await.map(drop),
            delete(&harness, &stranger, &case_id).await,
        ] {
            assert_eq!(refused.unwrap_err().code, Code::NotFound);
        }
    }
}

#[tokio::test]
async fn whoever_leaves_the_team_is_out_at_once() {
    let harness = Harness::start().await;
    let owner = in_teams(&harness.owner, &[TEAM]);
    let case_id = harness.open().await.case_id;
    share(&harness, &owner, &case_id, &[TEAM]).await.unwrap();
    let member = person(Role::Member);
    get(&harness, &in_teams(&member, &[TEAM]), &case_id)
        .await
        .unwrap();
    let gone = get(&harness, &member, &case_id).await.unwrap_err();
    assert_eq!(gone.code, Code::NotFound);
}

#[tokio::test]
async fn a_case_is_shared_with_teams_of_its_owner_alone() {
    let harness = Harness::start().await;
    let case_id = harness.open().await.case_id;
    let refused = share(&harness, &harness.owner, &case_id, &[TEAM]).await;
    assert_eq!(refused.unwrap_err().violations[0].field, "shared_team_ids");
    let many: Vec<String> = (0..21)
        .map(|number| format!("team_{number:016x}"))
        .collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let owner = in_teams(&harness.owner, &many);
    let refused = share(&harness, &owner, &case_id, &many).await;
    assert_eq!(refused.unwrap_err().violations[0].field, "shared_team_ids");
    share(&harness, &owner, &case_id, &many[1..]).await.unwrap();
    let left = share(&harness, &harness.owner, &case_id, &many[1..2]).await;
    assert_eq!(left.unwrap().shared_team_ids, many[1..2]);
}

#[tokio::test]
async fn shared_cases_have_a_list_of_their_own() {
    let harness = Harness::start().await;
    let owner = in_teams(&harness.owner, &[TEAM]);
    let member = in_teams(&person(Role::Member), &[TEAM]);
    let case_id = harness.open().await.case_id;
    harness.open().await;
    assert_eq!(shared_with(&harness, &member).await.total_size, 0);
    share(&harness, &owner, &case_id, &[TEAM]).await.unwrap();
    let listed = shared_with(&harness, &member).await;
    assert_eq!(listed.total_size, 1);
    assert_eq!(listed.cases[0].case_id, case_id);
    for other in [&owner, &person(Role::Member)] {
        assert!(shared_with(&harness, other).await.cases.is_empty());
    }
    share(&harness, &owner, &case_id, &[]).await.unwrap();
    assert!(shared_with(&harness, &member).await.cases.is_empty());
}

#[tokio::test]
async fn search_and_numbers_cover_what_a_reader_may_see() {
    let harness = Harness::start().await;
    let owner = in_teams(&harness.owner, &[TEAM, "team_1111111111111111"]);
    let case_id = harness.open().await.case_id;
    harness.open().await;
    let teams = [TEAM, "team_1111111111111111"];
    share(&harness, &owner, &case_id, &teams).await.unwrap();
    let outsider = person(Role::Member);
    let own = outsider.request(pb::CreateCaseRequest::default());
    answer(harness.cases().create_case(own).await).unwrap();
    for (reader, cases) in [
        (&owner, 2),
        (&in_teams(&outsider, &teams), 2),
        (&in_teams(&person(Role::Viewer), &[TEAM]), 1),
        (&outsider, 1),
        (&person(Role::Admin), 0),
    ] {
        let found = reader.request(pb::SearchCasesRequest::default());
        let found = answer(harness.cases().search_cases(found).await).unwrap();
        assert_eq!(found.total_size, cases);
        let summary = reader.request(pb::GetAnalyticsSummaryRequest {});
        let summary = harness.cases().get_analytics_summary(summary).await;
        assert_eq!(answer(summary).unwrap().summary.unwrap().total_cases, cases);
        let trends = reader.request(pb::GetAnalyticsTrendsRequest { days: 1 });
        let trends = harness.cases().get_analytics_trends(trends).await;
        assert_eq!(answer(trends).unwrap().days[0].created, cases);
    }
    delete(&harness, &owner, &case_id).await.unwrap();
    let member = in_teams(&outsider, &[TEAM]);
    let found = member.request(pb::SearchCasesRequest::default());
    let found = answer(harness.cases().search_cases(found).await).unwrap();
    assert_eq!(found.total_size, 1);
}
