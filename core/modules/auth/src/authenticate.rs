//! Who a token belongs to, asked with every request.
//!
//! What a token proves (its signature, its secret) is found out once and remembered. Whether it
//! still counts is asked each time: in a process that owns its database by comparing a counter of
//! revocations, and where other replicas may revoke too by asking the database.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use faultmaven_kit::{Backend, Fault, SharedClock, Tasks};
use moka::sync::Cache;

use crate::access_token::AccessTokens;
use crate::account::Account;
use crate::error::Error;
use crate::secret::{API_TOKEN_PREFIX, digest};
use crate::store::Store;

/// About 1 KB each.
const REMEMBERED_TOKENS: u64 = 10_000;
const FORGOTTEN_AFTER: Duration = Duration::from_secs(3_600);
const USE_NOTED_EVERY: Duration = Duration::from_secs(60);

/// Whom a token stands for, and what it may do in that name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) account: Account,
    /// Empty for the user of an installation without sign-in.
    pub(crate) token_id: String,
    /// Absent when the token may do all that its user may.
    pub(crate) scopes: Option<Vec<String>>,
    pub(crate) team_ids: Vec<String>,
}

/// What installations do with requests that carry no token.
#[derive(Clone)]
pub(crate) enum WithoutToken {
    Refuse,
    /// Everybody is this user.
    Accept(Arc<Identity>),
}

/// Resolves tokens.
pub(crate) struct Authenticator {
    store: Store,
    access_tokens: AccessTokens,
    clock: SharedClock,
    tasks: Tasks,
    without_token: WithoutToken,
    remembered: Cache<[u8; 32], Arc<Remembered>>,
    others_may_revoke: bool,
}

struct Remembered {
    proof: Proof,
    identity: Arc<Identity>,
    expire_time: Option<DateTime<Utc>>,
    /// The count of revocations when the identity was read.
    revision: u64,
    /// When the use of an API token was last noted, in microseconds.
    use_noted: AtomicI64,
}

/// What a token has proven to be.
#[derive(Clone)]
enum Proof {
    AccessToken {
        token_id: String,
        user_id: String,
        expire_time: Option<DateTime<Utc>>,
    },
    ApiToken {
        secret_hash: String,
    },
}

impl Authenticator {
    /// Returns an authenticator over the accounts of `store`.
    pub(crate) fn new(
        store: Store,
        access_tokens: AccessTokens,
        clock: SharedClock,
        tasks: Tasks,
        without_token: WithoutToken,
    ) -> Self {
        Self {
            others_may_revoke: store.db().backend() == Backend::Postgres,
            store,
            access_tokens,
            clock,
            tasks,
            without_token,
            remembered: Cache::builder()
                .max_capacity(REMEMBERED_TOKENS)
                .time_to_idle(FORGOTTEN_AFTER)
                .build(),
        }
    }

    /// Returns whom `token` stands for now.
    pub(crate) async fn authenticate(&self, token: &str) -> Result<Arc<Identity>, Error> {
        if token.is_empty() {
            return self.without_token();
        }
        let key = digest(token);
        let known = self.remembered.get(&key);
        if let Some(known) = &known
            && self.is_fresh(known)
        {
            return self.accept(known);
        }
        let proof = match &known {
            Some(known) => known.proof.clone(),
            None => self.prove(token, &key).await?,
        };
        match self.identify(proof, known.as_deref()).await {
            Ok(found) => {
                let found = Arc::new(found);
                self.remembered.insert(key, Arc::clone(&found));
                self.accept(&found)
            }
            Err(error) => {
                self.remembered.invalidate(&key);
                Err(error)
            }
        }
    }

    fn without_token(&self) -> Result<Arc<Identity>, Error> {
        match &self.without_token {
            WithoutToken::Accept(identity) => Ok(Arc::clone(identity)),
            WithoutToken::Refuse => Err(Fault::unauthenticated("sign in to do this").into()),
        }
    }

    fn is_fresh(&self, known: &Remembered) -> bool {
        !self.others_may_revoke && known.revision == self.store.revision().current()
    }

    fn accept(&self, known: &Remembered) -> Result<Arc<Identity>, Error> {
        let now = self.clock.now();
        if known.expire_time.is_some_and(|expires| expires <= now) {
            return Err(Error::InvalidToken);
        }
        if let Proof::ApiToken { .. } = known.proof {
            self.note_use(known, now);
        }
        Ok(Arc::clone(&known.identity))
    }

    async fn prove(&self, token: &str, key: &[u8; 32]) -> Result<Proof, Error> {
        if token.starts_with(API_TOKEN_PREFIX) {
            let secret_hash = hex::encode(key);
            return Ok(Proof::ApiToken { secret_hash });
        }
        let claims = self.access_tokens.verify(token, self.clock.now()).await?;
        Ok(Proof::AccessToken {
            token_id: claims.jti,
            user_id: claims.sub,
            expire_time: DateTime::from_timestamp(claims.exp, 0),
        })
    }

    async fn identify(
        &self,
        proof: Proof,
        before: Option<&Remembered>,
    ) -> Result<Remembered, Error> {
        // Taken before the question: a revocation after it makes the answer stale.
        let revision = self.store.revision().current();
        let (identity, expire_time, last_used) = match &proof {
            Proof::AccessToken {
                token_id,
                user_id,
                expire_time,
            } => {
                let found = self.store.account_of_access_token(token_id).await?;
                let found = found.filter(|(account, _)| account.user_id == *user_id);
                let (account, scopes) = found.ok_or(Error::InvalidToken)?;
                let identity = self.identity(account, token_id, scopes).await?;
                (identity, *expire_time, None)
            }
            Proof::ApiToken { secret_hash } => {
                let found = self.store.account_of_api_token(secret_hash).await?;
                let (token, account) = found.ok_or(Error::InvalidToken)?;
                let scopes = Some(token.scopes);
                let identity = self.identity(account, &token.token_id, scopes).await?;
                (identity, token.expire_time, token.last_used_time)
            }
        };
        self.refuse_built_in(&identity.account)?;
        let stored = last_used.map_or(0, |time| time.timestamp_micros());
        let noted = before.map_or(0, |before| before.use_noted.load(Ordering::Relaxed));
        Ok(Remembered {
            proof,
            identity: Arc::new(identity),
            expire_time,
            revision,
            use_noted: AtomicI64::new(stored.max(noted)),
        })
    }

    async fn identity(
        &self,
        account: Account,
        token_id: &str,
        scopes: Option<Vec<String>>,
    ) -> Result<Identity, Error> {
        Ok(Identity {
            team_ids: self.store.team_ids(&account.user_id).await?,
            account,
            token_id: token_id.to_owned(),
            scopes,
        })
    }

    /// Tokens that were made while nobody had to sign in end with that time.
    fn refuse_built_in(&self, account: &Account) -> Result<(), Error> {
        match self.without_token {
            WithoutToken::Refuse if account.is_built_in => Err(Error::InvalidToken),
            _ => Ok(()),
        }
    }

    fn note_use(&self, known: &Remembered, now: DateTime<Utc>) {
        let last = known.use_noted.load(Ordering::Relaxed);
        let every = i64::try_from(USE_NOTED_EVERY.as_micros()).unwrap_or(i64::MAX);
        let micros = now.timestamp_micros();
        if micros - last < every {
            return;
        }
        let claimed =
            known
                .use_noted
                .compare_exchange(last, micros, Ordering::Relaxed, Ordering::Relaxed);
        if claimed.is_err() {
            return;
        }
        let (store, token_id) = (self.store.clone(), known.identity.token_id.clone());
        self.tasks.spawn("auth token use", async move {
            if let Err(error) = store.touch_api_token(token_id, now).await {
                let cause = faultmaven_kit::fault::chain(&error);
                tracing::warn!(error = %cause, "the use of a token cannot be noted");
            }
        });
    }
}
