//! What a request costs before anybody has asked for anything.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::get;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

use crate::fake::Fake;

const PATH: &str = "/health/live";
/// Request id and trace id as text and as headers, their map, and a box for each of two layers.
const ALLOWANCE: u64 = 16;

#[test]
fn a_probe_costs_little_more_than_a_bare_handler() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let bare = Router::new().route(PATH, get(async || "{}"));
    let bare = allocations(&runtime, &bare);
    let gateway = allocations(&runtime, &Fake::new().gateway().router);
    assert!(
        gateway <= bare + ALLOWANCE,
        "{gateway} allocations where a bare handler makes {bare}"
    );
}

/// Returns how many allocations one request makes once everything is warm.
fn allocations(runtime: &Runtime, router: &Router) -> u64 {
    let ask = || {
        let request = Request::get(PATH).body(Body::empty()).unwrap();
        runtime.block_on(router.clone().oneshot(request)).unwrap();
    };
    ask();
    allocation_counter::measure(ask).count_total
}
