//! Metrics of requests, with their handles kept.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use metrics::{Counter, Histogram};

/// Handles by route, so that a request neither builds labels nor searches the registry.
#[derive(Default)]
pub(crate) struct HttpMetrics(RwLock<HashMap<String, Route>>);

struct Route {
    duration: Histogram,
    requests: HashMap<(&'static str, u16), Counter>,
}

impl HttpMetrics {
    /// Counts one answered request.
    pub(crate) fn record(&self, route: &str, method: &'static str, status: u16, seconds: f64) {
        if !self.record_known(route, method, status, seconds) {
            self.learn(route, method, status);
            self.record_known(route, method, status, seconds);
        }
    }

    fn record_known(&self, route: &str, method: &'static str, status: u16, seconds: f64) -> bool {
        let routes = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let Some(route) = routes.get(route) else {
            return false;
        };
        let Some(requests) = route.requests.get(&(method, status)) else {
            return false;
        };
        requests.increment(1);
        route.duration.record(seconds);
        true
    }

    fn learn(&self, route: &str, method: &'static str, status: u16) {
        let mut routes = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let name = route.to_owned();
        let known = routes.entry(name.clone()).or_insert_with(|| Route {
            duration: metrics::histogram!("faultmaven_http_duration_seconds", "route" => name.clone()),
            requests: HashMap::new(),
        });
        known.requests.entry((method, status)).or_insert_with(|| {
            metrics::counter!("faultmaven_http_requests_total",
                "route" => name, "method" => method, "status" => status.to_string())
        });
    }
}
