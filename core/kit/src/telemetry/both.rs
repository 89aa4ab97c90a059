//! Metrics for who asks for them (Prometheus) and for a collector (OTLP) at once.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit,
};
use metrics_exporter_prometheus::PrometheusRecorder;
use opentelemetry::KeyValue;
use opentelemetry::metrics::Meter;

use super::LATENCY_BUCKETS;

/// Records every measurement twice.
pub(super) struct Both {
    prometheus: PrometheusRecorder,
    meter: Meter,
    counters: Known<Counter>,
    gauges: Known<Gauge>,
    histograms: Known<Histogram>,
}

impl Both {
    pub(super) fn new(prometheus: PrometheusRecorder, meter: Meter) -> Self {
        Self {
            prometheus,
            meter,
            counters: Known::default(),
            gauges: Known::default(),
            histograms: Known::default(),
        }
    }
}

impl Recorder for Both {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.prometheus.describe_counter(key, unit, description);
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.prometheus.describe_gauge(key, unit, description);
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.prometheus.describe_histogram(key, unit, description);
    }

    fn register_counter(&self, key: &Key, metadata: &Metadata<'_>) -> Counter {
        self.counters.get(key, || {
            Counter::from_arc(Arc::new(CountedTwice {
                asked_for: self.prometheus.register_counter(key, metadata),
                sent: self.meter.u64_counter(key.name().to_owned()).build(),
                labels: labels(key),
                total: AtomicU64::new(0),
            }))
        })
    }

    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        self.gauges.get(key, || {
            Gauge::from_arc(Arc::new(SetTwice {
                asked_for: self.prometheus.register_gauge(key, metadata),
                sent: self.meter.f64_gauge(key.name().to_owned()).build(),
                labels: labels(key),
                value: AtomicU64::new(0_f64.to_bits()),
            }))
        })
    }

    fn register_histogram(&self, key: &Key, metadata: &Metadata<'_>) -> Histogram {
        let instrument = || {
            let builder = self.meter.f64_histogram(key.name().to_owned());
            if key.name().ends_with("_seconds") {
                let buckets = LATENCY_BUCKETS.to_vec();
                return builder.with_unit("s").with_boundaries(buckets).build();
            }
            builder.build()
        };
        self.histograms.get(key, || {
            Histogram::from_arc(Arc::new(MeasuredTwice {
                asked_for: self.prometheus.register_histogram(key, metadata),
                sent: instrument(),
                labels: labels(key),
            }))
        })
    }
}

/// What was registered before: most callers name a metric anew at each measurement.
struct Known<T>(RwLock<HashMap<Key, T>>);

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

impl<T: Clone> Known<T> {
    fn get(&self, key: &Key, make: impl FnOnce() -> T) -> T {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(key) {
            return found.clone();
        }
        drop(known);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.entry(key.clone()).or_insert_with(make).clone()
    }
}

struct CountedTwice {
    asked_for: Counter,
    sent: opentelemetry::metrics::Counter<u64>,
    labels: Vec<KeyValue>,
    total: AtomicU64,
}

impl CounterFn for CountedTwice {
    fn increment(&self, value: u64) {
        self.asked_for.increment(value);
        self.sent.add(value, &self.labels);
        self.total.fetch_add(value, Ordering::Relaxed);
    }

    fn absolute(&self, value: u64) {
        self.asked_for.absolute(value);
        let before = self.total.fetch_max(value, Ordering::Relaxed);
        self.sent.add(value.saturating_sub(before), &self.labels);
    }
}

struct SetTwice {
    asked_for: Gauge,
    sent: opentelemetry::metrics::Gauge<f64>,
    labels: Vec<KeyValue>,
    value: AtomicU64,
}

impl SetTwice {
    fn change(&self, by: f64) {
        let changed = |bits| Some((f64::from_bits(bits) + by).to_bits());
        let order = Ordering::Relaxed;
        // The closure never declines.
        if let Ok(before) = self.value.fetch_update(order, order, changed) {
            self.sent.record(f64::from_bits(before) + by, &self.labels);
        }
    }
}

impl GaugeFn for SetTwice {
    fn increment(&self, value: f64) {
        self.asked_for.increment(value);
        self.change(value);
    }

    fn decrement(&self, value: f64) {
        self.asked_for.decrement(value);
        self.change(-value);
    }

    fn set(&self, value: f64) {
        self.asked_for.set(value);
        self.value.store(value.to_bits(), Ordering::Relaxed);
        self.sent.record(value, &self.labels);
    }
}

struct MeasuredTwice {
    asked_for: Histogram,
    sent: opentelemetry::metrics::Histogram<f64>,
    labels: Vec<KeyValue>,
}

impl HistogramFn for MeasuredTwice {
    fn record(&self, value: f64) {
        self.asked_for.record(value);
        self.sent.record(value, &self.labels);
    }
}

fn labels(key: &Key) -> Vec<KeyValue> {
    let labels = key.labels();
    labels
        .map(|it| KeyValue::new(it.key().to_owned(), it.value().to_owned()))
        .collect()
}
