//! What people do with their own account.

use faultmaven_kit::{Ctx, Fault};

use crate::account::{self, Account};
use crate::audit::Outcome;
use crate::auth::{Auth, person};
use crate::error::Error;
use crate::store::PasswordHashes;

impl Auth {
    /// Returns the caller's account and the number of API tokens it can be used with.
    pub(crate) async fn me(&self, ctx: &Ctx) -> Result<(Account, u64), Error> {
        let actor = ctx.actor()?;
        let account = self.store.account(&actor.user_id).await?;
        let account = account.ok_or(Error::InvalidToken)?;
        let now = self.clock.now();
        let tokens = self.store.count_api_tokens(&actor.user_id, now).await?;
        Ok((account, tokens))
    }

    /// Changes the caller's password; returns how many tokens of other sign-ins that ended.
    pub(crate) async fn change_own_password(
        &self,
        ctx: &Ctx,
        current: String,
        new: String,
    ) -> Result<u64, Error> {
        let actor = person(ctx)?;
        account::check_new_password("new_password", &new)?;
        let address = ctx.client_address.as_deref();
        // Whoever finds an unlocked screen must not guess here what the login would not let them.
        let attempt = self.throttle.begin(&actor.user_id, address).await?;
        let account = self.store.account_with_password(&actor.user_id).await?;
        let Some((account, Some(current_hash))) = account else {
            return Err(Fault::forbidden("this account has no password").into());
        };
        let matches = account::is_possible_password(&current)
            && self
                .passwords
                .verify(current, Some(current_hash.clone()))
                .await?;
        if !matches {
            let entry = self.entry(ctx, "auth.password_change", &actor.user_id, Outcome::Failed);
            self.audit.record(entry).await;
            let problem = "is not the password of this account";
            return Err(Fault::invalid("current_password", problem).into());
        }
        let hashes = PasswordHashes {
            current: current_hash,
            new: self.passwords.hash(new).await?,
        };
        let (token_id, now) = (actor.token_id.clone(), self.clock.now());
        let ended = self
            .store
            .change_password(&account, hashes, token_id, now)
            .await?;
        self.throttle.succeeded(attempt).await?;
        self.note(ctx, "auth.password_change", &actor.user_id).await;
        Ok(ended)
    }
}
