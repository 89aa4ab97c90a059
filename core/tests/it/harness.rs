//! Starts the product for one test and talks to it.

mod browser;
mod client;
mod documented;
mod extension;
mod files;
mod placement;
mod program;

pub(crate) use browser::Browser;
pub(crate) use client::{Reply, User};
pub(crate) use extension::{Body, Extension};
pub(crate) use files::WorkedExample;
pub(crate) use program::{Program, until};

use std::path::Path;

use faultmaven::serve::Server;
use faultmaven_kit::telemetry::LogFormat;
use faultmaven_kit::{Telemetry, TelemetryConfig};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const PASSWORD: &str = "correct horse battery staple";
const CLUSTER_SECRET: &str = "a secret of the test cluster, long enough";

/// Collects metrics and logs as a real process does; only the first call of a process counts.
pub(crate) fn observe() {
    let config = TelemetryConfig {
        filter: "ERROR".parse().unwrap(),
        format: LogFormat::Human,
        otlp_endpoint: None,
        service_name: "faultmaven-test".to_owned(),
    };
    drop(Telemetry::init(&config).unwrap());
}

/// A running product with a fresh database, stopped when the test ends.
pub(crate) struct App {
    base: String,
    http: reqwest::Client,
    servers: Vec<Server>,
    database: String,
    data: TempDir,
}

impl App {
    /// Starts the product with default settings.
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// Starts the product with settings on top of the defaults.
    pub(crate) async fn with(settings: &[(&str, &str)]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let database = faultmaven_testing::database_url().await;
        Self::on(data, database, settings).await
    }

    async fn on(data: TempDir, database: String, settings: &[(&str, &str)]) -> Self {
        observe();
        let (servers, base) = placement::start(data.path(), &database, settings).await;
        Self {
            base,
            http: reqwest::Client::new(),
            servers,
            database,
            data,
        }
    }

    /// Stops the product and starts it on the same data, after something was done to its directory.
    pub(crate) async fn restart(
        self,
        settings: &[(&str, &str)],
        meanwhile: impl FnOnce(&Path),
    ) -> Self {
        for server in self.servers {
            server.stop().await;
        }
        meanwhile(self.data.path());
        Self::on(self.data, self.database, settings).await
    }

    /// Returns the address, without a trailing slash.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Returns somebody who has not signed in.
    pub(crate) fn anonymous(&self) -> User {
        User::new(self.http.clone(), self.base.clone(), None, Value::Null)
    }

    /// Creates the first account, which is administrator.
    pub(crate) async fn admin(&self) -> User {
        let body = json!({
            "username": "ada", "email": "ada@example.org",
            "display_name": "Ada", "password": PASSWORD,
            "setup_token": self.servers.iter().find_map(Server::setup_token),
        });
        let reply = self
            .anonymous()
            .send(Method::POST, "/api/v1/auth/register", Some(body))
            .await;
        assert_eq!(reply.status, 201, "{}", reply.body);
        self.signed_in(&reply)
    }

    /// Creates and signs in an account of the given role; `admin` is an administrator.
    pub(crate) async fn user(&self, admin: &User, name: &str, role: &str) -> User {
        let account = json!({
            "username": name, "email": format!("{name}@example.org"),
            "password": PASSWORD, "role": role,
        });
        let created = admin.post("/api/v1/admin/users", account).await;
        assert_eq!(created.status, 201, "{}", created.body);
        self.login(name).await
    }

    /// Signs an account in again.
    pub(crate) async fn login(&self, name: &str) -> User {
        let body = json!({"username": name, "password": PASSWORD});
        let reply = self.anonymous().post("/api/v1/auth/login", body).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        self.signed_in(&reply)
    }

    /// Returns the user of a sign-in reply.
    pub(crate) fn signed_in(&self, reply: &Reply) -> User {
        let token = reply.body["access_token"].as_str().unwrap().to_owned();
        User::new(
            self.http.clone(),
            self.base.clone(),
            Some(token),
            reply.body.clone(),
        )
    }

    /// Stops the product and waits for it.
    pub(crate) async fn stop(self) {
        for server in self.servers {
            server.stop().await;
        }
    }
}
