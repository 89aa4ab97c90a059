//! Anthropic's messages.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use faultmaven_kit::Secret;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::vendor::{Call, Decoder, Dialect, Framing, below, late_failure, parsed};
use crate::chat::{Chunk, Conversation, Image, Message, Stop, Tokens, Tool, ToolCall};
use crate::failure::Failure;

const VERSION: &str = "2023-06-01";
/// Answers that must match a schema come as the arguments of a tool, which every model can.
const ANSWER_TOOL: &str = "give_answer";

/// Speaks Anthropic's language.
pub(crate) struct Anthropic {
    url: Url,
    model: String,
    key: Option<Secret>,
}

impl Anthropic {
    pub(crate) fn new(base: &Url, model: String, key: Option<Secret>) -> Self {
        Self {
            url: below(base, "v1/messages"),
            model,
            key,
        }
    }
}

impl Dialect for Anthropic {
    fn call(&self, conversation: &Conversation) -> Call {
        let mut body = json!({
            "model": self.model,
            "max_tokens": conversation.max_output,
            "messages": messages(conversation),
            "stream": true,
        });
        let mut tools: Vec<Value> = conversation.tools.iter().map(tool).collect();
        if let Some(schema) = &conversation.answer_schema {
            body["tool_choice"] = if tools.is_empty() {
                json!({"type": "tool", "name": ANSWER_TOOL})
            } else {
                json!({"type": "any"})
            };
            tools.push(json!({"name": ANSWER_TOOL, "input_schema": schema,
                "description": "Gives the final answer."}));
        }
        if !tools.is_empty() {
            body["tools"] = Value::Array(tools);
        }
        if !conversation.instructions.is_empty() {
            body["system"] = json!([{"type": "text", "text": conversation.instructions,
                "cache_control": {"type": "ephemeral"}}]);
        }
        let key = self.key.clone().map(|key| ("x-api-key", key));
        let version = ("anthropic-version", Secret::new(VERSION));
        Call {
            url: self.url.clone(),
            headers: key.into_iter().chain([version]).collect(),
            body,
        }
    }

    fn shapes_answers(&self, _: &Conversation) -> bool {
        true
    }

    fn framing(&self) -> Framing {
        Framing::Events
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(AnthropicDecoder::default())
    }
}

fn tool(tool: &Tool) -> Value {
    json!({"name": tool.name, "description": tool.description, "input_schema": tool.schema})
}

/// Returns the messages; what tools say belongs to the user, all of it in one message.
fn messages(conversation: &Conversation) -> Vec<Value> {
    let mut messages: Vec<(&str, Vec<Value>)> = Vec::new();
    for message in &conversation.messages {
        let (role, blocks) = blocks(message);
        match messages.last_mut() {
            Some((last, joined)) if *last == role => joined.extend(blocks),
            _ => messages.push((role, blocks)),
        }
    }
    // The next call of a tool loop begins with all of this.
    if let Some(block) = messages.last_mut().and_then(|(_, it)| it.last_mut()) {
        block["cache_control"] = json!({"type": "ephemeral"});
    }
    messages
        .into_iter()
        .map(|(role, content)| json!({"role": role, "content": content}))
        .collect()
}

fn blocks(message: &Message) -> (&'static str, Vec<Value>) {
    match message {
        Message::User { text, images } => (
            "user",
            images.iter().map(image).chain(prose(text)).collect(),
        ),
        Message::Assistant { text, calls } => {
            let calls = calls.iter().map(|call| {
                json!({"type": "tool_use", "id": call.id, "name": call.name,
                    "input": call.object()})
            });
            ("assistant", prose(text).into_iter().chain(calls).collect())
        }
        Message::Tool { call_id, text, .. } => (
            "user",
            vec![json!({"type": "tool_result", "tool_use_id": call_id, "content": text})],
        ),
    }
}

/// Returns a block of text; the vendor refuses empty ones.
fn prose(text: &str) -> Option<Value> {
    (!text.trim().is_empty()).then(|| json!({"type": "text", "text": text}))
}

fn image(image: &Image) -> Value {
    json!({"type": "image", "source": {"type": "base64", "media_type": image.media_type,
        "data": STANDARD.encode(&image.data)}})
}

#[derive(Default)]
struct AnthropicDecoder {
    /// Tool calls that are not whole yet, by the index of their block.
    calls: BTreeMap<usize, ToolCall>,
    tokens: Tokens,
    has_calls: bool,
    reason: Option<String>,
    is_over: bool,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Event {
    MessageStart {
        message: StartedMessage,
    },
    ContentBlockStart {
        index: usize,
        content_block: Block,
    },
    ContentBlockDelta {
        index: usize,
        delta: BlockDelta,
    },
    ContentBlockStop {
        index: usize,
    },
    MessageDelta {
        delta: MessageDelta,
        usage: Option<Usage>,
    },
    MessageStop,
    Error {
        error: Value,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct StartedMessage {
    usage: Option<Usage>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block {
    ToolUse {
        id: String,
        name: String,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum BlockDelta {
    TextDelta {
        text: String,
    },
    InputJsonDelta {
        partial_json: String,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct MessageDelta {
    stop_reason: Option<String>,
}

#[derive(Deserialize)]
struct Usage {
    input_tokens: Option<u32>,
    output_tokens: Option<u32>,
    cache_creation_input_tokens: Option<u32>,
    cache_read_input_tokens: Option<u32>,
}

impl Decoder for AnthropicDecoder {
    fn decode(
        &mut self,
        payload: &str,
        chunks: &mut Vec<Chunk>,
    ) -> Result<ControlFlow<()>, Failure> {
        match parsed(payload)? {
            Event::MessageStart { message } => chunks.extend(self.count(message.usage)),
            Event::ContentBlockStart {
                index,
                content_block: Block::ToolUse { id, name },
            } => {
                let arguments = String::new();
                let call = ToolCall {
                    id,
                    name,
                    arguments,
                };
                self.calls.insert(index, call);
            }
            Event::ContentBlockDelta { index, delta } => {
                chunks.extend(self.piece(index, delta));
            }
            Event::ContentBlockStop { index } => chunks.extend(self.finished(index)),
            Event::MessageDelta { delta, usage } => {
                self.reason = delta.stop_reason.or_else(|| self.reason.take());
                chunks.extend(self.count(usage));
                if self.reason.as_deref() == Some("refusal") {
                    return Err(Failure::Refused);
                }
            }
            Event::MessageStop => {
                self.is_over = true;
                return Ok(ControlFlow::Break(()));
            }
            Event::Error { error } => return Err(late_failure(&json!({"error": error}))),
            Event::ContentBlockStart { .. } | Event::Other => {}
        }
        Ok(ControlFlow::Continue(()))
    }

    fn stop(&self) -> Option<Stop> {
        let reason = self.reason.as_deref().filter(|_| self.is_over)?;
        Some(match reason {
            "max_tokens" | "model_context_window_exceeded" => Stop::Length,
            _ if self.has_calls => Stop::ToolCalls,
            _ => Stop::End,
        })
    }
}

impl AnthropicDecoder {
    fn piece(&mut self, index: usize, delta: BlockDelta) -> Option<Chunk> {
        match delta {
            BlockDelta::TextDelta { text } => Some(Chunk::Text(text)),
            BlockDelta::InputJsonDelta { partial_json } => {
                let call = self.calls.get_mut(&index)?;
                if call.name == ANSWER_TOOL {
                    return Some(Chunk::Text(partial_json));
                }
                call.arguments.push_str(&partial_json);
                None
            }
            BlockDelta::Other => None,
        }
    }

    fn finished(&mut self, index: usize) -> Option<Chunk> {
        let mut call = self.calls.remove(&index)?;
        if call.name == ANSWER_TOOL {
            return None;
        }
        // A tool without parameters gets no pieces at all.
        if call.arguments.is_empty() {
            call.arguments.push_str("{}");
        }
        self.has_calls = true;
        Some(Chunk::Call(call))
    }

    /// Keeps the newest counts; the vendor leaves out those that did not change.
    fn count(&mut self, usage: Option<Usage>) -> Option<Chunk> {
        let usage = usage?;
        let plain = self.tokens.input - self.tokens.cached - self.tokens.written;
        let plain = usage.input_tokens.unwrap_or(plain);
        let written = usage.cache_creation_input_tokens;
        self.tokens.written = written.unwrap_or(self.tokens.written);
        self.tokens.cached = usage.cache_read_input_tokens.unwrap_or(self.tokens.cached);
        self.tokens.input = plain
            .saturating_add(self.tokens.cached)
            .saturating_add(self.tokens.written);
        self.tokens.output = usage.output_tokens.unwrap_or(self.tokens.output);
        Some(Chunk::Tokens(self.tokens))
    }
}
