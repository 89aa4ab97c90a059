//! Ollama's chat.

use std::ops::ControlFlow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::vendor::{
    Call, Decoder, Dialect, Framing, below, function, late_failure, messages, parsed,
};
use crate::chat::{Chunk, Conversation, Message, Stop, Tokens, ToolCall};
use crate::failure::Failure;
use crate::models::Facts;

/// Speaks Ollama's language.
pub(crate) struct Ollama {
    url: Url,
    model: String,
    facts: Facts,
}

impl Ollama {
    pub(crate) fn new(base: &Url, model: String, facts: Facts) -> Self {
        Self {
            url: below(base, "api/chat"),
            model,
            facts,
        }
    }
}

impl Dialect for Ollama {
    fn call(&self, conversation: &Conversation) -> Call {
        // Without its size the context is a small default, and what does not fit is dropped silently.
        let mut body = json!({
            "model": self.model,
            "messages": messages(conversation, message),
            "stream": true,
            "options": {"num_ctx": self.facts.context, "num_predict": conversation.max_output},
        });
        if !conversation.tools.is_empty() {
            body["tools"] = conversation.tools.iter().map(function).collect();
        }
        if let Some(schema) = &conversation.answer_schema {
            body["format"] = schema.clone();
        }
        Call {
            url: self.url.clone(),
            headers: Vec::new(),
            body,
        }
    }

    fn shapes_answers(&self, conversation: &Conversation) -> bool {
        // A format would keep the model from calling tools.
        self.facts.structured && conversation.tools.is_empty()
    }

    fn framing(&self) -> Framing {
        Framing::Lines
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(OllamaDecoder::default())
    }
}

fn message(message: &Message) -> Value {
    match message {
        Message::User { text, images } => {
            let images = images.iter().map(|image| STANDARD.encode(&image.data));
            let images: Vec<String> = images.collect();
            json!({"role": "user", "content": text, "images": images})
        }
        Message::Assistant { text, calls } => {
            let calls = calls
                .iter()
                .map(|call| json!({"function": {"name": call.name, "arguments": call.object()}}));
            let calls: Vec<Value> = calls.collect();
            json!({"role": "assistant", "content": text, "tool_calls": calls})
        }
        Message::Tool { name, text, .. } => {
            json!({"role": "tool", "tool_name": name, "content": text})
        }
    }
}

#[derive(Default)]
struct OllamaDecoder {
    calls: usize,
    stop: Option<Stop>,
}

#[derive(Deserialize)]
struct Payload {
    message: Option<Said>,
    #[serde(default)]
    done: bool,
    done_reason: Option<String>,
    prompt_eval_count: Option<u32>,
    eval_count: Option<u32>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    content: String,
    #[serde(default)]
    tool_calls: Vec<SaidCall>,
}

#[derive(Deserialize)]
struct SaidCall {
    function: SaidFunction,
}

#[derive(Deserialize)]
struct SaidFunction {
    name: String,
    #[serde(default)]
    arguments: Value,
}

impl Decoder for OllamaDecoder {
    fn decode(
        &mut self,
        payload: &str,
        chunks: &mut Vec<Chunk>,
    ) -> Result<ControlFlow<()>, Failure> {
        let payload: Payload = parsed(payload)?;
        if let Some(error) = payload.error {
            return Err(late_failure(&json!({"error": error})));
        }
        if let Some(said) = payload.message {
            let text = Some(said.content).filter(|it| !it.is_empty());
            chunks.extend(text.map(Chunk::Text));
            chunks.extend(said.tool_calls.into_iter().map(|it| self.call(it)));
        }
        if !payload.done {
            return Ok(ControlFlow::Continue(()));
        }
        chunks.push(Chunk::Tokens(Tokens {
            input: payload.prompt_eval_count.unwrap_or(0),
            output: payload.eval_count.unwrap_or(0),
            ..Tokens::default()
        }));
        self.stop = Some(match payload.done_reason.as_deref() {
            Some("length") => Stop::Length,
            _ if self.calls > 0 => Stop::ToolCalls,
            _ => Stop::End,
        });
        Ok(ControlFlow::Break(()))
    }

    fn stop(&self) -> Option<Stop> {
        self.stop
    }
}

impl OllamaDecoder {
    /// The vendor gives calls no ids.
    fn call(&mut self, call: SaidCall) -> Chunk {
        self.calls += 1;
        Chunk::Call(ToolCall {
            id: format!("call_{}", self.calls),
            name: call.function.name,
            arguments: call.function.arguments.to_string(),
        })
    }
}
