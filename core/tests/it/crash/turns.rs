//! A turn that dies after an await, from its receipt to its announcement: what was begun is
//! gone or done after the restart, and a repeat makes it happen once.

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::{AWAITS_MAX, evidence, files, stored, take_turn, turns_are_whole};
use crate::harness::{Program, User, WorkedExample, until};

const QUESTION: &str = "Why does checkout answer 500 since 14:05?";
/// Whoever waits no second gets a job for every answer.
const IMPATIENT: &[(&str, &str)] = &[("TURN_SYNC_WAIT_S", "0")];

/// How far it is from one cut to the next in long turns; `FM_TEST_EVERY_AWAIT=1` cuts after each
/// await, for minutes.
const LONG: usize = 7;
const SHORT: usize = 1;

#[tokio::test]
async fn a_turn_with_data_happens_once_wherever_it_is_cut() {
    turns_survive(&[], LONG, User::open_case, with_data).await;
}

#[tokio::test]
async fn a_yes_happens_once_wherever_it_is_cut() {
    turns_survive(&[], LONG, asked, yes).await;
}

#[tokio::test]
async fn a_turn_that_becomes_a_job_happens_once_wherever_it_is_cut() {
    turns_survive(IMPATIENT, LONG, User::open_case, with_data).await;
}

#[tokio::test]
async fn a_case_ends_once_and_with_its_summary_wherever_its_last_turn_is_cut() {
    turns_survive(&[], SHORT, User::open_case, end).await;
}

fn with_data() -> Form {
    let log = "2025-03-04T14:20:00.000Z ERROR api: disk full\n".repeat(30);
    let pasted = "2025-03-04T14:19:00.000Z WARN api: 99 % of the disk in use\n".repeat(30);
    let log = Part::bytes(log.into_bytes()).file_name("app.log");
    Form::new()
        .text("query", QUESTION)
        .text("pasted_content", pasted)
        .part("files", log)
}

fn yes() -> Form {
    Form::new().text("query", "yes")
}

fn end() -> Form {
    let data = json!({
        "type": "status_transition", "from_state": "inquiry", "to_state": "closed",
        "user_confirmed": true,
    });
    Form::new()
        .text("query", "Close this case as unresolved.")
        .text("intent_type", "status_transition")
        .text("intent_data", data.to_string())
}

/// Opens a case whose problem statement waits for a yes.
async fn asked(ada: &User) -> String {
    let id = ada.open_case().await;
    let log = Part::bytes(WorkedExample::app_log()).file_name("app.log");
    let form = Form::new().text("query", QUESTION).part("files", log);
    let key = format!("asked-{id}");
    take_turn(ada, &id, key, form).await.unwrap();
    id
}

/// A turn that was cut, and how to take it.
struct Cut {
    case_id: String,
    key: String,
    turns_before: u64,
}

/// Cuts turns of one kind after awaits from the first to the last, every one in a case of its own, and
/// repeats each.
async fn turns_survive(
    settings: &'static [(&'static str, &'static str)],
    step: usize,
    prepare: impl AsyncFn(&User) -> String,
    form: fn() -> Form,
) {
    let is_thorough = std::env::var("FM_TEST_EVERY_AWAIT").is_ok_and(|it| it == "1");
    let step = if is_thorough { SHORT } else { step };
    let mut program = Program::with(settings).await;
    let mut before: Option<Cut> = None;
    let mut outcomes = Vec::new();
    for moment in (0..AWAITS_MAX).step_by(step) {
        let key = format!("cut-after-{moment:03}");
        program.restart(Some(format!("{key}:{moment}"))).await;
        if let Some(cut) = before.take() {
            outcomes.push(repeat(&program, cut, form).await);
        }
        let ada = program.user();
        let case_id = prepare(&ada).await;
        let cut = Cut {
            turns_before: turns_are_whole(&ada, &case_id).await,
            case_id,
            key,
        };
        let answer = take_turn(&ada, &cut.case_id, cut.key.clone(), form()).await;
        if answer.is_some() {
            // It may have died with its last word.
            program.restart(None).await;
            outcomes.push(repeat(&program, cut, form).await);
            assert!(outcomes.len() > 2, "hardly anything was cut");
            assert!(
                outcomes.iter().all(|it| *it == outcomes[0]),
                "{outcomes:#?}"
            );
            return;
        }
        until(async || !program.is_alive()).await;
        before = Some(cut);
    }
    panic!("no turn ends");
}

/// Repeats a turn that was cut, and returns what its case holds then.
async fn repeat(program: &Program, cut: Cut, form: fn() -> Form) -> Value {
    let (ada, id) = (program.user(), &cut.case_id);
    // What a turn that died had staged, the program settles as it starts.
    until(async || program.count("evidence_records", "state = 'staged'").await == 0).await;
    let turns = turns_are_whole(&ada, id).await;
    assert!((cut.turns_before..=cut.turns_before + 1).contains(&turns));
    let take = async || take_turn(&ada, id, cut.key.clone(), form()).await.unwrap();
    let (turn, again) = (take().await, take().await);
    assert_eq!(again["replayed"], true, "{again:#}");
    for same in ["turn_number", "agent_response", "assistant_message_id"] {
        assert_eq!(turn[same], again[same]);
    }
    assert_eq!(turns_are_whole(&ada, id).await, cut.turns_before + 1);
    until(async || program.count("evidence_records", "state = 'staged'").await == 0).await;
    until(async || {
        let rows = program.count("evidence_files", "true").await;
        stored(program.data()) as i64 == rows
    })
    .await;
    let header = ada.get(&format!("/api/v1/cases/{id}/ui")).await.expect(200);
    let kept = files(&ada, id).await;
    assert_eq!(
        header["uploaded_files_count"],
        json!(kept.len()),
        "{header:#}"
    );
    let mut hashes: Vec<&str> = kept.iter().filter_map(|it| it["sha256"].as_str()).collect();
    hashes.sort_unstable();
    json!({
        "state": header["state"],
        "version": header["version"],
        "files": hashes,
        "evidence": evidence(&ada, id).await,
        "reports": header["reports_available"].as_array().map_or(0, Vec::len),
    })
}
