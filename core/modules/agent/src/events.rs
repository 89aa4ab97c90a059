//! What a running turn tells the client that waits for it.

use faultmaven_proto::agent::v1 as pb;
use faultmaven_proto::agent::v1::submit_turn_response::Event;
use faultmaven_proto::evidence::v1::UploadedFile;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tonic::Status;

use crate::convert;
use crate::error::TurnError;

/// Characters of one text delta; an answer arrives in a few chunks.
const DELTA_CHARS: usize = 600;

/// The events as the client receives them.
pub(crate) type EventReceiver = UnboundedReceiver<Result<pb::SubmitTurnResponse, Status>>;

/// Sends events; once the client has gone they are dropped, and the turn goes on.
#[derive(Debug, Clone)]
pub(crate) struct Events {
    client: UnboundedSender<Result<pb::SubmitTurnResponse, Status>>,
    step: watch::Sender<pb::TurnStep>,
}

impl Events {
    /// Returns both ends of a turn's events; a turn has a few dozen, so they need no bound.
    pub(crate) fn channel() -> (Self, EventReceiver) {
        let (client, receiver) = unbounded_channel();
        let (step, _) = watch::channel(pb::TurnStep::default());
        (Self { client, step }, receiver)
    }

    /// Returns what follows the steps of the turn.
    pub(crate) fn steps(&self) -> watch::Receiver<pb::TurnStep> {
        self.step.subscribe()
    }

    /// Says which turn has begun.
    pub(crate) fn accepted(&self, turn_number: i32) {
        self.send(Event::Accepted(pb::TurnAccepted { turn_number }));
    }

    /// Says where the processing of a file stands.
    pub(crate) fn file(&self, file: &UploadedFile) {
        let state = convert::file_state(file.state());
        self.send(Event::File(pb::FileProgress {
            file_id: file.file_id.clone(),
            state: state.to_owned(),
            percent: convert::percent_read(file),
        }));
    }

    /// Says what the engine does next.
    pub(crate) fn step(&self, name: &str, description: &str) {
        let step = pb::TurnStep {
            name: name.to_owned(),
            description: description.to_owned(),
        };
        self.step.send_replace(step.clone());
        self.send(Event::Step(step));
    }

    /// Shows what a model is writing.
    pub(crate) fn provisional(&self, text: String, begins: bool) {
        self.send(Event::Provisional(pb::ProvisionalText { text, begins }));
    }

    /// Says which job tells how the turn ends.
    pub(crate) fn deferred(&self, job_id: String) {
        self.send(Event::Deferred(pb::TurnDeferred { job_id }));
    }

    /// Sends the answer in a few chunks, then the committed turn.
    pub(crate) fn result(&self, result: pb::TurnResult) {
        for part in &result.dropped {
            self.send(Event::Dropped(part.clone()));
        }
        for delta in deltas(&result.answer) {
            self.send(Event::TextDelta(delta));
        }
        self.send(Event::Result(Box::new(result)));
    }

    /// Ends the stream with an error.
    pub(crate) fn fail(&self, error: TurnError) {
        // Nobody may listen any more.
        let _ = self.client.send(Err(error.into()));
    }

    fn send(&self, event: Event) {
        // Nobody may listen any more.
        let _ = self
            .client
            .send(Ok(pb::SubmitTurnResponse { event: Some(event) }));
    }
}

/// Returns how far a turn is at a step, of a hundred.
pub(crate) fn percent(step: &pb::TurnStep) -> u8 {
    match step.name.as_str() {
        "analyze" => 10,
        "reason" => 40,
        "verify" => 50,
        "context" => 60,
        "model" | "tool" => 70,
        "commit" => 90,
        _ => 1,
    }
}

/// Cuts a text behind lines, so that no chunk ends inside a word or a marker.
fn deltas(text: &str) -> Vec<String> {
    let mut deltas: Vec<String> = Vec::new();
    for line in text.split_inclusive('\n') {
        match deltas.last_mut() {
            Some(last) if last.len() + line.len() <= DELTA_CHARS => last.push_str(line),
            _ => deltas.push(line.to_owned()),
        }
    }
    deltas
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deltas_join_to_the_whole_text() {
        let text = "A line of an answer.\n".repeat(100);
        let deltas = deltas(&text);
        assert!(deltas.len() > 2 && deltas.len() < 10);
        assert_eq!(deltas.concat(), text);
    }
}
