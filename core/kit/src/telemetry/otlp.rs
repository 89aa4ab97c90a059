//! Export of traces and metrics by OTLP.

use opentelemetry::metrics::{Meter, MeterProvider as _};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{ExporterBuildError, MetricExporter, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};

const SCOPE: &str = "faultmaven";

/// Why the exporter cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("cannot build the OTLP exporter")]
pub struct OtlpError(#[from] ExporterBuildError);

/// The running exporters.
#[derive(Debug)]
pub(super) struct Otlp {
    traces: SdkTracerProvider,
    metrics: SdkMeterProvider,
}

impl Otlp {
    pub(super) fn start(endpoint: &str, service_name: &str) -> Result<Self, OtlpError> {
        let resource = Resource::builder()
            .with_service_name(service_name.to_owned())
            .build();
        let spans = SpanExporter::builder()
            .with_tonic()
            .with_endpoint(endpoint)
            .build()?;
        let measurements = MetricExporter::builder()
            .with_tonic()
            .with_endpoint(endpoint)
            .build()?;
        let traces = SdkTracerProvider::builder()
            .with_resource(resource.clone())
            .with_batch_exporter(spans)
            .build();
        let metrics = SdkMeterProvider::builder()
            .with_resource(resource)
            .with_periodic_exporter(measurements)
            .build();
        Ok(Self { traces, metrics })
    }

    pub(super) fn tracer(&self) -> SdkTracer {
        self.traces.tracer(SCOPE)
    }

    pub(super) fn meter(&self) -> Meter {
        self.metrics.meter(SCOPE)
    }

    /// Sends what is left; a collector that does not answer must not hold up the exit.
    pub(super) fn stop(&self) {
        for result in [self.traces.shutdown(), self.metrics.shutdown()] {
            if let Err(error) = result {
                tracing::warn!(error = %error, "telemetry was not exported whole");
            }
        }
    }
}
