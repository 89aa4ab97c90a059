//! Turns on a case with a large log: how long they take, and what they leave to others.

use std::env;
use std::time::{Duration, Instant};

use faultmaven_testing::{Dialect, StandIn};
use futures::StreamExt as _;
use futures::future::join_all;
use futures::stream;
use reqwest::multipart::{Form, Part};
use reqwest::{Body, Client, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::process::Product;

const MEGABYTE: usize = 1 << 20;
const TURNS: usize = 40;
const CROWD: usize = 50;
const QUESTIONS: [&str; 5] = [
    "What does that tell?",
    "How often did it fail?",
    "What happened at 14:05?",
    "Which hosts are affected?",
    "Summarize what is known.",
];

/// `-- --turns` prints this part alone.
pub(crate) fn print() {
    // A program is started and waited for outside of a runtime.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let megabytes = env::var("BENCH_LOG_MB").map_or(1_024, |text| text.parse().unwrap());
    println!(
        "\n{:<44}{:>10}{:>10}  wanted",
        "turns", "median ms", "p95 ms"
    );
    let desk = Desk::new(Product::start_fresh());
    runtime.block_on(print_embedded(&desk, megabytes));
    let vendor = runtime.block_on(StandIn::start());
    let answer = json!({"answer": "Nothing more can be said."}).to_string();
    vendor.always_says(Dialect::OpenAi.shaped(&[&answer]));
    let desk = Desk::new(Product::start_with(with_model(&vendor)));
    runtime.block_on(async {
        let case_id = desk.investigation(megabytes.min(64)).await;
        let name = "context assembled, masked and sent";
        row(name, desk.contexts(&case_id).await, "<= 20 ms");
    });
}

async fn print_embedded(desk: &Desk, megabytes: usize) {
    let case_id = desk.investigation(megabytes).await;
    let name = format!("embedded turn, {megabytes} MB analysed");
    row(&name, desk.turns(&case_id).await, "<= 150 ms");
    let first = desk.first_events(&case_id).await;
    row("first streamed event", first, "<= 50 ms");
    print_crowd(desk).await;
}

fn with_model(vendor: &StandIn) -> Vec<(String, String)> {
    let settings = [
        ("LLM_PROVIDER", "openai".to_owned()),
        ("OPENAI_BASE_URL", vendor.url().to_string()),
        ("OPENAI_API_KEY", "sk-bench".to_owned()),
    ];
    settings
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
}

fn row(name: &str, mut times: Vec<Duration>, wanted: &str) {
    times.sort_unstable();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
    let milliseconds = |time: Duration| time.as_secs_f64() * 1_000.0;
    println!(
        "{name:<44}{:>10.1}{:>10.1}  {wanted}",
        milliseconds(at(50)),
        milliseconds(at(95))
    );
}

/// Many turns at once, and whoever asks for the health meanwhile.
async fn print_crowd(desk: &Desk) {
    let cases = join_all((0..CROWD).map(|_| desk.investigation(1))).await;
    let (turns, mut probes) = desk.crowd(&cases).await;
    row(&format!("{CROWD} turns at once, each"), turns, "");
    probes.sort_unstable();
    let p99 = probes[(probes.len() * 99 / 100).min(probes.len() - 1)];
    println!(
        "{:<44}{:>20.1}  p99 <= 50 ms",
        format!("/health beside them, p99 of {} probes", probes.len()),
        p99.as_secs_f64() * 1_000.0,
    );
}

/// A client of one program.
struct Desk {
    product: Product,
    client: Client,
}

impl Desk {
    fn new(product: Product) -> Self {
        let client = Client::new();
        Self { product, client }
    }

    fn post(&self, path: &str) -> RequestBuilder {
        let request = self.client.post(self.product.url(path));
        request.bearer_auth(self.product.token())
    }

    /// Begins an investigation of a log of so many megabytes.
    async fn investigation(&self, megabytes: usize) -> String {
        let request = self.post("/api/v1/cases").json(&json!({"title": null}));
        let case: Value = request.send().await.unwrap().json().await.unwrap();
        let case_id = case["case_id"].as_str().unwrap().to_owned();
        let part = Part::stream(Body::wrap_stream(log(megabytes))).file_name("app.log");
        let form = Form::new()
            .text("case_id", case_id.clone())
            .part("file", part);
        let stored = self.post("/api/v1/evidence").multipart(form).send().await;
        let stored: Value = stored.unwrap().json().await.unwrap();
        self.analysed(stored["evidence_id"].as_str().unwrap()).await;
        self.turn(&case_id, "Why does checkout answer 500 since 14:05?")
            .await;
        self.turn(&case_id, "yes").await;
        case_id
    }

    async fn analysed(&self, file_id: &str) {
        let url = self.product.url(&format!("/api/v1/evidence/{file_id}"));
        loop {
            let request = self.client.get(&url).bearer_auth(self.product.token());
            let file: Value = request.send().await.unwrap().json().await.unwrap();
            match file["processing_status"].as_str() {
                Some("processed" | "completed" | "analyzed") => return,
                Some("failed") => panic!("{file:#}"),
                _ => tokio::time::sleep(Duration::from_millis(200)).await,
            }
        }
    }

    async fn turns(&self, case_id: &str) -> Vec<Duration> {
        let mut times = Vec::new();
        for question in QUESTIONS.iter().cycle().take(TURNS) {
            times.push(self.turn(case_id, question).await);
        }
        times
    }

    async fn turn(&self, case_id: &str, text: &str) -> Duration {
        let start = Instant::now();
        let answer = self.ask(case_id, text, "").await;
        let body: Value = answer.json().await.unwrap();
        assert!(body["agent_response"].is_string(), "{body:#}");
        start.elapsed()
    }

    async fn ask(&self, case_id: &str, text: &str, how: &str) -> Response {
        let path = format!("/api/v1/cases/{case_id}/turns{how}");
        let form = Form::new().text("query", text.to_owned());
        self.post(&path).multipart(form).send().await.unwrap()
    }

    async fn first_events(&self, case_id: &str) -> Vec<Duration> {
        let mut times = Vec::new();
        for question in QUESTIONS.iter().cycle().take(TURNS) {
            let start = Instant::now();
            let mut answer = self.ask(case_id, question, "/stream").await;
            answer.chunk().await.unwrap().unwrap();
            times.push(start.elapsed());
            while answer.chunk().await.unwrap().is_some() {}
        }
        times
    }

    /// Returns the times between the step that gathers a context and the one that sends it.
    async fn contexts(&self, case_id: &str) -> Vec<Duration> {
        let mut times = Vec::new();
        for question in QUESTIONS.iter().cycle().take(TURNS) {
            let mut answer = self.ask(case_id, question, "/stream").await;
            let (mut gathers, mut told) = (None, String::new());
            while let Some(chunk) = answer.chunk().await.unwrap() {
                told.push_str(&String::from_utf8_lossy(&chunk));
                if gathers.is_none() && told.contains("\"context\"") {
                    gathers = Some(Instant::now());
                }
                if let Some(begin) = gathers.filter(|_| told.contains("\"model\"")) {
                    times.push(begin.elapsed());
                    gathers = None;
                    told.clear();
                }
            }
        }
        times
    }

    /// Takes a turn in every case at once; returns how long each took, and each question for the
    /// health meanwhile.
    async fn crowd(&self, cases: &[String]) -> (Vec<Duration>, Vec<Duration>) {
        let turns = join_all(cases.iter().map(|case_id| self.turn(case_id, QUESTIONS[4])));
        tokio::pin!(turns);
        let mut probes = Vec::new();
        loop {
            let begin = Instant::now();
            let request = self.client.get(self.product.url("/health")).send();
            tokio::select! {
                answer = request => {
                    assert!(answer.unwrap().status().is_success());
                    probes.push(begin.elapsed());
                }
                turns = &mut turns => return (turns, probes),
            }
        }
    }
}

/// Returns a log in which a pool runs dry, in pieces of a megabyte.
fn log(megabytes: usize) -> impl futures::Stream<Item = Result<String, std::io::Error>> {
    let per_piece = MEGABYTE / 120;
    stream::iter(0..megabytes).map(move |piece| {
        let mut text = String::with_capacity(MEGABYTE + 200);
        for line in 0..per_piece {
            let second = (piece * per_piece + line) / 400;
            let (hour, minute) = (14 + second / 3_600 % 8, second / 60 % 60);
            let time = format!("2025-03-04T{hour:02}:{minute:02}:{:02}.{:03}Z", second % 60, line % 1_000);
            let request = piece * per_piece + line;
            text.push_str(&match line % 50 {
                0 if second >= 300 => format!("{time} WARN  checkout-eu HikariPool-1 - Connection is not available, request timed out after 30000ms (waiting={})\n", line % 18),
                1 if second >= 300 => format!("{time} ERROR checkout-eu req={request:05} POST /checkout status=500 duration_ms=30001\n"),
                _ => format!("{time} INFO  checkout-eu req={request:05} POST /checkout status=200 duration_ms={} host=web-{}\n", 100 + line % 40, line % 7),
            });
        }
        Ok(text)
    })
}
