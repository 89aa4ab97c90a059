//! Consent, codes, and what they are exchanged for.

use std::time::Duration;

use faultmaven_kit::{Ctx, Fault};

use super::{Answer, Application, Authorization};
use crate::account::Account;
use crate::audit::Outcome;
use crate::auth::{Auth, Credentials, person};
use crate::error::Error;
use crate::pkce;
use crate::secret::{Secret, stored_hash};
use crate::store::{CodeUse, NewCode};

const CODE_TTL: Duration = Duration::from_secs(60);

/// A code and the proof that its holder asked for it.
pub(crate) struct CodeGrant {
    pub(crate) client_id: String,
    pub(crate) code: String,
    pub(crate) code_verifier: String,
    pub(crate) redirect_uri: String,
}

impl Auth {
    /// Returns what a client asks of the caller, or the refusal it is told.
    pub(crate) async fn consent(
        &self,
        ctx: &Ctx,
        application: Application,
    ) -> Result<Result<(Authorization, Account), Answer>, Error> {
        let actor = person(ctx)?;
        let authorization = match self.clients.judge(application)? {
            Ok(authorization) => authorization,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let account = self.store.account(&actor.user_id).await?;
        Ok(Ok((authorization, account.ok_or(Error::InvalidToken)?)))
    }

    /// Gives a client a code that stands for the caller.
    pub(crate) async fn authorize(
        &self,
        ctx: &Ctx,
        application: Application,
    ) -> Result<Answer, Error> {
        let actor = person(ctx)?;
        let authorization = match self.clients.judge(application)? {
            Ok(authorization) => authorization,
            Err(refusal) => return Ok(refusal),
        };
        let code = Secret::code(&self.ids);
        let now = self.clock.now();
        let new = NewCode {
            code_hash: code.hash(),
            user_id: actor.user_id.clone(),
            client_id: authorization.client_id.clone(),
            redirect_uri: authorization.redirect_uri.clone(),
            code_challenge: authorization.code_challenge.clone(),
            scopes: authorization.scopes.clone(),
            expire_time: now + CODE_TTL,
        };
        self.store.create_code(new).await?;
        self.note(ctx, "auth.oauth_authorize", &authorization.client_id)
            .await;
        Ok(authorization.granted(code.reveal()))
    }

    /// Tells a client that the caller declined.
    pub(crate) fn decline(&self, ctx: &Ctx, application: Application) -> Result<Answer, Error> {
        person(ctx)?;
        Ok(match self.clients.judge(application)? {
            Ok(authorization) => authorization.declined(),
            Err(refusal) => refusal,
        })
    }

    /// Exchanges a code for credentials; a code that comes again ends what it was exchanged for.
    pub(crate) async fn exchange_code(
        &self,
        ctx: &Ctx,
        grant: CodeGrant,
    ) -> Result<Credentials, Error> {
        self.clients.expect(&grant.client_id)?;
        let code_hash = stored_hash(&grant.code);
        let known = self.store.code(&code_hash).await?;
        let known = known.ok_or(Error::InvalidGrant)?;
        let is_meant = known.client_id == grant.client_id
            && known.redirect_uri == grant.redirect_uri
            && pkce::verifies(&grant.code_verifier, &known.code_challenge);
        if !is_meant {
            let entry = self.entry(ctx, "auth.oauth_exchange", &known.user_id, Outcome::Failed);
            self.audit.record(entry).await;
            return Err(Error::InvalidGrant);
        }
        let scopes = known.scopes.clone();
        let (issue, tokens) = self.issue_for(&grant.client_id, Some(scopes.clone()));
        let (outcome, action) = match self.store.use_code(code_hash, tokens).await? {
            CodeUse::SignedIn(account) => {
                let entry = self.entry(ctx, "auth.login", &account.user_id, Outcome::Ok);
                self.audit.record(entry.by(&account.user_id)).await;
                return self.credentials(*account, issue, Some(scopes)).await;
            }
            CodeUse::Again => (Outcome::Denied, "auth.oauth_code_reuse"),
            CodeUse::Refused => (Outcome::Failed, "auth.oauth_exchange"),
        };
        let entry = self.entry(ctx, action, &known.user_id, outcome);
        self.audit.record(entry).await;
        Err(Error::InvalidGrant)
    }

    /// Exchanges a refresh token of a client for new credentials.
    pub(crate) async fn exchange_refresh_token(
        &self,
        ctx: &Ctx,
        client_id: &str,
        refresh_token: &str,
    ) -> Result<Credentials, Error> {
        self.clients.expect(client_id)?;
        match self.refresh(ctx, client_id, refresh_token).await {
            Err(Error::InvalidRefreshToken) => Err(Error::InvalidGrant),
            exchanged => exchanged,
        }
    }

    /// Ends the sign-in that a token of the client belongs to, if there is one.
    pub(crate) async fn revoke_grant(
        &self,
        ctx: &Ctx,
        client_id: String,
        token: &str,
    ) -> Result<(), Error> {
        self.clients.expect(&client_id)?;
        if token.is_empty() {
            return Err(Fault::invalid("token", "must not be empty").into());
        }
        let now = self.clock.now();
        let found = match self.access_tokens.verify(token, now).await {
            Ok(claims) => self.store.sign_in_of_access_token(&claims.jti).await?,
            Err(_) => self.store.sign_in_of_refresh_token(token).await?,
        };
        let Some(found) = found.filter(|found| found.client_id == client_id) else {
            return Ok(());
        };
        let user_id = found.user_id.clone();
        self.store.revoke_sign_in(found, now).await?;
        let entry = self.entry(ctx, "auth.oauth_revoke", &user_id, Outcome::Ok);
        self.audit.record(entry.by(&user_id)).await;
        Ok(())
    }
}
