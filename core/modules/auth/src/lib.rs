//! Accounts, sign-in, tokens, and the audit log.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use faultmaven_kit::db::Receipts;
use faultmaven_kit::{Db, Hosted, Ids, SharedCache, SharedClock, Tasks};
use faultmaven_proto::auth::v1::auth_internal_service_server::AuthInternalServiceServer;
use faultmaven_proto::auth::v1::auth_service_server::AuthServiceServer;
use faultmaven_proto::auth::v1::oauth_service_server::OauthServiceServer;
use faultmaven_proto::auth::v1::team_service_server::TeamServiceServer;

mod access_token;
mod account;
mod administration;
mod api_token;
mod audit;
mod audit_view;
mod auth;
mod authenticate;
mod convert;
mod dev_sign_in;
mod entity;
mod error;
mod in_flight;
mod invitation;
mod keys;
mod migration;
mod oauth;
mod own_account;
mod password;
mod pkce;
mod registration;
mod revision;
mod scope;
mod secret;
mod service;
mod sign_in;
mod store;
mod team;
mod throttle;
mod upkeep;

#[cfg(test)]
mod tests;

pub use migration::migrations;
pub use registration::Registration;

use access_token::AccessTokens;
use account::{Origin, Profile};
use audit::AuditLog;
use auth::Auth;
use authenticate::{Authenticator, Identity, WithoutToken};
use error::Error;
use in_flight::InFlight;
use keys::KeyRing;
use oauth::Clients;
use password::Passwords;
use registration::Admission;
use service::{AccountsService, InternalService, OauthApi, TeamApi};
use store::{NewAccount, Store};
use throttle::Throttle;

const SECRET_MIN_BYTES: usize = 32;
const TTL_MAX: Duration = Duration::from_secs(3_650 * 24 * 3_600);

/// How people sign in.
#[derive(Clone)]
pub struct Config {
    /// Who access tokens are from: the public address of this installation.
    pub issuer: String,
    /// Whom access tokens are for.
    pub audience: String,
    /// How long an access token lives.
    pub access_ttl: Duration,
    /// How long a refresh token lives.
    pub refresh_ttl: Duration,
    /// Where the keys lie that sign access tokens; one is made when there is none.
    pub key_dir: PathBuf,
    /// A secret of 32 bytes or more to sign access tokens with instead of the keys.
    pub jwt_secret: Option<String>,
    /// Who may create an account.
    pub registration: Registration,
    /// False makes everybody who comes without a token the built-in user.
    pub auth_required: bool,
    /// What whoever creates the first account must know.
    pub setup_token: Option<String>,
    /// True makes names alone sign in, for development.
    pub dev_login: bool,
    /// Where OAuth clients may be answered besides the addresses of browser extensions.
    pub redirect_addresses: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            issuer: "http://localhost:8000".to_owned(),
            audience: "faultmaven-api".to_owned(),
            access_ttl: Duration::from_secs(1_440 * 60),
            refresh_ttl: Duration::from_secs(7 * 24 * 3_600),
            key_dir: PathBuf::from("./data/keys"),
            jwt_secret: None,
            registration: Registration::default(),
            auth_required: true,
            setup_token: None,
            dev_login: false,
            redirect_addresses: Vec::new(),
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("issuer", &self.issuer)
            .field("audience", &self.audience)
            .field("access_ttl", &self.access_ttl)
            .field("refresh_ttl", &self.refresh_ttl)
            .field("key_dir", &self.key_dir)
            .field("registration", &self.registration)
            .field("auth_required", &self.auth_required)
            .finish_non_exhaustive()
    }
}

/// What the module needs.
#[derive(Clone)]
pub struct Deps {
    /// Where accounts are stored.
    pub db: Db,
    /// Where failed sign-ins are counted.
    pub cache: SharedCache,
    /// Tells when tokens expire.
    pub clock: SharedClock,
    /// Names accounts and draws secrets.
    pub ids: Ids,
    /// Runs what goes on in the background.
    pub tasks: Tasks,
}

/// Why the module cannot start.
#[derive(Debug, thiserror::Error)]
enum ConfigError {
    #[error("the secret for access tokens must have at least {SECRET_MIN_BYTES} bytes")]
    SecretTooShort,
    #[error("access and refresh tokens must live at least a second and at most ten years")]
    Lifetime,
}

/// Builds the module: its tables, its keys, its services.
pub async fn build(
    config: Config,
    deps: Deps,
) -> Result<Hosted, Box<dyn std::error::Error + Send + Sync>> {
    check(&config)?;
    deps.db.migrate(migrations()).await?;
    let store = Store::new(deps.db.clone(), deps.tasks.clone());
    let access_tokens = access_tokens(&config, &deps).await?;
    let authenticator = Authenticator::new(
        store.clone(),
        access_tokens.clone(),
        Arc::clone(&deps.clock),
        deps.tasks.clone(),
        without_token(&config, &deps, &store).await?,
    );
    upkeep::start(
        store.clone(),
        access_tokens.clone(),
        Arc::clone(&deps.clock),
        &deps.tasks,
    );
    let auth = Arc::new(Auth {
        audit: AuditLog::start(store.clone(), &deps.tasks),
        store,
        passwords: Passwords::new(),
        in_flight: InFlight::default(),
        throttle: Throttle::new(deps.cache, Arc::clone(&deps.clock)),
        access_tokens,
        receipts: Receipts::new(migration::RECEIPTS, Arc::clone(&deps.clock)),
        clock: deps.clock,
        ids: deps.ids,
        admission: Admission::new(config.registration, config.setup_token),
        clients: Clients::new(config.redirect_addresses),
        dev_login: config.dev_login,
        access_ttl: config.access_ttl,
        refresh_ttl: config.refresh_ttl,
    });
    let accounts = AccountsService {
        auth: Arc::clone(&auth),
        auth_required: config.auth_required,
        issuer: config.issuer,
        audience: config.audience,
    };
    let oauth = OauthApi(Arc::clone(&auth));
    let teams = TeamApi(Arc::clone(&auth));
    let internal = InternalService {
        auth,
        authenticator,
    };
    Ok(Hosted::new("auth")
        .service(AuthServiceServer::new(accounts))
        .service(OauthServiceServer::new(oauth))
        .service(TeamServiceServer::new(teams))
        .internal(AuthInternalServiceServer::new(internal))
        .ready_with(deps.db))
}

fn check(config: &Config) -> Result<(), ConfigError> {
    let secret = config.jwt_secret.as_deref();
    if secret.is_some_and(|secret| secret.len() < SECRET_MIN_BYTES) {
        return Err(ConfigError::SecretTooShort);
    }
    let is_lifetime = |ttl| (Duration::from_secs(1)..=TTL_MAX).contains(&ttl);
    if !(is_lifetime(config.access_ttl) && is_lifetime(config.refresh_ttl)) {
        return Err(ConfigError::Lifetime);
    }
    Ok(())
}

async fn access_tokens(config: &Config, deps: &Deps) -> Result<AccessTokens, Error> {
    let (issuer, audience) = (config.issuer.clone(), config.audience.clone());
    if let Some(secret) = &config.jwt_secret {
        return Ok(AccessTokens::with_secret(secret, issuer, audience));
    }
    let ring = KeyRing::open(config.key_dir.clone(), Arc::clone(&deps.clock)).await?;
    Ok(AccessTokens::with_key_ring(ring, issuer, audience))
}

async fn without_token(config: &Config, deps: &Deps, store: &Store) -> Result<WithoutToken, Error> {
    if config.auth_required {
        return Ok(WithoutToken::Refuse);
    }
    let new = NewAccount {
        user_id: deps.ids.uuid(),
        profile: Profile {
            username: "local".to_owned(),
            email: "local@localhost".to_owned(),
            display_name: "Local user".to_owned(),
        },
        password_hash: None,
        origin: Origin::BuiltIn,
        create_time: deps.clock.now(),
    };
    Ok(WithoutToken::Accept(Arc::new(Identity {
        account: store.local_user(new).await?,
        token_id: String::new(),
        scopes: None,
        team_ids: Vec::new(),
    })))
}
