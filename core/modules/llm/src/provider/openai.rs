//! OpenAI's chat completions, and whatever speaks like them.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use faultmaven_kit::Secret;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::vendor::{
    Call, Decoder, Dialect, Framing, below, function, late_failure, messages, parsed,
};
use crate::chat::{Chunk, Conversation, Message, Stop, Tokens, ToolCall};
use crate::failure::Failure;
use crate::models::Facts;

const OVER: &str = "[DONE]";

/// Speaks OpenAI's language.
pub(crate) struct OpenAi {
    url: Url,
    model: String,
    key: Option<Secret>,
    facts: Facts,
    /// The older name is the one that others know.
    output_limit: &'static str,
}

impl OpenAi {
    pub(crate) fn new(base: &Url, model: String, key: Option<Secret>, facts: Facts) -> Self {
        Self {
            url: below(base, "chat/completions"),
            model,
            key,
            facts,
            output_limit: "max_completion_tokens",
        }
    }

    pub(crate) fn compatible(base: &Url, model: String, key: Option<Secret>, facts: Facts) -> Self {
        Self {
            output_limit: "max_tokens",
            ..Self::new(base, model, key, facts)
        }
    }
}

impl Dialect for OpenAi {
    fn call(&self, conversation: &Conversation) -> Call {
        // The part that stays the same comes first, which is what the vendor caches by.
        let mut body = json!({
            "model": self.model,
            "messages": messages(conversation, message),
            "stream": true,
            "stream_options": {"include_usage": true},
        });
        body[self.output_limit] = json!(conversation.max_output);
        if !conversation.tools.is_empty() {
            body["tools"] = conversation.tools.iter().map(function).collect();
        }
        if let Some(schema) = &conversation.answer_schema {
            body["response_format"] = json!({"type": "json_schema", "json_schema": {
                "name": "answer", "schema": schema, "strict": is_strict(schema),
            }});
        }
        let key = self.key.as_ref();
        let bearer = key.map(|key| Secret::new(format!("Bearer {}", key.reveal())));
        Call {
            url: self.url.clone(),
            headers: bearer.map(|it| ("authorization", it)).into_iter().collect(),
            body,
        }
    }

    fn shapes_answers(&self, _: &Conversation) -> bool {
        self.facts.structured
    }

    fn framing(&self) -> Framing {
        Framing::Events
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(OpenAiDecoder::default())
    }
}

fn message(message: &Message) -> Value {
    match message {
        Message::User { text, images } if images.is_empty() => {
            json!({"role": "user", "content": text})
        }
        Message::User { text, images } => {
            let mut parts = vec![json!({"type": "text", "text": text})];
            parts.extend(images.iter().map(|image| {
                let data = STANDARD.encode(&image.data);
                let url = format!("data:{};base64,{data}", image.media_type);
                json!({"type": "image_url", "image_url": {"url": url}})
            }));
            json!({"role": "user", "content": parts})
        }
        Message::Assistant { text, calls } if calls.is_empty() => {
            json!({"role": "assistant", "content": text})
        }
        Message::Assistant { text, calls } => {
            let calls: Value = calls.iter().map(call).collect();
            json!({"role": "assistant", "content": text, "tool_calls": calls})
        }
        Message::Tool { call_id, text, .. } => {
            json!({"role": "tool", "tool_call_id": call_id, "content": text})
        }
    }
}

fn call(call: &ToolCall) -> Value {
    json!({"id": call.id, "type": "function", "function": {
        "name": call.name, "arguments": call.arguments,
    }})
}

/// Returns whether the vendor can hold an answer to the schema to the letter.
fn is_strict(schema: &Value) -> bool {
    match schema {
        Value::Object(object) => {
            let properties = object.get("properties").and_then(Value::as_object);
            let is_whole = properties.is_none_or(|properties| {
                let required = object.get("required").and_then(Value::as_array);
                let is_required = |name: &String| {
                    required.is_some_and(|it| it.contains(&Value::String(name.clone())))
                };
                object.get("additionalProperties") == Some(&Value::Bool(false))
                    && properties.keys().all(is_required)
            });
            is_whole && object.values().all(is_strict)
        }
        Value::Array(values) => values.iter().all(is_strict),
        _ => true,
    }
}

#[derive(Default)]
struct OpenAiDecoder {
    calls: BTreeMap<usize, ToolCall>,
    is_refusal: bool,
    stop: Option<Stop>,
}

#[derive(Deserialize)]
struct Payload {
    #[serde(default)]
    choices: Vec<Choice>,
    usage: Option<Usage>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    delta: Delta,
    finish_reason: Option<String>,
}

#[derive(Default, Deserialize)]
struct Delta {
    content: Option<String>,
    refusal: Option<String>,
    tool_calls: Option<Vec<CallDelta>>,
}

#[derive(Deserialize)]
struct CallDelta {
    index: Option<usize>,
    id: Option<String>,
    function: Option<FunctionDelta>,
}

#[derive(Deserialize)]
struct FunctionDelta {
    name: Option<String>,
    arguments: Option<String>,
}

#[derive(Deserialize)]
struct Usage {
    #[serde(default)]
    prompt_tokens: u32,
    #[serde(default)]
    completion_tokens: u32,
    prompt_tokens_details: Option<PromptTokens>,
}

#[derive(Deserialize)]
struct PromptTokens {
    #[serde(default)]
    cached_tokens: u32,
}

impl Decoder for OpenAiDecoder {
    fn decode(
        &mut self,
        payload: &str,
        chunks: &mut Vec<Chunk>,
    ) -> Result<ControlFlow<()>, Failure> {
        if payload == OVER {
            return Ok(ControlFlow::Break(()));
        }
        let payload: Payload = parsed(payload)?;
        if let Some(error) = payload.error {
            return Err(late_failure(&json!({"error": error})));
        }
        for choice in payload.choices {
            self.read(choice, chunks)?;
        }
        chunks.extend(payload.usage.map(tokens));
        Ok(ControlFlow::Continue(()))
    }

    fn stop(&self) -> Option<Stop> {
        self.stop
    }
}

impl OpenAiDecoder {
    fn read(&mut self, choice: Choice, chunks: &mut Vec<Chunk>) -> Result<(), Failure> {
        let delta = choice.delta;
        self.is_refusal |= delta.refusal.is_some_and(|it| !it.is_empty());
        let text = delta.content.filter(|it| !it.is_empty());
        chunks.extend(text.map(Chunk::Text));
        for call in delta.tool_calls.into_iter().flatten() {
            self.add(call);
        }
        let Some(reason) = choice.finish_reason else {
            return Ok(());
        };
        if self.is_refusal || reason == "content_filter" {
            return Err(Failure::Refused);
        }
        let calls = std::mem::take(&mut self.calls);
        self.stop = Some(match reason.as_str() {
            "length" => Stop::Length,
            _ if !calls.is_empty() => Stop::ToolCalls,
            _ => Stop::End,
        });
        chunks.extend(calls.into_values().map(Chunk::Call));
        Ok(())
    }

    /// Adds a piece of a tool call; who leaves the index out sends whole calls.
    fn add(&mut self, piece: CallDelta) {
        let index = piece.index.unwrap_or(self.calls.len());
        let call = self.calls.entry(index).or_default();
        if let Some(id) = piece.id {
            call.id = id;
        }
        let Some(function) = piece.function else {
            return;
        };
        call.name
            .push_str(function.name.as_deref().unwrap_or_default());
        let arguments = function.arguments.as_deref().unwrap_or_default();
        call.arguments.push_str(arguments);
    }
}

fn tokens(usage: Usage) -> Chunk {
    let details = usage.prompt_tokens_details;
    Chunk::Tokens(Tokens {
        input: usage.prompt_tokens,
        output: usage.completion_tokens,
        cached: details.map_or(0, |it| it.cached_tokens),
        written: 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_schema_without_freedom_is_strict() {
        let strict = json!({"type": "object", "additionalProperties": false,
            "properties": {"a": {"type": "string"}}, "required": ["a"]});
        assert!(is_strict(&strict));
        let mut free = strict.clone();
        free["required"] = json!([]);
        assert!(!is_strict(&free));
        assert!(!is_strict(&json!({"anyOf": [strict, free]})));
    }
}
