//! A small service that misbehaves on request, without generated code of its own.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use faultmaven_kit::{Ctx, Fault};
use futures::Stream;
use futures::future::BoxFuture;
use http::{Request as HttpRequest, Response as HttpResponse};
use tonic::body::Body;
use tonic::server::{NamedService, ServerStreamingService, UnaryService};
use tonic::{Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;

/// The name of the service.
pub(crate) const NAME: &str = "test.v1.EchoService";

/// Answers, in the way the message asks for.
#[derive(Clone)]
pub(crate) struct EchoServer;

impl NamedService for EchoServer {
    const NAME: &'static str = NAME;
}

type Answer = BoxFuture<'static, Result<Response<String>, Status>>;
type Answers = Pin<Box<dyn Stream<Item = Result<String, Status>> + Send>>;

struct Say;

impl UnaryService<String> for Say {
    type Response = String;
    type Future = Answer;

    fn call(&mut self, request: Request<String>) -> Answer {
        Box::pin(async move { say(&request).await.map(Response::new) })
    }
}

async fn say(request: &Request<String>) -> Result<String, Status> {
    let ctx = Ctx::from_request(request)?;
    match request.get_ref().as_str() {
        "panic" => panic!("as asked"),
        "sleep" => {
            tokio::time::sleep(Duration::from_secs(30)).await;
            Ok("awake".to_owned())
        }
        "hour" => {
            tokio::time::sleep(Duration::from_secs(3_600)).await;
            Ok("an hour later".to_owned())
        }
        "traceparent" => Ok(format!("{:?}", ctx.traceparent)),
        "who" => Ok(format!("{:?}", ctx.caller)),
        "extensions" => {
            let method = request.extensions().get::<tonic::GrpcMethod<'static>>();
            Ok(format!("{}", method.is_some()))
        }
        "violations" => {
            let many = (0..1_000).fold(Fault::invalid("row", "is wrong"), |fault, row| {
                fault.violation(format!("rows[{row}]"), "is wrong in a way that needs words")
            });
            Err(many.into())
        }
        "raw details" => Err(Status::with_details(
            tonic::Code::InvalidArgument,
            "raw",
            vec![0x1a; 9_000].into(),
        )),
        other => Ok(other.to_owned()),
    }
}

struct Stutter;

impl ServerStreamingService<String> for Stutter {
    type Response = String;
    type ResponseStream = Answers;
    type Future = BoxFuture<'static, Result<Response<Answers>, Status>>;

    fn call(&mut self, request: Request<String>) -> Self::Future {
        let message = request.into_inner();
        Box::pin(async move {
            let stream = stutter(message);
            Ok(Response::new(Box::pin(stream) as Answers))
        })
    }
}

fn stutter(message: String) -> impl Stream<Item = Result<String, Status>> + Send {
    futures::stream::unfold(0, move |count| {
        let message = message.clone();
        async move {
            match (count, message.as_str()) {
                (0, _) => {}
                (_, "panic") => {
                    tokio::task::yield_now().await;
                    panic!("as asked")
                }
                (_, "sleep") => tokio::time::sleep(Duration::from_secs(30)).await,
                (1..=4, "slow") => tokio::time::sleep(Duration::from_secs(200)).await,
                (5, "slow") | (3.., _) => return None,
                _ => {}
            }
            Some((Ok(message), count + 1))
        }
    })
}

impl tower::Service<HttpRequest<Body>> for EchoServer {
    type Response = HttpResponse<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<HttpResponse<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: HttpRequest<Body>) -> Self::Future {
        Box::pin(async move {
            let mut grpc = tonic::server::Grpc::new(ProstCodec::default());
            Ok(match request.uri().path().rsplit('/').next() {
                Some("Say") => grpc.unary(Say, request).await,
                _ => grpc.server_streaming(Stutter, request).await,
            })
        })
    }
}

/// Calls the service through any transport.
#[derive(Clone)]
pub(crate) struct EchoClient<T>(tonic::client::Grpc<T>);

impl<T> EchoClient<T>
where
    T: tonic::client::GrpcService<Body>,
    T::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    T::ResponseBody: http_body::Body<Data = bytes::Bytes> + Send + 'static,
    <T::ResponseBody as http_body::Body>::Error:
        Into<Box<dyn std::error::Error + Send + Sync>> + Send,
{
    pub(crate) fn new(transport: T) -> Self {
        Self(tonic::client::Grpc::new(transport))
    }

    pub(crate) async fn say(
        &mut self,
        mut request: Request<String>,
    ) -> Result<Response<String>, Status> {
        let method = tonic::GrpcMethod::new(NAME, "Say");
        request.extensions_mut().insert(method);
        self.ready().await?;
        let path = http::uri::PathAndQuery::from_static("/test.v1.EchoService/Say");
        self.0.unary(request, path, ProstCodec::default()).await
    }

    pub(crate) async fn stutter(
        &mut self,
        request: Request<String>,
    ) -> Result<Response<Streaming<String>>, Status> {
        self.ready().await?;
        let path = http::uri::PathAndQuery::from_static("/test.v1.EchoService/Stutter");
        self.0
            .server_streaming(request, path, ProstCodec::default())
            .await
    }

    async fn ready(&mut self) -> Result<(), Status> {
        self.0.ready().await.map_err(|error| {
            let error: Box<dyn std::error::Error + Send + Sync> = error.into();
            Status::unavailable(error.to_string())
        })
    }
}
