//! Traces and metrics as a collector receives them.

use std::sync::{Arc, Mutex};

use faultmaven_kit::telemetry::LogFormat;
use faultmaven_kit::{Tasks, Telemetry, TelemetryConfig};
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{Metric, NumberDataPoint};
use opentelemetry_proto::tonic::trace::v1::Span;
use reqwest::Method;
use tokio::net::TcpListener;
use tonic::service::Routes;
use tonic::{Request, Response, Status};

use crate::harness::App;

const TRACE_ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SENDER: &str = "00f067aa0ba902b7";

/// Receives spans and metrics by OTLP, as a collector does.
#[derive(Clone, Default)]
struct Collector {
    spans: Arc<Mutex<Vec<Span>>>,
    metrics: Arc<Mutex<Vec<Metric>>>,
}

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let resources = request.into_inner().resource_spans;
        let scopes = resources.into_iter().flat_map(|it| it.scope_spans);
        let spans = scopes.flat_map(|it| it.spans);
        self.spans.lock().unwrap().extend(spans);
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl MetricsService for Collector {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        let resources = request.into_inner().resource_metrics;
        let scopes = resources.into_iter().flat_map(|it| it.scope_metrics);
        let metrics = scopes.flat_map(|it| it.metrics);
        self.metrics.lock().unwrap().extend(metrics);
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

impl Collector {
    async fn serve(&self, tasks: &Tasks) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let routes = Routes::new(TraceServiceServer::new(self.clone()))
            .add_service(MetricsServiceServer::new(self.clone()));
        let served = faultmaven_kit::serve_grpc(listener, routes, tasks.shutdown_token());
        tasks.spawn("collector", served);
        address
    }

    /// Returns a metric as it was sent last.
    fn metric(&self, name: &str) -> Metric {
        let metrics = self.metrics.lock().unwrap();
        let names: Vec<&str> = metrics.iter().map(|it| it.name.as_str()).collect();
        let found = metrics.iter().rfind(|it| it.name == name);
        found
            .unwrap_or_else(|| panic!("{name} is not among {names:?}"))
            .clone()
    }

    /// Returns the spans of the trace that the test sent.
    fn of_the_trace(&self) -> Vec<Span> {
        let mut spans = self.spans.lock().unwrap().clone();
        spans.retain(|span| hex::encode(&span.trace_id) == TRACE_ID);
        spans
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_spans_of_a_request_and_the_metrics_reach_the_collector() {
    let (tasks, collector) = (Tasks::new(), Collector::default());
    let config = TelemetryConfig {
        filter: "INFO".parse().unwrap(),
        format: LogFormat::Human,
        otlp_endpoint: Some(collector.serve(&tasks).await),
        service_name: "faultmaven-test".to_owned(),
    };
    let telemetry = Telemetry::init(&config).unwrap();
    let app = App::start().await;
    let ada = app.admin().await;
    let parent = format!("00-{TRACE_ID}-{SENDER}-01");
    let request = ada.request(Method::GET, "/api/v1/cases");
    let reply = ada.run(request.header("traceparent", parent)).await;
    assert_eq!(reply.headers["x-trace-id"], TRACE_ID);
    let exported = tokio::task::spawn_blocking(move || drop(telemetry)).await;
    exported.unwrap();
    assert_joined(&collector.of_the_trace());
    assert_measured(&collector);
    let shown = faultmaven_kit::telemetry::render_metrics();
    assert!(shown.contains("faultmaven_http_requests_total"), "{shown}");
}

/// Asserts that counters and histograms arrive with their labels and values.
#[track_caller]
fn assert_measured(collector: &Collector) {
    for (name, label) in [
        ("faultmaven_http_requests_total", "/api/v1/cases"),
        ("faultmaven_http_duration_seconds", "/api/v1/cases"),
        ("faultmaven_rpc_duration_seconds", "ListCases"),
    ] {
        let metric = format!("{:?}", collector.metric(name));
        assert!(metric.contains(label), "{metric}");
    }
    let requests = collector.metric("faultmaven_http_requests_total").data;
    let Some(Data::Sum(requests)) = requests else {
        panic!("{requests:?}");
    };
    let is_one = |it: &NumberDataPoint| {
        it.value == Some(Value::AsInt(1)) && format!("{it:?}").contains("/api/v1/cases")
    };
    assert!(
        requests.is_monotonic && requests.data_points.iter().any(is_one),
        "{requests:?}"
    );
}

/// Asserts that the request hangs below the sender's span and every call below the request.
#[track_caller]
fn assert_joined(spans: &[Span]) {
    let names: Vec<&str> = spans.iter().map(|span| span.name.as_str()).collect();
    let find = |name: &str| {
        let found = spans.iter().find(|span| span.name == name);
        found.unwrap_or_else(|| panic!("{name} is not among {names:?}"))
    };
    let request = find("GET /api/v1/cases");
    assert_eq!(hex::encode(&request.parent_span_id), SENDER);
    let is_the_call = |span: &&Span| {
        span.parent_span_id == request.span_id
            && span.attributes.iter().any(|it| {
                let value = it.value.as_ref().and_then(|it| it.value.as_ref());
                it.key == "method" && format!("{value:?}").contains("ListCases")
            })
    };
    assert!(spans.iter().any(|span| is_the_call(&span)), "{names:?}");
}
