//! What the browser extension asks when its panel opens, and single calls on an account that has much.

use std::time::{Duration, Instant};

use futures::stream::{self, StreamExt as _};
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::process::{Product, block_on};

const CASES: usize = 10_000;
const MESSAGES: usize = 5_000;
/// Enough calls for the slowest of a hundred to mean something.
const CALLS: usize = 300;
const AT_ONCE: usize = 5;
const WRITERS: usize = 32;

/// How long calls took.
pub(crate) struct Timed {
    pub(crate) name: &'static str,
    pub(crate) calls: usize,
    pub(crate) elapsed: Duration,
    pub(crate) p99: Duration,
}

/// Opens the panel of an account with many cases: capabilities, session, cases, messages of each.
pub(crate) fn start_up(product: &Product) -> Timed {
    block_on(async {
        let client = Client::new();
        let start = Instant::now();
        let mut times = vec![
            call(product, &client, Method::GET, "/v1/meta/capabilities", None)
                .await
                .0,
            call(
                product,
                &client,
                Method::POST,
                "/api/v1/sessions",
                Some(json!({})),
            )
            .await
            .0,
        ];
        let (time, list) = call(
            product,
            &client,
            Method::GET,
            "/api/v1/cases?limit=100",
            None,
        )
        .await;
        times.push(time);
        let cases = list["cases"].as_array().unwrap();
        let messages = stream::iter(cases).map(|case| {
            let path = format!(
                "/api/v1/cases/{}/messages?include_debug=true",
                case["case_id"].as_str().unwrap()
            );
            let client = &client;
            async move { call(product, client, Method::GET, &path, None).await.0 }
        });
        times.extend(messages.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await);
        timed("extension start-up", start.elapsed(), times)
    })
}

/// Fills an account with cases and a case with messages; returns the id of that case.
pub(crate) fn fill(product: &Product) -> String {
    block_on(async {
        let client = Client::new();
        let post = async |path: &str, body: Value| {
            call(product, &client, Method::POST, path, Some(body))
                .await
                .1
        };
        let post = &post;
        stream::iter(0..CASES)
            .map(|number| {
                let title = format!("Checkout answers 500 in region {number}");
                post("/api/v1/cases", json!({"title": title, "tags": ["eu"]}))
            })
            .buffer_unordered(WRITERS)
            .for_each(async |_| ())
            .await;
        let case = post("/api/v1/cases", json!({"title": "A long conversation"})).await;
        let case_id = case["case_id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/cases/{case_id}/messages");
        let content = "The pool is exhausted again since five past two. ".repeat(8);
        stream::iter(0..MESSAGES)
            .map(|_| post(&path, json!({"role": "user", "content": content})))
            .buffer_unordered(WRITERS)
            .for_each(async |_| ())
            .await;
        case_id
    })
}

/// Times single calls, one after the other.
pub(crate) fn large_account(product: &Product, case_id: &str) -> Vec<Timed> {
    block_on(async {
        let client = Client::new();
        let mut rows = Vec::new();
        for (name, path, body) in calls(case_id) {
            let method = body.as_ref().map_or(Method::GET, |_| Method::POST);
            let start = Instant::now();
            let mut times = Vec::with_capacity(CALLS);
            for _ in 0..CALLS {
                let (time, _) = call(product, &client, method.clone(), &path, body.clone()).await;
                times.push(time);
            }
            rows.push(timed(name, start.elapsed(), times));
        }
        rows
    })
}

/// Returns the calls with their names; those with a body are posts.
fn calls(case_id: &str) -> Vec<(&'static str, String, Option<Value>)> {
    let cases = |rest: &str| format!("/api/v1/cases{rest}");
    let case = |rest: &str| format!("/api/v1/cases/{case_id}{rest}");
    let search = json!({"query": "region 99", "limit": 50});
    vec![
        ("list 100 of 10,000 cases", cases("?limit=100"), None),
        ("list the last page", cases("?limit=100&offset=9900"), None),
        ("search 10,000 cases", cases("/search"), Some(search)),
        ("summary of 10,000 cases", cases("/analytics/summary"), None),
        (
            "trends of a year",
            cases("/analytics/trends?days=365"),
            None,
        ),
        (
            "100 of 5,000 messages",
            case("/messages?limit=100&offset=4900"),
            None,
        ),
        ("all 5,000 messages", case("/messages"), None),
        ("header of that case", case("/ui"), None),
        ("numbers of that case", case("/analytics"), None),
        ("open one more case", cases(""), Some(json!({}))),
    ]
}

async fn call(
    product: &Product,
    client: &Client,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> (Duration, Value) {
    let mut request = client
        .request(method, product.url(path))
        .bearer_auth(product.token());
    if let Some(body) = body {
        request = request.json(&body);
    }
    let start = Instant::now();
    let response = request.send().await.unwrap();
    assert!(
        response.status().is_success(),
        "{path}: {}",
        response.status()
    );
    let bytes = response.bytes().await.unwrap();
    (start.elapsed(), serde_json::from_slice(&bytes).unwrap())
}

fn timed(name: &'static str, elapsed: Duration, mut times: Vec<Duration>) -> Timed {
    times.sort_unstable();
    Timed {
        name,
        calls: times.len(),
        elapsed,
        p99: times[(times.len() * 99).div_ceil(100) - 1],
    }
}
