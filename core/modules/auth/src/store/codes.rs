//! Queries about authorization codes.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, DatabaseTransaction, EntityTrait as _,
    QueryFilter as _,
};

use super::Store;
use super::sign_ins::{NewTokens, Which, open_sign_in, revoke_sign_ins};
use crate::account::Account;
use crate::entity::{access_token, code, refresh_token, sign_in};
use crate::error::Error;
use crate::scope;
use crate::secret::stored_hash;

/// A code to store, or one that is stored.
#[derive(Debug, Clone)]
pub(crate) struct NewCode {
    pub(crate) code_hash: String,
    pub(crate) user_id: String,
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) code_challenge: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) expire_time: DateTime<Utc>,
}

/// What became of a code that was presented.
pub(crate) enum CodeUse {
    SignedIn(Box<Account>),
    /// It had been used before, so that sign-in is revoked now.
    Again,
    /// It is expired, or its user may no longer sign in.
    Refused,
}

impl Store {
    /// Stores a code.
    pub(crate) async fn create_code(&self, new: NewCode) -> Result<(), Error> {
        let row = code::ActiveModel {
            code_hash: Set(new.code_hash),
            user_id: Set(new.user_id),
            client_id: Set(new.client_id),
            redirect_uri: Set(new.redirect_uri),
            code_challenge: Set(new.code_challenge),
            scopes: Set(scope::join(&new.scopes)),
            expire_time: Set(new.expire_time),
            forget_time: Set(new.expire_time),
            sign_in_id: Set(None),
        };
        self.db
            .write(move |tx| {
                let row = row.clone();
                Box::pin(async move {
                    row.insert(tx).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Returns the code with this hash, used or not.
    pub(crate) async fn code(&self, code_hash: &str) -> Result<Option<NewCode>, Error> {
        let row = code::Entity::find_by_id(code_hash)
            .one(self.db.read())
            .await?;
        Ok(row.map(|row| NewCode {
            scopes: scope::split(&row.scopes),
            code_hash: row.code_hash,
            user_id: row.user_id,
            client_id: row.client_id,
            redirect_uri: row.redirect_uri,
            code_challenge: row.code_challenge,
            expire_time: row.expire_time,
        }))
    }

    /// Exchanges a code for a sign-in; its second use ends that sign-in.
    pub(crate) async fn use_code(
        &self,
        code_hash: String,
        tokens: NewTokens,
    ) -> Result<CodeUse, Error> {
        let shared = Arc::new((code_hash, tokens));
        self.write_revoking(move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                match use_code(tx, &shared.0, &shared.1).await {
                    // The account is no longer active.
                    Err(Error::InvalidCredentials) => Ok(CodeUse::Refused),
                    used => used,
                }
            })
        })
        .await
    }

    /// Returns the sign-in that an access token belongs to.
    pub(crate) async fn sign_in_of_access_token(
        &self,
        token_id: &str,
    ) -> Result<Option<sign_in::Model>, Error> {
        let token = access_token::Entity::find_by_id(token_id)
            .one(self.db.read())
            .await?;
        self.sign_in_with_id(token.map(|it| it.sign_in_id)).await
    }

    /// Returns the sign-in that a refresh token belongs to, used or not.
    pub(crate) async fn sign_in_of_refresh_token(
        &self,
        secret: &str,
    ) -> Result<Option<sign_in::Model>, Error> {
        let token = refresh_token::Entity::find_by_id(stored_hash(secret))
            .one(self.db.read())
            .await?;
        self.sign_in_with_id(token.map(|it| it.sign_in_id)).await
    }

    /// Ends a sign-in.
    pub(crate) async fn revoke_sign_in(
        &self,
        found: sign_in::Model,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.write_revoking(move |tx| {
            let found = found.clone();
            Box::pin(async move {
                let which = Which::One(&found.sign_in_id);
                revoke_sign_ins(tx, &found.user_id, which, now).await?;
                Ok(())
            })
        })
        .await
    }

    async fn sign_in_with_id(&self, id: Option<String>) -> Result<Option<sign_in::Model>, Error> {
        match id {
            Some(id) => Ok(sign_in::Entity::find_by_id(id).one(self.db.read()).await?),
            None => Ok(None),
        }
    }
}

async fn use_code(
    tx: &DatabaseTransaction,
    code_hash: &str,
    tokens: &NewTokens,
) -> Result<CodeUse, Error> {
    let now = tokens.issue_time;
    let used = code::Entity::update_many()
        .set(code::ActiveModel {
            sign_in_id: Set(Some(tokens.sign_in_id.clone())),
            forget_time: Set(tokens.access_expire_time.max(tokens.refresh_expire_time)),
            ..Default::default()
        })
        .filter(code::Column::CodeHash.eq(code_hash))
        .filter(code::Column::SignInId.is_null())
        .filter(code::Column::ExpireTime.gt(now))
        .exec(tx)
        .await?;
    let row = code::Entity::find_by_id(code_hash).one(tx).await?;
    let Some(row) = row else {
        return Ok(CodeUse::Refused);
    };
    if used.rows_affected > 0 {
        let account = open_sign_in(tx, &row.user_id, Condition::all(), tokens).await?;
        return Ok(CodeUse::SignedIn(Box::new(account)));
    }
    match row.sign_in_id {
        Some(id) => {
            revoke_sign_ins(tx, &row.user_id, Which::One(&id), now).await?;
            Ok(CodeUse::Again)
        }
        None => Ok(CodeUse::Refused),
    }
}
