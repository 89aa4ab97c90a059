//! The process dies after each await of its work in turn, or a part of its work fails; nothing is
//! lost, doubled or half-visible.

use std::path::Path;
use std::time::Duration;

use faultmaven_testing::{Dialect, StandIn};
use futures::StreamExt as _;
use reqwest::multipart::{Form, Part};
use reqwest::{Body, Method};
use serde_json::{Value, json};

use crate::harness::{Program, User, WorkedExample, until};

mod turns;

/// More awaits than any work here has.
const AWAITS_MAX: u64 = 1_000;

#[tokio::test]
async fn an_upload_is_whole_or_absent_wherever_it_is_cut() {
    uploads_survive("evidence.upload").await;
}

#[tokio::test]
async fn a_file_is_kept_or_absent_wherever_its_request_is_cut() {
    uploads_survive("evidence.keep").await;
}

async fn uploads_survive(work: &str) {
    let mut program = Program::start().await;
    let id = program.user().open_case().await;
    let upload = async |ada: &User, round| upload(ada, &id, round).await.is_some();
    let rounds = cut_everywhere(&mut program, work, upload, async |program| {
        files_agree(program, &id).await;
    })
    .await;
    for round in 0..rounds {
        upload(&program.user(), round).await;
    }
    files_agree(&program, &id).await;
    assert_eq!(files(&program.user(), &id).await.len() as u64, rounds);
}

#[tokio::test]
async fn an_upload_that_sigkill_cuts_is_absent_and_comes_whole_when_repeated() {
    let mut program = Program::start().await;
    let ada = program.user();
    let id = ada.open_case().await;
    let request = ada
        .request(Method::POST, "/api/v1/evidence")
        .multipart(endless_upload(&id));
    let cut = async {
        until(async || stored(program.data()) == 1).await;
        program.kill();
    };
    let (uploaded, ()) = tokio::join!(answer(request, 201), cut);
    assert_eq!(uploaded, None);
    program.restart(None).await;
    files_agree(&program, &id).await;
    assert_eq!(files(&program.user(), &id).await.len(), 0);
    upload(&program.user(), &id, 0).await.unwrap();
    files_agree(&program, &id).await;
    assert_eq!(files(&program.user(), &id).await.len(), 1);
}

#[tokio::test]
async fn a_turn_that_sigkill_cuts_happens_once_when_it_is_repeated() {
    let mut program = Program::start().await;
    let ada = program.user();
    let id = ada.open_case().await;
    let mut answer = begin_turn(&ada, &id).await.unwrap();
    // The first step is told, the last one is not.
    assert!(answer.chunk().await.unwrap().is_some());
    program.restart(None).await;
    assert!(turns_are_whole(&program.user(), &id).await <= 1);
    let answer = begin_turn(&program.user(), &id).await.unwrap();
    let steps = answer.text().await.unwrap();
    assert!(!steps.contains("event: error"), "{steps}");
    assert_eq!(turns_are_whole(&program.user(), &id).await, 1);
    files_agree(&program, &id).await;
    assert_eq!(files(&program.user(), &id).await.len(), 1);
}

#[tokio::test]
async fn a_deletion_is_done_or_undone_wherever_it_is_cut() {
    let mut program = Program::start().await;
    let id = program.user().open_case().await;
    let delete = async |ada: &User, round| {
        let file_id = upload(ada, &id, round).await.unwrap();
        let request = ada.request(Method::DELETE, &format!("/api/v1/evidence/{file_id}"));
        request.send().await.is_ok_and(|it| it.status() == 204)
    };
    let rounds = cut_everywhere(&mut program, "evidence.delete", delete, async |program| {
        files_agree(program, &id).await;
    })
    .await;
    let left = files(&program.user(), &id).await;
    assert!((left.len() as u64) < rounds, "no deletion was finished");
    let last = format!("{}.log", rounds - 1);
    assert!(
        left.iter().all(|file| file["filename"] != last),
        "{left:#?}"
    );
}

#[tokio::test]
async fn a_turn_happens_once_or_not_at_all_wherever_its_transaction_is_cut() {
    turns_survive("case.store_turn").await;
}

#[tokio::test]
async fn a_turn_happens_once_or_not_at_all_wherever_its_commit_is_cut() {
    turns_survive("case.commit_turn").await;
}

#[tokio::test]
async fn a_long_turn_happens_once_and_its_job_ends_wherever_its_commit_is_cut() {
    let mut program = Program::with(&[("TURN_SYNC_WAIT_S", "0")]).await;
    let id = program.user().open_case().await;
    for round in 0..AWAITS_MAX {
        let moment = format!("case.commit_turn:{round}");
        program.restart(Some(moment)).await;
        let is_last = ask(&program.user(), &id, round).await.is_some();
        if !is_last {
            until(async || !program.is_alive()).await;
        }
        program.restart(None).await;
        jobs_completed(&program.user()).await;
        // Whoever was not told of a job asks again and gets the same turn.
        ask(&program.user(), &id, round).await.unwrap();
        assert_eq!(turns_are_whole(&program.user(), &id).await, round + 1);
        if is_last {
            assert!(round >= 2, "nothing was cut");
            return;
        }
    }
    panic!("no turn ends");
}

#[tokio::test]
async fn a_text_too_long_for_its_job_is_answered_after_a_crash() {
    let mut program = Program::with(&[("TURN_SYNC_WAIT_S", "0")]).await;
    let ada = program.user();
    let id = ada.open_case().await;
    let text = "The checkout answers slowly since the release of Tuesday. ".repeat(3_400);
    let log = Part::bytes(content(0).repeat(100).into_bytes()).file_name("0.log");
    let form = Form::new().text("query", text.clone()).part("files", log);
    let reply = ada.turn(&id, form).await.expect(202);
    program.restart(None).await;
    let ada = program.user();
    let result = job_result(&ada, reply["job_id"].as_str().unwrap()).await;
    assert_eq!(result.unwrap()["turn_number"], 1);
    let path = format!("/api/v1/cases/{id}/messages");
    let messages = ada.get(&path).await.expect(200);
    assert_eq!(messages["messages"][0]["content"], text.trim_end());
    assert_eq!(turns_are_whole(&ada, &id).await, 1);
}

#[tokio::test]
async fn a_turn_that_a_model_answers_happens_once_wherever_its_consultation_is_cut() {
    let vendor = StandIn::start().await;
    let answer = json!({"answer": "Nothing can be said yet.", "facts": [
        {"kind": "affected_service", "value": "checkout", "quote": "slow since 14:05"},
    ]});
    vendor.always_says(Dialect::OpenAi.shaped(&[&answer.to_string()]));
    let address: &'static str = vendor.url().to_string().leak();
    let settings = vec![
        ("LLM_PROVIDER", "openai"),
        ("OPENAI_BASE_URL", address),
        ("OPENAI_API_KEY", "sk-test"),
    ];
    let mut program = Program::with(settings.leak()).await;
    let id = program.user().open_case().await;
    let turn = async |ada: &User, round| ask(ada, &id, round).await.is_some();
    let rounds = cut_everywhere(&mut program, "agent.consult", turn, async |program| {
        turns_are_whole(&program.user(), &id).await;
    })
    .await;
    for round in 0..rounds {
        let turn = ask(&program.user(), &id, round).await.unwrap();
        assert_eq!(turn["path"], "model", "{turn:#}");
    }
    assert_eq!(turns_are_whole(&program.user(), &id).await, rounds);
}

async fn turns_survive(work: &str) {
    let mut program = Program::start().await;
    let id = program.user().open_case().await;
    let turn = async |ada: &User, round| ask(ada, &id, round).await.is_some();
    let rounds = cut_everywhere(&mut program, work, turn, async |program| {
        turns_are_whole(&program.user(), &id).await;
    })
    .await;
    for round in 0..rounds {
        assert!(turn(&program.user(), round).await, "round {round}");
    }
    assert_eq!(turns_are_whole(&program.user(), &id).await, rounds);
}

#[tokio::test]
async fn evidence_appears_with_its_turn_or_not_at_all() {
    let mut program = Program::start().await;
    let mut counts = Vec::new();
    for moment in 0..AWAITS_MAX {
        let ada = program.user();
        let id = ada.open_case().await;
        let log = [("app.log", WorkedExample::app_log())];
        ada.hand_over(&id, Some("Why does checkout answer 500?"), &log)
            .await;
        program
            .restart(Some(format!("case.commit_turn:{moment}")))
            .await;
        let is_last = confirm(&program.user(), &id).await.is_some();
        program.restart(None).await;
        let ada = program.user();
        let header = ada.get(&format!("/api/v1/cases/{id}/ui")).await.expect(200);
        if header["state"] == "inquiry" {
            assert_eq!(evidence(&ada, &id).await, 0);
        }
        confirm(&ada, &id).await.unwrap();
        until(async || evidence(&ada, &id).await > 0).await;
        counts.push(evidence(&ada, &id).await);
        if is_last {
            break;
        }
    }
    assert!(counts.len() > 2, "nothing was cut");
    assert!(counts.iter().all(|count| *count == counts[0]), "{counts:?}");
}

#[tokio::test]
async fn a_report_that_fails_takes_no_other_with_it() {
    let mut program = Program::start().await;
    let ada = program.user();
    let id = ada.open_case().await;
    ask(&ada, &id, 0).await.unwrap();
    program.restart(Some("report:timeline".to_owned())).await;
    let path = format!("/api/v1/cases/{id}/reports");
    let both = json!({"report_types": ["timeline", "summary"]});
    let made = program.user().post(&path, both).await.expect(200);
    assert_eq!(made["status"], "failed", "{made:#}");
    assert_eq!(made["reports"].as_array().unwrap().len(), 1, "{made:#}");
    assert_eq!(made["reports"][0]["report_type"], "summary");
    let failed = json!([{
        "report_type": "timeline", "type": "timeline", "status": "failed",
        "code": "internal", "error": "internal error",
    }]);
    assert_eq!(made["failed"], failed);
    let alone = json!({"report_types": ["timeline"]});
    let refused = program.user().post(&path, alone.clone()).await;
    assert_eq!(refused.problem(500), "internal");
    program.restart(None).await;
    let made = program.user().post(&path, alone).await.expect(200);
    assert_eq!(
        made["reports"][0]["version"], 1,
        "what failed counts for nothing"
    );
    let kept = program.user().get(&path).await.expect(200);
    assert_eq!(kept["total"], 2, "{kept:#}");
}

#[tokio::test]
async fn a_deleted_case_goes_for_good_with_all_that_is_held_of_it() {
    let mut program = Program::with(&[("DELETE_GRACE_DAYS", "0")]).await;
    let ada = program.user();
    let (kept, gone) = (ada.open_case().await, ada.open_case().await);
    for id in [&kept, &gone] {
        let log = [("app.log", WorkedExample::app_log())];
        ada.hand_over(id, Some("Why does checkout answer 500?"), &log)
            .await;
        confirm(&ada, id).await.unwrap();
    }
    assert_eq!(stored(program.data()), 2);
    let path = format!("/api/v1/cases/{gone}");
    let request = ada.request(Method::DELETE, &path);
    assert!(request.send().await.unwrap().status().is_success());
    // The round at the start is enough.
    program.restart(None).await;
    until(async || stored(program.data()) == 1).await;
    let ada = program.user();
    assert_eq!(files(&ada, &kept).await.len(), 1);
    assert!(evidence(&ada, &kept).await > 0);
    turns_are_whole(&ada, &kept).await;
}

/// Cuts work after its first, second, … await until it comes to its end; returns how often it ran.
///
/// `check` looks at what each crash has left behind.
async fn cut_everywhere(
    program: &mut Program,
    name: &str,
    work: impl AsyncFn(&User, u64) -> bool,
    check: impl AsyncFn(&Program),
) -> u64 {
    for round in 0..AWAITS_MAX {
        program.restart(Some(format!("{name}:{round}"))).await;
        check(program).await;
        if work(&program.user(), round).await {
            assert!(program.is_alive());
            assert!(round >= 2, "{name} was not cut at its start and end");
            program.restart(None).await;
            check(program).await;
            return round + 1;
        }
        until(async || !program.is_alive()).await;
    }
    panic!("{name} does not end");
}

/// Stores a file of the case; returns its id unless the process died.
async fn upload(user: &User, id: &str, round: u64) -> Option<String> {
    let part = Part::bytes(content(round).into_bytes()).file_name(format!("{round}.log"));
    let form = Form::new()
        .text("case_id", id.to_owned())
        .part("file", part);
    let request = user.request(Method::POST, "/api/v1/evidence");
    let body = answer(request.multipart(form), 201).await?;
    Some(body["evidence_id"].as_str().unwrap().to_owned())
}

/// Returns a form whose file begins and never ends.
fn endless_upload(id: &str) -> Form {
    let begin = (0..100).map(|_| Ok::<_, std::io::Error>(content(0)));
    let begin = futures::stream::iter(begin);
    let body = Body::wrap_stream(begin.chain(futures::stream::pending()));
    let part = Part::stream(body).file_name("0.log");
    Form::new()
        .text("case_id", id.to_owned())
        .part("file", part)
}

/// Begins a turn with a file; its steps are told as they are taken.
async fn begin_turn(user: &User, id: &str) -> reqwest::Result<reqwest::Response> {
    let part = Part::bytes(content(0).into_bytes()).file_name("0.log");
    let form = Form::new()
        .text("query", "Why does the api fail?")
        .part("files", part);
    let path = format!("/api/v1/cases/{id}/turns/stream");
    let request = user.request(Method::POST, &path);
    let request = request.header("idempotency-key", "turn-that-is-cut");
    request.multipart(form).send().await
}

fn content(round: u64) -> String {
    format!("2025-03-04T14:20:00.000Z ERROR api: round {round}\n").repeat(1_000)
}

async fn ask(user: &User, id: &str, round: u64) -> Option<Value> {
    let form = Form::new().text("query", format!("Why is checkout{round} slow since 14:05?"));
    take_turn(user, id, format!("turn-of-round-{round}"), form).await
}

async fn confirm(user: &User, id: &str) -> Option<Value> {
    let form = Form::new().text("query", "yes");
    take_turn(user, id, format!("confirm-{id}"), form).await
}

async fn take_turn(user: &User, id: &str, key: String, form: Form) -> Option<Value> {
    let request = user
        .request(Method::POST, &format!("/api/v1/cases/{id}/turns"))
        .header("idempotency-key", key);
    let response = request.multipart(form).send().await.ok()?;
    let status = response.status();
    let body: Value = response.json().await.ok()?;
    match status.as_u16() {
        200 => Some(body),
        202 => job_result(user, body["job_id"].as_str().unwrap()).await,
        _ => None,
    }
}

/// Follows a job to its end and returns what it made; none when the process died instead.
async fn job_result(user: &User, job_id: &str) -> Option<Value> {
    loop {
        let request = user.request(Method::GET, &format!("/api/v1/jobs/{job_id}"));
        let mut job = answer(request, 200).await?;
        if !matches!(job["status"].as_str(), Some("pending" | "running")) {
            assert_eq!(job["status"], "completed", "{job:#}");
            return Some(job["result"].take());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Waits until no job is left to do; a turn that somebody was promised has been taken.
async fn jobs_completed(user: &User) {
    until(async || {
        let jobs = user.get("/api/v1/jobs").await.expect(200);
        let jobs = jobs["jobs"].as_array().unwrap().clone();
        assert!(
            jobs.iter().all(|job| job["status"] != "failed"),
            "{jobs:#?}"
        );
        jobs.iter().all(|job| job["status"] == "completed")
    })
    .await;
}

/// Returns the body of an answer with this status; none when the process died instead.
async fn answer(request: reqwest::RequestBuilder, status: u16) -> Option<Value> {
    let response = request.send().await.ok()?;
    let is_expected = response.status() == status;
    let body = response.json().await.ok()?;
    is_expected.then_some(body)
}

async fn files(user: &User, id: &str) -> Vec<Value> {
    let path = format!("/api/v1/cases/{id}/uploaded-files?limit=100");
    let body = user.get(&path).await.expect(200);
    body["files"].as_array().unwrap().clone()
}

/// Waits until case, file list and file store agree, and reads every file.
async fn files_agree(program: &Program, id: &str) {
    let ada = program.user();
    until(async || {
        let header = ada.get(&format!("/api/v1/cases/{id}/ui")).await.expect(200);
        let listed = files(&ada, id).await.len();
        header["uploaded_files_count"] == json!(listed) && stored(program.data()) == listed
    })
    .await;
    for file in files(&ada, id).await {
        let file_id = file["file_id"].as_str().unwrap();
        let path = format!("/api/v1/evidence/{file_id}/download");
        let text = ada.get(&path).await.expect(200);
        let name = file["filename"].as_str().unwrap();
        let round = name.strip_suffix(".log").unwrap().parse().unwrap();
        assert_eq!(text.as_str().unwrap(), content(round));
    }
}

/// Returns how many files lie in the stores below a directory.
fn stored(data: &Path) -> usize {
    let mut count = 0;
    let mut open = vec![(data.to_owned(), false)];
    while let Some((directory, is_store)) = open.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                let is_store = is_store || path.ends_with("uploads");
                open.push((path, is_store));
            } else if is_store {
                count += 1;
            }
        }
    }
    count
}

/// Asserts that turns are numbered without a gap, each with its two messages; returns how many there are.
async fn turns_are_whole(user: &User, id: &str) -> u64 {
    let path = format!("/api/v1/cases/{id}/messages?limit=100");
    let messages = user.get(&path).await.expect(200);
    let numbers: Vec<u64> = messages["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["turn_number"].as_u64().unwrap())
        .collect();
    let turns = numbers.len() as u64 / 2;
    let expected: Vec<u64> = (1..=turns).flat_map(|turn| [turn, turn]).collect();
    assert_eq!(numbers, expected, "{messages:#}");
    assert_eq!(messages["total_count"], json!(2 * turns));
    turns
}

async fn evidence(user: &User, id: &str) -> usize {
    let path = format!("/api/v1/cases/{id}/evidence");
    let body = user.get(&path).await.expect(200);
    body["evidence"].as_array().unwrap().len()
}
