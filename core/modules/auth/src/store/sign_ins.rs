//! Queries about sign-ins and their tokens.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, DatabaseTransaction, EntityTrait as _,
    JoinType, PaginatorTrait as _, QueryFilter as _, QuerySelect as _, RelationTrait as _,
};

use super::{Store, rows};
use crate::account::{Account, State};
use crate::entity::{access_token, refresh_token, sign_in, user};
use crate::error::Error;
use crate::in_flight::Entered;
use crate::scope;

/// What a sign-in or a refresh hands out.
pub(crate) struct NewTokens {
    /// The id of the sign-in, when there is none yet.
    pub(crate) sign_in_id: String,
    /// Who asked for them; empty for our own pages and for clients of the REST API.
    pub(crate) client_id: String,
    /// Absent when they may do all that their user may.
    pub(crate) scopes: Option<Vec<String>>,
    pub(crate) access_token_id: String,
    pub(crate) refresh_token_hash: String,
    pub(crate) issue_time: DateTime<Utc>,
    pub(crate) access_expire_time: DateTime<Utc>,
    pub(crate) refresh_expire_time: DateTime<Utc>,
}

/// A refresh token as it was when its request arrived.
pub(crate) struct RefreshToken(refresh_token::Model);

/// What became of a refresh token that was presented.
pub(crate) enum RefreshOutcome {
    /// It was good and has been replaced.
    Renewed {
        account: Box<Account>,
        scopes: Option<Vec<String>>,
    },
    /// It had been used before, so its family is revoked now.
    Reused { user_id: String },
    /// It is expired, revoked, of another client, or another request was quicker.
    Refused,
}

/// What a sign-out ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) tokens: u64,
    /// Sign-ins of the user that are alive still.
    pub(crate) remaining: u64,
}

/// Which sign-ins of a user are meant.
#[derive(Debug, Clone, Copy)]
pub(super) enum Which<'a> {
    All,
    One(&'a str),
    AllBut(&'a str),
}

impl Store {
    /// Signs in to an active account whose password still has this hash.
    pub(crate) async fn sign_in(
        &self,
        user_id: String,
        password_hash: Option<String>,
        tokens: NewTokens,
    ) -> Result<Account, Error> {
        let shared = Arc::new((user_id, password_hash, tokens));
        self.db
            .write(move |tx| {
                let shared = Arc::clone(&shared);
                Box::pin(async move {
                    let (user_id, password_hash, tokens) = &*shared;
                    let unchanged = user::Column::PasswordHash.eq(password_hash.as_deref());
                    open_sign_in(tx, user_id, Condition::all().add(unchanged), tokens).await
                })
            })
            .await
    }

    /// Returns the refresh token with this secret.
    pub(crate) async fn refresh_token(
        &self,
        secret_hash: &str,
    ) -> Result<Option<RefreshToken>, Error> {
        let row = refresh_token::Entity::find_by_id(secret_hash)
            .one(self.db.read())
            .await?;
        Ok(row.map(RefreshToken))
    }

    /// Replaces a refresh token that is used at `now` for the first time.
    ///
    /// A request that saw the token unused, or arrived before it was used, and was overtaken gets
    /// nothing, but it is no reuse: both were under way at the same time. A token that was used
    /// before its request arrived revokes the family, however short the time between.
    pub(crate) async fn exchange(
        &self,
        seen: RefreshToken,
        right: Entered,
        tokens: NewTokens,
        now: DateTime<Utc>,
    ) -> Result<RefreshOutcome, Error> {
        let shared = Arc::new((seen.0, tokens));
        let (db, revision) = (self.db.clone(), Arc::clone(&self.revision));
        let work = async move {
            let _right = right;
            let outcome = db
                .write(move |tx| {
                    let shared = Arc::clone(&shared);
                    Box::pin(async move { exchange(tx, &shared.0, &shared.1, now).await })
                })
                .await;
            if let Ok(RefreshOutcome::Reused { .. }) = outcome {
                revision.advance();
            }
            outcome
        };
        self.tasks.spawn("auth refresh", work).await?
    }

    /// Ends the sign-in that an access token belongs to.
    pub(crate) async fn end_sign_in(
        &self,
        user_id: String,
        token_id: String,
        now: DateTime<Utc>,
    ) -> Result<Ended, Error> {
        let shared = Arc::new((user_id, token_id));
        self.write_revoking(move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (user_id, token_id) = &*shared;
                let tokens = match sign_in_of(tx, user_id, token_id).await? {
                    Some(id) => revoke_sign_ins(tx, user_id, Which::One(&id), now).await?,
                    None => 0,
                };
                let remaining = count_live(tx, user_id, now).await?;
                Ok(Ended { tokens, remaining })
            })
        })
        .await
    }

    /// Ends all sign-ins of a user.
    pub(crate) async fn end_all_sign_ins(
        &self,
        user_id: String,
        now: DateTime<Utc>,
    ) -> Result<Ended, Error> {
        self.write_revoking(move |tx| {
            let user_id = user_id.clone();
            Box::pin(async move {
                let tokens = revoke_sign_ins(tx, &user_id, Which::All, now).await?;
                let remaining = count_live(tx, &user_id, now).await?;
                Ok(Ended { tokens, remaining })
            })
        })
        .await
    }

    /// Returns the active account of an access token whose sign-in lives, and its scopes.
    pub(crate) async fn account_of_access_token(
        &self,
        token_id: &str,
    ) -> Result<Option<(Account, Option<Vec<String>>)>, Error> {
        let found = user::Entity::find()
            .join(
                JoinType::InnerJoin,
                access_token::Relation::User.def().rev(),
            )
            .join(JoinType::InnerJoin, access_token::Relation::SignIn.def())
            .select_also(sign_in::Entity)
            .filter(access_token::Column::TokenId.eq(token_id))
            .filter(sign_in::Column::RevokeTime.is_null())
            .filter(user::Column::State.eq(State::Active.as_str()))
            .one(self.db.read())
            .await?;
        let Some((row, sign_in)) = found else {
            return Ok(None);
        };
        let scopes = sign_in
            .and_then(|it| it.scopes)
            .as_deref()
            .map(scope::split);
        Ok(Some((rows::account(row)?, scopes)))
    }
}

/// Opens a sign-in, unless the account is no longer active or `condition` no longer holds.
pub(super) async fn open_sign_in(
    tx: &DatabaseTransaction,
    user_id: &str,
    condition: Condition,
    tokens: &NewTokens,
) -> Result<Account, Error> {
    let rows = user::Entity::update_many()
        .set(user::ActiveModel {
            last_login_time: Set(Some(tokens.issue_time)),
            ..Default::default()
        })
        .filter(user::Column::UserId.eq(user_id))
        .filter(user::Column::State.eq(State::Active.as_str()))
        .filter(condition)
        .exec_with_returning(tx)
        .await?;
    let row = rows.into_iter().next().ok_or(Error::InvalidCredentials)?;
    let sign_in = sign_in::ActiveModel {
        sign_in_id: Set(tokens.sign_in_id.clone()),
        user_id: Set(user_id.to_owned()),
        client_id: Set(tokens.client_id.clone()),
        scopes: Set(tokens.scopes.as_deref().map(scope::join)),
        create_time: Set(tokens.issue_time),
        expire_time: Set(tokens.access_expire_time.max(tokens.refresh_expire_time)),
        revoke_time: Set(None),
    };
    sign_in.insert(tx).await?;
    insert_tokens(tx, &tokens.sign_in_id, user_id, tokens).await?;
    rows::account(row)
}

/// Ends the sign-ins of a user but the one of `token_id`; returns how many tokens that ended.
pub(super) async fn end_others(
    tx: &DatabaseTransaction,
    user_id: &str,
    token_id: &str,
    now: DateTime<Utc>,
) -> Result<u64, Error> {
    match sign_in_of(tx, user_id, token_id).await? {
        Some(current) => revoke_sign_ins(tx, user_id, Which::AllBut(&current), now).await,
        None => revoke_sign_ins(tx, user_id, Which::All, now).await,
    }
}

/// Revokes sign-ins that are alive; returns how many of their tokens were.
pub(super) async fn revoke_sign_ins(
    tx: &DatabaseTransaction,
    user_id: &str,
    which: Which<'_>,
    now: DateTime<Utc>,
) -> Result<u64, Error> {
    let access_tokens = access_token::Entity::find()
        .filter(access_token::Column::ExpireTime.gt(now))
        .filter(access_token::Column::SignInId.in_subquery(ids(user_id, which, now)))
        .count(tx)
        .await?;
    let refresh_tokens = refresh_token::Entity::find()
        .filter(refresh_token::Column::ExpireTime.gt(now))
        .filter(refresh_token::Column::UseTime.is_null())
        .filter(refresh_token::Column::SignInId.in_subquery(ids(user_id, which, now)))
        .count(tx)
        .await?;
    sign_in::Entity::update_many()
        .set(sign_in::ActiveModel {
            revoke_time: Set(Some(now)),
            ..Default::default()
        })
        .filter(live(user_id, which, now))
        .exec(tx)
        .await?;
    Ok(access_tokens + refresh_tokens)
}

async fn exchange(
    tx: &DatabaseTransaction,
    seen: &refresh_token::Model,
    tokens: &NewTokens,
    now: DateTime<Utc>,
) -> Result<RefreshOutcome, Error> {
    let family = sign_in::Entity::find_by_id(&seen.sign_in_id)
        .one(tx)
        .await?;
    let Some(family) = family.filter(|family| family.client_id == tokens.client_id) else {
        return Ok(RefreshOutcome::Refused);
    };
    let arrival = tokens.issue_time;
    if seen.use_time.is_some_and(|used| used <= arrival) {
        let ended = revoke_sign_ins(tx, &seen.user_id, Which::One(&seen.sign_in_id), now).await?;
        return Ok(match ended {
            0 => RefreshOutcome::Refused,
            _ => RefreshOutcome::Reused {
                user_id: seen.user_id.clone(),
            },
        });
    }
    let used = refresh_token::Entity::update_many()
        .set(refresh_token::ActiveModel {
            use_time: Set(Some(now)),
            ..Default::default()
        })
        .filter(refresh_token::Column::SecretHash.eq(&seen.secret_hash))
        .filter(refresh_token::Column::UseTime.is_null())
        .filter(refresh_token::Column::ExpireTime.gt(now))
        .exec(tx)
        .await?;
    if used.rows_affected == 0 {
        return Ok(RefreshOutcome::Refused);
    }
    let extended = sign_in::Entity::update_many()
        .set(sign_in::ActiveModel {
            expire_time: Set(tokens.access_expire_time.max(tokens.refresh_expire_time)),
            ..Default::default()
        })
        .filter(sign_in::Column::SignInId.eq(&seen.sign_in_id))
        .filter(sign_in::Column::RevokeTime.is_null())
        .exec(tx)
        .await?;
    let owner = user::Entity::find_by_id(&seen.user_id)
        .filter(user::Column::State.eq(State::Active.as_str()))
        .one(tx)
        .await?;
    match owner {
        Some(owner) if extended.rows_affected > 0 => {
            insert_tokens(tx, &seen.sign_in_id, &seen.user_id, tokens).await?;
            Ok(RefreshOutcome::Renewed {
                account: Box::new(rows::account(owner)?),
                scopes: family.scopes.as_deref().map(scope::split),
            })
        }
        _ => Ok(RefreshOutcome::Refused),
    }
}

async fn insert_tokens(
    tx: &DatabaseTransaction,
    sign_in_id: &str,
    user_id: &str,
    tokens: &NewTokens,
) -> Result<(), Error> {
    let access_token = access_token::ActiveModel {
        token_id: Set(tokens.access_token_id.clone()),
        sign_in_id: Set(sign_in_id.to_owned()),
        user_id: Set(user_id.to_owned()),
        expire_time: Set(tokens.access_expire_time),
    };
    access_token.insert(tx).await?;
    let refresh_token = refresh_token::ActiveModel {
        secret_hash: Set(tokens.refresh_token_hash.clone()),
        sign_in_id: Set(sign_in_id.to_owned()),
        user_id: Set(user_id.to_owned()),
        expire_time: Set(tokens.refresh_expire_time),
        use_time: Set(None),
    };
    refresh_token.insert(tx).await?;
    Ok(())
}

async fn sign_in_of(
    tx: &DatabaseTransaction,
    user_id: &str,
    token_id: &str,
) -> Result<Option<String>, Error> {
    let row = access_token::Entity::find_by_id(token_id)
        .filter(access_token::Column::UserId.eq(user_id))
        .one(tx)
        .await?;
    Ok(row.map(|row| row.sign_in_id))
}

async fn count_live(
    tx: &DatabaseTransaction,
    user_id: &str,
    now: DateTime<Utc>,
) -> Result<u64, Error> {
    let alive = sign_in::Entity::find().filter(live(user_id, Which::All, now));
    Ok(alive.count(tx).await?)
}

fn live(user_id: &str, which: Which<'_>, now: DateTime<Utc>) -> Condition {
    let live = Condition::all()
        .add(sign_in::Column::UserId.eq(user_id))
        .add(sign_in::Column::RevokeTime.is_null())
        .add(sign_in::Column::ExpireTime.gt(now));
    match which {
        Which::All => live,
        Which::One(id) => live.add(sign_in::Column::SignInId.eq(id)),
        Which::AllBut(id) => live.add(sign_in::Column::SignInId.ne(id)),
    }
}

fn ids(user_id: &str, which: Which<'_>, now: DateTime<Utc>) -> SelectStatement {
    Query::select()
        .column(sign_in::Column::SignInId)
        .from(sign_in::Entity)
        .cond_where(live(user_id, which, now))
        .take()
}
