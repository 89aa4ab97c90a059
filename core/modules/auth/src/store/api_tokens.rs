//! Queries about API tokens.

use chrono::{DateTime, Utc};
use faultmaven_kit::db::{Once, Receipt};
use faultmaven_proto::auth::v1 as pb;
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use super::{Store, rows};
use crate::account::{Account, State};
use crate::entity::{api_token, user};
use crate::error::Error;
use crate::scope;

/// A token for programs, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiToken {
    pub(crate) token_id: String,
    pub(crate) user_id: String,
    pub(crate) name: String,
    pub(crate) prefix: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) create_time: DateTime<Utc>,
    pub(crate) expire_time: Option<DateTime<Utc>>,
    pub(crate) last_used_time: Option<DateTime<Utc>>,
    pub(crate) revoke_time: Option<DateTime<Utc>>,
}

impl Store {
    /// Stores a token under the hash of its secret, and the answer to whoever asked for it.
    pub(crate) async fn create_api_token(
        &self,
        receipt: Option<Receipt>,
        token: &ApiToken,
        secret_hash: String,
        answer: pb::CreateApiTokenResponse,
    ) -> Result<Once<pb::CreateApiTokenResponse>, Error> {
        let row = api_token::ActiveModel {
            token_id: Set(token.token_id.clone()),
            user_id: Set(token.user_id.clone()),
            secret_hash: Set(secret_hash),
            name: Set(token.name.clone()),
            prefix: Set(token.prefix.clone()),
            scopes: Set(scope::join(&token.scopes)),
            create_time: Set(token.create_time),
            expire_time: Set(token.expire_time),
            last_used_time: Set(None),
            revoke_time: Set(None),
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

    /// Returns up to `limit` tokens of a user, newest first, from behind the given time and id.
    pub(crate) async fn api_tokens(
        &self,
        user_id: &str,
        after: Option<(DateTime<Utc>, String)>,
        limit: u64,
    ) -> Result<Vec<ApiToken>, Error> {
        let mut query = api_token::Entity::find().filter(api_token::Column::UserId.eq(user_id));
        if let Some((time, token_id)) = after {
            let same_time = Condition::all()
                .add(api_token::Column::CreateTime.eq(time))
                .add(api_token::Column::TokenId.lt(token_id));
            let behind = Condition::any()
                .add(api_token::Column::CreateTime.lt(time))
                .add(same_time);
            query = query.filter(behind);
        }
        let rows = query
            .order_by_desc(api_token::Column::CreateTime)
            .order_by_desc(api_token::Column::TokenId)
            .limit(limit)
            .all(self.db.read())
            .await?;
        Ok(rows.into_iter().map(token).collect())
    }

    /// Returns how many tokens of a user are neither revoked nor expired.
    pub(crate) async fn count_api_tokens(
        &self,
        user_id: &str,
        now: DateTime<Utc>,
    ) -> Result<u64, Error> {
        let not_expired = Condition::any()
            .add(api_token::Column::ExpireTime.is_null())
            .add(api_token::Column::ExpireTime.gt(now));
        let alive = api_token::Entity::find()
            .filter(api_token::Column::UserId.eq(user_id))
            .filter(api_token::Column::RevokeTime.is_null())
            .filter(not_expired);
        Ok(alive.count(self.db.read()).await?)
    }

    /// Revokes a token of a user; a revoked one keeps its time.
    pub(crate) async fn revoke_api_token(
        &self,
        user_id: String,
        token_id: String,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.write_revoking(move |tx| {
            let (user_id, token_id) = (user_id.clone(), token_id.clone());
            Box::pin(async move {
                let row = api_token::Entity::find_by_id(token_id)
                    .filter(api_token::Column::UserId.eq(user_id))
                    .one(tx)
                    .await?
                    .ok_or(Error::TokenNotFound)?;
                if row.revoke_time.is_none() {
                    let mut row = api_token::ActiveModel::from(row);
                    row.revoke_time = Set(Some(now));
                    row.update(tx).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// Returns the token with this secret and its active account, unless it is revoked.
    pub(crate) async fn account_of_api_token(
        &self,
        secret_hash: &str,
    ) -> Result<Option<(ApiToken, Account)>, Error> {
        let found = api_token::Entity::find()
            .find_also_related(user::Entity)
            .filter(api_token::Column::SecretHash.eq(secret_hash))
            .filter(api_token::Column::RevokeTime.is_null())
            .filter(user::Column::State.eq(State::Active.as_str()))
            .one(self.db.read())
            .await?;
        match found {
            Some((row, Some(owner))) => Ok(Some((token(row), rows::account(owner)?))),
            _ => Ok(None),
        }
    }

    /// Notes that a token was used.
    pub(crate) async fn touch_api_token(
        &self,
        token_id: String,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.db
            .write(move |tx| {
                let token_id = token_id.clone();
                Box::pin(async move {
                    api_token::Entity::update_many()
                        .set(api_token::ActiveModel {
                            last_used_time: Set(Some(now)),
                            ..Default::default()
                        })
                        .filter(api_token::Column::TokenId.eq(token_id))
                        .exec(tx)
                        .await?;
                    Ok(())
                })
            })
            .await
    }
}

fn token(row: api_token::Model) -> ApiToken {
    ApiToken {
        scopes: scope::split(&row.scopes),
        token_id: row.token_id,
        user_id: row.user_id,
        name: row.name,
        prefix: row.prefix,
        create_time: row.create_time,
        expire_time: row.expire_time,
        last_used_time: row.last_used_time,
        revoke_time: row.revoke_time,
    }
}
