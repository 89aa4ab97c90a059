//! One caller that sends 1 KB and gets it back.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use async_trait::async_trait;
use faultmaven_kit::{
    Actor, Authenticate, ClusterSecret, Ctx, Fault, FrontDoor, Hosted, Module, Tasks, serve_grpc,
};
use futures::future::{BoxFuture, Ready, ready};
use http::uri::PathAndQuery;
use tokio::net::TcpListener;
use tonic::body::Body;
use tonic::server::{NamedService, UnaryService};
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;

use crate::{Outcome, Rate, repeat};

#[derive(Clone)]
struct Echo;

impl NamedService for Echo {
    const NAME: &'static str = "bench.v1.EchoService";
}

impl UnaryService<String> for Echo {
    type Response = String;
    type Future = Ready<Result<Response<String>, Status>>;

    fn call(&mut self, request: Request<String>) -> Self::Future {
        let answer = Ctx::from_request(&request).map(|_| Response::new(request.into_inner()));
        ready(answer.map_err(Status::from))
    }
}

impl tower::Service<http::Request<Body>> for Echo {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<http::Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(async move {
            let mut grpc = tonic::server::Grpc::new(ProstCodec::default());
            Ok(grpc.unary(Echo, request).await)
        })
    }
}

struct Nobody;

#[async_trait]
impl Authenticate for Nobody {
    async fn authenticate(&self, _: &str, _: &Ctx) -> Result<Actor, Fault> {
        Err(Fault::unauthenticated("nobody is known here"))
    }
}

/// Calls the service in this process.
pub(crate) async fn in_process() -> Outcome<Rate> {
    measure(Hosted::new("echo").service(Echo).module()).await
}

/// Calls the service over loopback TCP, signed, through the front door.
pub(crate) async fn loopback() -> Outcome<Rate> {
    let tasks = Tasks::new();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    let secret = ClusterSecret::new("secret");
    let door = FrontDoor::new(Arc::new(Nobody), Some(secret.clone()), []);
    let routes = door.guard(Hosted::new("echo").service(Echo).routes());
    tasks.spawn(
        "server",
        serve_grpc(listener, routes, tasks.shutdown_token()),
    );
    measure(Module::remote("echo", &address, Some(secret))?).await
}

async fn measure(module: Module) -> Outcome<Rate> {
    let ctx = Ctx::system("bench", "req_1");
    repeat(1, move || {
        let (ctx, module) = (ctx.clone(), module.clone());
        async move {
            let deadline = std::time::Duration::from_secs(10);
            let request = ctx.with_timeout(deadline).request("x".repeat(1_024));
            let mut client = tonic::client::Grpc::new(module);
            client.ready().await?;
            let path = PathAndQuery::from_static("/bench.v1.EchoService/Echo");
            let codec = ProstCodec::<String, String>::default();
            client.unary(request, path, codec).await?;
            Ok(())
        }
    })
    .await
}
