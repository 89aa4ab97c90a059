//! Removes what has served its time.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::Store;
use crate::entity::{access_token, audit, code, refresh_token, sign_in};
use crate::error::Error;

impl Store {
    /// Removes codes, tokens and sign-ins that expired before `now` and audit lines older than `audit_from`.
    pub(crate) async fn remove_expired(
        &self,
        now: DateTime<Utc>,
        audit_from: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.db
            .write(move |tx| {
                Box::pin(async move {
                    code::Entity::delete_many()
                        .filter(code::Column::ForgetTime.lte(now))
                        .exec(tx)
                        .await?;
                    access_token::Entity::delete_many()
                        .filter(access_token::Column::ExpireTime.lte(now))
                        .exec(tx)
                        .await?;
                    refresh_token::Entity::delete_many()
                        .filter(refresh_token::Column::ExpireTime.lte(now))
                        .exec(tx)
                        .await?;
                    sign_in::Entity::delete_many()
                        .filter(sign_in::Column::ExpireTime.lte(now))
                        .exec(tx)
                        .await?;
                    audit::Entity::delete_many()
                        .filter(audit::Column::Time.lt(audit_from))
                        .exec(tx)
                        .await?;
                    Ok(())
                })
            })
            .await
    }
}
