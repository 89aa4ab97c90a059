//! The investigation of the exhausted connection pool, from the first question to the runbook.
//!
//! One table tells the turns and what must hold after each; it is run through every door.

use faultmaven_documents::{DocumentKind, text_of};

use self::door::Door;
use self::files::{file, sha256};
use self::grpc::Grpc;
use self::rest::{Dialect, Rest};
use self::sight::{Evidence, Sight};
use self::table::{APP_LOG, Moment, STEPS, Step, YES};
use crate::grpc::channel;
use crate::harness::App;

mod door;
mod files;
mod grpc;
mod questions;
mod rest;
mod sight;
mod table;
mod variants;

#[tokio::test]
async fn the_conversation_passes_through_rest() {
    let app = App::start().await;
    let user = app.admin().await;
    let dialect = Dialect::Current;
    Box::pin(tell(&Rest { user, dialect })).await;
    app.stop().await;
}

#[tokio::test]
async fn the_conversation_passes_through_the_legacy_dialect_of_rest() {
    let app = App::start().await;
    let user = app.admin().await;
    let dialect = Dialect::Legacy;
    Box::pin(tell(&Rest { user, dialect })).await;
    app.stop().await;
}

#[tokio::test]
async fn the_conversation_passes_through_grpc() {
    let app = App::start().await;
    let door = Grpc {
        user: app.admin().await,
        channel: channel(&app).await,
    };
    Box::pin(tell(&door)).await;
    app.stop().await;
}

/// Passes through the whole conversation, and looks at what it leaves behind.
async fn tell(door: &impl Door) {
    let id = pass(door, &STEPS).await;
    let runbook = assert_recorded(door, &id).await;
    assert_closed(door, &id).await;
    assert_helps_later(door, &id, &runbook).await;
}

/// Passes through some steps; returns the id of the case.
async fn pass(door: &impl Door, steps: &[Step]) -> String {
    let id = door.open_case().await;
    let mut before = door.look(&id).await;
    assert_opened(&before);
    for step in steps {
        let told = door.take(&id, &step.input).await;
        let now = door.look(&id).await;
        let numbers = now.turns.iter().map(|turn| turn.turn_number);
        assert!(numbers.eq(1..=told.turn_number), "{:#?}", now.turns);
        (step.holds)(&Moment {
            told: &told,
            before: &before,
            now: &now,
            turns: &now.turns[before.turns.len()..],
        });
        reread(door, &now).await;
        before = now;
    }
    id
}

#[track_caller]
fn assert_opened(sight: &Sight) {
    let parts: Vec<&str> = sight.title.split('-').collect();
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_placeholder = matches!(parts.as_slice(), ["Case", date, number]
        if date.len() == 4 && is_number(date) && is_number(number) && !number.is_empty());
    assert!(is_placeholder, "{}", sight.title);
    assert_eq!(sight.title_source, "placeholder");
    assert_eq!(sight.status, "inquiry");
    assert!(!sight.owner_id.is_empty());
}

/// Compares every quote with the bytes that the door gives back.
async fn reread(door: &impl Door, sight: &Sight) {
    for evidence in &sight.evidence {
        assert_eq!(evidence.state, "active");
        let Some(citation) = &evidence.file_citation else {
            continue;
        };
        let bytes = door.bytes(&citation.file_id).await;
        assert_eq!(sha256(&bytes), citation.sha256);
        let quoted = &bytes[citation.byte_start..citation.byte_end];
        assert_eq!(quoted, citation.quote.as_bytes(), "{evidence:#?}");
        door.check(evidence).await;
    }
}

/// Asserts what a resolved case leaves behind: its record, its summary, and runbooks; returns the id of the
/// one in the library.
async fn assert_recorded(door: &impl Door, id: &str) -> String {
    door.check_resolved(id).await;
    let (version, summary) = door.summary(id).await;
    assert_eq!(version, 1);
    for part in ["after.log", &file("app.log").sha256[..12], "15:08"] {
        assert!(summary.contains(part), "{part}: {summary}");
    }
    let [markdown, html, pdf, json] = door.runbook(id).await;
    let pdf = text_of(DocumentKind::Pdf, &pdf).unwrap().text;
    let text = |bytes| String::from_utf8(bytes).unwrap();
    for form in [text(markdown), text(html), pdf, text(json)] {
        assert_tells_how(&form);
    }
    let (document_id, drafted) = door.draft(id).await;
    assert_tells_how(&drafted);
    document_id
}

/// Asserts that a runbook names the condition, the cause, the check, the fix and the way back.
#[track_caller]
fn assert_tells_how(runbook: &str) {
    let words: Vec<&str> = runbook.split_whitespace().collect();
    let runbook = words.join(" ");
    for part in [
        "onnection pool exhausted",
        "pool size limit is too low",
        "curl -s localhost:8081/metrics",
        "maximum-pool-size",
        "Rollback",
    ] {
        assert!(runbook.contains(part), "{part}: {runbook}");
    }
}

/// Asserts that a published runbook brings its cause into the next case of the kind, to be tested there.
async fn assert_helps_later(door: &impl Door, first: &str, runbook: &str) {
    for review in ["in_review", "verified", "published"] {
        door.review(runbook, review).await;
    }
    let later = door.open_case().await;
    door.take(&later, &APP_LOG).await;
    let told = door.take(&later, &YES).await;
    assert!(
        told.answer.contains(&format!("[doc:{runbook}]")),
        "{told:#?}"
    );
    let now = door.look(&later).await;
    let seeded = now.hypothesis("pool size limit is too low");
    assert_eq!(seeded.source, "knowledge");
    assert_eq!(seeded.document_id.as_deref(), Some(runbook));
    assert!(seeded.prior > 0.30 && seeded.prior <= 0.50, "{seeded:?}");
    assert_eq!(seeded.status, "captured", "{seeded:?}");
    assert_eq!(now.grade, "possible");
    let before = door.look(first).await;
    let known = |it: &Evidence| {
        before
            .evidence
            .iter()
            .any(|old| old.evidence_id == it.evidence_id)
    };
    assert!(!now.evidence.is_empty() && !now.evidence.iter().any(known));
    reread(door, &now).await;
}

/// Asserts that a resolved case takes a name and nothing else.
async fn assert_closed(door: &impl Door, id: &str) {
    let before = door.look(id).await;
    assert_eq!(door.hand_over_late(id).await, "case_is_terminal");
    let log = &before.file("app.log").file_id;
    assert_eq!(door.take_out(id, log).await, "case_is_terminal");
    door.rename(id, "The pool of checkout").await;
    let after = door.look(id).await;
    assert_eq!(after.title, "The pool of checkout");
    assert_eq!(after.files, before.files);
    assert_eq!(after.evidence, before.evidence);
    assert_eq!(after.turns, before.turns);
}
