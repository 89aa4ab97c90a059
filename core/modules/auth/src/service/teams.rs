//! The service of teams and invitations.

use std::sync::Arc;

use faultmaven_kit::Ctx;
use faultmaven_proto::auth::v1 as pb;
use faultmaven_proto::auth::v1::team_service_server::TeamService;
use tonic::{Request, Response, Status};

use crate::auth::Auth;
use crate::convert::team as convert;
use crate::invitation::Guest;

/// Teams and the invitations to them.
pub(crate) struct TeamApi(pub(crate) Arc<Auth>);

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl TeamService for TeamApi {
    async fn create_team(
        &self,
        request: Request<pb::CreateTeamRequest>,
    ) -> Answer<pb::CreateTeamResponse> {
        let ctx = Ctx::from_request(&request)?;
        let request = request.get_ref();
        let receipts = &self.0.receipts;
        let receipt = receipts.of(&ctx, "CreateTeam", &request.request_id, request)?;
        let created = self.0.create_team(&ctx, receipt, &request.name).await?;
        Ok(Response::new(pb::CreateTeamResponse {
            replayed: created.replayed,
            ..created.answer
        }))
    }

    async fn list_teams(
        &self,
        request: Request<pb::ListTeamsRequest>,
    ) -> Answer<pb::ListTeamsResponse> {
        let ctx = Ctx::from_request(&request)?;
        let teams = self.0.teams(&ctx).await?;
        Ok(Response::new(pb::ListTeamsResponse {
            teams: teams.into_iter().map(convert::team).collect(),
        }))
    }

    async fn get_team(&self, request: Request<pb::GetTeamRequest>) -> Answer<pb::GetTeamResponse> {
        let ctx = Ctx::from_request(&request)?;
        let (team, members) = self.0.team(&ctx, &request.get_ref().team_id).await?;
        Ok(Response::new(pb::GetTeamResponse {
            team: Some(convert::team(team)),
            members: members.into_iter().map(convert::member).collect(),
        }))
    }

    async fn update_team(
        &self,
        request: Request<pb::UpdateTeamRequest>,
    ) -> Answer<pb::UpdateTeamResponse> {
        let ctx = Ctx::from_request(&request)?;
        let request = request.get_ref();
        let team = self
            .0
            .rename_team(&ctx, &request.team_id, &request.name)
            .await?;
        Ok(Response::new(pb::UpdateTeamResponse {
            team: Some(convert::team(team)),
        }))
    }

    async fn delete_team(
        &self,
        request: Request<pb::DeleteTeamRequest>,
    ) -> Answer<pb::DeleteTeamResponse> {
        let ctx = Ctx::from_request(&request)?;
        self.0.delete_team(&ctx, &request.get_ref().team_id).await?;
        Ok(Response::new(pb::DeleteTeamResponse {}))
    }

    async fn set_team_member(
        &self,
        request: Request<pb::SetTeamMemberRequest>,
    ) -> Answer<pb::SetTeamMemberResponse> {
        let ctx = Ctx::from_request(&request)?;
        ctx.actor()?;
        let request = request.get_ref();
        let role = convert::role(request.role)?;
        let member = self
            .0
            .set_member(&ctx, &request.team_id, &request.user_id, role)
            .await?;
        Ok(Response::new(pb::SetTeamMemberResponse {
            member: Some(convert::member(member)),
        }))
    }

    async fn remove_team_member(
        &self,
        request: Request<pb::RemoveTeamMemberRequest>,
    ) -> Answer<pb::RemoveTeamMemberResponse> {
        let ctx = Ctx::from_request(&request)?;
        let request = request.get_ref();
        self.0
            .remove_member(&ctx, &request.team_id, &request.user_id)
            .await?;
        Ok(Response::new(pb::RemoveTeamMemberResponse {}))
    }

    async fn create_invitation(
        &self,
        request: Request<pb::CreateInvitationRequest>,
    ) -> Answer<pb::CreateInvitationResponse> {
        let ctx = Ctx::from_request(&request)?;
        ctx.actor()?;
        let request = request.into_inner();
        let receipts = &self.0.receipts;
        let receipt = receipts.of(&ctx, "CreateInvitation", &request.request_id, &request)?;
        let guest = Guest {
            email: request.email,
            team_id: request.team_id,
            team_role: convert::role(request.team_role)?,
        };
        let created = self.0.invite(&ctx, receipt, guest).await?;
        Ok(Response::new(pb::CreateInvitationResponse {
            replayed: created.replayed,
            ..created.answer
        }))
    }

    async fn list_invitations(
        &self,
        request: Request<pb::ListInvitationsRequest>,
    ) -> Answer<pb::ListInvitationsResponse> {
        let ctx = Ctx::from_request(&request)?;
        let found = self.0.invitations(&ctx, &request.get_ref().team_id).await?;
        Ok(Response::new(pb::ListInvitationsResponse {
            invitations: found.into_iter().map(convert::invitation).collect(),
        }))
    }

    async fn revoke_invitation(
        &self,
        request: Request<pb::RevokeInvitationRequest>,
    ) -> Answer<pb::RevokeInvitationResponse> {
        let ctx = Ctx::from_request(&request)?;
        let invitation_id = &request.get_ref().invitation_id;
        self.0.revoke_invitation(&ctx, invitation_id).await?;
        Ok(Response::new(pb::RevokeInvitationResponse {}))
    }

    async fn accept_invitation(
        &self,
        request: Request<pb::AcceptInvitationRequest>,
    ) -> Answer<pb::AcceptInvitationResponse> {
        let ctx = Ctx::from_request(&request)?;
        let team = self
            .0
            .accept_invitation(&ctx, &request.get_ref().secret)
            .await?;
        Ok(Response::new(pb::AcceptInvitationResponse {
            team: Some(convert::team(team)),
        }))
    }
}
