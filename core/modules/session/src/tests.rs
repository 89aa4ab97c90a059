//! The module through its generated client.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use faultmaven_kit::{Ctx, Db, Fault, Ids, ManualClock, Module, Role, Tasks};
use faultmaven_proto::session::v1 as pb;
use faultmaven_proto::session::v1::session_service_client::SessionServiceClient;
use faultmaven_testing::{actor, database};
use tempfile::TempDir;

use crate::{Config, Deps, build};

mod archive;
mod lifetime;
mod list;
mod log;
mod ownership;
mod resume;

const UNKNOWN: &str = "00000000-0000-4000-8000-000000000000";

/// A module on a fresh database, with a clock that stands still.
struct World {
    clock: Arc<ManualClock>,
    tasks: Tasks,
    db: Db,
    module: Module,
    _dir: TempDir,
}

impl World {
    async fn start() -> Self {
        Self::with(Config::default()).await
    }

    async fn with(config: Config) -> Self {
        let dir = TempDir::new().unwrap();
        let db = database(dir.path()).await;
        let clock = ManualClock::starting_at(DateTime::from_timestamp(1_700_000_000, 0).unwrap());
        let tasks = Tasks::new();
        let deps = Deps {
            db: db.clone(),
            clock: clock.clone(),
            ids: Ids::random(),
            tasks: tasks.clone(),
        };
        let hosted = build(config, deps).await.unwrap();
        hosted.ready().await.unwrap();
        Self {
            clock,
            tasks,
            db,
            module: hosted.module(),
            _dir: dir,
        }
    }

    fn client(&self) -> SessionServiceClient<Module> {
        SessionServiceClient::new(self.module.clone())
    }

    async fn create(
        &self,
        ctx: &Ctx,
        request: pb::CreateSessionRequest,
    ) -> Result<(pb::Session, bool), Fault> {
        let response = self.client().create_session(ctx.request(request)).await;
        let response = response.map_err(|status| Fault::from_status(&status))?;
        let response = response.into_inner();
        Ok((response.session.unwrap(), response.resumed))
    }

    /// Opens a session for a client, or resumes it.
    async fn open(&self, ctx: &Ctx, client_id: &str) -> (pb::Session, bool) {
        self.create(ctx, of_client(client_id)).await.unwrap()
    }

    async fn get(&self, ctx: &Ctx, session_id: &str) -> Result<pb::Session, Fault> {
        let request = ctx.request(pb::GetSessionRequest {
            session_id: session_id.to_owned(),
        });
        let response = self.client().get_session(request).await;
        let response = response.map_err(|status| Fault::from_status(&status))?;
        Ok(response.into_inner().session.unwrap())
    }

    async fn heartbeat(&self, ctx: &Ctx, session_id: &str) -> Result<pb::Session, Fault> {
        let request = ctx.request(pb::HeartbeatSessionRequest {
            session_id: session_id.to_owned(),
        });
        let response = self.client().heartbeat_session(request).await;
        let response = response.map_err(|status| Fault::from_status(&status))?;
        Ok(response.into_inner().session.unwrap())
    }

    async fn archive(&self, ctx: &Ctx, session_id: &str, archived: bool) -> pb::Session {
        let status = if archived {
            pb::SessionStatus::Archived
        } else {
            pb::SessionStatus::Active
        };
        let request = pb::UpdateSessionRequest {
            session_id: session_id.to_owned(),
            status: status.into(),
            ..Default::default()
        };
        self.update(ctx, request).await.unwrap()
    }

    async fn update(
        &self,
        ctx: &Ctx,
        request: pb::UpdateSessionRequest,
    ) -> Result<pb::Session, Fault> {
        let response = self.client().update_session(ctx.request(request)).await;
        let response = response.map_err(|status| Fault::from_status(&status))?;
        Ok(response.into_inner().session.unwrap())
    }

    async fn end(&self, ctx: &Ctx, session_id: &str) -> Result<(), Fault> {
        let request = ctx.request(pb::EndSessionRequest {
            session_id: session_id.to_owned(),
        });
        let response = self.client().end_session(request).await;
        response.map_err(|status| Fault::from_status(&status))?;
        Ok(())
    }

    async fn list(
        &self,
        ctx: &Ctx,
        request: pb::ListSessionsRequest,
    ) -> Result<pb::ListSessionsResponse, Fault> {
        let response = self.client().list_sessions(ctx.request(request)).await;
        let response = response.map_err(|status| Fault::from_status(&status))?;
        Ok(response.into_inner())
    }
}

fn anonymous() -> Ctx {
    Ctx::anonymous("req_1")
}

fn user(user_id: &str) -> Ctx {
    anonymous().on_behalf_of(actor(user_id, Role::Member))
}

fn of_client(client_id: &str) -> pb::CreateSessionRequest {
    pb::CreateSessionRequest {
        client_id: client_id.to_owned(),
        ..Default::default()
    }
}

fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}

fn timeout(minutes: i64) -> Option<prost_types::Duration> {
    Some(prost_types::Duration {
        seconds: 60 * minutes,
        nanos: 0,
    })
}
