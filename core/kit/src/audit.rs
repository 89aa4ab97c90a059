//! Tells the audit log what happened, without anybody waiting for it.

use std::time::Duration;

use faultmaven_proto::auth::v1::auth_internal_service_client::AuthInternalServiceClient;
use faultmaven_proto::auth::v1::{AuditEvent, AuditOutcome, RecordAuditRequest};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{Caller, Ctx, Fault, Module, Tasks};

/// Lines beyond this are written to the process log instead.
const QUEUE: usize = 8_192;
/// The most lines of one call, which the audit log limits.
const BATCH: usize = 256;
/// How long a line waits for others that go with it.
const GATHER: Duration = Duration::from_millis(10);
const PATIENCE: Duration = Duration::from_secs(10);

/// The way to the audit log.
#[derive(Debug, Clone)]
pub struct Audit(mpsc::Sender<AuditEvent>);

impl Audit {
    /// Starts the task that hands lines on; it empties its queue before it ends.
    pub fn start(tasks: &Tasks, auth: Module) -> Self {
        let (sender, queue) = mpsc::channel(QUEUE);
        tasks.spawn("audit", hand_on(auth, queue, tasks.shutdown_token()));
        Self(sender)
    }

    /// Records that something was done; `details` are a small JSON object without content or secrets.
    pub fn done(&self, ctx: &Ctx, action: &str, object: &str, details: &serde_json::Value) {
        self.note(ctx, action, object, AuditOutcome::Ok, details);
    }

    /// Records that somebody wanted what they may not do.
    pub fn denied(&self, ctx: &Ctx, action: &str, object: &str, details: &serde_json::Value) {
        self.note(ctx, action, object, AuditOutcome::Denied, details);
    }

    fn note(
        &self,
        ctx: &Ctx,
        action: &str,
        object: &str,
        outcome: AuditOutcome,
        details: &serde_json::Value,
    ) {
        let (actor, token_id) = doer(&ctx.caller);
        let line = AuditEvent {
            actor,
            token_id,
            action: action.to_owned(),
            object: object.to_owned(),
            outcome: outcome.into(),
            request_id: ctx.request_id.clone(),
            address: ctx.client_address.clone().unwrap_or_default(),
            details_json: if details.is_null() {
                String::new()
            } else {
                details.to_string()
            },
            ..AuditEvent::default()
        };
        if let Err(refused) = self.0.try_send(line) {
            keep_here(&refused.into_inner(), "the audit queue is full");
        }
    }
}

/// Returns the actor and the token as the audit log writes them.
fn doer(caller: &Caller) -> (String, String) {
    match caller {
        Caller::Anonymous => (String::new(), String::new()),
        Caller::User(actor) => (actor.user_id.clone(), actor.token_id.clone()),
        Caller::System { module } => (format!("system:{module}"), String::new()),
    }
}

/// Writes a line that the audit log does not get to the process log.
fn keep_here(line: &AuditEvent, why: &str) {
    tracing::warn!(
        action = line.action,
        object = line.object,
        actor = line.actor,
        request_id = line.request_id,
        why,
        "a line of the audit log is kept here"
    );
}

async fn hand_on(auth: Module, mut queue: mpsc::Receiver<AuditEvent>, shutdown: CancellationToken) {
    let mut batch = Vec::with_capacity(BATCH);
    while gather(&mut queue, &mut batch, &shutdown).await {
        record(&auth, std::mem::take(&mut batch)).await;
    }
}

/// Waits for lines, and a moment for more of them; false when no more can come.
async fn gather(
    queue: &mut mpsc::Receiver<AuditEvent>,
    batch: &mut Vec<AuditEvent>,
    shutdown: &CancellationToken,
) -> bool {
    tokio::select! {
        biased;
        taken = queue.recv_many(batch, BATCH) => if taken == 0 { return false },
        () = shutdown.cancelled() => {
            queue.close();
            return queue.recv_many(batch, BATCH).await > 0;
        }
    }
    tokio::select! {
        () = tokio::time::sleep(GATHER) => {}
        () = shutdown.cancelled() => {}
    }
    while batch.len() < BATCH
        && let Ok(line) = queue.try_recv()
    {
        batch.push(line);
    }
    true
}

async fn record(auth: &Module, events: Vec<AuditEvent>) {
    let request = RecordAuditRequest {
        events: events.clone(),
    };
    let ctx = Ctx::system("audit", "audit").with_timeout(PATIENCE);
    if let Err(status) = AuthInternalServiceClient::new(auth.clone())
        .record_audit(ctx.request(request))
        .await
    {
        let fault = Fault::from_callee("auth", status);
        let why = format!("the audit log did not take all of its batch: {fault}");
        events.iter().for_each(|line| keep_here(line, &why));
    }
}
