//! A conversation with whichever model answers.

use std::collections::HashMap;
use std::mem::take;

use faultmaven_kit::Ctx;
use faultmaven_proto::agent::v1::ModelCall;
use faultmaven_proto::case::v1::Assurance;
use faultmaven_proto::llm::v1 as pb;
use pb::complete_response::Event;

use super::failure::Unanswered;
use super::prompts;
use super::provisional::Provisional;
use crate::callees::Callees;
use crate::events::Events;

const TASK: &str = "turn";
/// Failures after which a provider is not asked again in the same turn.
const FOR_GOOD: [&str; 5] = [
    "quota_exhausted",
    "budget_spent",
    "bad_key",
    "content_refused",
    "unknown_model",
];

/// Everything said so far, and what it cost.
pub(crate) struct Talk<'a> {
    pub(crate) callees: &'a Callees,
    pub(crate) ctx: Ctx,
    pub(crate) case_id: &'a str,
    pub(crate) events: &'a Events,
    /// What the text may claim.
    pub(crate) grade: Assurance,
    pub(crate) instructions: String,
    /// The form of an answer.
    pub(crate) schema: String,
    pub(crate) messages: Vec<pb::ChatMessage>,
    pub(crate) max_output_tokens: u32,
    pub(crate) excluded: Vec<String>,
    pub(crate) calls: Vec<ModelCall>,
}

/// What a model said.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) tool_calls: Vec<pb::ToolCall>,
    pub(crate) stop: pb::StopReason,
}

impl Talk<'_> {
    /// Has the conversation continued.
    pub(crate) async fn ask(&mut self, tools: Vec<pb::Tool>) -> Result<Said, Unanswered> {
        let request = pb::CompleteRequest {
            task: TASK.to_owned(),
            case_id: self.case_id.to_owned(),
            instructions: self.instructions.clone(),
            messages: self.messages.clone(),
            tools,
            answer_schema: self.schema.clone(),
            max_output_tokens: self.max_output_tokens,
            excluded_providers: self.excluded.clone(),
        };
        let answer = self.callees.llm().complete(self.ctx.request(request)).await;
        let answer = answer.map_err(|status| Unanswered::from_status(&status))?;
        let mut events = answer.into_inner();
        let mut said = Said::default();
        let mut redacted = HashMap::new();
        let mut shown = Shown::new(self.grade);
        loop {
            let message = events.message().await;
            let message = message.map_err(|status| Unanswered::from_status(&status))?;
            match message.and_then(|it| it.event) {
                Some(Event::AttemptStarted(started)) => {
                    said = Said::default();
                    shown = Shown::new(self.grade);
                    let model = in_words(&started.provider, &started.model);
                    self.events.step("model", &format!("Asking {model}"));
                    redacted = started.redacted;
                }
                Some(Event::ToolCall(call)) => said.tool_calls.push(call),
                Some(Event::AttemptEnded(ended)) => self.write_down(ended, take(&mut redacted)),
                Some(Event::Completion(completion)) => {
                    said.stop = completion.stop_reason();
                    said.text = completion.text;
                    return Ok(said);
                }
                Some(Event::TextDelta(piece)) => shown.push(&piece, self.events),
                None => return Err(Unanswered::Garbled),
            }
        }
    }

    /// Adds what somebody says to the model.
    pub(crate) fn tell(&mut self, text: String) {
        self.show(text, Vec::new());
    }

    /// Adds what somebody says to the model, with pictures.
    pub(crate) fn show(&mut self, text: String, images: Vec<pb::Image>) {
        self.messages.push(pb::ChatMessage {
            role: pb::ChatRole::User.into(),
            text,
            images,
            ..Default::default()
        });
    }

    /// Adds what the model said.
    pub(crate) fn remember(&mut self, said: &Said) {
        self.messages.push(pb::ChatMessage {
            role: pb::ChatRole::Assistant.into(),
            text: said.text.clone(),
            tool_calls: said.tool_calls.clone(),
            ..Default::default()
        });
    }

    /// Adds what a tool found.
    pub(crate) fn report(&mut self, call: &pb::ToolCall, text: String) {
        self.messages.push(pb::ChatMessage {
            role: pb::ChatRole::Tool.into(),
            text,
            tool_call_id: call.id.clone(),
            ..Default::default()
        });
    }

    /// Returns the model that was asked last, as the user reads it.
    pub(crate) fn model(&self) -> String {
        let last = self.calls.last();
        last.map_or_else(
            || "The model".to_owned(),
            |call| in_words(&call.provider, &call.model),
        )
    }

    /// Returns the model that was asked last, as evidence names its collector.
    pub(crate) fn collector(&self) -> String {
        let last = self.calls.last();
        last.map_or_else(String::new, |call| {
            format!("{}/{}", call.provider, call.model)
        })
    }

    fn write_down(&mut self, ended: pb::AttemptEnded, redacted: HashMap<String, u64>) {
        if FOR_GOOD.contains(&ended.error.as_str()) {
            self.excluded.push(ended.provider.clone());
        }
        self.calls.push(ModelCall {
            provider: ended.provider,
            model: ended.model,
            tokens_in: ended.tokens_in,
            tokens_out: ended.tokens_out,
            cost_usd: ended.cost_usd,
            duration_ms: ended.duration_ms,
            fallback_from: ended.fallback_from,
            error: ended.error,
            redacted,
            prompt_version: prompts::version().to_owned(),
        });
    }
}

/// What the client is shown of one answer.
struct Shown {
    provisional: Provisional,
    has_begun: bool,
}

impl Shown {
    fn new(grade: Assurance) -> Self {
        Self {
            provisional: Provisional::new(grade),
            has_begun: false,
        }
    }

    fn push(&mut self, piece: &str, events: &Events) {
        let text = self.provisional.push(piece);
        if !text.is_empty() {
            events.provisional(text, !self.has_begun);
            self.has_begun = true;
        }
    }
}

fn in_words(provider: &str, model: &str) -> String {
    format!("{provider} ({model})")
}
