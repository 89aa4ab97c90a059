//! The module through its generated clients.

use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use faultmaven_kit::clock::timestamp;
use faultmaven_kit::{
    Actor, Clock as _, Ctx, Db, Fault, Hosted, Ids, ManualClock, Module, Role, Tasks,
};
use faultmaven_proto::llm::v1 as pb;
use faultmaven_proto::llm::v1::llm_internal_service_client::LlmInternalServiceClient;
use faultmaven_proto::llm::v1::llm_service_client::LlmServiceClient;
use faultmaven_testing::{actor, database};
use sea_orm::ConnectionTrait as _;
use tempfile::TempDir;

use crate::{Config, Deps, build};

mod answers;
mod failures;
mod limits;
mod office;
mod redaction;

/// A module on a fresh database, with a clock that stands still.
struct World {
    clock: Arc<ManualClock>,
    db: Db,
    module: Module,
    hosted: Hosted,
    _dir: TempDir,
}

impl World {
    async fn start() -> Self {
        Self::with(Config::default()).await
    }

    async fn with(config: Config) -> Self {
        let dir = TempDir::new().unwrap();
        let db = database(dir.path()).await;
        let config = Config {
            key_dir: dir.path().join("keys"),
            ..config
        };
        // 2025-03-04T14:00:00Z
        let start = DateTime::from_timestamp(1_741_096_800, 0).unwrap();
        let clock = ManualClock::starting_at(start);
        let deps = Deps {
            db: db.clone(),
            clock: clock.clone(),
            ids: Ids::random(),
            tasks: Tasks::new(),
        };
        let hosted = build(config, deps).await.unwrap();
        hosted.ready().await.unwrap();
        Self {
            clock,
            db,
            module: hosted.module(),
            hosted,
            _dir: dir,
        }
    }

    async fn record(&self, entries: Vec<pb::UsageEntry>) -> Result<(), Fault> {
        let request = Ctx::system("agent", "req_1").request(pb::RecordUsageRequest { entries });
        let mut client = LlmInternalServiceClient::new(self.module.clone());
        let response = client.record_usage(request).await;
        response.map_err(|status| Fault::from_status(&status))?;
        Ok(())
    }

    async fn usage(
        &self,
        actor: Actor,
        request: pb::GetUsageRequest,
    ) -> Result<pb::GetUsageResponse, Fault> {
        let ctx = Ctx::anonymous("req_1").on_behalf_of(actor);
        let mut client = LlmServiceClient::new(self.module.clone());
        let response = client.get_usage(ctx.request(request)).await;
        let response = response.map_err(|status| Fault::from_status(&status))?;
        Ok(response.into_inner())
    }

    async fn providers(&self) -> Vec<pb::Provider> {
        let ctx = Ctx::anonymous("req_1").on_behalf_of(user_1());
        let mut client = LlmServiceClient::new(self.module.clone());
        let request = ctx.request(pb::ListProvidersRequest {});
        let providers = client.list_providers(request).await.unwrap();
        providers.into_inner().providers
    }

    /// Changes what is stored for every placeholder, as another key would.
    async fn break_placeholders(&self) {
        self.db
            .write(|tx| {
                Box::pin(async move {
                    tx.execute_unprepared("UPDATE llm_placeholders SET value = 'c2hvcnQ='")
                        .await?;
                    Ok::<_, sea_orm::DbErr>(())
                })
            })
            .await
            .unwrap();
    }

    async fn calls(&self, actor: Actor, request: pb::GetUsageRequest) -> i64 {
        let usage = self.usage(actor, request).await.unwrap();
        usage.totals.unwrap().calls
    }
}

fn user_1() -> Actor {
    actor("user_1", Role::Member)
}

fn admin() -> Actor {
    actor("admin_1", Role::Admin)
}

fn entry(usage_id: &str) -> pb::UsageEntry {
    pb::UsageEntry {
        usage_id: usage_id.to_owned(),
        user_id: "user_1".to_owned(),
        case_id: "case_1".to_owned(),
        task: "turn".to_owned(),
        provider: "embedded".to_owned(),
        model: "0.1.0".to_owned(),
        tokens_in: 100,
        tokens_out: 10,
        cost_usd: 0.25,
        duration_ms: 40,
        error: String::new(),
    }
}

fn of_user(user_id: &str) -> pb::GetUsageRequest {
    pb::GetUsageRequest {
        user_id: user_id.to_owned(),
        ..Default::default()
    }
}

#[tokio::test]
async fn without_models_the_embedded_analyst_is_the_only_provider() {
    let world = World::start().await;
    let analyst = pb::Provider {
        name: "embedded".to_owned(),
        model: env!("CARGO_PKG_VERSION").to_owned(),
        purpose: pb::ProviderPurpose::Chat.into(),
        remote: false,
        active: true,
        breaker: pb::ProviderBreaker::Unspecified.into(),
        context_tokens: 0,
        sees_pictures: false,
    };
    assert_eq!(world.providers().await, [analyst]);
}

#[tokio::test]
async fn nobody_sees_anything_without_signing_in() {
    let world = World::start().await;
    let ctx = Ctx::anonymous("req_1");
    let mut client = LlmServiceClient::new(world.module.clone());
    let providers = client.list_providers(ctx.request(pb::ListProvidersRequest {}));
    let providers = providers.await.unwrap_err();
    let usage = client.get_usage(ctx.request(pb::GetUsageRequest::default()));
    let usage = usage.await.unwrap_err();
    for status in [providers, usage] {
        assert_eq!(status.code(), tonic::Code::Unauthenticated);
    }
}

#[tokio::test]
async fn calls_are_summed_per_provider_and_model() {
    let world = World::start().await;
    let other_model = pb::UsageEntry {
        model: "m".to_owned(),
        provider: "acme".to_owned(),
        error: "timeout".to_owned(),
        ..entry("3")
    };
    world
        .record(vec![entry("1"), entry("2"), other_model])
        .await
        .unwrap();
    let usage = world.usage(user_1(), pb::GetUsageRequest::default()).await;
    let usage = usage.unwrap();
    let names: Vec<_> = usage.rows.iter().map(|row| row.provider.as_str()).collect();
    assert_eq!(names, ["acme", "embedded"]);
    let embedded = usage.rows[1].totals.unwrap();
    let expected = pb::UsageTotals {
        calls: 2,
        tokens_in: 200,
        tokens_out: 20,
        cost_usd: 0.5,
        duration_ms: 80,
        errors: 0,
    };
    assert_eq!(embedded, expected);
    let totals = usage.totals.unwrap();
    assert_eq!((totals.calls, totals.errors), (3, 1));
}

#[tokio::test]
async fn without_calls_everything_is_zero() {
    let world = World::start().await;
    let usage = world.usage(user_1(), pb::GetUsageRequest::default()).await;
    let usage = usage.unwrap();
    assert!(usage.rows.is_empty());
    assert_eq!(usage.totals, Some(pb::UsageTotals::default()));
}

#[tokio::test]
async fn the_same_call_counts_once() {
    let world = World::start().await;
    world.record(vec![entry("1"), entry("1")]).await.unwrap();
    let changed = pb::UsageEntry {
        tokens_in: 999,
        ..entry("1")
    };
    world.record(vec![changed, entry("2")]).await.unwrap();
    let usage = world.usage(user_1(), pb::GetUsageRequest::default()).await;
    let totals = usage.unwrap().totals.unwrap();
    assert_eq!((totals.calls, totals.tokens_in), (2, 200));
}

#[tokio::test]
async fn users_see_their_own_usage_and_administrators_everybodys() {
    let world = World::start().await;
    let foreign = pb::UsageEntry {
        user_id: "user_2".to_owned(),
        ..entry("2")
    };
    world.record(vec![entry("1"), foreign]).await.unwrap();
    assert_eq!(
        world.calls(user_1(), pb::GetUsageRequest::default()).await,
        1
    );
    assert_eq!(world.calls(user_1(), of_user("user_1")).await, 1);
    assert_eq!(
        world.calls(admin(), pb::GetUsageRequest::default()).await,
        2
    );
    assert_eq!(world.calls(admin(), of_user("user_2")).await, 1);
    let fault = world.usage(user_1(), of_user("user_2")).await.unwrap_err();
    assert_eq!(fault.reason, "forbidden");
}

#[tokio::test]
async fn a_token_shows_no_more_than_its_scopes() {
    let world = World::start().await;
    let foreign = pb::UsageEntry {
        user_id: "user_2".to_owned(),
        ..entry("2")
    };
    world.record(vec![entry("1"), foreign]).await.unwrap();
    let reader = Actor {
        scopes: Some(vec!["cases:read".to_owned()]),
        ..admin()
    };
    assert_eq!(world.calls(reader, pb::GetUsageRequest::default()).await, 0);
    let writer = Actor {
        scopes: Some(vec!["knowledge:write".to_owned()]),
        ..user_1()
    };
    let fault = world.usage(writer, pb::GetUsageRequest::default()).await;
    assert!(fault.unwrap_err().message.contains("cases:read"));
}

#[tokio::test]
async fn usage_can_be_narrowed_to_a_case_and_a_period() {
    let world = World::start().await;
    let start = world.clock.now();
    world.record(vec![entry("1")]).await.unwrap();
    world.clock.advance(Duration::from_secs(60));
    let other_case = pb::UsageEntry {
        case_id: "case_2".to_owned(),
        ..entry("2")
    };
    world.record(vec![other_case]).await.unwrap();

    let of_case = pb::GetUsageRequest {
        case_id: "case_2".to_owned(),
        ..Default::default()
    };
    assert_eq!(world.calls(user_1(), of_case).await, 1);
    let first_minute = pb::GetUsageRequest {
        start_time: Some(timestamp(start)),
        end_time: Some(timestamp(world.clock.now())),
        ..Default::default()
    };
    assert_eq!(world.calls(user_1(), first_minute).await, 1);
}

#[tokio::test]
async fn the_running_month_is_summed_by_default() {
    let world = World::start().await;
    world.record(vec![entry("1")]).await.unwrap();
    world.clock.advance(Duration::from_secs(31 * 24 * 3_600));
    world.record(vec![entry("2")]).await.unwrap();
    assert_eq!(
        world.calls(user_1(), pb::GetUsageRequest::default()).await,
        1
    );
}

#[tokio::test]
async fn a_call_that_makes_no_sense_is_refused_with_its_field_and_nothing_is_stored() {
    let world = World::start().await;
    let wrong = |change: fn(&mut pb::UsageEntry)| {
        let mut wrong = entry("1");
        change(&mut wrong);
        wrong
    };
    let entries = [
        ("usage_id", wrong(|entry| entry.usage_id.clear())),
        ("provider", wrong(|entry| entry.provider = " ".to_owned())),
        ("tokens_in", wrong(|entry| entry.tokens_in = -1)),
        ("duration_ms", wrong(|entry| entry.duration_ms = i64::MAX)),
        ("cost_usd", wrong(|entry| entry.cost_usd = f64::NAN)),
    ];
    for (field, wrong) in entries {
        let fault = world.record(vec![entry("2"), wrong]).await.unwrap_err();
        assert_eq!(fault.violations[0].field, field);
    }
    let all = pb::GetUsageRequest::default();
    assert_eq!(world.calls(user_1(), all).await, 0);
}

#[tokio::test]
async fn a_period_that_makes_no_sense_is_refused_with_its_field() {
    let world = World::start().await;
    let now = Some(timestamp(world.clock.now()));
    let year_0 = prost_types::Timestamp {
        seconds: -62_200_000_000,
        nanos: 0,
    };
    for (field, start_time, end_time) in
        [("end_time", now, now), ("start_time", Some(year_0), None)]
    {
        let request = pb::GetUsageRequest {
            start_time,
            end_time,
            ..Default::default()
        };
        let fault = world.usage(user_1(), request).await.unwrap_err();
        assert_eq!(fault.violations[0].field, field);
        assert_eq!(fault.reason, "invalid_field");
    }
}
