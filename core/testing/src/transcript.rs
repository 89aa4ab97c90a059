//! What vendors send, in the shapes that they send it.

use serde_json::{Value, json};

use crate::Reply;

/// How a vendor speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Chat completions.
    OpenAi,
    /// Messages.
    Anthropic,
    /// Chat.
    Ollama,
}

/// As many tokens every answer says it took in and gave.
const TOKENS_IN: u32 = 1_000;
const TOKENS_OUT: u32 = 20;

impl Dialect {
    /// Every dialect.
    pub const ALL: [Self; 3] = [Self::OpenAi, Self::Anthropic, Self::Ollama];

    /// Returns an answer in words.
    pub fn text(self, pieces: &[&str]) -> Reply {
        match self {
            Self::OpenAi => events(openai_text(pieces, "stop")),
            Self::Anthropic => named_events(anthropic(
                &json!({"type": "text", "text": ""}),
                |piece| json!({"type": "text_delta", "text": piece}),
                pieces,
                "end_turn",
            )),
            Self::Ollama => lines(ollama_text(pieces, "stop")),
        }
    }

    /// Returns an answer that must match a schema.
    pub fn shaped(self, pieces: &[&str]) -> Reply {
        match self {
            Self::OpenAi | Self::Ollama => self.text(pieces),
            Self::Anthropic => self.call("give_answer", pieces),
        }
    }

    /// Returns an answer that the output limit cuts.
    pub fn long(self, pieces: &[&str]) -> Reply {
        match self {
            Self::OpenAi => events(openai_text(pieces, "length")),
            Self::Anthropic => named_events(anthropic(
                &json!({"type": "text", "text": ""}),
                |piece| json!({"type": "text_delta", "text": piece}),
                pieces,
                "max_tokens",
            )),
            Self::Ollama => lines(ollama_text(pieces, "length")),
        }
    }

    /// Returns a wish to use a tool; Ollama sends arguments in one piece, and as JSON only.
    pub fn call(self, tool: &str, arguments: &[&str]) -> Reply {
        match self {
            Self::OpenAi => events(openai_call(tool, arguments)),
            Self::Anthropic => named_events(anthropic(
                &json!({"type": "tool_use", "id": "toolu_01", "name": tool, "input": {}}),
                |piece| json!({"type": "input_json_delta", "partial_json": piece}),
                arguments,
                "tool_use",
            )),
            Self::Ollama => {
                let arguments: Value = serde_json::from_str(&arguments.concat()).unwrap();
                let call = json!({"function": {"name": tool, "arguments": arguments}});
                let said = json!({"role": "assistant", "content": "", "tool_calls": [call]});
                let said = json!({"model": "m", "message": said, "done": false});
                lines(vec![said, ollama_end("stop")])
            }
        }
    }

    /// Returns an answer in which something is not JSON.
    pub fn garbled(self) -> Reply {
        match self {
            Self::OpenAi | Self::Anthropic => Reply::new(
                200,
                "text/event-stream",
                vec!["data: {\"choices\": [\n\n".to_owned()],
            ),
            Self::Ollama => Reply::new(200, "application/x-ndjson", vec!["{\"mess\n".to_owned()]),
        }
    }

    /// Returns an error in the middle of an answer.
    pub fn error_within(self) -> Reply {
        match self {
            Self::OpenAi => events(vec![
                json!({"error": {"message": "The server had an error", "type": "server_error"}}),
            ]),
            Self::Anthropic => named_events(vec![
                json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
            ]),
            Self::Ollama => lines(vec![
                json!({"error": "llama runner process has terminated"}),
            ]),
        }
    }

    /// Returns a refusal with the vendor's word for it.
    pub fn refusal(self, status: u16, kind: &str, message: &str) -> Reply {
        let body = match self {
            Self::OpenAi => json!({"error": {"message": message, "type": kind, "param": null,
                "code": kind}}),
            Self::Anthropic => json!({"type": "error", "error": {"type": kind, "message": message},
                "request_id": "req_011"}),
            Self::Ollama => json!({"error": message}),
        };
        Reply::refusal(status, &body)
    }
}

fn events(payloads: Vec<Value>) -> Reply {
    let payloads = payloads.iter().map(Value::to_string);
    let payloads = payloads.chain(["[DONE]".to_owned()]);
    let pieces = payloads.map(|it| format!("data: {it}\n\n")).collect();
    Reply::new(200, "text/event-stream", pieces)
}

fn named_events(payloads: Vec<Value>) -> Reply {
    let pieces = payloads.iter().map(|it| {
        let name = it["type"].as_str().unwrap();
        format!("event: {name}\ndata: {it}\n\n")
    });
    Reply::new(200, "text/event-stream; charset=utf-8", pieces.collect())
}

fn lines(payloads: Vec<Value>) -> Reply {
    let pieces = payloads.iter().map(|it| format!("{it}\n")).collect();
    Reply::new(200, "application/x-ndjson", pieces)
}

fn openai_chunk(delta: &Value, finish_reason: Option<&str>) -> Value {
    json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_741_096_800,
        "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}],
        "usage": null})
}

fn openai_usage() -> Value {
    json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "m", "choices": [],
        "usage": {"prompt_tokens": TOKENS_IN, "completion_tokens": TOKENS_OUT,
            "total_tokens": TOKENS_IN + TOKENS_OUT,
            "prompt_tokens_details": {"cached_tokens": 500}}})
}

fn openai_text(pieces: &[&str], finish_reason: &str) -> Vec<Value> {
    let mut payloads = vec![openai_chunk(
        &json!({"role": "assistant", "content": "", "refusal": null}),
        None,
    )];
    let texts = pieces
        .iter()
        .map(|it| openai_chunk(&json!({"content": it}), None));
    payloads.extend(texts);
    payloads.push(openai_chunk(&json!({}), Some(finish_reason)));
    payloads.push(openai_usage());
    payloads
}

fn openai_call(tool: &str, arguments: &[&str]) -> Vec<Value> {
    let begin = json!({"index": 0, "id": "call_abc", "type": "function",
        "function": {"name": tool, "arguments": ""}});
    let mut payloads = vec![openai_chunk(
        &json!({"role": "assistant", "content": null, "tool_calls": [begin]}),
        None,
    )];
    payloads.extend(arguments.iter().map(|piece| {
        let piece = json!({"index": 0, "function": {"arguments": piece}});
        openai_chunk(&json!({"tool_calls": [piece]}), None)
    }));
    payloads.push(openai_chunk(&json!({}), Some("tool_calls")));
    payloads.push(openai_usage());
    payloads
}

fn anthropic(
    block: &Value,
    delta: fn(&str) -> Value,
    pieces: &[&str],
    stop_reason: &str,
) -> Vec<Value> {
    let usage = json!({"input_tokens": 400, "cache_creation_input_tokens": 100,
        "cache_read_input_tokens": 500, "output_tokens": 1});
    let message = json!({"id": "msg_01", "type": "message", "role": "assistant", "model": "m",
        "content": [], "stop_reason": null, "stop_sequence": null, "usage": usage});
    let mut payloads = vec![
        json!({"type": "message_start", "message": message}),
        json!({"type": "content_block_start", "index": 0, "content_block": block}),
        json!({"type": "ping"}),
    ];
    payloads.extend(
        pieces
            .iter()
            .map(|it| json!({"type": "content_block_delta", "index": 0, "delta": delta(it)})),
    );
    payloads.extend([
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": stop_reason,
            "stop_sequence": null}, "usage": {"output_tokens": TOKENS_OUT}}),
        json!({"type": "message_stop"}),
    ]);
    payloads
}

fn ollama_text(pieces: &[&str], done_reason: &str) -> Vec<Value> {
    let said = pieces.iter().map(|piece| {
        json!({"model": "m", "created_at": "2025-03-04T14:00:00Z",
            "message": {"role": "assistant", "content": piece}, "done": false})
    });
    said.chain([ollama_end(done_reason)]).collect()
}

fn ollama_end(done_reason: &str) -> Value {
    json!({"model": "m", "created_at": "2025-03-04T14:00:01Z",
        "message": {"role": "assistant", "content": ""}, "done": true,
        "done_reason": done_reason, "total_duration": 1_000_000_000,
        "prompt_eval_count": TOKENS_IN, "eval_count": TOKENS_OUT})
}
