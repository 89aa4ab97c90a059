//! Invitations: rights to join, used once.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use faultmaven_proto::auth::v1 as proto;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Team, parse_role, role};
use crate::context::SignedIn;
use crate::extract::{IdempotencyKey, JsonBody, PathOf, QueryOf};
use crate::problem::{Problem, ProblemBody};
use crate::state::AppState;
use crate::wire;

/// Returns the routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(create_invitation, list_invitations))
        .routes(routes!(accept_invitation))
        .routes(routes!(revoke_invitation))
}

/// Describes the invitation.
#[derive(Deserialize, ToSchema)]
struct CreateInvitation {
    /// Whom it is for; absent means whoever holds the secret.
    #[serde(default)]
    email: Option<String>,
    /// The team one joins; absent means the installation alone, for administrators.
    #[serde(default)]
    team_id: Option<String>,
    /// `manager` or `member`; absent means member.
    #[serde(default)]
    team_role: Option<String>,
}

/// An invitation without its secret.
#[derive(Serialize, ToSchema)]
struct Invitation {
    invitation_id: String,
    email: Option<String>,
    team_id: Option<String>,
    team_role: Option<&'static str>,
    inviter_id: String,
    created_at: String,
    expires_at: String,
}

/// An invitation with its secret, which is shown this once.
#[derive(Serialize, ToSchema)]
struct CreatedInvitation {
    #[serde(flatten)]
    invitation: Invitation,
    /// Absent when the answer is a repetition.
    secret: Option<String>,
    /// Where a person without an account uses it; absent with the secret.
    url: Option<String>,
}

/// Invitations that can still be used, newest first.
#[derive(Serialize, ToSchema)]
struct InvitationList {
    invitations: Vec<Invitation>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OfTeam {
    /// Absent means every team the caller manages, or all for administrators.
    #[serde(default)]
    team_id: Option<String>,
}

/// The secret of an invitation.
#[derive(Deserialize, ToSchema)]
struct AcceptInvitation {
    secret: String,
}

/// Makes an invitation; managers invite to their team, administrators anywhere.
#[utoipa::path(post, path = "/api/v1/invitations", tag = "teams", request_body = CreateInvitation, responses(
    (status = 201, body = CreatedInvitation),
    (status = 403, body = ProblemBody),
    (status = 404, description = "The team is not the caller's", body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn create_invitation(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    IdempotencyKey(request_id): IdempotencyKey,
    JsonBody(body): JsonBody<CreateInvitation>,
) -> Result<(StatusCode, HeaderMap, Json<CreatedInvitation>), Problem> {
    let request = ctx.request(proto::CreateInvitationRequest {
        email: body.email.unwrap_or_default(),
        team_id: body.team_id.unwrap_or_default(),
        team_role: parse_role("team_role", body.team_role.as_deref())?.into(),
        request_id,
    });
    let reply = app.teams().create_invitation(request).await?.into_inner();
    let created = CreatedInvitation {
        invitation: Invitation::from_proto(reply.invitation.unwrap_or_default()),
        url: wire::given(reply.secret.clone())
            .map(|secret| format!("{}/login#invitation={secret}", app.config.public_url)),
        secret: wire::given(reply.secret),
    };
    let replayed = wire::replayed(reply.replayed);
    Ok((StatusCode::CREATED, replayed, Json(created)))
}

/// Lists invitations that can still be used, newest first.
#[utoipa::path(get, path = "/api/v1/invitations", tag = "teams", params(OfTeam), responses(
    (status = 200, body = InvitationList),
    (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody),
))]
async fn list_invitations(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    QueryOf(of): QueryOf<OfTeam>,
) -> Result<Json<InvitationList>, Problem> {
    let team_id = of.team_id.unwrap_or_default();
    let request = ctx.request(proto::ListInvitationsRequest { team_id });
    let reply = app.teams().list_invitations(request).await?.into_inner();
    let invitations = reply.invitations.into_iter();
    Ok(Json(InvitationList {
        invitations: invitations.map(Invitation::from_proto).collect(),
    }))
}

/// Makes the caller a member of the team that an invitation leads to.
#[utoipa::path(post, path = "/api/v1/invitations/accept", tag = "teams", request_body = AcceptInvitation, responses(
    (status = 200, body = Team),
    (status = 403, description = "Unknown, expired, used, or for somebody else", body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn accept_invitation(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    JsonBody(body): JsonBody<AcceptInvitation>,
) -> Result<Json<Team>, Problem> {
    let secret = body.secret;
    let request = ctx.request(proto::AcceptInvitationRequest { secret });
    let reply = app.teams().accept_invitation(request).await?.into_inner();
    Ok(Json(Team::from_proto(reply.team.unwrap_or_default())))
}

/// Takes an invitation back.
#[utoipa::path(delete, path = "/api/v1/invitations/{invitation_id}", tag = "teams", params(("invitation_id" = String, Path)), responses(
    (status = 204),
    (status = 404, body = ProblemBody),
))]
async fn revoke_invitation(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(invitation_id): PathOf<String>,
) -> Result<StatusCode, Problem> {
    let request = ctx.request(proto::RevokeInvitationRequest { invitation_id });
    app.teams().revoke_invitation(request).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl Invitation {
    fn from_proto(invitation: proto::Invitation) -> Self {
        Self {
            team_role: role(invitation.team_role()).filter(|_| !invitation.team_id.is_empty()),
            created_at: wire::required_time(invitation.create_time),
            expires_at: wire::required_time(invitation.expire_time),
            invitation_id: invitation.invitation_id,
            email: wire::given(invitation.email),
            team_id: wire::given(invitation.team_id),
            inviter_id: invitation.inviter_id,
        }
    }
}
