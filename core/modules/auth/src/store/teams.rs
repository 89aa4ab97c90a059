//! Queries about teams and their members.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use faultmaven_kit::db::{Once, Receipt, is_unique_violation};
use faultmaven_proto::auth::v1 as pb;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, DatabaseTransaction, EntityTrait as _,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use super::Store;
use crate::account::login_name;
use crate::entity::{invitation, team, team_member, user};
use crate::error::Error;
use crate::team::{Member, Team, TeamRole};

impl Store {
    /// Stores a team whose manager is `user_id`, and the answer to whoever asked for it.
    pub(crate) async fn create_team(
        &self,
        receipt: Option<Receipt>,
        new: &Team,
        user_id: &str,
        answer: pb::CreateTeamResponse,
    ) -> Result<Once<pb::CreateTeamResponse>, Error> {
        let team = team::ActiveModel {
            team_id: Set(new.team_id.clone()),
            name: Set(new.name.clone()),
            name_key: Set(login_name(&new.name)),
            create_time: Set(new.create_time),
        };
        let manager = member_row(&new.team_id, user_id, TeamRole::Manager, new.create_time);
        self.write_revoking_once(receipt, move |tx| {
            let (team, manager, answer) = (team.clone(), manager.clone(), answer.clone());
            Box::pin(async move {
                team.insert(tx).await?;
                manager.insert(tx).await?;
                Ok(answer)
            })
        })
        .await
        .map_err(name_taken)
    }

    /// Returns a team with the role that `user_id` has in it.
    pub(crate) async fn team(&self, team_id: &str, user_id: &str) -> Result<Option<Team>, Error> {
        let Some(row) = team::Entity::find_by_id(team_id)
            .one(self.db.read())
            .await?
        else {
            return Ok(None);
        };
        let members = team_member::Entity::find()
            .filter(team_member::Column::TeamId.eq(team_id))
            .count(self.db.read())
            .await?;
        let own = team_member::Entity::find_by_id((team_id.to_owned(), user_id.to_owned()))
            .one(self.db.read())
            .await?;
        Ok(Some(with_members(row, members, own.as_ref())?))
    }

    /// Returns all teams by name, each with the role that `user_id` has in it.
    pub(crate) async fn teams(&self, user_id: &str) -> Result<Vec<Team>, Error> {
        let rows = team::Entity::find()
            .order_by_asc(team::Column::NameKey)
            .all(self.db.read())
            .await?;
        let counts: BTreeMap<String, i64> = team_member::Entity::find()
            .select_only()
            .column(team_member::Column::TeamId)
            .column_as(team_member::Column::UserId.count(), "members")
            .group_by(team_member::Column::TeamId)
            .into_tuple()
            .all(self.db.read())
            .await?
            .into_iter()
            .collect();
        let own = team_member::Entity::find()
            .filter(team_member::Column::UserId.eq(user_id))
            .all(self.db.read())
            .await?;
        rows.into_iter()
            .map(|row| {
                let members = counts.get(&row.team_id).copied().unwrap_or_default();
                let own = own.iter().find(|member| member.team_id == row.team_id);
                with_members(row, members.unsigned_abs(), own)
            })
            .collect()
    }

    /// Returns the ids of the teams that `user_id` belongs to.
    pub(crate) async fn team_ids(&self, user_id: &str) -> Result<Vec<String>, Error> {
        let ids = team_member::Entity::find()
            .select_only()
            .column(team_member::Column::TeamId)
            .filter(team_member::Column::UserId.eq(user_id))
            .order_by_asc(team_member::Column::TeamId)
            .into_tuple()
            .all(self.db.read())
            .await?;
        Ok(ids)
    }

    /// Returns the members of a team by name.
    pub(crate) async fn members(&self, team_id: &str) -> Result<Vec<Member>, Error> {
        let rows = team_member::Entity::find()
            .find_also_related(user::Entity)
            .filter(team_member::Column::TeamId.eq(team_id))
            .order_by_asc(user::Column::UsernameKey)
            .all(self.db.read())
            .await?;
        rows.into_iter()
            .filter_map(|(row, account)| Some(member(&row, &account?)))
            .collect()
    }

    /// Gives a team another name.
    pub(crate) async fn rename_team(&self, team_id: &str, name: &str) -> Result<(), Error> {
        let row = team::ActiveModel {
            team_id: Set(team_id.to_owned()),
            name: Set(name.to_owned()),
            name_key: Set(login_name(name)),
            ..Default::default()
        };
        self.db
            .write(move |tx| {
                let row = row.clone();
                Box::pin(async move {
                    row.update(tx).await?;
                    Ok(())
                })
            })
            .await
            .map_err(name_taken)
    }

    /// Removes a team, its members and its invitations.
    pub(crate) async fn delete_team(&self, team_id: &str) -> Result<(), Error> {
        let team_id = team_id.to_owned();
        self.write_revoking(move |tx| {
            let team_id = team_id.clone();
            Box::pin(async move { delete(tx, &team_id).await })
        })
        .await
    }

    /// Adds an active account to a team, or gives a member another role.
    pub(crate) async fn set_member(
        &self,
        team_id: &str,
        user_id: &str,
        role: TeamRole,
        now: DateTime<Utc>,
    ) -> Result<Member, Error> {
        let names = Arc::new((team_id.to_owned(), user_id.to_owned()));
        self.write_revoking(move |tx| {
            let names = Arc::clone(&names);
            Box::pin(async move {
                let (team_id, user_id) = &*names;
                let row = join(tx, team_id, user_id, role, now).await?;
                expect_manager(tx, team_id).await?;
                let account = user::Entity::find_by_id(user_id).one(tx).await?;
                member(&row, &account.ok_or(Error::UserNotFound)?)
            })
        })
        .await
    }

    /// Takes a member out of a team; the last one takes the team along.
    pub(crate) async fn remove_member(&self, team_id: &str, user_id: &str) -> Result<(), Error> {
        let names = Arc::new((team_id.to_owned(), user_id.to_owned()));
        self.write_revoking(move |tx| {
            let names = Arc::clone(&names);
            Box::pin(async move {
                let (team_id, user_id) = &*names;
                let key = (team_id.clone(), user_id.clone());
                let removed = team_member::Entity::delete_by_id(key).exec(tx).await?;
                if removed.rows_affected == 0 {
                    return Err(Error::MemberNotFound);
                }
                match count(tx, team_id, None).await? {
                    0 => delete(tx, team_id).await,
                    _ => expect_manager(tx, team_id).await,
                }
            })
        })
        .await
    }
}

/// Makes an active account a member with this role, whether or not it was one.
pub(super) async fn join(
    tx: &DatabaseTransaction,
    team_id: &str,
    user_id: &str,
    role: TeamRole,
    now: DateTime<Utc>,
) -> Result<team_member::Model, Error> {
    // Two managers who demote each other at the same time must not both succeed.
    team::Entity::find_by_id(team_id)
        .lock_exclusive()
        .one(tx)
        .await?
        .ok_or(Error::TeamNotFound)?;
    user::Entity::find_by_id(user_id)
        .filter(user::Column::IsBuiltIn.eq(false))
        .one(tx)
        .await?
        .ok_or(Error::UserNotFound)?;
    let known = OnConflict::columns([team_member::Column::TeamId, team_member::Column::UserId])
        .update_column(team_member::Column::Role)
        .to_owned();
    team_member::Entity::insert(member_row(team_id, user_id, role, now))
        .on_conflict(known)
        .exec_without_returning(tx)
        .await?;
    let row = team_member::Entity::find_by_id((team_id.to_owned(), user_id.to_owned()))
        .one(tx)
        .await?;
    row.ok_or(Error::MemberNotFound)
}

/// Returns whether an account belongs to a team.
pub(super) async fn has_member(
    tx: &DatabaseTransaction,
    team_id: &str,
    user_id: &str,
) -> Result<bool, Error> {
    let key = (team_id.to_owned(), user_id.to_owned());
    Ok(team_member::Entity::find_by_id(key)
        .one(tx)
        .await?
        .is_some())
}

async fn expect_manager(tx: &DatabaseTransaction, team_id: &str) -> Result<(), Error> {
    match count(tx, team_id, Some(TeamRole::Manager)).await? {
        0 => Err(Error::LastManager),
        _ => Ok(()),
    }
}

async fn count(
    tx: &DatabaseTransaction,
    team_id: &str,
    role: Option<TeamRole>,
) -> Result<u64, Error> {
    let mut members = team_member::Entity::find().filter(team_member::Column::TeamId.eq(team_id));
    if let Some(role) = role {
        members = members.filter(team_member::Column::Role.eq(role.as_str()));
    }
    Ok(members.count(tx).await?)
}

async fn delete(tx: &DatabaseTransaction, team_id: &str) -> Result<(), Error> {
    team_member::Entity::delete_many()
        .filter(team_member::Column::TeamId.eq(team_id))
        .exec(tx)
        .await?;
    invitation::Entity::delete_many()
        .filter(invitation::Column::TeamId.eq(team_id))
        .exec(tx)
        .await?;
    team::Entity::delete_by_id(team_id).exec(tx).await?;
    Ok(())
}

fn member_row(
    team_id: &str,
    user_id: &str,
    role: TeamRole,
    now: DateTime<Utc>,
) -> team_member::ActiveModel {
    team_member::ActiveModel {
        team_id: Set(team_id.to_owned()),
        user_id: Set(user_id.to_owned()),
        role: Set(role.as_str().to_owned()),
        join_time: Set(now),
    }
}

fn with_members(
    row: team::Model,
    members: u64,
    own: Option<&team_member::Model>,
) -> Result<Team, Error> {
    Ok(Team {
        own_role: own.map(role).transpose()?,
        team_id: row.team_id,
        name: row.name,
        create_time: row.create_time,
        member_count: members,
    })
}

fn member(row: &team_member::Model, account: &user::Model) -> Result<Member, Error> {
    Ok(Member {
        user_id: row.user_id.clone(),
        username: account.username.clone(),
        display_name: account.display_name.clone(),
        role: role(row)?,
        join_time: row.join_time,
    })
}

fn role(row: &team_member::Model) -> Result<TeamRole, Error> {
    let corrupt = || Error::Corrupt(format!("role of {} in {}", row.user_id, row.team_id));
    TeamRole::parse(&row.role).ok_or_else(corrupt)
}

fn name_taken(error: Error) -> Error {
    match error {
        Error::Database(error) if is_unique_violation(&error) => Error::TeamNameTaken,
        other => other,
    }
}
