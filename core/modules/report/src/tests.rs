//! The module through its generated client, with small stand-ins for the modules it calls.

use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use faultmaven_kit::{
    Actor, Audit, Code, Ctx, Fault, Hosted, Ids, ManualClock, Module, Role, Tasks,
};
use faultmaven_proto::report::v1 as pb;
use faultmaven_proto::report::v1::report_internal_service_client::ReportInternalServiceClient;
use faultmaven_proto::report::v1::report_service_client::ReportServiceClient;
use faultmaven_testing::{actor, database};
use tempfile::TempDir;

use crate::{Config, Deps, build};

mod fake;
pub(crate) mod fixture;
mod forms;
mod generate;
mod read;

use fake::Callees;

/// A module on a fresh database, and the case it can see.
struct World {
    clock: Arc<ManualClock>,
    callees: Callees,
    module: Module,
    _dir: TempDir,
}

impl World {
    async fn start() -> Self {
        let dir = TempDir::new().unwrap();
        let db = database(dir.path()).await;
        let start = DateTime::from_timestamp(1_741_104_000, 0).unwrap();
        let clock = ManualClock::starting_at(start);
        let callees = Callees::default();
        let deps = Deps {
            db,
            clock: clock.clone(),
            ids: Ids::random(),
            audit: Audit::start(&Tasks::new(), Hosted::new("auth").module()),
            auth: callees.auth(),
            case: callees.case(),
            evidence: callees.evidence(),
            knowledge: callees.knowledge(),
            jobs: Hosted::new("jobs").module(),
            tasks: Tasks::new(),
        };
        let hosted = build(Config::default(), deps).await.unwrap();
        hosted.ready().await.unwrap();
        Self {
            clock,
            callees,
            module: hosted.module(),
            _dir: dir,
        }
    }

    fn client(&self) -> ReportServiceClient<Module> {
        ReportServiceClient::new(self.module.clone())
    }

    async fn generate(
        &self,
        actor: Actor,
        types: &[pb::ReportType],
    ) -> Result<pb::GenerateReportsResponse, Fault> {
        let request = user(actor).request(pb::GenerateReportsRequest {
            case_id: fixture::CASE.to_owned(),
            types: types.iter().map(|kind| i32::from(*kind)).collect(),
            ..Default::default()
        });
        let response = self.client().generate_reports(request).await;
        let response = response.map_err(|status| Fault::from_status(&status))?;
        Ok(response.into_inner())
    }

    /// Writes one report of the owner's case.
    async fn write(&self, kind: pb::ReportType) -> pb::Report {
        let mut written = self.generate(owner(), &[kind]).await.unwrap();
        written.reports.remove(0)
    }

    async fn get(&self, actor: Actor, report_id: &str) -> Result<pb::Report, Fault> {
        let request = user(actor).request(pb::GetReportRequest {
            report_id: report_id.to_owned(),
        });
        let response = self.client().get_report(request).await;
        let response = response.map_err(|status| Fault::from_status(&status))?;
        Ok(response.into_inner().report.unwrap())
    }

    async fn list(&self, actor: Actor, current_only: bool) -> Result<Vec<pb::Report>, Fault> {
        let request = user(actor).request(pb::ListReportsRequest {
            case_id: fixture::CASE.to_owned(),
            current_only,
        });
        let response = self.client().list_reports(request).await;
        let response = response.map_err(|status| Fault::from_status(&status))?;
        Ok(response.into_inner().reports)
    }
}

fn user(actor: Actor) -> Ctx {
    Ctx::anonymous("req_1").on_behalf_of(actor)
}

fn owner() -> Actor {
    actor(fixture::OWNER, Role::Member)
}

fn stranger() -> Actor {
    actor("user_2", Role::Member)
}
