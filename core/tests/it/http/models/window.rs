//! What a model with a small window is told of a large log.

use std::fmt::Write as _;

use super::*;

const WINDOW: usize = 8_192;
/// As the llm module counts.
const BYTES_PER_TOKEN: usize = 3;
const LINES: usize = 100_000;
const VERBS: [&str; 12] = [
    "reading", "writing", "closing", "opening", "renaming", "sorting", "merging", "flushing",
    "sending", "parsing", "loading", "moving",
];
const THINGS: [&str; 16] = [
    "ledger", "basket", "invoice", "voucher", "parcel", "address", "payment", "refund", "coupon",
    "receipt", "catalog", "picture", "review", "account", "session", "profile",
];
const PLACES: [&str; 14] = [
    "archive", "bucket", "cabinet", "drawer", "folder", "garage", "harbour", "island", "journal",
    "kitchen", "library", "market", "office", "pantry",
];

/// Thousands of kinds of lines, and errors that begin in the middle.
fn large_log() -> Vec<u8> {
    let mut log = String::new();
    for at in 0..LINES {
        let (verb, thing) = (VERBS[at % 12], THINGS[at / 12 % 16]);
        let place = PLACES[at / 192 % 14];
        let (hour, minute, second) = (10 + at / 36_000, at / 600 % 60, at / 10 % 60);
        let time = format!("2025-03-04T{hour}:{minute:02}:{second:02}.{}00Z", at % 10);
        let line = match at {
            50_000.. if at % 5 == 0 => format!(
                "{time} ERROR worker-{} {verb} {thing} failed: {place} is locked by another process",
                at % 7
            ),
            _ => format!(
                "{time} INFO worker-{} {verb} {thing} in {place} took {at} us",
                at % 7
            ),
        };
        writeln!(log, "{line}").unwrap();
    }
    log.into_bytes()
}

/// Returns the bytes of all texts of a request that the model reads.
fn told_bytes(body: &Value) -> usize {
    let messages = body["messages"].as_array().unwrap().iter();
    let texts = messages.map(|it| it["content"].as_str().map_or(0, str::len));
    let tools = body["tools"].as_array();
    let tools = tools
        .into_iter()
        .flatten()
        .map(|it| it["function"].to_string().len());
    let form = &body["response_format"]["json_schema"]["schema"];
    texts.sum::<usize>() + tools.sum::<usize>() + form.to_string().len()
}

/// Returns what stands in the block with this title.
fn block<'a>(context: &'a str, title: &str) -> &'a str {
    let begin = format!("begin: {title}]\n");
    let (_, rest) = context
        .split_once(&begin)
        .unwrap_or_else(|| panic!("no {title}: {context}"));
    rest.split_once("\n[data_").unwrap().0
}

#[tokio::test]
async fn a_small_window_holds_what_matters_of_a_large_log() {
    let vendor = StandIn::start().await;
    let window = WINDOW.to_string();
    let settings = [("LLM_MAX_CONTEXT_TOKENS", window.as_str())];
    let app = with_model(&vendor, &settings).await;
    let ada = app.admin().await;
    let case_id = ada.open_case().await;
    vendor.will_say([answers("Another process may hold a lock.")]);
    let question = "Why do the workers fail since 11:23?";
    let files = [("workers.log", large_log())];
    let turn = ada.hand_over(&case_id, Some(question), &files).await;
    assert_eq!(turn["path"], "model", "{turn:#}");
    let body = &vendor.seen()[0].body;
    let reply = body["max_completion_tokens"].as_u64().unwrap();
    let tokens = told_bytes(body) / BYTES_PER_TOKEN + usize::try_from(reply).unwrap();
    assert!(tokens <= WINDOW, "{tokens} tokens");
    let context = text(&body["messages"][1]["content"]);
    assert!(block(&context, "what the user says in this turn").contains(question));
    let findings = block(&context, "findings of the analysis");
    assert!(findings.contains("find_"), "{findings}");
    let kinds = block(&context, "kinds of lines of the logs");
    assert!(kinds.contains("is locked"), "{kinds}");
    assert!(kinds.contains("workers.log:"), "{kinds}");
    assert!(context.contains("more are left out)"), "{context}");
    app.stop().await;
}
