//! The module on a fresh database, and people who use it.

use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use faultmaven_kit::{
    Actor, Clock as _, Ctx, Db, Fault, Ids, ManualClock, MemoryCache, Module, Role, Tasks,
};
use faultmaven_proto::auth::v1 as pb;
use faultmaven_proto::auth::v1::auth_internal_service_client::AuthInternalServiceClient;
use faultmaven_proto::auth::v1::auth_service_client::AuthServiceClient;
use faultmaven_proto::auth::v1::oauth_service_client::OauthServiceClient;
use faultmaven_proto::auth::v1::team_service_client::TeamServiceClient;
use tempfile::TempDir;

use crate::{Config, Deps};

pub(crate) const PASSWORD: &str = "correct horse";

/// The module in one process.
pub(crate) struct World {
    pub(crate) auth: AuthServiceClient<Module>,
    pub(crate) oauth: OauthServiceClient<Module>,
    pub(crate) teams: TeamServiceClient<Module>,
    pub(crate) internal: AuthInternalServiceClient<Module>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) db: Db,
    pub(crate) tasks: Tasks,
    config: Config,
    data: Arc<TempDir>,
}

impl World {
    /// Returns a world without accounts where everybody may register.
    pub(crate) async fn new() -> Self {
        Self::with(|config| config.registration = crate::Registration::Open).await
    }

    /// Returns a world whose configuration was changed.
    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let data = Arc::new(tempfile::tempdir().unwrap());
        let mut config = Config {
            jwt_secret: Some("0123456789abcdef0123456789abcdef".to_owned()),
            key_dir: data.path().join("keys"),
            ..Config::default()
        };
        change(&mut config);
        let clock = ManualClock::starting_at(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let db = faultmaven_testing::database(data.path()).await;
        Self::start(config, clock, db, data).await
    }

    /// Returns the same installation after a restart with another configuration.
    pub(crate) async fn restarted_with(&self, change: impl FnOnce(&mut Config)) -> Self {
        self.tasks.shutdown(Duration::from_secs(5)).await;
        let mut config = self.config.clone();
        change(&mut config);
        let (clock, data) = (Arc::clone(&self.clock), Arc::clone(&self.data));
        Self::start(config, clock, self.db.clone(), data).await
    }

    /// Returns another process on the same database, with its own memory.
    pub(crate) async fn replica(&self) -> Self {
        let (clock, data) = (Arc::clone(&self.clock), Arc::clone(&self.data));
        Self::start(self.config.clone(), clock, self.db.clone(), data).await
    }

    async fn start(config: Config, clock: Arc<ManualClock>, db: Db, data: Arc<TempDir>) -> Self {
        let tasks = Tasks::new();
        let deps = Deps {
            db: db.clone(),
            cache: Arc::new(MemoryCache::new(clock.clone())),
            clock: clock.clone(),
            ids: Ids::random(),
            tasks: tasks.clone(),
        };
        let hosted = crate::build(config.clone(), deps).await.unwrap();
        hosted.ready().await.unwrap();
        Self {
            auth: AuthServiceClient::new(hosted.module()),
            oauth: OauthServiceClient::new(hosted.module()),
            teams: TeamServiceClient::new(hosted.module()),
            internal: AuthInternalServiceClient::new(hosted.module()),
            clock,
            db,
            tasks,
            config,
            data,
        }
    }

    /// Registers somebody and returns the credentials.
    pub(crate) async fn register(&self, name: &str) -> Result<pb::Credentials, Fault> {
        let request = pb::RegisterRequest {
            username: name.to_owned(),
            email: format!("{name}@example.org"),
            password: PASSWORD.to_owned(),
            ..Default::default()
        };
        let answer = self.auth.clone().register(nobody().request(request)).await;
        Ok(fault(answer)?.credentials.unwrap())
    }

    /// Signs somebody in.
    pub(crate) async fn login(&self, name: &str, password: &str) -> Result<pb::Credentials, Fault> {
        let request = pb::LoginRequest {
            username: name.to_owned(),
            password: password.to_owned(),
        };
        let answer = self.auth.clone().login(nobody().request(request)).await;
        Ok(fault(answer)?.credentials.unwrap())
    }

    /// Exchanges a refresh token.
    pub(crate) async fn refresh(&self, token: &str) -> Result<pb::Credentials, Fault> {
        let request = pb::RefreshTokenRequest {
            refresh_token: token.to_owned(),
        };
        let answer = self
            .auth
            .clone()
            .refresh_token(nobody().request(request))
            .await;
        Ok(fault(answer)?.credentials.unwrap())
    }

    /// Signs out of the sign-in of `token`, or of all.
    pub(crate) async fn logout(
        &self,
        token: &str,
        everywhere: bool,
    ) -> Result<pb::LogoutResponse, Fault> {
        let request = self
            .ctx(token)
            .await?
            .request(pb::LogoutRequest { everywhere });
        fault(self.auth.clone().logout(request).await)
    }

    /// Asks whom a token belongs to.
    pub(crate) async fn authenticate(
        &self,
        token: &str,
    ) -> Result<pb::AuthenticateResponse, Fault> {
        let request = pb::AuthenticateRequest {
            token: token.to_owned(),
        };
        fault(
            self.internal
                .clone()
                .authenticate(nobody().request(request))
                .await,
        )
    }

    /// Returns the context of a request with this token.
    pub(crate) async fn ctx(&self, token: &str) -> Result<Ctx, Fault> {
        let answer = self.authenticate(token).await?;
        let user = answer.user.unwrap();
        Ok(nobody().on_behalf_of(Actor {
            role: match user.role() {
                pb::Role::Admin => Role::Admin,
                pb::Role::Member => Role::Member,
                _ => Role::Viewer,
            },
            user_id: user.user_id,
            username: user.username,
            email: user.email,
            email_verified: user.email_verified,
            display_name: user.display_name,
            scopes: answer.scoped.then_some(answer.scopes),
            token_id: answer.token_id,
            team_ids: answer.team_ids,
        }))
    }

    /// Changes an account in the name of `token`.
    pub(crate) async fn update_user(
        &self,
        token: &str,
        user_id: &str,
        role: pb::Role,
        state: pb::UserState,
    ) -> Result<pb::User, Fault> {
        let request = pb::UpdateUserRequest {
            user_id: user_id.to_owned(),
            role: role.into(),
            state: state.into(),
        };
        let request = self.ctx(token).await?.request(request);
        Ok(fault(self.auth.clone().update_user(request).await)?
            .user
            .unwrap())
    }

    /// Creates an API token in the name of `token`; returns its id and secret.
    pub(crate) async fn api_token(
        &self,
        token: &str,
        scopes: &[&str],
        ttl_seconds: Option<i64>,
    ) -> Result<(String, String), Fault> {
        let request = pb::CreateApiTokenRequest {
            name: "ci".to_owned(),
            scopes: scopes.iter().map(|it| (*it).to_owned()).collect(),
            ttl: ttl_seconds.map(|seconds| prost_types::Duration { seconds, nanos: 0 }),
            ..Default::default()
        };
        let request = self.ctx(token).await?.request(request);
        let answer = fault(self.auth.clone().create_api_token(request).await)?;
        Ok((answer.token.unwrap().token_id, answer.secret))
    }

    /// Waits until everything is stored that was taken for later.
    pub(crate) async fn settle(&self) {
        let late = self.tasks.shutdown(Duration::from_secs(10)).await;
        assert!(late.is_empty(), "{late:?}");
    }

    /// Moves the clock.
    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Returns the time as messages carry it.
    pub(crate) fn now(&self) -> prost_types::Timestamp {
        faultmaven_kit::clock::timestamp(self.clock.now())
    }
}

/// Returns the context of a request without a caller.
pub(crate) fn nobody() -> Ctx {
    let mut ctx = Ctx::anonymous("req_1");
    ctx.client_address = Some("192.0.2.1".to_owned());
    ctx
}

/// Returns the message of an answer, or the fault that its status carries.
pub(crate) fn fault<T>(answer: Result<tonic::Response<T>, tonic::Status>) -> Result<T, Fault> {
    match answer {
        Ok(response) => Ok(response.into_inner()),
        Err(status) => Err(Fault::from_status(&status)),
    }
}
