//! Tokens that people make for programs.

use std::time::Duration;

use chrono::{DateTime, Utc};
use faultmaven_kit::{Ctx, Fault};

use crate::auth::{Auth, person};
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
    /// Creates a token; its secret is in the answer and nowhere else.
    pub(crate) async fn create_api_token(
        &self,
        ctx: &Ctx,
        wish: Wish,
    ) -> Result<(ApiToken, String), Error> {
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
        self.store.create_api_token(&token, secret.hash()).await?;
        self.note(ctx, "auth.token_create", &token.token_id).await;
        Ok((token, secret.reveal()))
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
