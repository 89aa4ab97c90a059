//! Rows that are measurements: one of a named metric each, or one of each column.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::cells::Cell;
use super::columns::{entries, is_time, plain, stamp};
use super::rows::Row;
use crate::analysis::Sample;
use crate::citation::Citation;
use crate::structured::csv::is_missing;
use crate::structured::document::Told;
use crate::time::{Clockwork, to_utc};

mod services;

use services::services;

/// Points of one series; of longer ones, only every second is kept, again and again.
const POINTS_MAX: usize = 240;
/// Points that are left of a series when there are many.
const POINTS_MIN: usize = 24;
/// Times the points that are told which are held while rows pass by.
const HELD_FACTOR: usize = 4;
const SERIES_MAX: usize = 2_000;
const LABEL_MAX: usize = 80;

/// Columns with the name of the metric of a row.
const METRICS: [&str; 5] = ["metricname", "metric", "kpiname", "kpi", "name"];
const VALUES: [&str; 3] = ["value", "metricvalue", "val"];
/// Columns that describe a metric rather than tell whose it is.
const DESCRIBING: [&str; 12] = [
    "metricdescription",
    "metricunit",
    "unit",
    "help",
    "description",
    "resourceschemaurl",
    "scopename",
    "scopeversion",
    "scopeschemaurl",
    "flags",
    "aggregationtemporality",
    "ismonotonic",
];

/// Returns whether the heading names a metric, or a value, of each row.
pub(super) fn are_named(header: &[String]) -> bool {
    let has = |known: &[&str]| {
        header
            .iter()
            .any(|name| known.contains(&plain(name).as_str()))
    };
    has(&VALUES) && header.iter().any(|name| is_time(name))
}

/// Whether a column merely numbers the rows.
fn is_index(name: &str) -> bool {
    name.is_empty() || name == "index" || name == "unnamed0"
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Time,
    Metric,
    Value,
    Passed,
    /// A measurement, or a label, as its cells tell.
    Open,
}

/// Collects the points of each series.
#[derive(Debug)]
pub(super) struct SampleRows {
    header: Vec<String>,
    roles: Vec<Role>,
    /// Service and column of names such as `cart_cpu`.
    services: Vec<Option<String>>,
    /// Name of the metric of a file that holds a single one.
    file_metric: Option<String>,
    limit: usize,
    series: Vec<Series>,
    known: HashMap<(usize, String), usize>,
    dropped: u64,
    /// Points of all series, and how many of them are too many.
    held: usize,
    thin_at: usize,
    clock: Clockwork,
}

#[derive(Debug)]
struct Series {
    name: String,
    labels: BTreeMap<String, String>,
    points: Vec<Point>,
    /// One of this many points is kept.
    stride: usize,
    seen: usize,
}

#[derive(Debug, Clone)]
struct Point {
    value: f64,
    time: Option<DateTime<Utc>>,
    place: Arc<Citation>,
}

impl Series {
    fn add(&mut self, point: impl FnOnce() -> Point) {
        if self.seen.is_multiple_of(self.stride) {
            self.points.push(point());
        }
        self.seen += 1;
        if self.points.len() >= POINTS_MAX {
            self.halve();
        }
    }

    fn halve(&mut self) {
        let mut at = 0;
        self.points.retain(|_| {
            at += 1;
            at % 2 == 1
        });
        self.stride *= 2;
    }
}

impl SampleRows {
    pub(super) fn new(header: Vec<String>, limit: usize, file_name: Option<&str>) -> Self {
        let names: Vec<String> = header.iter().map(|name| plain(name)).collect();
        let position = |known: &[&str]| names.iter().position(|it| known.contains(&it.as_str()));
        let value = position(&VALUES);
        let metric = position(&METRICS).filter(|_| value.is_some());
        let roles = header.iter().enumerate().map(|(at, name)| {
            if is_time(name) {
                Role::Time
            } else if Some(at) == value {
                Role::Value
            } else if Some(at) == metric {
                Role::Metric
            } else if is_index(&names[at]) || DESCRIBING.contains(&names[at].as_str()) {
                Role::Passed
            } else {
                Role::Open
            }
        });
        let file_metric = file_name
            .filter(|_| value.is_some() && metric.is_none())
            .map(|name| stem(name).to_owned());
        Self {
            roles: roles.collect(),
            services: services(&header),
            file_metric,
            header,
            limit,
            series: Vec::new(),
            known: HashMap::new(),
            dropped: 0,
            held: 0,
            thin_at: limit * HELD_FACTOR,
            clock: Clockwork::new(None, None),
        }
    }

    pub(super) fn take(&mut self, row: &Row, cells: &[Cell<'_>]) {
        let time = self.time(cells);
        let has_value = self.roles.contains(&Role::Value);
        let (mut labels, mut measured) = (BTreeMap::new(), Vec::new());
        let mut metric = self.file_metric.clone();
        for (at, cell) in cells.iter().enumerate().take(self.roles.len()) {
            let told = cell.text();
            let number = told.parse::<f64>().ok();
            match (self.roles[at], number) {
                (Role::Value, Some(value)) => measured.push((at, value)),
                (Role::Metric, _) => metric = Some(told.into_owned()),
                (Role::Open, Some(value)) if !has_value => measured.push((at, value)),
                (Role::Open, None) if !is_missing(&told) && Some(at) != self.first_time() => {
                    self.label(&mut labels, at, &told);
                }
                _ => {}
            }
        }
        let Some(place) = row.cite(0, row.text.len()).map(Arc::new) else {
            return;
        };
        let key = labels_key(&labels, metric.as_deref());
        for (at, value) in measured {
            if value.is_finite() {
                let point = || Point {
                    value,
                    time,
                    place: Arc::clone(&place),
                };
                self.add(at, &key, metric.as_deref(), &labels, point);
            }
        }
    }

    /// Returns the samples, fewer of each series where there are many series.
    pub(super) fn told(mut self) -> Told {
        let count = |series: &[Series]| series.iter().map(|it| it.points.len()).sum::<usize>();
        while count(&self.series) > self.limit && self.thin() {}
        let samples = self.series.into_iter().flat_map(|series| {
            let Series {
                name,
                labels,
                points,
                ..
            } = series;
            points.into_iter().map(move |point| Sample {
                name: name.clone(),
                labels: labels.clone(),
                value: point.value,
                observed_at: point.time,
                citation: point.place.as_ref().clone(),
            })
        });
        Told {
            samples: samples.collect(),
            more: self.dropped > 0,
            ..Told::default()
        }
    }

    /// Halves the series with many points; returns whether there are any.
    fn thin(&mut self) -> bool {
        let mut thinned = false;
        for series in &mut self.series {
            if series.points.len() >= 2 * POINTS_MIN {
                series.halve();
                thinned = true;
            }
        }
        thinned
    }

    /// Keeps what is held, each point with the line it stands in, within bounds.
    fn bound(&mut self) {
        self.held += 1;
        if self.held > self.thin_at {
            self.thin();
            self.held = self.series.iter().map(|it| it.points.len()).sum();
            self.thin_at = self.thin_at.max(self.held + self.held / 2);
        }
    }

    /// Returns the column in front, which tells times whatever its name.
    fn first_time(&self) -> Option<usize> {
        (!self.roles.contains(&Role::Time)).then_some(0)
    }

    fn time(&mut self, cells: &[Cell<'_>]) -> Option<DateTime<Utc>> {
        let named = self.roles.iter().enumerate();
        let mut named = named.filter(|(_, role)| **role == Role::Time);
        let told = |at: usize| cells.get(at).map(Cell::text);
        let named = named.find_map(|(at, _)| stamp(&told(at)?, true));
        let first = || stamp(&told(self.first_time()?)?, false);
        let found = named.or_else(first)?;
        to_utc(self.clock.resolve(&found))
    }

    fn label(&self, labels: &mut BTreeMap<String, String>, at: usize, told: &str) {
        if told.starts_with(['{', '[']) {
            for (key, value) in entries(told) {
                // Resources are described at length; their names tell them apart.
                let telling = plain(&self.header[at]) != "resourceattributes"
                    || key == "service.name"
                    || key.starts_with("k8s.") && key.ends_with(".name");
                if telling && !value.is_empty() && value.len() <= LABEL_MAX {
                    labels.insert(label_name(key), value.to_owned());
                }
            }
        } else if told.len() <= LABEL_MAX {
            labels.insert(label_name(&self.header[at]), told.to_owned());
        }
    }

    fn add(
        &mut self,
        at: usize,
        key: &str,
        metric: Option<&str>,
        labels: &BTreeMap<String, String>,
        point: impl FnOnce() -> Point,
    ) {
        let slot = self.known.get(&(at, key.to_owned())).copied();
        let slot = match slot {
            Some(slot) => slot,
            None if self.series.len() >= SERIES_MAX => {
                self.dropped += 1;
                return;
            }
            None => {
                let mut labels = labels.clone();
                if let Some(Some(service)) = self.services.get(at) {
                    labels
                        .entry("service".to_owned())
                        .or_insert_with(|| service.clone());
                }
                self.series.push(Series {
                    name: metric.unwrap_or(&self.header[at]).to_owned(),
                    labels,
                    points: Vec::new(),
                    stride: 1,
                    seen: 0,
                });
                self.known
                    .insert((at, key.to_owned()), self.series.len() - 1);
                self.series.len() - 1
            }
        };
        self.series[slot].add(point);
        self.bound();
    }
}

fn labels_key(labels: &BTreeMap<String, String>, metric: Option<&str>) -> String {
    let mut key = metric.unwrap_or_default().to_owned();
    for (name, value) in labels {
        key.extend(["\0", name, "\0", value]);
    }
    key
}

/// Names that stores write in their own way.
fn label_name(name: &str) -> String {
    match name {
        "ServiceName" | "service.name" | "serviceName" => "service".to_owned(),
        "PodName" | "podName" | "k8s.pod.name" => "pod".to_owned(),
        "cmdb_id" => "component".to_owned(),
        name => name
            .strip_prefix("k8s.")
            .and_then(|name| name.strip_suffix(".name"))
            .unwrap_or(name)
            .to_owned(),
    }
}

/// Returns the name of a file without directories and endings.
fn stem(name: &str) -> &str {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    name.split('.').next().unwrap_or(name)
}
