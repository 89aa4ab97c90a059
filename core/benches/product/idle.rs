//! What cases at rest cost a running program: memory with none of them, and with thousands.

use std::env;

use futures::StreamExt as _;
use futures::stream;
use reqwest::Client;
use serde_json::{Value, json};

use crate::process::{Product, block_on};

const AT_ONCE: usize = 8;
const QUESTION: &str = "Why does checkout answer 500 since 14:05?";

/// `-- --idle` prints this part alone; `BENCH_IDLE_CASES` sets how many cases there are (4000).
pub(crate) fn print() {
    let cases: u32 = env::var("BENCH_IDLE_CASES").map_or(4_000, |text| text.parse().unwrap());
    let product = Product::start_fresh().stop().start();
    let none = product.resident_megabytes();
    work_on(&product, cases / 2);
    let half = product.resident_megabytes();
    work_on(&product, cases - cases / 2);
    let all = product.resident_megabytes();
    let product = product.stop().start();
    let at_rest = product.resident_megabytes();

    println!(
        "\n{:<44}{:>10}{:>16}  wanted",
        format!("{cases} cases with one turn each"),
        "MB",
        "bytes a case"
    );
    println!("{:<44}{none:>10.1}", "without any");
    // The first half also pays for what a program loads and caches once.
    row(
        "while they are worked on, the second half",
        all,
        all - half,
        cases / 2,
    );
    row(
        "all at rest, after a restart",
        at_rest,
        at_rest - none,
        cases,
    );
}

fn row(name: &str, megabytes: f64, more: f64, cases: u32) {
    let bytes = more * f64::from(1 << 20) / f64::from(cases);
    println!("{name:<44}{megabytes:>10.1}{bytes:>16.0}  0");
}

/// Opens cases and takes a turn in each, which nobody looks at afterwards.
fn work_on(product: &Product, cases: u32) {
    let client = Client::new();
    let turns = stream::iter(0..cases).map(|_| work_on_one(&client, product));
    block_on(turns.buffer_unordered(AT_ONCE).for_each(|()| async {}));
}

async fn work_on_one(client: &Client, product: &Product) {
    let case = post(client, product, "/api/v1/cases", json!({"title": null})).await;
    let path = format!("/api/v1/cases/{}/turns", case["case_id"].as_str().unwrap());
    let turn = post(client, product, &path, json!({"query": QUESTION})).await;
    assert_eq!(turn["turn_number"], 1, "{turn:#}");
}

async fn post(client: &Client, product: &Product, path: &str, body: Value) -> Value {
    let request = client.post(product.url(path)).bearer_auth(product.token());
    let answer = request.json(&body).send().await.unwrap();
    answer.json().await.unwrap()
}
