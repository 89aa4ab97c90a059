//! Invitations: rights to join, used once.

use chrono::{DateTime, TimeDelta, Utc};
use faultmaven_kit::db::{Once, Receipt};
use faultmaven_kit::{Actor, Ctx, Fault};
use faultmaven_proto::auth::v1 as pb;

use crate::account::{login_name, parse_email};
use crate::auth::{Auth, person};
use crate::convert::team as convert;
use crate::error::Error;
use crate::secret::{Secret, stored_hash};
use crate::team::{Team, TeamRole};

const TTL: TimeDelta = TimeDelta::hours(72);

/// A right to join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Invitation {
    pub(crate) invitation_id: String,
    /// Empty for whoever holds the secret.
    pub(crate) email: String,
    /// Empty for the installation alone.
    pub(crate) team_id: String,
    pub(crate) team_role: TeamRole,
    pub(crate) inviter_id: String,
    pub(crate) create_time: DateTime<Utc>,
    pub(crate) expire_time: DateTime<Utc>,
    pub(crate) accept_time: Option<DateTime<Utc>>,
}

impl Invitation {
    /// Returns whether somebody with this address may use it at `now`.
    pub(crate) fn admits(&self, email: &str, now: DateTime<Utc>) -> bool {
        let is_meant = self.email.is_empty() || login_name(&self.email) == login_name(email);
        is_meant && self.accept_time.is_none() && now < self.expire_time
    }
}

/// Whom somebody wants to invite.
pub(crate) struct Guest {
    pub(crate) email: String,
    pub(crate) team_id: String,
    pub(crate) team_role: TeamRole,
}

impl Auth {
    /// Makes an invitation; its secret is in the first answer and nowhere else.
    pub(crate) async fn invite(
        &self,
        ctx: &Ctx,
        receipt: Option<Receipt>,
        guest: Guest,
    ) -> Result<Once<pb::CreateInvitationResponse>, Error> {
        let actor = person(ctx)?;
        self.expect_host(actor, &guest.team_id).await?;
        let secret = Secret::invitation(&self.ids);
        let now = self.clock.now();
        let invitation = Invitation {
            invitation_id: self.ids.uuid(),
            email: parse_email(&guest.email)?,
            team_id: guest.team_id,
            team_role: guest.team_role,
            inviter_id: actor.user_id.clone(),
            create_time: now,
            expire_time: now + TTL,
            accept_time: None,
        };
        let answer = pb::CreateInvitationResponse {
            invitation: Some(convert::invitation(invitation.clone())),
            ..pb::CreateInvitationResponse::default()
        };
        let mut created = self
            .store
            .create_invitation(receipt, &invitation, secret.hash(), answer)
            .await?;
        if !created.replayed {
            created.answer.secret = secret.reveal();
            self.note(ctx, "auth.invitation_create", &invitation.invitation_id)
                .await;
        }
        Ok(created)
    }

    /// Returns the invitations of a team that can still be used, or of all that the caller manages.
    pub(crate) async fn invitations(
        &self,
        ctx: &Ctx,
        team_id: &str,
    ) -> Result<Vec<Invitation>, Error> {
        let actor = person(ctx)?;
        if !team_id.is_empty() {
            self.managed_team(actor, team_id).await?;
        }
        let managed = self.store.teams(&actor.user_id).await?;
        let is_managed = |id: &str| {
            let manages = |team: &Team| team.own_role == Some(TeamRole::Manager);
            managed
                .iter()
                .any(|team| team.team_id == id && manages(team))
        };
        let mut open = self.store.open_invitations(self.clock.now()).await?;
        open.retain(|it| team_id.is_empty() || it.team_id == team_id);
        open.retain(|it| actor.is_admin() || is_managed(&it.team_id));
        Ok(open)
    }

    /// Takes an invitation back.
    pub(crate) async fn revoke_invitation(
        &self,
        ctx: &Ctx,
        invitation_id: &str,
    ) -> Result<(), Error> {
        let actor = person(ctx)?;
        let found = self.store.invitation(invitation_id).await?;
        let found = found.ok_or(Error::InvitationNotFound)?;
        self.expect_host(actor, &found.team_id)
            .await
            .map_err(|_| Error::InvitationNotFound)?;
        self.store.delete_invitation(invitation_id).await?;
        self.note(ctx, "auth.invitation_revoke", invitation_id)
            .await;
        Ok(())
    }

    /// Makes the caller a member of the team that an invitation leads to.
    pub(crate) async fn accept_invitation(&self, ctx: &Ctx, secret: &str) -> Result<Team, Error> {
        let actor = person(ctx)?;
        let (user_id, now) = (actor.user_id.clone(), self.clock.now());
        let team_id = self
            .store
            .accept_invitation(stored_hash(secret), user_id, actor.email.clone(), now)
            .await?;
        self.note(ctx, "auth.invitation_accept", &team_id).await;
        let team = self.store.team(&team_id, &actor.user_id).await?;
        team.ok_or(Error::TeamNotFound)
    }

    /// Fails unless the caller may invite to the team, or to the installation when there is none.
    async fn expect_host(&self, actor: &Actor, team_id: &str) -> Result<(), Error> {
        if !team_id.is_empty() {
            self.managed_team(actor, team_id).await?;
            return Ok(());
        }
        match actor.is_admin() {
            true => Ok(()),
            false => {
                let problem = "only administrators invite without a team; name one that you manage";
                Err(Fault::forbidden(problem).into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invitation() -> Invitation {
        Invitation {
            invitation_id: "i".to_owned(),
            email: "Bob@example.org".to_owned(),
            team_id: String::new(),
            team_role: TeamRole::Member,
            inviter_id: "u".to_owned(),
            create_time: DateTime::UNIX_EPOCH,
            expire_time: DateTime::UNIX_EPOCH + TTL,
            accept_time: None,
        }
    }

    #[test]
    fn it_is_for_one_address_for_a_while_and_for_once() {
        let now = DateTime::UNIX_EPOCH;
        assert!(invitation().admits("bob@Example.org", now));
        assert!(!invitation().admits("eve@example.org", now));
        assert!(!invitation().admits("", now));
        assert!(!invitation().admits("bob@example.org", now + TTL));
        let used = Invitation {
            accept_time: Some(now),
            ..invitation()
        };
        assert!(!used.admits("bob@example.org", now));
    }

    #[test]
    fn without_an_address_it_is_for_whoever_holds_it() {
        let open = Invitation {
            email: String::new(),
            ..invitation()
        };
        assert!(open.admits("eve@example.org", DateTime::UNIX_EPOCH));
    }
}
