//! What the actions of this module share.

use std::time::Duration;

use chrono::{DateTime, Utc};
use faultmaven_kit::db::Receipts;
use faultmaven_kit::{Actor, Ctx, Fault, Ids, SharedClock};

use crate::access_token::AccessTokens;
use crate::account::Account;
use crate::audit::{AuditLog, Entry, Outcome};
use crate::error::Error;
use crate::in_flight::InFlight;
use crate::oauth::Clients;
use crate::password::Passwords;
use crate::registration::Admission;
use crate::secret::Secret;
use crate::store::{NewTokens, Store};
use crate::throttle::Throttle;

/// Accounts, sign-in and tokens.
pub(crate) struct Auth {
    pub(crate) store: Store,
    pub(crate) passwords: Passwords,
    pub(crate) throttle: Throttle,
    pub(crate) in_flight: InFlight,
    pub(crate) access_tokens: AccessTokens,
    pub(crate) audit: AuditLog,
    pub(crate) receipts: Receipts,
    pub(crate) clock: SharedClock,
    pub(crate) ids: Ids,
    pub(crate) admission: Admission,
    pub(crate) clients: Clients,
    /// Whether names alone sign in.
    pub(crate) dev_login: bool,
    pub(crate) access_ttl: Duration,
    pub(crate) refresh_ttl: Duration,
}

/// What a successful sign-in hands out.
pub(crate) struct Credentials {
    pub(crate) account: Account,
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
    pub(crate) expire_time: DateTime<Utc>,
    pub(crate) expires_in: Duration,
    pub(crate) refresh_expires_in: Duration,
    /// Absent when the tokens may do all that the account may.
    pub(crate) scopes: Option<Vec<String>>,
}

/// The tokens of a sign-in that is being made.
pub(crate) struct Issue {
    token_id: String,
    refresh_token: Secret,
    time: DateTime<Utc>,
    expire_time: DateTime<Utc>,
}

impl Auth {
    /// Draws new tokens: what is handed out, and what is stored.
    pub(crate) fn issue(&self) -> (Issue, NewTokens) {
        self.issue_for("", None)
    }

    /// Draws new tokens for a client that may do no more than `scopes`.
    pub(crate) fn issue_for(
        &self,
        client_id: &str,
        scopes: Option<Vec<String>>,
    ) -> (Issue, NewTokens) {
        let time = self.clock.now();
        let issue = Issue {
            token_id: self.ids.uuid(),
            refresh_token: Secret::refresh_token(&self.ids),
            time,
            expire_time: time + self.access_ttl,
        };
        let stored = NewTokens {
            sign_in_id: self.ids.uuid(),
            client_id: client_id.to_owned(),
            scopes,
            access_token_id: issue.token_id.clone(),
            refresh_token_hash: issue.refresh_token.hash(),
            issue_time: time,
            access_expire_time: issue.expire_time,
            refresh_expire_time: time + self.refresh_ttl,
        };
        (issue, stored)
    }

    /// Returns the credentials of `account` once its tokens are stored.
    pub(crate) async fn credentials(
        &self,
        account: Account,
        issue: Issue,
        scopes: Option<Vec<String>>,
    ) -> Result<Credentials, Error> {
        let access_token = self
            .access_tokens
            .sign(&account, &issue.token_id, issue.time, issue.expire_time)
            .await?;
        Ok(Credentials {
            account,
            access_token,
            refresh_token: issue.refresh_token.reveal(),
            expire_time: issue.expire_time,
            expires_in: self.access_ttl,
            refresh_expires_in: self.refresh_ttl,
            scopes,
        })
    }

    /// Returns a line of the audit log about the request of `ctx`.
    pub(crate) fn entry(&self, ctx: &Ctx, action: &str, object: &str, outcome: Outcome) -> Entry {
        Entry::new(ctx, self.clock.now(), action, object, outcome)
    }

    /// Notes that the caller of `ctx` did something.
    pub(crate) async fn note(&self, ctx: &Ctx, action: &str, object: &str) {
        let entry = self.entry(ctx, action, object, Outcome::Ok);
        self.audit.record(entry).await;
    }

    /// Returns the caller, who must be an administrator; a refusal is noted.
    pub(crate) async fn administrator<'a>(
        &self,
        ctx: &'a Ctx,
        action: &str,
    ) -> Result<&'a Actor, Error> {
        let actor = ctx.actor()?;
        let checked = actor.require_admin("do this");
        if checked.is_err() {
            let entry = self.entry(ctx, action, "", Outcome::Denied);
            self.audit.record(entry).await;
        }
        Ok(checked?)
    }
}

/// Returns the caller, who must have signed in: a program cannot give itself more rights.
pub(crate) fn person(ctx: &Ctx) -> Result<&Actor, Error> {
    let actor = ctx.actor()?;
    match actor.scopes {
        None => Ok(actor),
        Some(_) => {
            let problem = "an API token cannot do this; sign in with a password";
            Err(Fault::forbidden(problem).into())
        }
    }
}
