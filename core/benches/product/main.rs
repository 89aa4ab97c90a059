//! The product under load, beside a bare axum handler in the same run; prints a table with ratios.
//!
//! `cargo bench -p faultmaven --bench product` needs `wrk` on the path. `BENCH_SECONDS` sets the
//! length of each load (5 by default), `BENCH_LOG_MB` the size of the log that turns are about (1024).

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark"
)]

use std::env;
use std::time::Instant;

mod bare;
mod extension;
mod idle;
mod load;
mod process;
mod turns;

use extension::Timed;
use load::{Load, Measured};
use process::Product;

const CONNECTIONS: u32 = 32;

fn main() {
    if env::args().any(|argument| argument == "--bare") {
        return bare::serve();
    }
    if env::args().any(|argument| argument == "--extension") {
        return print_extension();
    }
    if env::args().any(|argument| argument == "--turns") {
        return turns::print();
    }
    if env::args().any(|argument| argument == "--idle") {
        return idle::print();
    }
    let seconds = env::var("BENCH_SECONDS").map_or(5, |text| text.parse().unwrap());
    let load = Load::new(CONNECTIONS, seconds);
    let bare = bare::start();
    let product = Product::start_fresh();
    product.fill(60);

    let baseline = load.get(&bare.url("/"), None);
    let live = load.get(&product.url("/health/live"), None);
    let create = load.post(
        &product.url("/api/v1/cases"),
        product.token(),
        r#"{"title":null}"#,
    );
    // Listing is measured on an account of its own, whose number of cases does not grow meanwhile.
    let reader = Product::start_fresh();
    reader.fill(60);
    let list = load.get(&reader.url("/api/v1/cases?limit=50"), Some(reader.token()));

    println!("\n{CONNECTIONS} connections, {seconds} s each, load generator on the same cores\n");
    println!(
        "{:<28}{:>12}{:>10}{:>12}{:>10}  wanted",
        "", "requests/s", "p99 ms", "of bare", "failed"
    );
    row("bare axum handler", &baseline, &baseline, "");
    row("GET /health/live", &live, &baseline, "≥ 70 %");
    let busy = |least| format!("≥ {least}/s, p99 ≤ 30 ms");
    row("POST /api/v1/cases", &create, &baseline, &busy("6,000"));
    row(
        "GET /api/v1/cases?limit=50",
        &list,
        &baseline,
        &busy("5,000"),
    );

    print_extension();
    turns::print();
    idle::print();
    print_footprint(product);
}

/// `-- --extension` prints this part alone.
fn print_extension() {
    let product = Product::start_fresh();
    let case_id = extension::fill(&product);
    println!(
        "\n{:<28}{:>12}{:>12}{:>10}{:>10}  wanted of p99",
        "one client", "calls", "requests/s", "ms", "p99 ms"
    );
    timed_row(&extension::start_up(&product), "");
    for timed in extension::large_account(&product, &case_id) {
        timed_row(&timed, "<= 100 ms");
    }
}

fn timed_row(timed: &Timed, wanted: &str) {
    println!(
        "{:<28}{:>12}{:>12.0}{:>10.0}{:>10.2}  {wanted}",
        timed.name,
        timed.calls,
        timed.calls as f64 / timed.elapsed.as_secs_f64(),
        timed.elapsed.as_secs_f64() * 1000.0,
        timed.p99.as_secs_f64() * 1000.0,
    );
}

fn row(name: &str, measured: &Measured, baseline: &Measured, wanted: &str) {
    println!(
        "{name:<28}{:>12.0}{:>10.2}{:>11.0}%{:>10}  {wanted}",
        measured.per_second,
        measured.p99_ms,
        100.0 * measured.per_second / baseline.per_second,
        measured.failed,
    );
}

/// Restarts on the existing database, which is what an update or a crash does.
fn print_footprint(product: Product) {
    let stopped = product.stop();
    let start = Instant::now();
    let product = stopped.start();
    let ready = start.elapsed();
    let footprint = |name, measured: f64, most: f64, unit| {
        let share = measured / most;
        println!("{name:<18}{measured:>8.1} {unit}  {share:.2} of the most wanted, {most} {unit}");
    };
    println!();
    footprint("start to ready", ready.as_secs_f64() * 1000.0, 300.0, "ms");
    footprint("idle memory", product.resident_megabytes(), 80.0, "MB");
    footprint("size of program", process::program_megabytes(), 60.0, "MB");
}
