//! The audit log: who did what to what, and how it ended; no content and no secret.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use faultmaven_kit::text::{checked_text, escape_control, optional_text};
use faultmaven_kit::{Caller, Ctx, Fault, Tasks};
use faultmaven_proto::auth::v1 as pb;
use serde_json::{Map, Value};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::convert;
use crate::store::Store;

const ACTION_MAX: usize = 64;
const OBJECT_MAX: usize = 200;
const DETAILS_MAX_BYTES: usize = 2 * 1_024;
/// Lines beyond this make callers wait, which slows them down instead of filling memory.
const QUEUE: usize = 16_384;
const BATCH: usize = 256;
const BATCH_WAIT: Duration = Duration::from_millis(20);
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(200);

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) time: DateTime<Utc>,
    pub(crate) actor: String,
    pub(crate) token_id: String,
    pub(crate) action: String,
    pub(crate) object: String,
    pub(crate) outcome: Outcome,
    pub(crate) request_id: String,
    pub(crate) address: String,
    /// A JSON object.
    pub(crate) details: String,
}

/// How an action ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Ok,
    Denied,
    Failed,
}

impl Outcome {
    /// Returns the name that is stored.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Denied => "denied",
            Self::Failed => "failed",
        }
    }
}

impl Entry {
    /// Returns the line about an action in the request of `ctx`.
    pub(crate) fn new(
        ctx: &Ctx,
        time: DateTime<Utc>,
        action: &str,
        object: &str,
        outcome: Outcome,
    ) -> Self {
        let (actor, token_id) = match &ctx.caller {
            Caller::Anonymous => (String::new(), String::new()),
            Caller::User(actor) => (actor.user_id.clone(), actor.token_id.clone()),
            Caller::System { module } => (format!("system:{module}"), String::new()),
        };
        Self {
            time,
            actor,
            token_id,
            action: action.to_owned(),
            object: one_line(object),
            outcome,
            request_id: ctx.request_id.clone(),
            address: ctx.client_address.clone().unwrap_or_default(),
            details: "{}".to_owned(),
        }
    }

    /// Returns the line that another module asks for, or a fault naming what is wrong with it.
    pub(crate) fn parse(event: &pb::AuditEvent, time: DateTime<Utc>) -> Result<Self, Fault> {
        let action = checked_text("action", &event.action, ACTION_MAX)?;
        if !action
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b"._".contains(&b))
        {
            return Err(Fault::invalid("action", "must be of a-z, '.' and '_'"));
        }
        let object = optional_text("object", &event.object, OBJECT_MAX)?.unwrap_or_default();
        Ok(Self {
            time,
            actor: event.actor.clone(),
            token_id: event.token_id.clone(),
            action,
            object: one_line(&object),
            outcome: convert::outcome(event.outcome)?,
            request_id: event.request_id.clone(),
            address: event.address.clone(),
            details: checked_details(&event.details_json)?,
        })
    }

    /// Returns the line with another actor, for a request that made the caller known.
    pub(crate) fn by(mut self, user_id: &str) -> Self {
        user_id.clone_into(&mut self.actor);
        self
    }
}

/// Takes lines at once and stores them in batches.
#[derive(Clone)]
pub(crate) struct AuditLog {
    queue: mpsc::Sender<Entry>,
    store: Store,
}

impl AuditLog {
    /// Starts the task that stores the lines.
    pub(crate) fn start(store: Store, tasks: &Tasks) -> Self {
        let (queue, received) = mpsc::channel(QUEUE);
        let work = store_batches(store.clone(), received, tasks.shutdown_token());
        tasks.spawn("audit log", work);
        Self { queue, store }
    }

    /// Takes a line; it is stored a moment later.
    pub(crate) async fn record(&self, entry: Entry) {
        if let Err(mpsc::error::SendError(entry)) = self.queue.send(entry).await {
            // The task has ended with the beginning of shutdown; what comes later goes straight on.
            store_all(&self.store, vec![entry]).await;
        }
    }
}

async fn store_batches(
    store: Store,
    mut queue: mpsc::Receiver<Entry>,
    shutdown: CancellationToken,
) {
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        tokio::select! {
            _ = queue.recv_many(&mut batch, BATCH) => {}
            () = shutdown.cancelled() => break,
        }
        if batch.is_empty() {
            return;
        }
        fill(&mut batch, &mut queue, &shutdown).await;
        store_all(&store, std::mem::take(&mut batch)).await;
    }
    queue.close();
    while queue.recv_many(&mut batch, BATCH).await > 0 {
        store_all(&store, std::mem::take(&mut batch)).await;
    }
}

/// Waits a moment for more lines, so that a commit is shared by many.
async fn fill(
    batch: &mut Vec<Entry>,
    queue: &mut mpsc::Receiver<Entry>,
    shutdown: &CancellationToken,
) {
    let wait = tokio::time::sleep(BATCH_WAIT);
    tokio::pin!(wait);
    while batch.len() < BATCH {
        let room = BATCH - batch.len();
        tokio::select! {
            taken = queue.recv_many(batch, room) => if taken == 0 { return },
            () = &mut wait => return,
            () = shutdown.cancelled() => return,
        }
    }
}

async fn store_all(store: &Store, batch: Vec<Entry>) {
    let batch: Arc<[Entry]> = batch.into();
    for attempt in 1..=ATTEMPTS {
        let Err(error) = store.append_audit(&batch).await else {
            return;
        };
        let cause = faultmaven_kit::fault::chain(&error);
        if attempt == ATTEMPTS {
            tracing::error!(error = %cause, lines = batch.len(), "audit lines are lost");
            return;
        }
        tracing::warn!(error = %cause, "audit lines cannot be stored; trying again");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Returns `text` with nothing in it that could begin a new line of a log or steer a terminal.
fn one_line(text: &str) -> String {
    escape_control(text)
        .replace('\n', "\\n")
        .replace('\t', "\\t")
}

fn checked_details(details: &str) -> Result<String, Fault> {
    if details.trim().is_empty() {
        return Ok("{}".to_owned());
    }
    let object: Map<String, Value> = serde_json::from_str(details)
        .map_err(|_| Fault::invalid("details_json", "must be a JSON object"))?;
    let details = escaped_json(&Value::Object(object).to_string());
    if details.len() > DETAILS_MAX_BYTES {
        let limit = format!("must have at most {DETAILS_MAX_BYTES} bytes");
        return Err(Fault::invalid("details_json", limit));
    }
    Ok(details)
}

/// Spells out what JSON lets stand in strings but a terminal would obey.
fn escaped_json(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        let is_bidi = matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if is_bidi || character.is_control() {
            // Writing to a String cannot fail, and all of these fit into four digits.
            let _ = write!(escaped, "\\u{:04x}", u32::from(character));
        } else {
            escaped.push(character);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn parse(action: &str, object: &str, details: &str) -> Result<Entry, Fault> {
        let event = pb::AuditEvent {
            actor: "system:case".to_owned(),
            request_id: "req_1".to_owned(),
            action: action.to_owned(),
            object: object.to_owned(),
            outcome: pb::AuditOutcome::Ok.into(),
            details_json: details.to_owned(),
            ..pb::AuditEvent::default()
        };
        Entry::parse(&event, NOW)
    }

    #[test]
    fn a_line_says_who_did_what() {
        let entry = parse("case.delete", "case_1", r#"{"turns": 3}"#).unwrap();
        assert_eq!(entry.actor, "system:case");
        assert_eq!(entry.request_id, "req_1");
        assert_eq!(entry.details, r#"{"turns":3}"#);
    }

    #[test]
    fn a_line_stays_one_line() {
        let entry = parse(
            "case.delete",
            "a\nb\x1b[2J",
            "{\"k\": \"\u{9b}2J\u{202e}\"}",
        )
        .unwrap();
        assert_eq!(entry.object, "a\\nb\\u{1b}[2J");
        assert_eq!(entry.details, r#"{"k":"\u009b2J\u202e"}"#);
        let details: Value = serde_json::from_str(&entry.details).unwrap();
        assert_eq!(details["k"], "\u{9b}2J\u{202e}");
    }

    #[test]
    fn details_are_a_small_object() {
        assert_eq!(parse("a.b", "", " ").unwrap().details, "{}");
        for wrong in ["[]", "1", "{", "null"] {
            let fault = parse("a.b", "", wrong).unwrap_err();
            assert_eq!(fault.violations[0].field, "details_json");
        }
        let large = format!(r#"{{"k":"{}"}}"#, "x".repeat(DETAILS_MAX_BYTES));
        assert!(
            parse("a.b", "", &large)
                .unwrap_err()
                .message
                .contains("2048")
        );
    }

    #[test]
    fn an_action_is_a_plain_name() {
        for wrong in ["", "Case.Delete", "case delete", "case\nb"] {
            assert!(parse(wrong, "", "").is_err(), "{wrong:?}");
        }
    }
}
