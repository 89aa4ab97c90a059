//! Who comes in, and as whom.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use faultmaven_kit::{
    Actor, Authenticate, ClusterSecret, Code, Ctx, Fault, FrontDoor, Hosted, Module, Role, Tasks,
    serve_grpc,
};
use faultmaven_testing::Log;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint};

use crate::echo::{self, EchoClient, EchoServer};

struct OneToken;

#[async_trait]
impl Authenticate for OneToken {
    async fn authenticate(&self, bearer: &str, _: &Ctx) -> Result<Actor, Fault> {
        if bearer != "good" {
            return Err(Fault::unauthenticated("the token is not valid"));
        }
        Ok(Actor {
            user_id: "user_1".into(),
            username: "ada".into(),
            email: "ada@example.org".into(),
            email_verified: true,
            display_name: "Ada".into(),
            role: Role::Member,
            scopes: None,
            token_id: "token_1".into(),
            team_ids: Vec::new(),
        })
    }
}

/// Serves the echo module behind a front door and returns its address.
async fn serve(tasks: &Tasks, internal: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let internal_services = internal.then_some(echo::NAME);
    let secret = Some(ClusterSecret::new("secret"));
    let door = FrontDoor::new(Arc::new(OneToken), secret, internal_services);
    let routes = door.guard(Hosted::new("echo").service(EchoServer).routes());
    tasks.spawn(
        "server",
        serve_grpc(listener, routes, tasks.shutdown_token()),
    );
    address
}

fn channel(address: &str) -> Channel {
    Endpoint::from_shared(address.to_owned())
        .unwrap()
        .connect_lazy()
}

fn question() -> tonic::Request<String> {
    tonic::Request::new("who".to_owned())
}

async fn who(
    address: &str,
    request: tonic::Request<String>,
) -> Result<tonic::Response<String>, tonic::Status> {
    EchoClient::new(channel(address)).say(request).await
}

#[tokio::test]
async fn without_a_token_the_caller_is_anonymous() {
    let tasks = Tasks::new();
    let address = serve(&tasks, false).await;
    let answer = who(&address, question()).await.unwrap();
    assert_eq!(answer.get_ref(), "Anonymous");
}

#[tokio::test]
async fn a_good_token_names_the_caller() {
    let tasks = Tasks::new();
    let address = serve(&tasks, false).await;
    let mut request = question();
    let bearer = "Bearer good".parse().unwrap();
    request.metadata_mut().insert("authorization", bearer);
    let answer = who(&address, request).await.unwrap();
    assert!(answer.get_ref().contains("user_1"));
}

#[tokio::test]
async fn a_bad_token_is_refused() {
    let tasks = Tasks::new();
    let address = serve(&tasks, false).await;
    for value in ["Bearer bad", "Basic Z29vZA==", "good"] {
        let mut request = question();
        let value = value.parse().unwrap();
        request.metadata_mut().insert("authorization", value);
        let status = who(&address, request).await.unwrap_err();
        assert_eq!(status.code(), Code::Unauthenticated);
    }
}

#[tokio::test]
async fn a_context_without_signature_is_not_believed() {
    let tasks = Tasks::new();
    let address = serve(&tasks, false).await;
    let forged = Ctx::system("case", "req_1").request("who".to_owned());
    let answer = who(&address, forged).await.unwrap();
    assert_eq!(answer.get_ref(), "Anonymous");
}

#[tokio::test]
async fn a_context_signed_with_another_secret_is_not_believed() {
    let tasks = Tasks::new();
    let address = serve(&tasks, false).await;
    let secret = Some(ClusterSecret::new("guess"));
    let module = Module::remote("echo", &address, secret).unwrap();
    let request = Ctx::system("case", "req_1").request("who".to_owned());
    let answer = EchoClient::new(module).say(request).await.unwrap();
    assert_eq!(answer.get_ref(), "Anonymous");
}

#[tokio::test]
async fn internal_services_answer_modules_only() {
    let tasks = Tasks::new();
    let address = serve(&tasks, true).await;
    let status = who(&address, question()).await.unwrap_err();
    assert_eq!(Fault::from_status(&status).reason, "internal_only");

    let secret = Some(ClusterSecret::new("secret"));
    let module = Module::remote("echo", &address, secret).unwrap();
    let request = Ctx::system("case", "req_1").request("who".to_owned());
    let answer = EchoClient::new(module).say(request).await.unwrap();
    assert!(answer.get_ref().contains("System"));
}

#[tokio::test]
async fn a_fit_request_id_comes_back_and_an_unfit_one_is_replaced() {
    let tasks = Tasks::new();
    let address = serve(&tasks, false).await;
    for (sent, kept) in [("abc-1.2_3", true), ("not fit", false)] {
        let mut request = question();
        let value = sent.parse().unwrap();
        request.metadata_mut().insert("x-request-id", value);
        let answer = who(&address, request).await.unwrap();
        let returned = answer.metadata().get("x-request-id").unwrap();
        assert_eq!(returned == sent, kept);
    }
}

/// Returns the echo module behind a front door that knows its streams, in this process.
fn behind_door(hang_up: CancellationToken) -> Module {
    let door = FrontDoor::new(Arc::new(OneToken), None, [])
        .streaming(HashSet::from(["/test.v1.EchoService/Stutter".to_owned()]))
        .hanging_up(hang_up);
    let routes = door.guard(Hosted::new("echo").service(EchoServer).routes());
    Module::local("echo", routes)
}

#[tokio::test(start_paused = true)]
async fn a_client_may_stream_for_long_but_not_wait_for_long() {
    let mut client = EchoClient::new(behind_door(CancellationToken::new()));
    let patient = Ctx::anonymous("req_1").with_timeout(Duration::from_secs(7_200));
    let request = patient.request("slow".to_owned());
    let mut stream = client.stutter(request).await.unwrap().into_inner();
    while let Some(message) = stream.message().await.unwrap() {
        assert_eq!(message, "slow");
    }
    let asked = tokio::time::Instant::now();
    let request = patient.request("hour".to_owned());
    let status = client.say(request).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert_eq!(asked.elapsed().as_secs(), 300);
}

#[tokio::test]
async fn an_answer_that_still_runs_is_told_that_the_server_stops() {
    let hang_up = CancellationToken::new();
    let mut client = EchoClient::new(behind_door(hang_up.clone()));
    let request = tonic::Request::new("sleep".to_owned());
    let mut stream = client.stutter(request).await.unwrap().into_inner();
    stream.message().await.unwrap().unwrap();
    hang_up.cancel();
    let status = stream.message().await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(Fault::from_status(&status).reason, "shutting_down");
}

#[tokio::test]
async fn a_trace_is_joined_or_begun_and_told() {
    let tasks = Tasks::new();
    let address = serve(&tasks, false).await;
    let sent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    for (value, joined) in [(sent, true), ("garbage", false)] {
        let mut request = tonic::Request::new("traceparent".to_owned());
        request
            .metadata_mut()
            .insert("traceparent", value.parse().unwrap());
        let answer = who(&address, request).await.unwrap();
        let told = answer.metadata().get("x-trace-id").unwrap();
        let told = told.to_str().unwrap();
        assert_eq!(told.len(), 32);
        assert_eq!(&sent[3..35] == told, joined);
        assert!(answer.get_ref().contains(told), "{answer:?}");
    }
}

#[tokio::test]
async fn a_call_has_one_line_in_the_log() {
    let log = Log::default();
    let _guard = log.install();
    let tasks = Tasks::new();
    let address = serve(&tasks, false).await;
    let mut request = question();
    let metadata = request.metadata_mut();
    metadata.insert("authorization", "Bearer good".parse().unwrap());
    metadata.insert("x-request-id", "find-me".parse().unwrap());
    let answer = who(&address, request).await.unwrap();
    let told = answer.metadata().get("x-trace-id").unwrap();
    let lines = log.lines();
    let [line] = &lines[..] else {
        panic!("{lines:#?}");
    };
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["route"], "/test.v1.EchoService/Say");
    assert_eq!(
        (&line["method"], &line["status"]),
        (&"gRPC".into(), &"OK".into())
    );
    assert!(line["duration_ms"].is_number());
    assert_eq!(line["span"]["request_id"], "find-me");
    assert_eq!(line["span"]["trace_id"], told.to_str().unwrap());
    assert_eq!(line["span"]["user_id"], "user_1");
}
