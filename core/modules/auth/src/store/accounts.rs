//! Queries about accounts.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use faultmaven_kit::Role;
use faultmaven_kit::db::{Once, Receipt};
use faultmaven_proto::auth::v1 as pb;
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, DatabaseTransaction,
    EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use super::invitations::{Guest, use_invitation};
use super::sign_ins::{NewTokens, Which, end_others, open_sign_in, revoke_sign_ins};
use super::{Store, repeated_when_overtaken, rows};
use crate::account::{Account, Origin, Profile, State};
use crate::convert;
use crate::entity::{api_token, installation, login_name, user};
use crate::error::Error;
use crate::registration::Admission;
use crate::secret::stored_hash;

/// Names the account that was first, which is how its being first stays unique.
const FIRST_ACCOUNT: &str = "first_account";
/// Names the user of an installation without sign-in.
const LOCAL_USER: &str = "local_user";

/// An account to store.
pub(crate) struct NewAccount {
    pub(crate) user_id: String,
    pub(crate) profile: Profile,
    /// Absent when nobody signs in to the account with a password.
    pub(crate) password_hash: Option<String>,
    pub(crate) origin: Origin,
    pub(crate) create_time: DateTime<Utc>,
}

/// What a newcomer is let in with.
pub(crate) struct EntryTicket {
    pub(crate) admission: Admission,
    pub(crate) setup_token: String,
    /// Empty for none.
    pub(crate) invitation: String,
}

impl EntryTicket {
    fn admit(&self, is_first: bool) -> Result<Role, Error> {
        self.admission
            .admit(is_first, &self.setup_token, &self.invitation)
    }
}

/// What an administrator changes of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AccountChange {
    pub(crate) role: Option<Role>,
    pub(crate) state: Option<State>,
}

impl Store {
    /// Returns whether an account exists that somebody can sign in to.
    pub(crate) async fn has_first_account(&self) -> Result<bool, Error> {
        has_first_account(self.db.read()).await
    }

    /// Returns the account with this id.
    pub(crate) async fn account(&self, user_id: &str) -> Result<Option<Account>, Error> {
        let row = user::Entity::find_by_id(user_id)
            .one(self.db.read())
            .await?;
        row.map(rows::account).transpose()
    }

    /// Returns the account that has this name or e-mail address.
    pub(crate) async fn account_named(&self, name: &str) -> Result<Option<Account>, Error> {
        let found = self.account_to_sign_in(name).await?;
        Ok(found.map(|(account, _)| account))
    }

    /// Returns the names to show of those accounts that exist.
    pub(crate) async fn display_names(
        &self,
        user_ids: &[String],
    ) -> Result<HashMap<String, String>, Error> {
        let rows: Vec<(String, String)> = user::Entity::find()
            .filter(user::Column::UserId.is_in(user_ids))
            .select_only()
            .columns([user::Column::UserId, user::Column::DisplayName])
            .into_tuple()
            .all(self.db.read())
            .await?;
        Ok(rows.into_iter().collect())
    }

    /// Returns the account one signs in to with this name, and the hash of its password.
    pub(crate) async fn account_to_sign_in(
        &self,
        name: &str,
    ) -> Result<Option<(Account, Option<String>)>, Error> {
        let found = login_name::Entity::find_by_id(name)
            .find_also_related(user::Entity)
            .one(self.db.read())
            .await?;
        found
            .and_then(|(_, row)| row)
            .map(with_password_hash)
            .transpose()
    }

    /// Returns the account with this id and the hash of its password.
    pub(crate) async fn account_with_password(
        &self,
        user_id: &str,
    ) -> Result<Option<(Account, Option<String>)>, Error> {
        let row = user::Entity::find_by_id(user_id)
            .one(self.db.read())
            .await?;
        row.map(with_password_hash).transpose()
    }

    /// Returns up to `limit` accounts by name, from behind the given name and id.
    pub(crate) async fn accounts(
        &self,
        after: Option<(String, String)>,
        limit: u64,
    ) -> Result<Vec<Account>, Error> {
        let mut query = user::Entity::find().filter(user::Column::IsBuiltIn.eq(false));
        if let Some((name, user_id)) = after {
            let same_name = Condition::all()
                .add(user::Column::UsernameKey.eq(&name))
                .add(user::Column::UserId.gt(user_id));
            let behind = Condition::any()
                .add(user::Column::UsernameKey.gt(&name))
                .add(same_name);
            query = query.filter(behind);
        }
        let rows = query
            .order_by_asc(user::Column::UsernameKey)
            .order_by_asc(user::Column::UserId)
            .limit(limit)
            .all(self.db.read())
            .await?;
        rows.into_iter().map(rows::account).collect()
    }

    /// Stores an account that its ticket lets in, and signs it in.
    pub(crate) async fn register(
        &self,
        new: NewAccount,
        ticket: EntryTicket,
        tokens: NewTokens,
    ) -> Result<Account, Error> {
        let shared = Arc::new((new, ticket, tokens));
        let write = || {
            let shared = Arc::clone(&shared);
            self.db.write(move |tx| {
                let shared = Arc::clone(&shared);
                Box::pin(async move {
                    let (new, ticket, tokens) = &*shared;
                    let is_first = !has_first_account(tx).await?;
                    let role = ticket.admit(is_first)?;
                    let row = insert(tx, new, role, is_first).await?;
                    if !ticket.invitation.is_empty() && !is_first {
                        let guest = Guest::of(&row);
                        let secret_hash = stored_hash(&ticket.invitation);
                        use_invitation(tx, &secret_hash, guest, new.create_time).await?;
                    }
                    open_sign_in(tx, &row.user_id, Condition::all(), tokens).await
                })
            })
        };
        repeated_when_overtaken(write).await
    }

    /// Stores an account and the answer to whoever asked for it; the first one becomes
    /// administrator whatever `role` says.
    pub(crate) async fn create_account(
        &self,
        receipt: Option<Receipt>,
        new: NewAccount,
        role: Role,
    ) -> Result<Once<pb::CreateUserResponse>, Error> {
        let new = Arc::new(new);
        let write = || {
            let new = Arc::clone(&new);
            self.db.write_once(receipt.clone(), move |tx| {
                let new = Arc::clone(&new);
                Box::pin(async move {
                    let is_first = !has_first_account(tx).await?;
                    let role = if is_first { Role::Admin } else { role };
                    let account = rows::account(insert(tx, &new, role, is_first).await?)?;
                    Ok(pb::CreateUserResponse {
                        user: Some(convert::user(account)),
                        replayed: false,
                    })
                })
            })
        };
        repeated_when_overtaken(write).await
    }

    /// Returns the user of an installation without sign-in, stored as `new` when there is none.
    pub(crate) async fn local_user(&self, new: NewAccount) -> Result<Account, Error> {
        let new = Arc::new(new);
        let write = || {
            let new = Arc::clone(&new);
            self.db.write(move |tx| {
                let new = Arc::clone(&new);
                Box::pin(async move {
                    if let Some(known) = account_of_fact(tx, LOCAL_USER).await? {
                        return rows::account(known);
                    }
                    let row = rows::user_row(&new, Role::Admin).insert(tx).await?;
                    insert_fact(tx, LOCAL_USER, &row.user_id).await?;
                    rows::account(row)
                })
            })
        };
        repeated_when_overtaken(write).await
    }

    /// Changes role or state of an account; what the account loses ends at once.
    pub(crate) async fn change_account(
        &self,
        user_id: String,
        change: AccountChange,
        now: DateTime<Utc>,
    ) -> Result<Account, Error> {
        self.write_revoking(move |tx| {
            let user_id = user_id.clone();
            Box::pin(async move { change_account(tx, &user_id, change, now).await })
        })
        .await
    }

    /// Replaces the password, unless it was replaced meanwhile, and ends the other sign-ins.
    pub(crate) async fn change_password(
        &self,
        account: &Account,
        hashes: PasswordHashes,
        current_token_id: String,
        now: DateTime<Utc>,
    ) -> Result<u64, Error> {
        let user_id = account.user_id.clone();
        let shared = Arc::new((user_id, hashes, current_token_id));
        self.write_revoking(move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (user_id, hashes, token_id) = &*shared;
                let changed = user::Entity::update_many()
                    .set(user::ActiveModel {
                        password_hash: Set(Some(hashes.new.clone())),
                        ..Default::default()
                    })
                    .filter(user::Column::UserId.eq(user_id))
                    .filter(user::Column::PasswordHash.eq(&hashes.current))
                    .exec(tx)
                    .await?;
                if changed.rows_affected == 0 {
                    return Err(Error::InvalidCredentials);
                }
                end_others(tx, user_id, token_id, now).await
            })
        })
        .await
    }
}

/// The hash of the password an account has, and of the one it will have.
pub(crate) struct PasswordHashes {
    pub(crate) current: String,
    pub(crate) new: String,
}

fn with_password_hash(row: user::Model) -> Result<(Account, Option<String>), Error> {
    let hash = row.password_hash.clone();
    Ok((rows::account(row)?, hash))
}

async fn has_first_account<C: ConnectionTrait>(connection: &C) -> Result<bool, Error> {
    let row = installation::Entity::find_by_id(FIRST_ACCOUNT)
        .one(connection)
        .await?;
    Ok(row.is_some())
}

async fn account_of_fact(
    tx: &DatabaseTransaction,
    fact: &str,
) -> Result<Option<user::Model>, Error> {
    let Some(known) = installation::Entity::find_by_id(fact).one(tx).await? else {
        return Ok(None);
    };
    Ok(user::Entity::find_by_id(known.user_id).one(tx).await?)
}

async fn insert(
    tx: &DatabaseTransaction,
    new: &NewAccount,
    role: Role,
    is_first: bool,
) -> Result<user::Model, Error> {
    let names = new.profile.login_names();
    let taken = login_name::Entity::find()
        .filter(login_name::Column::Name.is_in(&names))
        .count(tx)
        .await?;
    if taken > 0 {
        return Err(Error::NameTaken);
    }
    let row = rows::user_row(new, role).insert(tx).await?;
    for name in names {
        let login_name = login_name::ActiveModel {
            name: Set(name),
            user_id: Set(row.user_id.clone()),
        };
        login_name.insert(tx).await?;
    }
    if is_first {
        insert_fact(tx, FIRST_ACCOUNT, &row.user_id).await?;
    }
    Ok(row)
}

async fn insert_fact(tx: &DatabaseTransaction, fact: &str, user_id: &str) -> Result<(), Error> {
    let row = installation::ActiveModel {
        fact: Set(fact.to_owned()),
        user_id: Set(user_id.to_owned()),
    };
    row.insert(tx).await?;
    Ok(())
}

async fn change_account(
    tx: &DatabaseTransaction,
    user_id: &str,
    change: AccountChange,
    now: DateTime<Utc>,
) -> Result<Account, Error> {
    // Two administrators who demote each other at the same time must not both succeed.
    installation::Entity::find_by_id(FIRST_ACCOUNT)
        .lock_exclusive()
        .one(tx)
        .await?;
    let row = user::Entity::find_by_id(user_id)
        .filter(user::Column::IsBuiltIn.eq(false))
        .one(tx)
        .await?
        .ok_or(Error::UserNotFound)?;
    let before = rows::account(row.clone())?;
    let mut row = user::ActiveModel::from(row);
    if let Some(role) = change.role {
        row.role = Set(role.as_str().to_owned());
    }
    if let Some(state) = change.state {
        row.state = Set(state.as_str().to_owned());
    }
    let after = rows::account(row.update(tx).await?)?;
    if before.is_active_admin() && !after.is_active_admin() && !has_active_admin(tx).await? {
        return Err(Error::LastAdmin);
    }
    if after.state != State::Active {
        revoke_sign_ins(tx, &after.user_id, Which::All, now).await?;
        revoke_api_tokens(tx, &after.user_id, now).await?;
    }
    Ok(after)
}

async fn has_active_admin(tx: &DatabaseTransaction) -> Result<bool, Error> {
    let admins = user::Entity::find()
        .filter(user::Column::IsBuiltIn.eq(false))
        .filter(user::Column::Role.eq(Role::Admin.as_str()))
        .filter(user::Column::State.eq(State::Active.as_str()))
        .count(tx)
        .await?;
    Ok(admins > 0)
}

async fn revoke_api_tokens(
    tx: &DatabaseTransaction,
    user_id: &str,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    api_token::Entity::update_many()
        .set(api_token::ActiveModel {
            revoke_time: Set(Some(now)),
            ..Default::default()
        })
        .filter(api_token::Column::UserId.eq(user_id))
        .filter(api_token::Column::RevokeTime.is_null())
        .exec(tx)
        .await?;
    Ok(())
}
