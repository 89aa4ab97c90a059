//! What people do with teams.

use faultmaven_kit::db::{Once, Receipt};
use faultmaven_kit::{Actor, Ctx};
use faultmaven_proto::auth::v1 as pb;

use super::{Member, Team, TeamRole, expect_manager, expect_no_viewer, expect_visible, parse_name};
use crate::auth::{Auth, person};
use crate::convert::team as convert;
use crate::error::Error;

const CREATE: &str = "auth.team_create";
const CHANGE: &str = "auth.team_change";
const DELETE: &str = "auth.team_delete";

impl Auth {
    /// Makes a team whose manager is the caller.
    pub(crate) async fn create_team(
        &self,
        ctx: &Ctx,
        receipt: Option<Receipt>,
        name: &str,
    ) -> Result<Once<pb::CreateTeamResponse>, Error> {
        let actor = person(ctx)?;
        expect_no_viewer(actor)?;
        let team = Team {
            team_id: self.ids.hex16("team"),
            name: parse_name(name)?,
            create_time: self.clock.now(),
            member_count: 1,
            own_role: Some(TeamRole::Manager),
        };
        let answer = pb::CreateTeamResponse {
            team: Some(convert::team(team.clone())),
            replayed: false,
        };
        let created = self
            .store
            .create_team(receipt, &team, &actor.user_id, answer)
            .await?;
        if !created.replayed {
            self.note(ctx, CREATE, &team.team_id).await;
        }
        Ok(created)
    }

    /// Returns the caller's teams by name, or all of them to administrators.
    pub(crate) async fn teams(&self, ctx: &Ctx) -> Result<Vec<Team>, Error> {
        let actor = person(ctx)?;
        let teams = self.store.teams(&actor.user_id).await?;
        let visible = |team: &Team| expect_visible(actor, team.own_role).is_ok();
        Ok(teams.into_iter().filter(visible).collect())
    }

    /// Returns a team and its members.
    pub(crate) async fn team(
        &self,
        ctx: &Ctx,
        team_id: &str,
    ) -> Result<(Team, Vec<Member>), Error> {
        let actor = person(ctx)?;
        let team = self.visible_team(actor, team_id).await?;
        let members = self.store.members(team_id).await?;
        Ok((team, members))
    }

    /// Gives a team another name.
    pub(crate) async fn rename_team(
        &self,
        ctx: &Ctx,
        team_id: &str,
        name: &str,
    ) -> Result<Team, Error> {
        let team = self.managed_team(person(ctx)?, team_id).await?;
        let name = parse_name(name)?;
        self.store.rename_team(team_id, &name).await?;
        self.note(ctx, CHANGE, team_id).await;
        Ok(Team { name, ..team })
    }

    /// Removes a team.
    pub(crate) async fn delete_team(&self, ctx: &Ctx, team_id: &str) -> Result<(), Error> {
        self.managed_team(person(ctx)?, team_id).await?;
        self.store.delete_team(team_id).await?;
        self.note(ctx, DELETE, team_id).await;
        Ok(())
    }

    /// Adds an account to a team, or gives a member another role.
    pub(crate) async fn set_member(
        &self,
        ctx: &Ctx,
        team_id: &str,
        user_id: &str,
        role: TeamRole,
    ) -> Result<Member, Error> {
        self.managed_team(person(ctx)?, team_id).await?;
        let now = self.clock.now();
        let member = self.store.set_member(team_id, user_id, role, now).await?;
        self.note(ctx, CHANGE, team_id).await;
        Ok(member)
    }

    /// Takes a member out of a team; everybody may leave.
    pub(crate) async fn remove_member(
        &self,
        ctx: &Ctx,
        team_id: &str,
        user_id: &str,
    ) -> Result<(), Error> {
        let actor = person(ctx)?;
        if actor.user_id == user_id {
            self.visible_team(actor, team_id).await?;
        } else {
            self.managed_team(actor, team_id).await?;
        }
        self.store.remove_member(team_id, user_id).await?;
        self.note(ctx, CHANGE, team_id).await;
        Ok(())
    }

    /// Returns the team, unless the caller may not change it.
    pub(crate) async fn managed_team(&self, actor: &Actor, team_id: &str) -> Result<Team, Error> {
        let team = self.visible_team(actor, team_id).await?;
        expect_manager(actor, team.own_role)?;
        Ok(team)
    }

    async fn visible_team(&self, actor: &Actor, team_id: &str) -> Result<Team, Error> {
        let team = self.store.team(team_id, &actor.user_id).await?;
        let team = team.ok_or(Error::TeamNotFound)?;
        expect_visible(actor, team.own_role)?;
        Ok(team)
    }
}
