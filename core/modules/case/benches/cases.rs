//! How fast cases are opened and listed, without the layers above the module.
//!
//! Run with `cargo bench -p faultmaven-case`; set `FM_TEST_DATABASE_URL` to measure PostgreSQL.
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::unwrap_used, reason = "a benchmark has nobody to report to")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::{Duration, Instant};

use faultmaven_case::{Config, Deps};
use faultmaven_kit::{
    Actor, Audit, Ctx, Db, DbConfig, Hosted, Ids, MigrationPolicy, Module, Role, SystemClock, Tasks,
};
use faultmaven_proto::case::v1::case_service_client::CaseServiceClient;
use faultmaven_proto::case::v1::{CreateCaseRequest, ListCasesRequest};

const CALLERS: usize = 32;
const DURATION: Duration = Duration::from_secs(3);
const MANY: usize = 10_000;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let data = tempfile::tempdir().unwrap();
    let tasks = Tasks::new();
    let database = DbConfig {
        url: std::env::var("FM_TEST_DATABASE_URL").unwrap_or_default(),
        max_connections: 8,
        migration: MigrationPolicy::Apply,
        data_dir: data.path().to_owned(),
    };
    let deps = Deps {
        db: Db::connect(&database).await.unwrap(),
        clock: SystemClock::shared(),
        ids: Ids::random(),
        tasks: tasks.clone(),
        // Nobody answers there: audit lines are made and handed on, but not stored.
        audit: Audit::start(&tasks, Hosted::new("auth").module()),
    };
    let hosted = faultmaven_case::build(Config::default(), deps).await;
    measure(hosted.unwrap().module()).await;
    tasks.shutdown(Duration::from_secs(10)).await;
}

async fn measure(module: Module) {
    println!("{CALLERS} callers, {} s each", DURATION.as_secs());
    let cases = CaseServiceClient::new(module);
    let writer = person();
    let client = cases.clone();
    let created = repeat(move || create(client.clone(), Arc::clone(&writer))).await;
    report("open a case", created);

    let reader = person();
    open(&cases, &reader, 50).await;
    report("list 50 of 50 cases", first_pages(&cases, &reader).await);

    let owner = person();
    open(&cases, &owner, MANY).await;
    report("list 50 of 10,000 cases", first_pages(&cases, &owner).await);
    let (client, next) = (cases.clone(), Arc::new(AtomicI32::new(0)));
    let listed = repeat(move || {
        let offset = next.fetch_add(1, Ordering::Relaxed) % 9_000;
        list(client.clone(), Arc::clone(&owner), offset)
    });
    report(
        "list 50 of 10,000 cases, a different page each",
        listed.await,
    );
}

async fn open(cases: &CaseServiceClient<Module>, ctx: &Arc<Ctx>, count: usize) {
    for _ in 0..count / 50 {
        let some = (0..50).map(|_| create(cases.clone(), Arc::clone(ctx)));
        futures::future::join_all(some).await;
    }
}

async fn first_pages(cases: &CaseServiceClient<Module>, ctx: &Arc<Ctx>) -> (f64, Duration) {
    let (client, ctx) = (cases.clone(), Arc::clone(ctx));
    repeat(move || list(client.clone(), Arc::clone(&ctx), 0)).await
}

async fn create(mut cases: CaseServiceClient<Module>, ctx: Arc<Ctx>) {
    let request = ctx.request(CreateCaseRequest::default());
    cases.create_case(request).await.unwrap();
}

async fn list(mut cases: CaseServiceClient<Module>, ctx: Arc<Ctx>, offset: i32) {
    let request = ctx.request(ListCasesRequest {
        offset,
        ..ListCasesRequest::default()
    });
    let page = cases.list_cases(request).await.unwrap().into_inner();
    assert_eq!(page.cases.len(), 50);
}

/// Returns how often something was done per second, and how long the slowest hundredth took.
async fn repeat<F, R>(once: F) -> (f64, Duration)
where
    F: Fn() -> R + Clone + Send + 'static,
    R: Future<Output = ()> + Send,
{
    let tasks = Tasks::new();
    let started = Instant::now();
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let once = once.clone();
            tasks.spawn("caller", async move {
                let mut times = Vec::new();
                while started.elapsed() < DURATION {
                    let begun = Instant::now();
                    once().await;
                    times.push(begun.elapsed());
                }
                times
            })
        })
        .collect();
    let mut times = Vec::new();
    for caller in callers {
        times.extend(caller.await.unwrap());
    }
    let rate = f64::from(u32::try_from(times.len()).unwrap()) / started.elapsed().as_secs_f64();
    times.sort_unstable();
    (rate, times[times.len() * 99 / 100])
}

fn report(what: &str, (rate, slow): (f64, Duration)) {
    println!("{what:<48} {rate:>9.0}/s   p99 {slow:>9.1?}");
}

fn person() -> Arc<Ctx> {
    let ids = Ids::random();
    Arc::new(Ctx::anonymous(ids.uuid()).on_behalf_of(Actor {
        user_id: ids.uuid(),
        username: "ada".into(),
        email: "ada@example.org".into(),
        email_verified: true,
        display_name: "Ada".into(),
        role: Role::Member,
        scopes: None,
        token_id: ids.uuid(),
        team_ids: Vec::new(),
    }))
}
