//! Messages about teams and what they mean.

use faultmaven_kit::Fault;
use faultmaven_kit::clock::timestamp;
use faultmaven_proto::auth::v1 as pb;

use super::count;
use crate::invitation::Invitation;
use crate::team::{Member, Team, TeamRole};

pub(crate) fn team(team: Team) -> pb::Team {
    pb::Team {
        own_role: role_code(team.own_role).into(),
        team_id: team.team_id,
        name: team.name,
        create_time: Some(timestamp(team.create_time)),
        member_count: count(team.member_count),
    }
}

pub(crate) fn member(member: Member) -> pb::TeamMember {
    pb::TeamMember {
        user_id: member.user_id,
        username: member.username,
        display_name: member.display_name,
        role: role_code(Some(member.role)).into(),
        join_time: Some(timestamp(member.join_time)),
    }
}

pub(crate) fn invitation(invitation: Invitation) -> pb::Invitation {
    pb::Invitation {
        invitation_id: invitation.invitation_id,
        email: invitation.email,
        team_id: invitation.team_id,
        team_role: role_code(Some(invitation.team_role)).into(),
        inviter_id: invitation.inviter_id,
        create_time: Some(timestamp(invitation.create_time)),
        expire_time: Some(timestamp(invitation.expire_time)),
        accept_time: invitation.accept_time.map(timestamp),
    }
}

/// Returns the role of a new member; unspecified means member.
pub(crate) fn role(role: i32) -> Result<TeamRole, Fault> {
    match pb::TeamRole::try_from(role) {
        Ok(pb::TeamRole::Manager) => Ok(TeamRole::Manager),
        Ok(pb::TeamRole::Member | pb::TeamRole::Unspecified) => Ok(TeamRole::Member),
        Err(_) => Err(Fault::invalid("role", "must be manager or member")),
    }
}

fn role_code(role: Option<TeamRole>) -> pb::TeamRole {
    match role {
        Some(TeamRole::Manager) => pb::TeamRole::Manager,
        Some(TeamRole::Member) => pb::TeamRole::Member,
        None => pb::TeamRole::Unspecified,
    }
}
