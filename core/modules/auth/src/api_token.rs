//! Tokens that people make for programs.

use std::time::Duration;

use chrono::{DateTime, Utc};
use faultmaven_kit::db::{Once, Receipt};
use faultmaven_kit::{Ctx, Fault};
use faultmaven_proto::auth::v1 as pb;

use crate::auth::{Auth, person};
use crate::convert;
use crate::error::Error;
use crate::scope;
use crate::secret::Secret;
use crate::store::ApiToken;

/// What somebody wants of a new token.
pub(crate) struct Wish {
    pub(crate) name: String,
    pub(crate) scopes: Vec<String>,
    /// Absent means for ever.
    pub(crate) ttl: Option<Duration>,
}

impl Auth {
    /// Creates a token; its secret is in the first answer and nowhere else.
    pub(crate) async fn create_api_token(
        &self,
        ctx: &Ctx,
        receipt: Option<Receipt>,
        wish: Wish,
    ) -> Result<Once<pb::CreateApiTokenResponse>, Error> {
        let actor = person(ctx)?;
        if wish.scopes.iter().any(|it| it == scope::ADMIN) && !actor.is_admin() {
            let problem = "only administrators can give the scope admin";
            return Err(Fault::forbidden(problem).into());
        }
        let secret = Secret::api_token(&self.ids);
        let now = self.clock.now();
        let token = ApiToken {
            token_id: self.ids.uuid(),
            user_id: actor.user_id.clone(),
            name: wish.name,
            prefix: secret.prefix(),
            scopes: wish.scopes,
            create_time: now,
            expire_time: wish.ttl.map(|ttl| now + ttl),
            last_used_time: None,
            revoke_time: None,
        };
        let answer = pb::CreateApiTokenResponse {
            token: Some(convert::api_token(token.clone())),
            ..pb::CreateApiTokenResponse::default()
        };
        let mut created = self
            .store
            .create_api_token(receipt, &token, secret.hash(), answer)
            .await?;
        if !created.replayed {
            created.answer.secret = secret.reveal();
            self.note(ctx, "auth.token_create", &token.token_id).await;
        }
        Ok(created)
    }

    /// Returns the caller's tokens, newest first.
    pub(crate) async fn api_tokens(
        &self,
        ctx: &Ctx,
        after: Option<(DateTime<Utc>, String)>,
        limit: u64,
    ) -> Result<Vec<ApiToken>, Error> {
        let actor = person(ctx)?;
        self.store.api_tokens(&actor.user_id, after, limit).await
    }

    /// Revokes a token of the caller at once.
    pub(crate) async fn revoke_api_token(&self, ctx: &Ctx, token_id: String) -> Result<(), Error> {
        let actor = person(ctx)?;
        let (user_id, now) = (actor.user_id.clone(), self.clock.now());
        self.store
            .revoke_api_token(user_id, token_id.clone(), now)
            .await?;
        self.note(ctx, "auth.token_revoke", &token_id).await;
        Ok(())
    }
}
