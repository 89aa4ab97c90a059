//! Modules that answer what a test tells them, and a client of the gateway in front of them.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use bytes::{Buf, BufMut, Bytes, BytesMut};
use faultmaven_gateway::{Config, Deps, Modules};
use faultmaven_kit::{Ctx, Ids, Module, SystemClock, Tasks, serve_grpc};
use faultmaven_proto::auth::v1::{AuthenticateResponse, Role, User};
use futures::stream;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use prost::Message;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic::service::Routes;
use tower::ServiceExt;

type Answer = Arc<dyn Fn(Vec<Bytes>) -> Result<Vec<Bytes>, Status> + Send + Sync>;

/// The calls a module answers, by path.
#[derive(Clone, Default)]
pub(crate) struct Fake {
    answers: HashMap<&'static str, Answer>,
    calls: Arc<Mutex<Vec<(String, Ctx)>>>,
}

/// A gateway and what its modules were asked.
pub(crate) struct Gateway {
    pub(crate) router: Router,
    calls: Arc<Mutex<Vec<(String, Ctx)>>>,
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Fake {
    /// Returns modules that know one token, `good`.
    pub(crate) fn new() -> Self {
        Self::default().on(
            "/faultmaven.auth.v1.AuthInternalService/Authenticate",
            |request: faultmaven_proto::auth::v1::AuthenticateRequest| match &*request.token {
                "good" => Ok(AuthenticateResponse {
                    user: Some(User {
                        user_id: "u1".into(),
                        username: "ada".into(),
                        role: Role::Member.into(),
                        ..Default::default()
                    }),
                    ..Default::default()
                }),
                _ => Err(faultmaven_kit::Fault::unauthenticated("the token is unknown").into()),
            },
        )
    }

    /// Answers one request with one reply.
    pub(crate) fn on<Q: Message + Default, R: Message>(
        self,
        path: &'static str,
        answer: impl Fn(Q) -> Result<R, Status> + Send + Sync + 'static,
    ) -> Self {
        self.on_stream(path, move |mut requests: Vec<Q>| {
            let request = requests.pop().unwrap_or_default();
            answer(request).map(|reply| vec![reply])
        })
    }

    /// Answers a stream of requests with a stream of replies.
    pub(crate) fn on_stream<Q: Message + Default, R: Message>(
        mut self,
        path: &'static str,
        answer: impl Fn(Vec<Q>) -> Result<Vec<R>, Status> + Send + Sync + 'static,
    ) -> Self {
        let answer = move |requests: Vec<Bytes>| {
            let requests = requests.into_iter().map(|it| Q::decode(it).unwrap());
            let replies = answer(requests.collect())?;
            Ok(replies.iter().map(|it| it.encode_to_vec().into()).collect())
        };
        self.answers.insert(path, Arc::new(answer));
        self
    }

    pub(crate) fn gateway(self) -> Gateway {
        self.gateway_with(config())
    }

    pub(crate) fn gateway_with(self, config: Config) -> Gateway {
        let router = Router::new().fallback_service(faultmaven_gateway::build(config, self.deps()));
        let calls = self.calls;
        Gateway { router, calls }
    }

    /// Serves the gRPC services on a port of their own; returns its address.
    pub(crate) async fn grpc_port(self) -> (String, Gateway) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = faultmaven_gateway::grpc_only(config(), self.deps());
        let routes = Routes::from(router.clone());
        let tasks = Tasks::new();
        tasks.spawn("grpc", serve_grpc(listener, routes, tasks.shutdown_token()));
        let calls = self.calls;
        (address, Gateway { router, calls })
    }

    fn deps(&self) -> Deps {
        let module = |name| Module::local(name, self.routes());
        Deps {
            modules: Modules {
                agent: module("agent"),
                auth: module("auth"),
                case: module("case"),
                evidence: module("evidence"),
                jobs: module("jobs"),
                knowledge: module("knowledge"),
                llm: module("llm"),
                report: module("report"),
                session: module("session"),
            },
            clock: SystemClock::shared(),
            ids: Ids::sequential(),
            secret: None,
            internal_services: faultmaven_proto::INTERNAL_SERVICES.to_vec(),
            redis: None,
            readiness: Vec::new(),
            stopping: CancellationToken::new(),
            hang_up: CancellationToken::new(),
        }
    }

    fn routes(&self) -> Routes {
        let fake = self.clone();
        Routes::from(Router::new().fallback(move |request: Request| {
            let fake = fake.clone();
            async move { fake.answer(request).await }
        }))
    }

    async fn answer(&self, request: Request) -> Response {
        let path = request.uri().path().to_owned();
        let metadata = tonic::metadata::MetadataMap::from_headers(request.headers().clone());
        let context = tonic::Request::from_parts(metadata, tonic::Extensions::new(), ());
        let ctx = Ctx::from_request(&context).unwrap();
        let mut body = request.into_body();
        let mut bytes = BytesMut::new();
        while let Some(frame) = body.frame().await {
            bytes.extend_from_slice(&frame.unwrap().into_data().unwrap_or_default());
        }
        self.calls.lock().unwrap().push((path.clone(), ctx));
        match self.answers.get(&*path) {
            Some(answer) => match answer(messages(bytes.freeze())) {
                Ok(replies) => grpc_response(replies),
                Err(status) => status.into_http(),
            },
            None => Status::unimplemented(path).into_http(),
        }
    }
}

impl Gateway {
    /// Returns how often a method was called.
    pub(crate) fn calls_of(&self, method: &str) -> usize {
        let calls = self.calls.lock().unwrap();
        let of_method = |call: &&(String, Ctx)| call.0.ends_with(method);
        calls.iter().filter(of_method).count()
    }

    /// Returns the context of the last call of any module.
    pub(crate) fn last_context(&self) -> Ctx {
        self.calls.lock().unwrap().last().unwrap().1.clone()
    }

    /// Sends a request as the user `u1`.
    pub(crate) async fn send(&self, method: &str, path: &str, body: impl Into<Body>) -> Reply {
        let headers = [
            ("content-type", "application/json"),
            ("authorization", "Bearer good"),
        ];
        self.send_with(method, path, &headers, body).await
    }

    /// Sends a request with these headers and no others.
    pub(crate) async fn send_with(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Reply {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let peer = ConnectInfo(SocketAddr::from(([192, 0, 2, 7], 4711)));
        let request = request.extension(peer).body(body.into()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Reply {
            status: parts.status,
            headers: parts.headers,
            body: body.collect().await.unwrap().to_bytes(),
        }
    }
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |it| it.to_str().unwrap())
    }
}

pub(crate) fn config() -> Config {
    Config {
        public_url: "http://localhost:8000".into(),
        cors_allowed_origins: vec!["https://ops.example".into()],
        trusted_proxies: Vec::new(),
        turn_sync_wait: std::time::Duration::from_secs(45),
        max_upload_bytes: 1 << 20,
        analysed_endings: vec!["log", "zip"],
        external_identity: false,
        max_body_bytes: 64 << 10,
        requests_per_minute: None,
        auth_required: true,
        on_loopback: true,
        version: "1.2.3",
    }
}

fn messages(mut body: Bytes) -> Vec<Bytes> {
    let mut messages = Vec::new();
    while body.has_remaining() {
        assert_eq!(body.get_u8(), 0, "a compressed message");
        let length = body.get_u32() as usize;
        messages.push(body.split_to(length));
    }
    messages
}

fn grpc_response(replies: Vec<Bytes>) -> Response {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", "0".parse().unwrap());
    let frames = replies
        .into_iter()
        .map(|reply| {
            let mut frame = BytesMut::new();
            frame.put_u8(0);
            frame.put_u32(u32::try_from(reply.len()).unwrap());
            frame.put(reply);
            Frame::data(frame.freeze())
        })
        .chain([Frame::trailers(trailers)])
        .map(Ok::<_, std::convert::Infallible>);
    Response::builder()
        .header("content-type", "application/grpc")
        .body(Body::new(StreamBody::new(stream::iter(
            frames.collect::<Vec<_>>(),
        ))))
        .unwrap()
}
