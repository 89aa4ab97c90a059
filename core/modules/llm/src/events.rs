//! What a caller is told while models are asked.

use faultmaven_proto::llm::v1 as pb;
use pb::complete_response::Event;
use tokio::sync::mpsc;
use tonic::Status;

use crate::chat::{Stop, ToolCall};
use crate::failure::Failure;
use crate::redaction::Completed;

/// As many events may wait for a slow reader before the model is made to wait.
const WAITING_MAX: usize = 64;

/// The caller's end of the events.
pub(crate) type Receiver = mpsc::Receiver<Result<pb::CompleteResponse, Status>>;

/// The way to the caller.
pub(crate) struct Events(mpsc::Sender<Result<pb::CompleteResponse, Status>>);

impl Events {
    /// Returns both ends.
    pub(crate) fn channel() -> (Self, Receiver) {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        (Self(sender), receiver)
    }

    /// Returns once nobody waits any more.
    pub(crate) async fn closed(&self) {
        self.0.closed().await;
    }

    pub(crate) async fn started(&self, started: pb::AttemptStarted) {
        self.send(Event::AttemptStarted(started)).await;
    }

    pub(crate) async fn text(&self, text: String) {
        self.send(Event::TextDelta(text)).await;
    }

    pub(crate) async fn call(&self, call: ToolCall, problem: Option<String>) {
        self.send(Event::ToolCall(pb::ToolCall {
            id: call.id,
            name: call.name,
            arguments: call.arguments,
            problem: problem.unwrap_or_default(),
        }))
        .await;
    }

    pub(crate) async fn ended(&self, ended: pb::AttemptEnded) {
        self.send(Event::AttemptEnded(ended)).await;
    }

    /// Sends the last event.
    pub(crate) async fn finish(self, outcome: Result<Completed, Failure>) {
        match outcome {
            Ok(completed) => {
                let stop_reason = match completed.stop {
                    Stop::End => pb::StopReason::End,
                    Stop::ToolCalls => pb::StopReason::ToolCalls,
                    Stop::Length => pb::StopReason::Length,
                };
                self.send(Event::Completion(pb::Completion {
                    text: completed.text,
                    stop_reason: stop_reason.into(),
                    unknown_placeholders: u32::try_from(completed.unknown_placeholders)
                        .unwrap_or(u32::MAX),
                }))
                .await;
            }
            Err(failure) => self.put(Err(failure.into())).await,
        }
    }

    async fn send(&self, event: Event) {
        let event = Some(event);
        self.put(Ok(pb::CompleteResponse { event })).await;
    }

    async fn put(&self, event: Result<pb::CompleteResponse, Status>) {
        // Whoever does not wait any more is noticed by `closed`.
        let _ = self.0.send(event).await;
    }
}
