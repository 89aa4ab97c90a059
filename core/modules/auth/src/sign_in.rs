//! Ways in and out: registration, login, refresh, logout.

use faultmaven_kit::{Ctx, Fault};

use crate::account::{self, Account, Origin, Profile, State, login_name};
use crate::audit::Outcome;
use crate::auth::{Auth, Credentials, person};
use crate::error::Error;
use crate::secret::stored_hash;
use crate::store::{Ended, EntryTicket, NewAccount, RefreshOutcome};

/// What a person registers with.
pub(crate) struct Registrant {
    pub(crate) profile: Profile,
    pub(crate) password: String,
    pub(crate) setup_token: String,
    /// Empty for none.
    pub(crate) invitation: String,
}

/// How much a logout ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    ThisSignIn,
    Everywhere,
}

impl Auth {
    /// Creates an account and signs it in.
    pub(crate) async fn register(
        &self,
        ctx: &Ctx,
        registrant: Registrant,
    ) -> Result<Credentials, Error> {
        account::check_new_password("password", &registrant.password)?;
        // Asked again when the account is stored; here it saves the work of hashing.
        let is_first = !self.store.has_first_account().await?;
        let (setup_token, invitation) = (&registrant.setup_token, &registrant.invitation);
        self.admission.admit(is_first, setup_token, invitation)?;
        let password_hash = self.passwords.hash(registrant.password).await?;
        let (issue, tokens) = self.issue();
        let new = NewAccount {
            user_id: self.ids.uuid(),
            profile: registrant.profile,
            password_hash: Some(password_hash),
            origin: Origin::Person,
            create_time: tokens.issue_time,
        };
        let entry_ticket = EntryTicket {
            admission: self.admission.clone(),
            setup_token: registrant.setup_token,
            invitation: registrant.invitation,
        };
        let account = self.store.register(new, entry_ticket, tokens).await?;
        let entry = self.entry(ctx, "auth.register", &account.user_id, Outcome::Ok);
        self.audit.record(entry.by(&account.user_id)).await;
        self.credentials(account, issue, None).await
    }

    /// Signs in with a name or an e-mail address and a password.
    pub(crate) async fn login(
        &self,
        ctx: &Ctx,
        name: &str,
        password: String,
    ) -> Result<Credentials, Error> {
        for (field, value) in [("username", name.trim()), ("password", &password)] {
            if value.is_empty() {
                return Err(Fault::invalid(field, "must not be empty").into());
            }
        }
        let name = login_name(name);
        let address = ctx.client_address.as_deref();
        let attempt = match self.throttle.begin(&name, address).await {
            Ok(attempt) => attempt,
            Err(refused) => {
                let entry = self.entry(ctx, "auth.login", "", Outcome::Denied);
                self.audit.record(entry).await;
                return Err(refused);
            }
        };
        let found = self.store.account_to_sign_in(&name).await?;
        let credentials = match self.check_password(found, password).await {
            Ok(account) => account,
            Err((user_id, error)) => {
                let entry = self.entry(ctx, "auth.login", &user_id, Outcome::Failed);
                self.audit.record(entry).await;
                return Err(error);
            }
        };
        self.throttle.succeeded(attempt).await?;
        let user_id = &credentials.account.user_id;
        let entry = self.entry(ctx, "auth.login", user_id, Outcome::Ok);
        self.audit.record(entry.by(user_id)).await;
        Ok(credentials)
    }

    /// Exchanges a refresh token of a client for new credentials; our own pages are the client
    /// without a name.
    pub(crate) async fn refresh(
        &self,
        ctx: &Ctx,
        client_id: &str,
        refresh_token: &str,
    ) -> Result<Credentials, Error> {
        let (issue, tokens) = self.issue_for(client_id, None);
        let secret_hash = stored_hash(refresh_token);
        let right = self.in_flight.enter(&secret_hash);
        let right = right.ok_or(Error::InvalidRefreshToken)?;
        let seen = self.store.refresh_token(&secret_hash).await?;
        let seen = seen.ok_or(Error::InvalidRefreshToken)?;
        let now = self.clock.now();
        let outcome = self.store.exchange(seen, right, tokens, now).await?;
        match outcome {
            RefreshOutcome::Renewed { account, scopes } => {
                self.credentials(*account, issue, scopes).await
            }
            RefreshOutcome::Refused => Err(Error::InvalidRefreshToken),
            RefreshOutcome::Reused { user_id } => {
                tracing::warn!(user_id, "a refresh token of {user_id} was used again");
                let entry = self.entry(ctx, "auth.refresh_reuse", &user_id, Outcome::Denied);
                self.audit.record(entry).await;
                Err(Error::InvalidRefreshToken)
            }
        }
    }

    /// Ends the sign-in of the call, or all of the caller's.
    pub(crate) async fn logout(&self, ctx: &Ctx, extent: Extent) -> Result<Ended, Error> {
        let actor = ctx.actor()?;
        let (user_id, now) = (actor.user_id.clone(), self.clock.now());
        let token_id = actor.token_id.clone();
        let ended = match extent {
            Extent::Everywhere => {
                person(ctx)?;
                self.store.end_all_sign_ins(user_id, now).await?
            }
            // Clients whose tokens are limited may end what is theirs; API tokens are no sign-in.
            Extent::ThisSignIn => match self.store.end_sign_in(user_id, token_id, now).await? {
                ended if ended.tokens == 0 => person(ctx).map(|_| ended)?,
                ended => ended,
            },
        };
        self.note(ctx, "auth.logout", &actor.user_id).await;
        Ok(ended)
    }

    /// Signs in to the account that was found, or says whose sign-in failed and why.
    ///
    /// Unknown name, wrong password and disabled account take the same work and give the same
    /// answer.
    async fn check_password(
        &self,
        found: Option<(Account, Option<String>)>,
        password: String,
    ) -> Result<Credentials, (String, Error)> {
        let (account, hash) = found.unzip();
        let (user_id, is_active) = account.map_or_else(Default::default, |account| {
            (account.user_id, account.state == State::Active)
        });
        let failed = |error| (user_id.clone(), error);
        let hash = hash.flatten();
        let matches = account::is_possible_password(&password)
            && self
                .passwords
                .verify(password, hash.clone())
                .await
                .map_err(failed)?;
        if !(matches && is_active) {
            return Err(failed(Error::InvalidCredentials));
        }
        let (issue, tokens) = self.issue();
        let signed_in = self.store.sign_in(user_id.clone(), hash, tokens).await;
        let account = signed_in.map_err(failed)?;
        self.credentials(account, issue, None).await.map_err(failed)
    }
}
