//! Stopping: what only waits ends at once, so that nothing has to be killed.

use std::time::Duration;

use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::grpc::channel;
use crate::harness::App;

/// A fraction of the time after which supervisors kill.
const SOON: Duration = Duration::from_secs(8);

#[tokio::test]
async fn an_open_health_watch_does_not_hold_up_a_stop() {
    let app = App::start().await;
    let mut health = HealthClient::new(channel(&app).await);
    let watch = health.watch(HealthCheckRequest::default()).await.unwrap();
    let mut watch = watch.into_inner();
    let first = watch.message().await.unwrap().unwrap();
    assert_eq!(first.status(), ServingStatus::Serving);
    let (last, stopped) = tokio::join!(watch.message(), tokio::time::timeout(SOON, app.stop()),);
    assert_eq!(last.unwrap_err().code(), Code::Unavailable);
    stopped.unwrap();
}
