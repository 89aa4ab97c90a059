//! A module behaves alike in process and over a socket: each row is run in both placements.

use std::pin::Pin;
use std::time::Duration;

use faultmaven_kit::{Ctx, Fault, Hosted, Ids, Module, TraceParent, serve_grpc};
use futures::Stream;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Response, Status};
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::health_server::{Health, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

const NAME: &str = "probe";

#[tokio::test]
async fn a_deadline_ends_a_call_as_deadline_exceeded() {
    for (placement, module) in both().await {
        let ctx = Ctx::anonymous("req_1").with_timeout(Duration::from_millis(50));
        let status = call(&module, &ctx, "sleep").await.unwrap_err();
        assert_eq!(status.code(), Code::DeadlineExceeded, "{placement}");
    }
}

#[tokio::test]
async fn a_panic_in_a_handler_is_an_internal_error_of_that_call_alone() {
    for (placement, module) in both().await {
        let ctx = Ctx::anonymous("req_1");
        let status = call(&module, &ctx, "panic").await.unwrap_err();
        assert_eq!(status.code(), Code::Internal, "{placement}");
        assert!(!status.message().contains("secret detail"), "{placement}");
        call(&module, &ctx, "fine").await.unwrap();
    }
}

#[tokio::test]
async fn a_call_without_deadline_ends_when_nothing_moves() {
    for (placement, module) in both().await {
        let module = module.with_idle_limit(Duration::from_millis(50));
        let status = call(&module, &Ctx::anonymous("req_1"), "sleep")
            .await
            .unwrap_err();
        assert_eq!(status.code(), Code::DeadlineExceeded, "{placement}");
        let reason = Fault::from_status(&status).reason;
        assert_eq!(reason, "call_stalled", "{placement}");
    }
}

#[tokio::test]
async fn the_trace_travels_with_the_call() {
    let trace = TraceParent::random(&Ids::random());
    for (placement, module) in both().await {
        let mut ctx = Ctx::anonymous("req_1");
        ctx.traceparent = Some(trace);
        let status = call(&module, &ctx, "trace").await.unwrap_err();
        assert_eq!(status.message(), trace.as_str(), "{placement}");
    }
}

#[tokio::test]
async fn extensions_stay_behind() {
    for (placement, module) in both().await {
        let mut request = Ctx::anonymous("req_1").request(asking("extension"));
        request.extensions_mut().insert(Secret);
        let status = HealthClient::new(module).check(request).await.unwrap_err();
        assert_eq!(status.message(), "no extension", "{placement}");
    }
}

#[tokio::test]
async fn long_error_details_are_cut_and_say_so() {
    for (placement, module) in both().await {
        let status = call(&module, &Ctx::anonymous("req_1"), "details")
            .await
            .unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{placement}");
        assert!(status.details().len() <= 8 * 1024, "{placement}");
        assert!(
            status.message().contains("truncated"),
            "{placement}: {}",
            status.message()
        );
        assert_eq!(
            Fault::from_status(&status).reason,
            "invalid_field",
            "{placement}"
        );
    }
}

#[tokio::test]
async fn an_unknown_method_is_unimplemented() {
    for (placement, module) in both().await {
        use faultmaven_proto::jobs::v1::GetJobRequest;
        use faultmaven_proto::jobs::v1::jobs_service_client::JobsServiceClient;
        let request = Request::new(GetJobRequest::default());
        let status = JobsServiceClient::new(module)
            .get_job(request)
            .await
            .unwrap_err();
        assert_eq!(status.code(), Code::Unimplemented, "{placement}");
    }
}

#[tokio::test]
async fn the_context_travels_with_the_call() {
    for (placement, module) in both().await {
        let ctx = Ctx::system("case", "req_of_the_test");
        let status = call(&module, &ctx, "context").await.unwrap_err();
        assert_eq!(status.message(), "req_of_the_test", "{placement}");
    }
}

#[derive(Clone)]
struct Secret;

#[derive(Clone)]
struct Probe;

#[tonic::async_trait]
impl Health for Probe {
    type WatchStream = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let extension = request.extensions().get::<Secret>().is_some();
        match request.into_inner().service.as_str() {
            "sleep" => {
                tokio::time::sleep(Duration::from_secs(60)).await;
                Err(Status::internal("woke up"))
            }
            "panic" => panic!("secret detail"),
            "extension" if extension => Err(Status::internal("the extension came through")),
            "extension" => Err(Status::failed_precondition("no extension")),
            "details" => Err(large_fault().into()),
            "trace" => {
                let trace = ctx
                    .traceparent
                    .ok_or_else(|| Status::internal("no trace"))?;
                Err(Status::failed_precondition(trace.as_str()))
            }
            "context" => Err(Status::failed_precondition(ctx.request_id)),
            _ => Ok(Response::new(HealthCheckResponse::default())),
        }
    }

    async fn watch(
        &self,
        _: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        Err(Status::unimplemented("not part of the probe"))
    }
}

fn large_fault() -> Fault {
    (0..500).fold(Fault::invalid("field", "wrong"), |fault, number| {
        fault.violation(
            format!("field_{number}"),
            "is wrong in a way that takes many words",
        )
    })
}

async fn call(module: &Module, ctx: &Ctx, service: &str) -> Result<(), Status> {
    let request = ctx.request(asking(service));
    HealthClient::new(module.clone()).check(request).await?;
    Ok(())
}

fn asking(service: &str) -> HealthCheckRequest {
    HealthCheckRequest {
        service: service.to_owned(),
    }
}

/// Returns the same module in process and over a loopback socket.
async fn both() -> [(&'static str, Module); 2] {
    let hosted = Hosted::new(NAME).service(HealthServer::new(Probe));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let tasks = faultmaven_kit::Tasks::new();
    tasks.spawn(
        "probe",
        serve_grpc(listener, hosted.routes(), CancellationToken::new()),
    );
    [
        ("local", hosted.module()),
        ("remote", Module::remote(NAME, &address, None).unwrap()),
    ]
}
