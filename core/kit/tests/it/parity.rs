//! A module behaves the same in this process and behind a socket.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use faultmaven_kit::breaker::{BreakerConfig, BreakerState};
use faultmaven_kit::{
    Actor, Authenticate, ClusterSecret, Code, Ctx, Fault, FrontDoor, Hosted, Ids, Module, Tasks,
    TraceParent, serve_grpc,
};
use faultmaven_proto::jobs::v1::GetJobRequest;
use faultmaven_proto::jobs::v1::jobs_service_client::JobsServiceClient;
use tokio::net::TcpListener;

use crate::echo::{EchoClient, EchoServer};

const SECRET: &str = "a secret of this cluster";

struct Nobody;

#[async_trait]
impl Authenticate for Nobody {
    async fn authenticate(&self, _: &str, _: &Ctx) -> Result<Actor, Fault> {
        Err(Fault::unauthenticated("nobody is known here"))
    }
}

fn hosted() -> Hosted {
    Hosted::new("echo").service(EchoServer)
}

/// Serves the module on a loopback port and returns its address.
async fn serve(tasks: &Tasks) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let door = FrontDoor::new(Arc::new(Nobody), Some(ClusterSecret::new(SECRET)), []);
    let routes = door.guard(hosted().routes());
    tasks.spawn(
        "server",
        serve_grpc(listener, routes, tasks.shutdown_token()),
    );
    address
}

/// Returns the module in both placements.
async fn placements() -> (Tasks, [Module; 2]) {
    let tasks = Tasks::new();
    let address = serve(&tasks).await;
    let secret = Some(ClusterSecret::new(SECRET));
    let remote = Module::remote("echo", &address, secret).unwrap();
    (tasks, [hosted().module(), remote])
}

fn ctx() -> Ctx {
    Ctx::system("case", "req_1")
}

async fn say(module: &Module, ctx: Ctx, message: &str) -> Result<String, Fault> {
    EchoClient::new(module.clone())
        .say(ctx.request(message.to_owned()))
        .await
        .map(tonic::Response::into_inner)
        .map_err(|status| Fault::from_status(&status))
}

#[tokio::test]
async fn an_answer_arrives() {
    let (_tasks, modules) = placements().await;
    for module in &modules {
        assert_eq!(
            say(module, ctx(), "hello").await.unwrap(),
            "hello",
            "{module:?}"
        );
    }
}

#[tokio::test]
async fn the_caller_arrives_by_metadata() {
    let (_tasks, modules) = placements().await;
    for module in &modules {
        let who = say(module, ctx(), "who").await.unwrap();
        assert_eq!(who, r#"System { module: "case" }"#, "{module:?}");
    }
}

#[tokio::test]
async fn extensions_do_not_arrive() {
    let (_tasks, modules) = placements().await;
    for module in &modules {
        let leaked = say(module, ctx(), "extensions").await.unwrap();
        assert_eq!(leaked, "false", "{module:?}");
    }
}

#[tokio::test]
async fn a_deadline_ends_a_call() {
    let (_tasks, modules) = placements().await;
    for module in &modules {
        let impatient = ctx().with_timeout(Duration::from_millis(50));
        let fault = say(module, impatient, "sleep").await.unwrap_err();
        assert_eq!(fault.code, Code::DeadlineExceeded, "{module:?}");
    }
}

#[tokio::test]
async fn a_deadline_ends_a_stream() {
    let (_tasks, modules) = placements().await;
    for module in &modules {
        let impatient = ctx().with_timeout(Duration::from_millis(100));
        let mut client = EchoClient::new(module.clone());
        let request = impatient.request("sleep".to_owned());
        let mut stream = client.stutter(request).await.unwrap().into_inner();
        assert_eq!(
            stream.message().await.unwrap().unwrap(),
            "sleep",
            "{module:?}"
        );
        let status = stream.message().await.unwrap_err();
        assert_eq!(status.code(), Code::DeadlineExceeded, "{module:?}");
    }
}

#[tokio::test]
async fn a_call_without_deadline_ends_when_nothing_moves() {
    let (_tasks, modules) = placements().await;
    for module in modules {
        let module = module.with_idle_limit(Duration::from_millis(50));
        let fault = say(&module, ctx(), "sleep").await.unwrap_err();
        assert_eq!(fault.code, Code::DeadlineExceeded, "{module:?}");
        assert_eq!(fault.reason, "call_stalled", "{module:?}");
        let mut client = EchoClient::new(module.clone());
        let request = ctx().request("sleep".to_owned());
        let mut stream = client.stutter(request).await.unwrap().into_inner();
        stream.message().await.unwrap().unwrap();
        let status = stream.message().await.unwrap_err();
        assert_eq!(status.code(), Code::DeadlineExceeded, "{module:?}");
        let fault = Fault::from_status(&status);
        assert_eq!(fault.reason, "call_stalled", "{module:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_lasts_as_long_as_it_moves() {
    let mut client = EchoClient::new(hosted().module());
    let request = ctx().request("slow".to_owned());
    let mut stream = client.stutter(request).await.unwrap().into_inner();
    let started = tokio::time::Instant::now();
    while let Some(message) = stream.message().await.unwrap() {
        assert_eq!(message, "slow");
    }
    assert!(started.elapsed() > Duration::from_secs(600));
}

#[tokio::test]
async fn the_trace_travels_with_the_call() {
    let (_tasks, modules) = placements().await;
    let trace = TraceParent::random(&Ids::random());
    for module in &modules {
        let mut ctx = ctx();
        ctx.traceparent = Some(trace);
        let arrived = say(module, ctx, "traceparent").await.unwrap();
        assert_eq!(arrived, format!("Some({trace:?})"), "{module:?}");
    }
}

#[tokio::test]
async fn a_panic_is_an_internal_error() {
    let (_tasks, modules) = placements().await;
    for module in &modules {
        let fault = say(module, ctx(), "panic").await.unwrap_err();
        assert_eq!(fault.code, Code::Internal, "{module:?}");
        assert_eq!(fault.message, "internal error");
        assert_eq!(
            say(module, ctx(), "still there").await.unwrap(),
            "still there"
        );
    }
}

#[tokio::test]
async fn a_panic_in_a_stream_is_an_internal_error() {
    let (_tasks, modules) = placements().await;
    for module in &modules {
        let mut client = EchoClient::new(module.clone());
        let request = ctx().request("panic".to_owned());
        let mut stream = client.stutter(request).await.unwrap().into_inner();
        assert_eq!(
            stream.message().await.unwrap().unwrap(),
            "panic",
            "{module:?}"
        );
        let status = stream.message().await.unwrap_err();
        assert_eq!(status.code(), Code::Internal, "{module:?}");
        assert_eq!(status.message(), "internal error");
    }
}

#[tokio::test]
async fn large_error_details_are_cut_the_same() {
    let (_tasks, modules) = placements().await;
    let mut faults = Vec::new();
    for module in &modules {
        let fault = say(module, ctx(), "violations").await.unwrap_err();
        assert_eq!(fault.code, Code::InvalidArgument, "{module:?}");
        assert_eq!(fault.reason, "invalid_field");
        assert!(fault.message.ends_with("(error details truncated)"));
        assert!(!fault.violations.is_empty());
        faults.push(fault);
    }
    assert_eq!(faults[0], faults[1]);
}

#[tokio::test]
async fn large_details_of_a_foreign_status_do_not_lose_its_code() {
    let (_tasks, modules) = placements().await;
    for module in &modules {
        let fault = say(module, ctx(), "raw details").await.unwrap_err();
        assert_eq!(fault.code, Code::InvalidArgument, "{module:?}");
        assert_eq!(fault.message, "raw (error details truncated)", "{module:?}");
    }
}

#[tokio::test]
async fn an_unknown_method_is_unimplemented() {
    let (_tasks, modules) = placements().await;
    for module in &modules {
        let request = ctx().request(GetJobRequest::default());
        let status = JobsServiceClient::new(module.clone())
            .get_job(request)
            .await
            .unwrap_err();
        assert_eq!(status.code(), Code::Unimplemented, "{module:?}");
    }
}

#[tokio::test]
async fn a_stream_ends_after_its_last_message() {
    let (_tasks, modules) = placements().await;
    for module in &modules {
        let mut client = EchoClient::new(module.clone());
        let request = ctx().request("three".to_owned());
        let mut stream = client.stutter(request).await.unwrap().into_inner();
        for _ in 0..3 {
            assert_eq!(stream.message().await.unwrap().unwrap(), "three");
        }
        assert!(stream.message().await.unwrap().is_none(), "{module:?}");
    }
}

#[tokio::test]
async fn a_module_that_is_not_there_is_unavailable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let module = Module::remote("echo", &address, None).unwrap();
    let fault = say(&module, ctx(), "hello").await.unwrap_err();
    assert_eq!(fault.code, Code::Unavailable);
}

#[tokio::test]
async fn a_module_that_is_not_there_is_left_alone_until_a_trial() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let config = BreakerConfig {
        fail_threshold: 2,
        reset_timeout: Duration::from_secs(60),
    };
    let module = Module::remote("echo", &address, None).unwrap();
    let module = module.with_breaker(config);
    for _ in 0..2 {
        let fault = say(&module, ctx(), "hello").await.unwrap_err();
        assert_eq!(fault.reason, "service_unavailable");
        assert_eq!(fault.retry_after, Some(Duration::from_secs(1)));
    }
    assert_eq!(module.breaker_state(), Some(BreakerState::Open));
    let fault = say(&module, ctx(), "hello").await.unwrap_err();
    assert_eq!(fault.reason, "service_unavailable");
    assert!(fault.retry_after.unwrap() > Duration::from_secs(50));
}

#[tokio::test]
async fn callers_in_a_hurry_do_not_shut_a_module_off() {
    let tasks = Tasks::new();
    let address = serve(&tasks).await;
    let secret = Some(ClusterSecret::new(SECRET));
    let module = Module::remote("echo", &address, secret).unwrap();
    let module = module.with_breaker(BreakerConfig {
        fail_threshold: 2,
        reset_timeout: Duration::from_secs(60),
    });
    for _ in 0..4 {
        let hurried = ctx().with_timeout(Duration::from_millis(5));
        let fault = say(&module, hurried, "sleep").await.unwrap_err();
        assert_eq!(fault.code, Code::DeadlineExceeded);
    }
    assert_eq!(module.breaker_state(), Some(BreakerState::Closed));
    assert_eq!(say(&module, ctx(), "hello").await.unwrap(), "hello");
}

#[tokio::test]
async fn a_running_call_is_answered_before_the_server_stops() {
    let tasks = Tasks::new();
    let address = serve(&tasks).await;
    let secret = Some(ClusterSecret::new(SECRET));
    let module = Module::remote("echo", &address, secret).unwrap();
    let mut client = EchoClient::new(module);
    let request = ctx().request("three".to_owned());
    let mut stream = client.stutter(request).await.unwrap().into_inner();
    stream.message().await.unwrap().unwrap();
    tasks.shutdown_token().cancel();
    while let Some(message) = stream.message().await.unwrap() {
        assert_eq!(message, "three");
    }
    drop(client);
    assert!(tasks.shutdown(Duration::from_secs(5)).await.is_empty());
}
