//! Teams: who shares cases and knowledge with whom.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use faultmaven_proto::auth::v1 as proto;
use faultmaven_proto::auth::v1::TeamRole;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::context::SignedIn;
use crate::extract::{IdempotencyKey, JsonBody, PathOf};
use crate::problem::{Problem, ProblemBody};
use crate::state::AppState;
use crate::wire;

mod invitations;

/// Returns the routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(create_team, list_teams))
        .routes(routes!(get_team, update_team, delete_team))
        .routes(routes!(set_member, remove_member))
        .merge(invitations::routes())
}

/// Names a team.
#[derive(Deserialize, ToSchema)]
struct TeamName {
    /// 1 to 100 characters, unique in the installation.
    name: String,
}

/// A team.
#[derive(Serialize, ToSchema)]
struct Team {
    team_id: String,
    name: String,
    created_at: String,
    member_count: i32,
    /// `manager`, `member`, or null for administrators who are no members.
    own_role: Option<&'static str>,
}

/// The teams by name.
#[derive(Serialize, ToSchema)]
struct TeamList {
    teams: Vec<Team>,
}

/// A team and its members by name.
#[derive(Serialize, ToSchema)]
struct TeamDetail {
    #[serde(flatten)]
    team: Team,
    members: Vec<Member>,
}

/// Somebody who belongs to a team.
#[derive(Serialize, ToSchema)]
struct Member {
    user_id: String,
    username: String,
    display_name: String,
    /// `manager` or `member`.
    role: Option<&'static str>,
    joined_at: String,
}

/// The role of a member.
#[derive(Deserialize, ToSchema)]
struct MemberRole {
    /// `manager` or `member`; absent means member.
    #[serde(default)]
    role: Option<String>,
}

/// Makes a team whose manager is the caller.
#[utoipa::path(post, path = "/api/v1/teams", tag = "teams", request_body = TeamName, responses(
    (status = 201, body = Team),
    (status = 403, description = "Viewers make no teams", body = ProblemBody),
    (status = 409, description = "The name is taken", body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn create_team(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    IdempotencyKey(request_id): IdempotencyKey,
    JsonBody(body): JsonBody<TeamName>,
) -> Result<(StatusCode, HeaderMap, Json<Team>), Problem> {
    let request = ctx.request(proto::CreateTeamRequest {
        name: body.name,
        request_id,
    });
    let reply = app.teams().create_team(request).await?.into_inner();
    let team = Team::from_proto(reply.team.unwrap_or_default());
    let replayed = wire::replayed(reply.replayed);
    Ok((StatusCode::CREATED, replayed, Json(team)))
}

/// Lists the caller's teams, or all of them to administrators.
#[utoipa::path(get, path = "/api/v1/teams", tag = "teams", responses((status = 200, body = TeamList)))]
async fn list_teams(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
) -> Result<Json<TeamList>, Problem> {
    let request = ctx.request(proto::ListTeamsRequest {});
    let reply = app.teams().list_teams(request).await?.into_inner();
    Ok(Json(TeamList {
        teams: reply.teams.into_iter().map(Team::from_proto).collect(),
    }))
}

/// Returns a team and its members.
#[utoipa::path(get, path = "/api/v1/teams/{team_id}", tag = "teams", params(("team_id" = String, Path)), responses(
    (status = 200, body = TeamDetail),
    (status = 404, body = ProblemBody),
))]
async fn get_team(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(team_id): PathOf<String>,
) -> Result<Json<TeamDetail>, Problem> {
    let request = ctx.request(proto::GetTeamRequest { team_id });
    let reply = app.teams().get_team(request).await?.into_inner();
    Ok(Json(TeamDetail {
        team: Team::from_proto(reply.team.unwrap_or_default()),
        members: reply.members.into_iter().map(Member::from_proto).collect(),
    }))
}

/// Gives a team another name; for its managers and administrators.
#[utoipa::path(patch, path = "/api/v1/teams/{team_id}", tag = "teams", params(("team_id" = String, Path)), request_body = TeamName, responses(
    (status = 200, body = Team),
    (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody),
    (status = 409, description = "The name is taken", body = ProblemBody),
))]
async fn update_team(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(team_id): PathOf<String>,
    JsonBody(body): JsonBody<TeamName>,
) -> Result<Json<Team>, Problem> {
    let name = body.name;
    let request = ctx.request(proto::UpdateTeamRequest { team_id, name });
    let reply = app.teams().update_team(request).await?.into_inner();
    Ok(Json(Team::from_proto(reply.team.unwrap_or_default())))
}

/// Removes a team; what was shared with it stays its owner's.
#[utoipa::path(delete, path = "/api/v1/teams/{team_id}", tag = "teams", params(("team_id" = String, Path)), responses(
    (status = 204),
    (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody),
))]
async fn delete_team(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(team_id): PathOf<String>,
) -> Result<StatusCode, Problem> {
    let request = ctx.request(proto::DeleteTeamRequest { team_id });
    app.teams().delete_team(request).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Adds an account to a team or gives a member another role; for its managers and administrators.
#[utoipa::path(put, path = "/api/v1/teams/{team_id}/members/{user_id}", tag = "teams", params(("team_id" = String, Path), ("user_id" = String, Path)), request_body = MemberRole, responses(
    (status = 200, body = Member),
    (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody),
    (status = 409, description = "The last manager stays one", body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn set_member(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf((team_id, user_id)): PathOf<(String, String)>,
    JsonBody(body): JsonBody<MemberRole>,
) -> Result<Json<Member>, Problem> {
    let request = ctx.request(proto::SetTeamMemberRequest {
        team_id,
        user_id,
        role: parse_role("role", body.role.as_deref())?.into(),
    });
    let reply = app.teams().set_team_member(request).await?.into_inner();
    Ok(Json(Member::from_proto(reply.member.unwrap_or_default())))
}

/// Takes a member out of a team at once; members may leave.
#[utoipa::path(delete, path = "/api/v1/teams/{team_id}/members/{user_id}", tag = "teams", params(("team_id" = String, Path), ("user_id" = String, Path)), responses(
    (status = 204),
    (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody),
    (status = 409, description = "The last manager stays while others do", body = ProblemBody),
))]
async fn remove_member(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf((team_id, user_id)): PathOf<(String, String)>,
) -> Result<StatusCode, Problem> {
    let request = ctx.request(proto::RemoveTeamMemberRequest { team_id, user_id });
    app.teams().remove_team_member(request).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl Team {
    fn from_proto(team: proto::Team) -> Self {
        Self {
            own_role: role(team.own_role()),
            created_at: wire::required_time(team.create_time),
            team_id: team.team_id,
            name: team.name,
            member_count: team.member_count,
        }
    }
}

impl Member {
    fn from_proto(member: proto::TeamMember) -> Self {
        Self {
            role: role(member.role()),
            joined_at: wire::required_time(member.join_time),
            user_id: member.user_id,
            username: member.username,
            display_name: member.display_name,
        }
    }
}

fn role(role: TeamRole) -> Option<&'static str> {
    match role {
        TeamRole::Manager => Some("manager"),
        TeamRole::Member => Some("member"),
        TeamRole::Unspecified => None,
    }
}

fn parse_role(field: &str, word: Option<&str>) -> Result<TeamRole, Problem> {
    match word {
        None => Ok(TeamRole::Unspecified),
        Some("manager") => Ok(TeamRole::Manager),
        Some("member") => Ok(TeamRole::Member),
        Some(_) => Err(faultmaven_kit::Fault::invalid(field, "must be manager or member").into()),
    }
}
