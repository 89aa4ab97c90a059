//! Logs, traces and metrics of this process.

use std::fmt;
use std::io::IsTerminal as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use http::HeaderMap;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::{Span, field};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{Directive, EnvFilter, LevelFilter};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::{Ids, TraceParent};

mod both;
mod otlp;

pub use otlp::OtlpError;

use both::Both;
use otlp::Otlp;

static PROMETHEUS: OnceLock<PrometheusHandle> = OnceLock::new();
static TRACES_LEAVE: AtomicBool = AtomicBool::new(false);

const LATENCY_BUCKETS: [f64; 14] = [
    0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0,
    30.0,
];

/// What to log and where to send traces.
#[derive(Debug, Clone)]
pub struct TelemetryConfig {
    /// What is logged.
    pub filter: LogFilter,
    /// How a log line looks.
    pub format: LogFormat,
    /// Where to send traces and metrics; nowhere when absent.
    pub otlp_endpoint: Option<String>,
    /// The name of this process in traces.
    pub service_name: String,
}

/// `DEBUG`, `INFO`, `WARNING`, `ERROR`, or a filter by target such as `info,sqlx=warn`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFilter(String);

impl std::str::FromStr for LogFilter {
    type Err = TelemetryError;

    fn from_str(text: &str) -> Result<Self, TelemetryError> {
        let directives = match text.to_ascii_uppercase().as_str() {
            "DEBUG" => "debug,h2=info,hyper=info,hyper_util=info,tower=info,sqlx=info",
            "" | "INFO" => "info,sqlx=warn,sea_orm_migration=warn",
            "WARNING" => "warn",
            "CRITICAL" => "error",
            _ => text,
        };
        if !directives.split(',').all(is_directive) {
            return Err(TelemetryError::InvalidFilter(text.to_owned()));
        }
        Ok(Self(directives.to_owned()))
    }
}

/// Returns whether a directive is a level or gives one to a target.
///
/// A lone word that is no level would be taken for a target, and everything else for silent.
fn is_directive(text: &str) -> bool {
    let is_level = || !text.is_empty() && text.trim().parse::<LevelFilter>().is_ok();
    let names_target = || text.contains(['=', '[']) && text.parse::<Directive>().is_ok();
    is_level() || names_target()
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// For people on a terminal, for machines elsewhere.
    #[default]
    Auto,
    /// For people.
    Human,
    /// One JSON object per line.
    Json,
}

impl std::str::FromStr for LogFormat {
    type Err = TelemetryError;

    fn from_str(name: &str) -> Result<Self, TelemetryError> {
        match name.to_ascii_lowercase().as_str() {
            "" | "auto" => Ok(Self::Auto),
            "human" | "text" => Ok(Self::Human),
            "json" => Ok(Self::Json),
            _ => Err(TelemetryError::UnknownFormat(name.to_owned())),
        }
    }
}

/// Why telemetry cannot start.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The log level is neither a level nor a filter.
    #[error(
        "{0:?} is no log level; use DEBUG, INFO, WARNING, ERROR or a filter such as info,sqlx=warn"
    )]
    InvalidFilter(String),
    /// The log format has no meaning.
    #[error("unknown log format {0:?}; use auto, human or json")]
    UnknownFormat(String),
    /// The metrics recorder cannot be set up.
    #[error("cannot set up metrics")]
    Metrics(#[from] BuildError),
    /// The OTLP exporter cannot be set up.
    #[error("cannot set up OTLP export")]
    Otlp(#[from] OtlpError),
}

/// Keeps exporters running; dropping it sends what is left.
#[derive(Debug)]
#[must_use = "dropping the guard ends the export of traces and metrics"]
pub struct Telemetry {
    otlp: Option<Otlp>,
}

impl Telemetry {
    /// Starts telemetry; a second start in one process keeps the first one's log output.
    pub fn init(config: &TelemetryConfig) -> Result<Self, TelemetryError> {
        let otlp = match &config.otlp_endpoint {
            Some(endpoint) => Some(Otlp::start(endpoint, &config.service_name)?),
            None => None,
        };
        install_metrics(otlp.as_ref())?;
        let traces = otlp
            .as_ref()
            .map(|otlp| tracing_opentelemetry::layer().with_tracer(otlp.tracer()));
        let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
        let lines = match is_json(config.format) {
            // The list of spans would repeat the ids of the one span that a request has.
            true => {
                let lines = lines.json().flatten_event(true);
                lines.with_span_list(false).boxed()
            }
            false => lines.with_ansi(std::io::stderr().is_terminal()).boxed(),
        };
        let subscriber = tracing_subscriber::registry()
            .with(EnvFilter::new(&config.filter.0))
            .with(traces)
            .with(lines);
        // A subscriber that is set already stays, so that tests may start telemetry twice.
        let installed = subscriber.try_init().is_ok();
        if installed && otlp.is_some() {
            TRACES_LEAVE.store(true, Ordering::Relaxed);
        }
        Ok(Self { otlp })
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Some(otlp) = &self.otlp {
            otlp.stop();
        }
    }
}

/// Returns all metrics in the Prometheus text format.
pub fn render_metrics() -> String {
    let Some(handle) = PROMETHEUS.get() else {
        return String::new();
    };
    handle.run_upkeep();
    handle.render()
}

/// Returns the span of a request, joined to the trace it came with, and its trace.
///
/// The span is there at every log level, since each line of a request must name it.
pub fn request_span(
    operation: fmt::Arguments<'_>,
    request_id: &str,
    incoming: Option<TraceParent>,
    ids: &Ids,
) -> (Span, TraceParent) {
    let own = incoming.unwrap_or_else(|| TraceParent::random(ids));
    if !TRACES_LEAVE.load(Ordering::Relaxed) {
        // A field that is there from the beginning costs less than one that is added.
        let (trace_id, user_id) = (own.trace_id(), field::Empty);
        let span = tracing::error_span!("request", request_id, trace_id, user_id);
        return (span, own);
    }
    let span = tracing::error_span!(
        "request",
        otel.name = field::Empty,
        request_id,
        trace_id = field::Empty,
        user_id = field::Empty,
    );
    span.record("otel.name", operation);
    let trace = joined_trace(&span, incoming).unwrap_or(own);
    span.record("trace_id", trace.trace_id());
    (span, trace)
}

/// Makes an exported span part of the trace it came with, and returns that trace.
fn joined_trace(span: &Span, incoming: Option<TraceParent>) -> Option<TraceParent> {
    let mut headers = HeaderMap::new();
    if let Some(incoming) = incoming {
        let name = crate::ctx::headers::TRACEPARENT;
        crate::ctx::headers::insert(&mut headers, name, incoming.as_str());
        let parent = TraceContextPropagator::new().extract(&Carrier(&mut headers));
        if let Err(error) = span.set_parent(parent) {
            tracing::debug!(%error, "a trace could not be joined");
        }
    }
    inject(span, &mut headers);
    crate::ctx::headers::traceparent(&headers)
}

/// Writes the current span into the headers of a call.
pub(crate) fn inject_trace_context(headers: &mut HeaderMap) {
    if TRACES_LEAVE.load(Ordering::Relaxed) {
        inject(&Span::current(), headers);
    }
}

fn inject(span: &Span, headers: &mut HeaderMap) {
    let context = span.context();
    if context.span().span_context().is_valid() {
        TraceContextPropagator::new().inject_context(&context, &mut Carrier(headers));
    }
}

struct Carrier<'a>(&'a mut HeaderMap);

impl opentelemetry::propagation::Injector for Carrier<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let Ok(name) = http::HeaderName::try_from(key) {
            crate::ctx::headers::insert(self.0, name, &value);
        }
    }
}

impl opentelemetry::propagation::Extractor for Carrier<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}

/// Folds recorded samples into their histograms; without it they pile up until somebody reads them.
pub fn fold_metrics() {
    if let Some(handle) = PROMETHEUS.get() {
        handle.run_upkeep();
    }
}

fn install_metrics(otlp: Option<&Otlp>) -> Result<(), TelemetryError> {
    if PROMETHEUS.get().is_some() {
        return Ok(());
    }
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &LATENCY_BUCKETS)?
        .build_recorder();
    let handle = recorder.handle();
    let installed = match otlp {
        Some(otlp) => metrics::set_global_recorder(Both::new(recorder, otlp.meter())).is_ok(),
        None => metrics::set_global_recorder(recorder).is_ok(),
    };
    // Another recorder may be set by a test; then nothing is rendered.
    if installed {
        let _ = PROMETHEUS.set(handle);
    }
    Ok(())
}

fn is_json(format: LogFormat) -> bool {
    match format {
        LogFormat::Json => true,
        LogFormat::Human => false,
        LogFormat::Auto => !std::io::stderr().is_terminal(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(filter: &str) -> TelemetryConfig {
        TelemetryConfig {
            filter: filter.parse().unwrap(),
            format: LogFormat::Auto,
            otlp_endpoint: None,
            service_name: "faultmaven".to_owned(),
        }
    }

    #[test]
    fn starting_twice_is_safe_and_metrics_are_rendered() {
        let _first = Telemetry::init(&config("WARNING")).unwrap();
        let _second = Telemetry::init(&config("info,h2=warn")).unwrap();
        metrics::counter!("faultmaven_test_total").increment(3);
        assert!(render_metrics().contains("faultmaven_test_total 3"));
    }

    #[test]
    fn every_documented_level_is_a_filter() {
        for text in [
            "",
            "DEBUG",
            "info",
            "Warning",
            "WARN",
            "ERROR",
            "off",
            "info,sqlx=off",
            "warn,faultmaven_case[request{user_id=usr_1}]=debug",
        ] {
            assert!(text.parse::<LogFilter>().is_ok(), "{text}");
        }
    }

    #[test]
    fn a_word_that_is_no_level_is_refused_instead_of_silencing_the_log() {
        for text in ["LOUD", "info,loud", "sqlx=loud", "info,=,", "info,"] {
            let error = text.parse::<LogFilter>().unwrap_err().to_string();
            assert!(error.contains(&format!("{text:?}")), "{error}");
            assert!(error.contains("DEBUG, INFO, WARNING, ERROR"), "{error}");
        }
    }

    #[test]
    fn formats_are_read_by_name() {
        assert_eq!("JSON".parse::<LogFormat>().unwrap(), LogFormat::Json);
        assert!("xml".parse::<LogFormat>().is_err());
    }
}
