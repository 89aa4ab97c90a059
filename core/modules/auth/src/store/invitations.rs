//! Queries about invitations.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use faultmaven_kit::db::{Once, Receipt};
use faultmaven_proto::auth::v1 as pb;
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, DatabaseTransaction, EntityTrait as _,
    QueryFilter as _, QueryOrder as _,
};

use super::{Store, teams};
use crate::entity::{invitation, user};
use crate::error::Error;
use crate::invitation::Invitation;
use crate::team::TeamRole;

impl Store {
    /// Stores an invitation, and the answer to whoever asked for it.
    pub(crate) async fn create_invitation(
        &self,
        receipt: Option<Receipt>,
        new: &Invitation,
        secret_hash: String,
        answer: pb::CreateInvitationResponse,
    ) -> Result<Once<pb::CreateInvitationResponse>, Error> {
        let row = invitation::ActiveModel {
            invitation_id: Set(new.invitation_id.clone()),
            secret_hash: Set(secret_hash),
            email: Set(new.email.clone()),
            team_id: Set(new.team_id.clone()),
            team_role: Set(new.team_role.as_str().to_owned()),
            inviter_id: Set(new.inviter_id.clone()),
            create_time: Set(new.create_time),
            expire_time: Set(new.expire_time),
            accept_time: Set(None),
            accepter_id: Set(None),
        };
        self.db
            .write_once(receipt, move |tx| {
                let (row, answer) = (row.clone(), answer.clone());
                Box::pin(async move {
                    row.insert(tx).await?;
                    Ok(answer)
                })
            })
            .await
    }

    /// Returns the invitation with this id, used or not.
    pub(crate) async fn invitation(&self, id: &str) -> Result<Option<Invitation>, Error> {
        let row = invitation::Entity::find_by_id(id)
            .one(self.db.read())
            .await?;
        row.map(parse).transpose()
    }

    /// Returns the invitations that can be used at `now`, newest first.
    pub(crate) async fn open_invitations(
        &self,
        now: DateTime<Utc>,
    ) -> Result<Vec<Invitation>, Error> {
        let rows = invitation::Entity::find()
            .filter(invitation::Column::AcceptTime.is_null())
            .filter(invitation::Column::ExpireTime.gt(now))
            .order_by_desc(invitation::Column::CreateTime)
            .order_by_asc(invitation::Column::InvitationId)
            .all(self.db.read())
            .await?;
        rows.into_iter().map(parse).collect()
    }

    /// Removes an invitation.
    pub(crate) async fn delete_invitation(&self, id: &str) -> Result<(), Error> {
        let id = id.to_owned();
        self.db
            .write(move |tx| {
                let id = id.clone();
                Box::pin(async move {
                    invitation::Entity::delete_by_id(id).exec(tx).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Lets an account into the team that an invitation leads to; returns the team's id.
    pub(crate) async fn accept_invitation(
        &self,
        secret_hash: String,
        user_id: String,
        email: String,
        now: DateTime<Utc>,
    ) -> Result<String, Error> {
        let shared = Arc::new((secret_hash, user_id, email));
        self.write_revoking(move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (secret_hash, user_id, email) = &*shared;
                let guest = Guest { user_id, email };
                match use_invitation(tx, secret_hash, guest, now).await? {
                    used if used.team_id.is_empty() => Err(Error::InvalidInvitation),
                    used => Ok(used.team_id),
                }
            })
        })
        .await
    }
}

/// Who wants to use an invitation.
#[derive(Clone, Copy)]
pub(super) struct Guest<'a> {
    pub(super) user_id: &'a str,
    pub(super) email: &'a str,
}

impl<'a> Guest<'a> {
    /// Returns the guest that an account is.
    pub(super) fn of(account: &'a user::Model) -> Self {
        Self {
            user_id: &account.user_id,
            email: &account.email,
        }
    }
}

/// Uses up the invitation with this secret and lets the account into its team, if it names one.
pub(super) async fn use_invitation(
    tx: &DatabaseTransaction,
    secret_hash: &str,
    guest: Guest<'_>,
    now: DateTime<Utc>,
) -> Result<Invitation, Error> {
    let row = invitation::Entity::find()
        .filter(invitation::Column::SecretHash.eq(secret_hash))
        .one(tx)
        .await?
        .ok_or(Error::InvalidInvitation)?;
    let found = parse(row)?;
    if !found.admits(guest.email, now) {
        return Err(Error::InvalidInvitation);
    }
    let used = invitation::Entity::update_many()
        .set(invitation::ActiveModel {
            accept_time: Set(Some(now)),
            accepter_id: Set(Some(guest.user_id.to_owned())),
            ..Default::default()
        })
        .filter(invitation::Column::InvitationId.eq(&found.invitation_id))
        .filter(invitation::Column::AcceptTime.is_null())
        .exec(tx)
        .await?;
    if used.rows_affected == 0 {
        return Err(Error::InvalidInvitation);
    }
    // Somebody who manages the team already stays what they are.
    if !found.team_id.is_empty() && !teams::has_member(tx, &found.team_id, guest.user_id).await? {
        teams::join(tx, &found.team_id, guest.user_id, found.team_role, now).await?;
    }
    Ok(found)
}

fn parse(row: invitation::Model) -> Result<Invitation, Error> {
    let corrupt = || Error::Corrupt(format!("role of invitation {}", row.invitation_id));
    Ok(Invitation {
        team_role: TeamRole::parse(&row.team_role).ok_or_else(corrupt)?,
        invitation_id: row.invitation_id,
        email: row.email,
        team_id: row.team_id,
        inviter_id: row.inviter_id,
        create_time: row.create_time,
        expire_time: row.expire_time,
        accept_time: row.accept_time,
    })
}
