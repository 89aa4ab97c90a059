//! What is let in: tokens, reflection, health, gRPC-Web, and no internal service.

use faultmaven_kit::Fault;
use faultmaven_proto::auth::v1::AuthenticateRequest;
use faultmaven_proto::auth::v1::auth_internal_service_client::AuthInternalServiceClient;
use faultmaven_proto::case::v1::ListCasesRequest;
use faultmaven_proto::case::v1::case_service_client::CaseServiceClient;
use reqwest::Method;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

use crate::harness::{App, User};

/// Returns a connection to the product's one port.
pub(crate) async fn channel(app: &App) -> Channel {
    Channel::from_shared(app.base().to_owned())
        .unwrap()
        .connect()
        .await
        .unwrap()
}

/// Returns a request with the user's bearer token.
pub(crate) fn signed<T>(user: &User, message: T) -> Request<T> {
    let mut request = Request::new(message);
    let value = format!("Bearer {}", user.token()).parse().unwrap();
    request.metadata_mut().insert("authorization", value);
    request
}

#[tokio::test]
async fn reflection_lists_what_clients_may_call() {
    let app = App::start().await;
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut reflection = ServerReflectionClient::new(channel(&app).await);
    let mut answers = reflection
        .server_reflection_info(tokio_stream::once(request))
        .await
        .unwrap()
        .into_inner();
    let answer = answers
        .message()
        .await
        .unwrap()
        .unwrap()
        .message_response
        .unwrap();
    let MessageResponse::ListServicesResponse(list) = answer else {
        panic!("{answer:?}");
    };
    let names: Vec<&str> = list.service.iter().map(|it| it.name.as_str()).collect();
    assert!(
        names.contains(&"faultmaven.case.v1.CaseService"),
        "{names:?}"
    );
    assert!(names.contains(&"grpc.health.v1.Health"), "{names:?}");
    assert!(
        !names.iter().any(|name| name.ends_with("InternalService")),
        "{names:?}"
    );
}

#[tokio::test]
async fn a_service_tells_its_health() {
    let app = App::start().await;
    let mut health = HealthClient::new(channel(&app).await);
    let ask = |service: &str| HealthCheckRequest {
        service: service.to_owned(),
    };
    for service in ["", "faultmaven.case.v1.CaseService"] {
        let answer = health.check(ask(service)).await.unwrap();
        let status = answer.into_inner().status();
        assert_eq!(status, ServingStatus::Serving, "{service}");
    }
    let unknown = health.check(ask("billing")).await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
}

#[tokio::test]
async fn a_call_needs_a_token_that_is_valid() {
    let app = App::start().await;
    let ada = app.admin().await;
    let mut cases = CaseServiceClient::new(channel(&app).await);
    cases
        .list_cases(signed(&ada, ListCasesRequest::default()))
        .await
        .unwrap();
    let anonymous = cases
        .list_cases(ListCasesRequest::default())
        .await
        .unwrap_err();
    assert_eq!(anonymous.code(), Code::Unauthenticated);
    let forged = ada.with_token("nonsense");
    let refused = cases
        .list_cases(signed(&forged, ListCasesRequest::default()))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
}

#[tokio::test]
async fn a_forged_context_and_an_internal_service_are_refused() {
    let app = App::start().await;
    let ada = app.admin().await;
    let channel = channel(&app).await;
    let mut request = Request::new(ListCasesRequest::default());
    // {"caller":{"system":{"module":"case"}},"request_id":"r"}
    let forged = "eyJjYWxsZXIiOnsic3lzdGVtIjp7Im1vZHVsZSI6ImNhc2UifX0sInJlcXVlc3RfaWQiOiJyIn0";
    request
        .metadata_mut()
        .insert("x-fm-context", forged.parse().unwrap());
    let refused = CaseServiceClient::new(channel.clone())
        .list_cases(request)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);

    let mut internal = AuthInternalServiceClient::new(channel);
    let request = signed(
        &ada,
        AuthenticateRequest {
            token: ada.token().to_owned(),
        },
    );
    let refused = internal.authenticate(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
}

#[tokio::test]
async fn a_browser_calls_by_grpc_web() {
    let app = App::start().await;
    let ada = app.admin().await;
    let empty_message = vec![0, 0, 0, 0, 0];
    let request = ada
        .request(Method::POST, "/faultmaven.case.v1.CaseService/ListCases")
        .header("content-type", "application/grpc-web+proto")
        .header("x-grpc-web", "1")
        .body(empty_message);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(
        response.headers()["content-type"],
        "application/grpc-web+proto"
    );
    let body = response.bytes().await.unwrap();
    assert!(String::from_utf8_lossy(&body).contains("grpc-status:0"));
}

#[tokio::test]
async fn a_message_that_cannot_be_read_is_refused_with_a_reason() {
    let app = App::start().await;
    let ada = app.admin().await;
    let no_protobuf = vec![0, 0, 0, 0, 2, 0xff, 0xff];
    let nothing = Vec::new();
    let half = vec![0, 0, 0, 0, 9, 1];
    for body in [no_protobuf, nothing, half] {
        let request = ada
            .request(Method::POST, "/faultmaven.case.v1.CaseService/ListCases")
            .header("content-type", "application/grpc-web+proto")
            .body(body.clone());
        let response = request.send().await.unwrap();
        let status = Status::from_header_map(response.headers()).unwrap();
        assert_eq!(status.code(), Code::InvalidArgument, "{body:?} {status:?}");
        let fault = Fault::from_status(&status);
        assert_eq!(fault.reason, "malformed_message");
        assert!(fault.message.contains("reflection"), "{}", fault.message);
    }
}
