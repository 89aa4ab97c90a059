//! Teams and the invitations to them.

use faultmaven_kit::Fault;
use faultmaven_proto::auth::v1 as pb;

use super::world::{PASSWORD, World, fault, nobody};
use crate::Registration;

/// Somebody with an account.
struct Person {
    token: String,
    id: String,
}

async fn person(world: &World, name: &str) -> Person {
    let credentials = world.register(name).await.unwrap();
    Person {
        token: credentials.access_token,
        id: credentials.user.unwrap().user_id,
    }
}

async fn create(world: &World, by: &Person, name: &str) -> Result<pb::Team, Fault> {
    let request = pb::CreateTeamRequest {
        name: name.to_owned(),
        ..Default::default()
    };
    let request = world.ctx(&by.token).await?.request(request);
    Ok(fault(world.teams.clone().create_team(request).await)?
        .team
        .unwrap())
}

async fn names(world: &World, by: &Person) -> Vec<String> {
    let request = world
        .ctx(&by.token)
        .await
        .unwrap()
        .request(pb::ListTeamsRequest {});
    let answer = fault(world.teams.clone().list_teams(request).await).unwrap();
    answer.teams.into_iter().map(|team| team.name).collect()
}

async fn members(
    world: &World,
    by: &Person,
    team: &pb::Team,
) -> Result<Vec<pb::TeamMember>, Fault> {
    let team_id = team.team_id.clone();
    let request = world
        .ctx(&by.token)
        .await?
        .request(pb::GetTeamRequest { team_id });
    Ok(fault(world.teams.clone().get_team(request).await)?.members)
}

async fn set(
    world: &World,
    by: &Person,
    team: &pb::Team,
    who: &Person,
    role: pb::TeamRole,
) -> Result<pb::TeamMember, Fault> {
    let request = pb::SetTeamMemberRequest {
        team_id: team.team_id.clone(),
        user_id: who.id.clone(),
        role: role.into(),
    };
    let request = world.ctx(&by.token).await?.request(request);
    Ok(fault(world.teams.clone().set_team_member(request).await)?
        .member
        .unwrap())
}

async fn remove(world: &World, by: &Person, team: &pb::Team, who: &Person) -> Result<(), Fault> {
    let request = pb::RemoveTeamMemberRequest {
        team_id: team.team_id.clone(),
        user_id: who.id.clone(),
    };
    let request = world.ctx(&by.token).await?.request(request);
    fault(world.teams.clone().remove_team_member(request).await).map(drop)
}

async fn invite(world: &World, by: &Person, team_id: &str, email: &str) -> Result<String, Fault> {
    let request = pb::CreateInvitationRequest {
        email: email.to_owned(),
        team_id: team_id.to_owned(),
        ..Default::default()
    };
    let request = world.ctx(&by.token).await?.request(request);
    Ok(fault(world.teams.clone().create_invitation(request).await)?.secret)
}

async fn accept(world: &World, by: &Person, secret: &str) -> Result<pb::Team, Fault> {
    let request = pb::AcceptInvitationRequest {
        secret: secret.to_owned(),
    };
    let request = world.ctx(&by.token).await?.request(request);
    Ok(fault(world.teams.clone().accept_invitation(request).await)?
        .team
        .unwrap())
}

async fn register_with(world: &World, name: &str, invitation: &str) -> Result<pb::User, Fault> {
    let request = pb::RegisterRequest {
        username: name.to_owned(),
        email: format!("{name}@example.org"),
        password: PASSWORD.to_owned(),
        invitation: invitation.to_owned(),
        ..Default::default()
    };
    let answer = world.auth.clone().register(nobody().request(request)).await;
    Ok(fault(answer)?.credentials.unwrap().user.unwrap())
}

#[tokio::test]
async fn a_team_belongs_to_its_members_and_its_name_to_no_other() {
    let world = World::new().await;
    let admin = person(&world, "ada").await;
    let bob = person(&world, "bob").await;
    let eve = person(&world, "eve").await;
    let team = create(&world, &bob, "SRE").await.unwrap();
    assert_eq!(
        (team.member_count, team.own_role()),
        (1, pb::TeamRole::Manager)
    );
    assert_eq!(
        create(&world, &eve, "sre").await.unwrap_err().reason,
        "already_exists"
    );
    assert_eq!(
        create(&world, &eve, " ").await.unwrap_err().reason,
        "invalid_field"
    );
    assert_eq!(names(&world, &bob).await, ["SRE"]);
    assert_eq!(names(&world, &admin).await, ["SRE"]);
    assert!(names(&world, &eve).await.is_empty());
    assert_eq!(
        members(&world, &eve, &team).await.unwrap_err().reason,
        "team_not_found"
    );
    assert_eq!(members(&world, &admin, &team).await.unwrap().len(), 1);
}

#[tokio::test]
async fn managers_and_administrators_change_a_team_and_members_do_not() {
    let world = World::new().await;
    let admin = person(&world, "ada").await;
    let bob = person(&world, "bob").await;
    let carol = person(&world, "carol").await;
    let team = create(&world, &bob, "SRE").await.unwrap();
    let member = pb::TeamRole::Member;
    set(&world, &bob, &team, &carol, member).await.unwrap();
    let refused = set(&world, &carol, &team, &admin, member)
        .await
        .unwrap_err();
    assert_eq!(refused.reason, "forbidden");
    let refused = remove(&world, &carol, &team, &bob).await.unwrap_err();
    assert_eq!(refused.reason, "forbidden");
    set(&world, &admin, &team, &carol, pb::TeamRole::Manager)
        .await
        .unwrap();
    remove(&world, &carol, &team, &bob).await.unwrap();
    let left = members(&world, &carol, &team).await.unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].username, "carol");
}

#[tokio::test]
async fn belonging_and_leaving_count_at_once() {
    let world = World::new().await;
    person(&world, "ada").await;
    let bob = person(&world, "bob").await;
    let carol = person(&world, "carol").await;
    let team = create(&world, &bob, "SRE").await.unwrap();
    let teams_of = async |token: &str| world.authenticate(token).await.unwrap().team_ids;
    assert_eq!(teams_of(&bob.token).await, [team.team_id.as_str()]);
    assert!(teams_of(&carol.token).await.is_empty());
    set(&world, &bob, &team, &carol, pb::TeamRole::Member)
        .await
        .unwrap();
    assert_eq!(teams_of(&carol.token).await, [team.team_id.as_str()]);
    remove(&world, &carol, &team, &carol).await.unwrap();
    assert!(teams_of(&carol.token).await.is_empty());
}

#[tokio::test]
async fn a_team_keeps_a_manager_until_its_last_member_goes() {
    let world = World::new().await;
    person(&world, "ada").await;
    let bob = person(&world, "bob").await;
    let carol = person(&world, "carol").await;
    let team = create(&world, &bob, "SRE").await.unwrap();
    set(&world, &bob, &team, &carol, pb::TeamRole::Member)
        .await
        .unwrap();
    let member = pb::TeamRole::Member;
    for refused in [
        set(&world, &bob, &team, &bob, member).await.map(drop),
        remove(&world, &bob, &team, &bob).await,
    ] {
        assert_eq!(refused.unwrap_err().reason, "last_manager");
    }
    remove(&world, &carol, &team, &carol).await.unwrap();
    remove(&world, &bob, &team, &bob).await.unwrap();
    assert!(names(&world, &bob).await.is_empty());
    create(&world, &carol, "SRE").await.unwrap();
}

#[tokio::test]
async fn an_invitation_leads_one_person_into_a_team_once() {
    let world = World::new().await;
    person(&world, "ada").await;
    let bob = person(&world, "bob").await;
    let carol = person(&world, "carol").await;
    let eve = person(&world, "eve").await;
    let team = create(&world, &bob, "SRE").await.unwrap();
    let secret = invite(&world, &bob, &team.team_id, "Carol@example.org")
        .await
        .unwrap();
    let wrong = [
        accept(&world, &eve, &secret).await,
        accept(&world, &carol, "guess").await,
    ];
    for refused in wrong {
        assert_eq!(refused.unwrap_err().reason, "invalid_invitation");
    }
    assert_eq!(accept(&world, &carol, &secret).await.unwrap().name, "SRE");
    assert_eq!(
        accept(&world, &carol, &secret).await.unwrap_err().reason,
        "invalid_invitation"
    );
    let refused = invite(&world, &carol, &team.team_id, "").await.unwrap_err();
    assert_eq!(refused.reason, "forbidden");
    let refused = invite(&world, &eve, &team.team_id, "").await.unwrap_err();
    assert_eq!(refused.reason, "team_not_found");
    let late = invite(&world, &bob, &team.team_id, "").await.unwrap();
    world.advance(72 * 3_600);
    let eve = world.login("eve", PASSWORD).await.unwrap();
    let eve = Person {
        token: eve.access_token,
        id: eve.user.unwrap().user_id,
    };
    assert_eq!(
        accept(&world, &eve, &late).await.unwrap_err().reason,
        "invalid_invitation"
    );
}

#[tokio::test]
async fn where_registration_is_by_invitation_it_lets_one_person_in() {
    let world = World::with(|config| config.registration = Registration::Invite).await;
    let admin = person(&world, "ada").await;
    let refused = register_with(&world, "bob", "").await.unwrap_err();
    assert_eq!(refused.reason, "registration_closed");
    let secret = invite(&world, &admin, "", "bob@example.org").await.unwrap();
    let refused = register_with(&world, "eve", &secret).await.unwrap_err();
    assert_eq!(refused.reason, "invalid_invitation");
    let bob = register_with(&world, "bob", &secret).await.unwrap();
    assert_eq!(bob.role(), pb::Role::Member);
    let refused = register_with(&world, "bobby", &secret).await.unwrap_err();
    assert_eq!(refused.reason, "invalid_invitation");
}

#[tokio::test]
async fn a_newcomer_who_is_invited_to_a_team_belongs_to_it() {
    let world = World::with(|config| config.registration = Registration::Invite).await;
    let admin = person(&world, "ada").await;
    let team = create(&world, &admin, "SRE").await.unwrap();
    let secret = invite(&world, &admin, &team.team_id, "").await.unwrap();
    let bob = register_with(&world, "bob", &secret).await.unwrap();
    let members = members(&world, &admin, &team).await.unwrap();
    assert!(members.iter().any(|member| member.user_id == bob.user_id));
}

#[tokio::test]
async fn an_invitation_that_is_taken_back_is_of_no_use() {
    let world = World::with(|config| config.registration = Registration::Invite).await;
    let admin = person(&world, "ada").await;
    let secret = invite(&world, &admin, "", "").await.unwrap();
    let ctx = world.ctx(&admin.token).await.unwrap();
    let request = ctx.request(pb::ListInvitationsRequest::default());
    let open = fault(world.teams.clone().list_invitations(request).await).unwrap();
    let invitation_id = open.invitations[0].invitation_id.clone();
    let revoke = || pb::RevokeInvitationRequest {
        invitation_id: invitation_id.clone(),
    };
    fault(
        world
            .teams
            .clone()
            .revoke_invitation(ctx.request(revoke()))
            .await,
    )
    .unwrap();
    let again = world
        .teams
        .clone()
        .revoke_invitation(ctx.request(revoke()))
        .await;
    assert_eq!(fault(again).unwrap_err().reason, "invitation_not_found");
    let refused = register_with(&world, "bob", &secret).await.unwrap_err();
    assert_eq!(refused.reason, "invalid_invitation");
}

#[tokio::test]
async fn viewers_make_no_teams() {
    let world = World::new().await;
    let admin = person(&world, "ada").await;
    let bob = person(&world, "bob").await;
    let viewer = pb::Role::Viewer;
    world
        .update_user(&admin.token, &bob.id, viewer, pb::UserState::Unspecified)
        .await
        .unwrap();
    assert_eq!(
        create(&world, &bob, "SRE").await.unwrap_err().reason,
        "forbidden"
    );
}
