//! Metrics as the APIs of Prometheus, CloudWatch and Datadog answer with them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::Told;
use super::logs::attribute;
use crate::analysis::Sample;
use crate::structured::json::{Node, Record};
use crate::time::{epoch_micros, parse_utc, to_utc};

mod file_metric;

use file_metric::file_metric;

/// Name of a series that an expression made, in a file whose name says nothing.
const UNNAMED: &str = "result";
const TEXT_MAX: usize = 1_024;
/// One of this many points of a series is kept at least.
const STRIDE_MAX: usize = 16;

/// Whose answer it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MetricKind {
    Prometheus,
    CloudWatchData,
    CloudWatchStatistics,
    Datadog,
    Otlp,
}

impl MetricKind {
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Prometheus => "answer of the Prometheus query API",
            Self::CloudWatchData => "answer of CloudWatch GetMetricData",
            Self::CloudWatchStatistics => "answer of CloudWatch GetMetricStatistics",
            Self::Datadog => "answer of the Datadog query API",
            Self::Otlp => "metrics of OpenTelemetry",
        }
    }

    fn wants(self, path: &str) -> bool {
        match self {
            Self::Prometheus => matches!(
                path,
                "data.result[].metric" | "data.result[].value" | "data.result[].values[]"
            ),
            Self::CloudWatchData => path == "MetricDataResults[]",
            Self::CloudWatchStatistics => matches!(path, "Label" | "Datapoints[]"),
            Self::Datadog => path == "series[]",
            Self::Otlp => {
                path.ends_with("resourceMetrics[].resource")
                    || path.ends_with("Metrics[].metrics[]")
            }
        }
    }
}

/// Collects samples.
#[derive(Debug)]
pub(super) struct MetricTaker {
    kind: MetricKind,
    limit: usize,
    samples: Vec<Sample>,
    dropped: u64,
    /// One of this many points of a series is kept, so that each series has its place.
    stride: usize,
    seen: usize,
    /// Name of series that have none.
    unnamed: String,
    /// Name and labels of the series that is read.
    name: String,
    labels: BTreeMap<String, String>,
    /// Labels of all metrics of a resource.
    owner: BTreeMap<String, String>,
}

impl MetricTaker {
    pub(super) fn new(kind: MetricKind, limit: usize, file_name: Option<&str>) -> Self {
        let unnamed = file_name.and_then(file_metric);
        let unnamed = unnamed.unwrap_or_else(|| UNNAMED.to_owned());
        Self {
            kind,
            limit,
            samples: Vec::new(),
            dropped: 0,
            stride: 1,
            seen: 0,
            name: unnamed.clone(),
            unnamed,
            labels: BTreeMap::new(),
            owner: BTreeMap::new(),
        }
    }

    /// Returns whether a line tells a label of a series, which may say what is wrong, as `reason` does.
    pub(super) fn tells_label(&self, line: &str) -> bool {
        self.kind == MetricKind::Prometheus && !line.contains("\"__name__\"")
    }

    pub(super) fn wants(&self, path: &str) -> bool {
        self.kind.wants(path)
    }

    pub(super) fn take(&mut self, path: &str, record: &Record) {
        match self.kind {
            MetricKind::Prometheus if path == "data.result[].metric" => self.labelled(record),
            MetricKind::Prometheus => self.pair(record),
            MetricKind::CloudWatchData => self.columns(record),
            MetricKind::CloudWatchStatistics if path == "Label" => {
                self.rename(record.root.as_text());
            }
            MetricKind::CloudWatchStatistics => self.datapoint(record),
            MetricKind::Datadog => self.points(record),
            MetricKind::Otlp if path.ends_with(".resource") => self.resource(record),
            MetricKind::Otlp => self.otlp(record),
        }
    }

    /// Returns the samples; the name of some stands behind them.
    pub(super) fn told(mut self) -> Told {
        if self.kind == MetricKind::CloudWatchStatistics {
            let unnamed = self.samples.iter_mut();
            let unnamed = unnamed.filter(|it| it.name == self.unnamed);
            unnamed.for_each(|sample| sample.name.clone_from(&self.name));
        }
        Told {
            samples: self.samples,
            more: self.dropped > 0,
            ..Told::default()
        }
    }

    fn rename(&mut self, name: Option<&str>) {
        let name = name.filter(|name| !name.is_empty());
        self.name = clipped(name.unwrap_or(&self.unnamed));
        self.seen = 0;
    }

    fn labelled(&mut self, record: &Record) {
        self.labels = record
            .root
            .object()
            .iter()
            .filter_map(|(key, value)| Some((clipped(key), clipped(value.as_text()?))))
            .collect();
        let name = self.labels.remove("__name__");
        self.rename(name.as_deref());
    }

    /// A list of time and value.
    fn pair(&mut self, record: &Record) {
        if let [time, value] = record.root.list() {
            self.timed(record, &record.root, time, value);
        }
    }

    /// Times and values in two lists of the same length.
    fn columns(&mut self, record: &Record) {
        let root = &record.root;
        self.rename(root.text("Label").or_else(|| root.text("Id")));
        let times = root.items("Timestamps").iter();
        for (time, value) in times.zip(root.items("Values")) {
            let time = time.as_written().and_then(parse_utc);
            self.sample(record, value, value.as_number(), time);
        }
    }

    fn datapoint(&mut self, record: &Record) {
        const STATISTICS: [&str; 5] = ["Average", "Maximum", "Sum", "Minimum", "SampleCount"];
        let root = &record.root;
        let time = root.written("Timestamp").and_then(parse_utc);
        let extended = root.members("ExtendedStatistics").first();
        let mut known = STATISTICS.iter().filter_map(|name| root.get(name));
        let told = known.next().or_else(|| extended.map(|(_, value)| value));
        if let Some(value) = told {
            let cited = if record.is_on_one_line(root) {
                root
            } else {
                value
            };
            self.sample(record, cited, value.as_number(), time);
        }
    }

    fn points(&mut self, record: &Record) {
        let root = &record.root;
        self.rename(root.text("metric").or_else(|| root.text("expression")));
        let tagged = root.items("tag_set").iter().filter_map(Node::as_text);
        let scope = root.text("scope").unwrap_or_default();
        let labels = tagged.chain(scope.split(','));
        let labels = labels.filter_map(|tag| tag.split_once(':'));
        self.labels = labels
            .map(|(key, value)| (clipped(key.trim()), clipped(value.trim())))
            .collect();
        for point in root.items("pointlist") {
            if let [time, value] = point.list() {
                self.timed(record, point, time, value);
            }
        }
    }

    /// Learns whose the metrics are that follow.
    fn resource(&mut self, record: &Record) {
        const NAMES: [(&str, &str); 4] = [
            ("service.name", "service"),
            ("k8s.pod.name", "pod"),
            ("k8s.node.name", "node"),
            ("host.name", "host"),
        ];
        let attributes = record.root.items("attributes");
        let named = NAMES.iter().filter_map(|(key, label)| {
            let value = attribute(attributes, key)?;
            Some(((*label).to_owned(), clipped(value)))
        });
        self.owner = named.collect();
    }

    /// Takes the points of one metric.
    fn otlp(&mut self, record: &Record) {
        const KINDS: [&str; 4] = ["gauge", "sum", "histogram", "summary"];
        let root = &record.root;
        let name = root.text("name").unwrap_or(&self.unnamed).to_owned();
        let points = KINDS
            .iter()
            .flat_map(|kind| root.items(&format!("{kind}.dataPoints")));
        for point in points {
            let own = point.items("attributes").iter().filter_map(|it| {
                let (_, value) = it.get("value")?.object().first()?;
                Some((clipped(it.text("key")?), clipped(value.as_written()?)))
            });
            self.labels = self.owner.clone().into_iter().chain(own).collect();
            let nanos = point.number("timeUnixNano").unwrap_or(0.0);
            let time = to_utc((nanos / 1e3) as i64).filter(|_| nanos > 0.0);
            let values = [
                ("asDouble", ""),
                ("asInt", ""),
                ("count", "_count"),
                ("sum", "_sum"),
            ];
            for (key, ending) in values {
                if let Some(value) = point.get(key) {
                    self.name = clipped(&name) + ending;
                    let number = value.as_number();
                    let cited = if record.is_on_one_line(point) {
                        point
                    } else {
                        value
                    };
                    self.sample(record, cited, number, time);
                }
            }
        }
    }

    /// Takes a pair whose time is a number of seconds, or of milliseconds.
    fn timed(&mut self, record: &Record, pair: &Node, time: &Node, value: &Node) {
        let Some(time) = time.as_number() else { return };
        let cited = if record.is_on_one_line(pair) {
            pair
        } else {
            value
        };
        self.sample(
            record,
            cited,
            value.as_number(),
            epoch_micros(time).and_then(to_utc),
        );
    }

    fn sample(
        &mut self,
        record: &Record,
        cited: &Node,
        value: Option<f64>,
        time: Option<DateTime<Utc>>,
    ) {
        let Some(value) = value.filter(|value| value.is_finite()) else {
            return;
        };
        let is_passed = !self.seen.is_multiple_of(self.stride);
        self.seen += 1;
        if is_passed {
            return;
        }
        if self.samples.len() >= self.limit && self.stride < STRIDE_MAX {
            self.halve();
        }
        if self.samples.len() >= self.limit {
            self.dropped += 1;
        } else if let Some(citation) = record.cite(cited) {
            self.samples.push(Sample {
                name: self.name.clone(),
                labels: self.labels.clone(),
                value,
                observed_at: time,
                citation,
            });
        }
    }

    /// Keeps every second point of each series.
    fn halve(&mut self) {
        self.stride *= 2;
        let (mut at, mut last) = (0_usize, None);
        let mut keep = Vec::with_capacity(self.samples.len());
        for sample in &self.samples {
            let series = Some((&sample.name, &sample.labels));
            at = if series == last { at + 1 } else { 0 };
            last = series;
            keep.push(at % 2 == 0);
        }
        let mut keep = keep.into_iter();
        self.samples.retain(|_| keep.next().unwrap_or_default());
    }
}

fn clipped(text: &str) -> String {
    text.chars().take(TEXT_MAX).collect()
}

#[cfg(test)]
#[path = "metrics_tests.rs"]
mod tests;
