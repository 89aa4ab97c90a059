//! Tells the audit log what happened, without anybody waiting for it.

use std::time::Duration;

use faultmaven_proto::auth::v1::auth_internal_service_client::AuthInternalServiceClient;
use faultmaven_proto::auth::v1::{AuditOutcome, RecordAuditRequest};
use futures::StreamExt as _;
use futures::stream;
use tokio::sync::mpsc;

use crate::{Ctx, Fault, Module, Tasks};

/// Lines beyond this are written to the process log instead.
const QUEUE: usize = 8_192;
/// Enough for lines to share the commits of the log's database.
const AT_ONCE: usize = 32;
const PATIENCE: Duration = Duration::from_secs(10);

/// The way to the audit log.
#[derive(Debug, Clone)]
pub struct Audit(mpsc::Sender<(Ctx, RecordAuditRequest)>);

impl Audit {
    /// Starts the task that hands lines on; it empties its queue before it ends.
    pub fn start(tasks: &Tasks, auth: Module) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let shutdown = tasks.shutdown_token();
        let lines = stream::unfold(
            (receiver, shutdown),
            |(mut receiver, shutdown)| async move {
                let line: Option<(Ctx, RecordAuditRequest)> = tokio::select! {
                    biased;
                    line = receiver.recv() => line,
                    () = shutdown.cancelled() => {
                        receiver.close();
                        receiver.recv().await
                    }
                };
                line.map(|line| (line, (receiver, shutdown)))
            },
        );
        tasks.spawn(
            "audit",
            lines.for_each_concurrent(AT_ONCE, move |(ctx, line)| record(auth.clone(), ctx, line)),
        );
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
        let line = RecordAuditRequest {
            action: action.to_owned(),
            object: object.to_owned(),
            outcome: outcome.into(),
            details_json: if details.is_null() {
                String::new()
            } else {
                details.to_string()
            },
        };
        let mut ctx = ctx.clone();
        ctx.deadline = None;
        if let Err(refused) = self.0.try_send((ctx, line)) {
            let (ctx, line) = refused.into_inner();
            let (action, object, request_id) = (line.action, line.object, ctx.request_id);
            tracing::warn!(
                action,
                object,
                request_id,
                "the audit queue is full; this line is kept here only"
            );
        }
    }
}

async fn record(auth: Module, ctx: Ctx, line: RecordAuditRequest) {
    let (action, object) = (line.action.clone(), line.object.clone());
    let request = ctx.with_timeout(PATIENCE).request(line);
    if let Err(status) = AuthInternalServiceClient::new(auth)
        .record_audit(request)
        .await
    {
        let fault = Fault::from_callee("auth", status);
        tracing::warn!(action, object, error = %fault, "the audit log did not take a line");
    }
}
