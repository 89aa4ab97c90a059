//! How long it takes to learn whom a token belongs to, which every request needs.
//!
//! Run with `cargo bench -p faultmaven-auth`; set `FM_TEST_DATABASE_URL` to measure PostgreSQL.
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::unwrap_used, reason = "a benchmark has nobody to report to")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use faultmaven_auth::{Config, Deps};
use faultmaven_kit::{
    Ctx, Db, DbConfig, Ids, MemoryCache, MigrationPolicy, Module, SystemClock, Tasks,
};
use faultmaven_proto::auth::v1::auth_internal_service_client::AuthInternalServiceClient;
use faultmaven_proto::auth::v1::auth_service_client::AuthServiceClient;
use faultmaven_proto::auth::v1::{
    AuditEvent, AuditOutcome, AuthenticateRequest, RecordAuditRequest, RefreshTokenRequest,
    RegisterRequest,
};

const WARM_UP: u32 = 2_000;
const CALLS: u32 = 50_000;
const TOKENS: usize = 200;
const AUDIT_LINES: usize = 50;

type Accounts = AuthServiceClient<Module>;
type Internal = AuthInternalServiceClient<Module>;

#[tokio::main]
async fn main() {
    let data = tempfile::tempdir().unwrap();
    let tasks = Tasks::new();
    let url = std::env::var("FM_TEST_DATABASE_URL")
        .unwrap_or_else(|_| format!("sqlite://{}", data.path().join("auth.db").display()));
    let database = DbConfig {
        url,
        max_connections: 8,
        migration: MigrationPolicy::Apply,
        data_dir: data.path().to_owned(),
    };
    let clock = SystemClock::shared();
    let config = Config {
        key_dir: data.path().join("keys"),
        registration: faultmaven_auth::Registration::Open,
        ..Config::default()
    };
    let deps = Deps {
        db: Db::connect(&database).await.unwrap(),
        cache: Arc::new(MemoryCache::new(Arc::clone(&clock))),
        clock,
        ids: Ids::random(),
        tasks: tasks.clone(),
    };
    let module = faultmaven_auth::build(config, deps).await.unwrap().module();
    measure(module.clone()).await;
    tasks.shutdown(Duration::from_secs(10)).await;
}

async fn measure(module: Module) {
    let (accounts, internal) = (Accounts::new(module.clone()), Internal::new(module));
    let tokens = tokens(accounts).await;
    let started = Instant::now();
    for token in &tokens {
        authenticate(&internal, token).await;
    }
    report("a token seen for the first time", started, tokens.len());

    for _ in 0..WARM_UP {
        authenticate(&internal, &tokens[0]).await;
    }
    let started = Instant::now();
    for call in 0..CALLS as usize {
        authenticate(&internal, &tokens[call % tokens.len()]).await;
    }
    report("a token seen before", started, CALLS as usize);

    let ctx = Ctx::system("case", "req_1");
    let started = Instant::now();
    for _ in 0..CALLS as usize / AUDIT_LINES {
        record(&internal, &ctx).await;
    }
    report("a line of the audit log", started, CALLS as usize);
}

/// Returns access tokens of one user, who renews again and again.
async fn tokens(mut accounts: Accounts) -> Vec<String> {
    let request = RegisterRequest {
        username: Ids::random().hex12("ada"),
        password: "correct horse".to_owned(),
        ..Default::default()
    };
    let answer = accounts.register(request).await.unwrap().into_inner();
    let mut credentials = answer.credentials.unwrap();
    let mut tokens = vec![credentials.access_token.clone()];
    while tokens.len() < TOKENS {
        let request = RefreshTokenRequest {
            refresh_token: credentials.refresh_token,
        };
        let answer = accounts.refresh_token(request).await.unwrap().into_inner();
        credentials = answer.credentials.unwrap();
        tokens.push(credentials.access_token.clone());
    }
    tokens
}

async fn authenticate(internal: &Internal, token: &str) {
    let request = AuthenticateRequest {
        token: token.to_owned(),
    };
    let answer = internal.clone().authenticate(request).await.unwrap();
    assert!(answer.into_inner().user.is_some());
}

async fn record(internal: &Internal, ctx: &Ctx) {
    let event = AuditEvent {
        actor: "user_0123456789ab".to_owned(),
        action: "case.create".to_owned(),
        object: "case_0123456789ab".to_owned(),
        outcome: AuditOutcome::Ok.into(),
        ..AuditEvent::default()
    };
    let request = RecordAuditRequest {
        events: vec![event; AUDIT_LINES],
    };
    internal
        .clone()
        .record_audit(ctx.request(request))
        .await
        .unwrap();
}

fn report(what: &str, started: Instant, calls: usize) {
    let micros = started.elapsed().as_secs_f64() * 1e6 / calls as f64;
    println!(
        "{what:<32} {micros:8.1} µs per call, {:>9.0}/s",
        1e6 / micros
    );
}
