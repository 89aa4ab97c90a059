//! A module as its process hosts it.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use http::Request;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::service::Routes;
use tower::Service;

use super::{GuardLayer, Module};
use crate::fault::chain;
use crate::{Db, Fault};

/// A check that fails while a module cannot serve.
pub type ReadinessCheck = Arc<dyn Fn() -> BoxFuture<'static, Result<(), Fault>> + Send + Sync>;

/// A module's services, ready to be called in process and to be served.
#[derive(Clone)]
pub struct Hosted {
    /// The module's name.
    pub name: &'static str,
    /// Full names of all services.
    pub services: Vec<&'static str>,
    /// Full names of the services that only modules may call.
    pub internal_services: Vec<&'static str>,
    /// Checks that must pass before the module is ready.
    pub readiness: Vec<ReadinessCheck>,
    routes: Routes,
}

impl Hosted {
    /// Returns a module without services.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            services: Vec::new(),
            internal_services: Vec::new(),
            readiness: Vec::new(),
            routes: Routes::default(),
        }
    }

    /// Adds a service that anybody may call.
    #[must_use]
    pub fn service<S>(mut self, service: S) -> Self
    where
        S: Service<Request<Body>, Response = http::Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        self.services.push(S::NAME);
        self.routes = self.routes.add_service(service);
        self
    }

    /// Adds a service that only modules may call.
    #[must_use]
    pub fn internal<S>(mut self, service: S) -> Self
    where
        S: Service<Request<Body>, Response = http::Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        self.internal_services.push(S::NAME);
        self.service(service)
    }

    /// Adds a check that must pass before the module is ready.
    #[must_use]
    pub fn ready_when<F>(mut self, check: F) -> Self
    where
        F: Fn() -> BoxFuture<'static, Result<(), Fault>> + Send + Sync + 'static,
    {
        self.readiness.push(Arc::new(check));
        self
    }

    /// Adds the check that the module's database answers.
    #[must_use]
    pub fn ready_with(self, db: Db) -> Self {
        let name = self.name;
        self.ready_when(move || {
            let db = db.clone();
            Box::pin(async move {
                db.ping().await.map_err(|error| {
                    tracing::warn!(module = name, error = %chain(&error), "the database of {name} does not answer");
                    Fault::unavailable("database_unavailable", "the database does not answer")
                })
            })
        })
    }

    /// Returns the fault of the first readiness check that fails.
    pub async fn ready(&self) -> Result<(), Fault> {
        for check in &self.readiness {
            check().await?;
        }
        Ok(())
    }

    /// Returns the module for callers in this process.
    pub fn module(&self) -> Module {
        Module::local(self.name, self.routes.clone())
    }

    /// Returns the guarded routes, to be served over a socket.
    pub fn routes(&self) -> Routes {
        let router = self.routes.clone().into_axum_router();
        Routes::from(router.layer(GuardLayer))
    }
}

impl fmt::Debug for Hosted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hosted")
            .field("name", &self.name)
            .field("services", &self.services)
            .finish_non_exhaustive()
    }
}
