//! What every vendor's dialect must do.

use std::ops::ControlFlow;

use faultmaven_kit::Secret;
use serde_json::{Value, json};
use url::Url;

use crate::chat::{Chunk, Conversation, Message, Stop, Tool};
use crate::failure::{Failure, Refusal};

/// A vendor's way to put calls and answers; no I/O.
pub(crate) trait Dialect: Send + Sync {
    /// Returns the call that continues the conversation.
    fn call(&self, conversation: &Conversation) -> Call;

    /// Returns whether the vendor makes the answer match the conversation's schema.
    fn shapes_answers(&self, conversation: &Conversation) -> bool;

    /// Returns how the answer is cut into payloads.
    fn framing(&self) -> Framing;

    /// Returns what reads the payloads of one answer.
    fn decoder(&self) -> Box<dyn Decoder>;
}

/// Reads an answer payload by payload.
pub(crate) trait Decoder: Send {
    /// Appends what a payload tells to `chunks`; breaks after the last one.
    fn decode(
        &mut self,
        payload: &str,
        chunks: &mut Vec<Chunk>,
    ) -> Result<ControlFlow<()>, Failure>;

    /// Returns why the model stopped, or nothing when the answer is cut.
    fn stop(&self) -> Option<Stop>;
}

/// How an answer is cut into payloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Server-sent events.
    Events,
    /// One payload a line.
    Lines,
}

/// A call of a vendor.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) url: Url,
    /// Header and value.
    pub(crate) headers: Vec<(&'static str, Secret)>,
    pub(crate) body: Value,
}

/// Returns the address of `path` below where a vendor's interface begins.
pub(crate) fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    url
}

/// Returns the instructions and the messages as OpenAI orders them; others do it likewise.
pub(crate) fn messages(conversation: &Conversation, message: fn(&Message) -> Value) -> Vec<Value> {
    let instructions = Some(&conversation.instructions).filter(|it| !it.is_empty());
    let instructions = instructions.map(|it| json!({"role": "system", "content": it}));
    let messages = conversation.messages.iter().map(message);
    instructions.into_iter().chain(messages).collect()
}

/// Returns a tool as OpenAI describes it; others do it likewise.
pub(crate) fn function(tool: &Tool) -> Value {
    json!({"type": "function", "function": {
        "name": tool.name, "description": tool.description, "parameters": tool.schema,
    }})
}

/// Returns a payload as JSON.
pub(crate) fn parsed<T: serde::de::DeserializeOwned>(payload: &str) -> Result<T, Failure> {
    serde_json::from_str(payload).map_err(|_| Failure::Garbled)
}

/// Returns what the `error` of a body or payload says, whichever vendor wrote it.
pub(crate) fn refusal(status: u16, body: &Value) -> Refusal {
    let error = &body["error"];
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let kind = text(&error["code"]).or_else(|| text(&error["type"]));
    let message = text(error).or_else(|| text(&error["message"]));
    Refusal {
        status,
        kind: kind.unwrap_or_default(),
        message: message.unwrap_or_default(),
        retry_after: None,
    }
}

/// Returns what an error within an answer means, whose status was sent before it was known.
pub(crate) fn late_failure(payload: &Value) -> Failure {
    let refusal = refusal(500, payload);
    let status = match refusal.kind.as_str() {
        "overloaded_error" | "server_overloaded" => 529,
        "rate_limit_error" | "rate_limit_exceeded" => 429,
        "authentication_error" | "permission_error" | "invalid_api_key" => 401,
        "invalid_request_error" => 400,
        _ => 500,
    };
    Refusal { status, ..refusal }.failure()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_put_below_the_base() {
        for base in ["http://host:1/v1", "http://host:1/v1/"] {
            let url = below(&base.parse().unwrap(), "chat/completions");
            assert_eq!(url.as_str(), "http://host:1/v1/chat/completions");
        }
        let url = below(&"http://host:1".parse().unwrap(), "api/chat");
        assert_eq!(url.as_str(), "http://host:1/api/chat");
    }

    #[test]
    fn errors_within_an_answer_are_told_apart() {
        let retry_after = None;
        for (payload, expected) in [
            (
                json!({"error": {"type": "overloaded_error", "message": "Overloaded"}}),
                Failure::Overloaded { retry_after },
            ),
            (
                json!({"error": {"code": "rate_limit_exceeded"}}),
                Failure::RateLimited { retry_after },
            ),
            (
                json!({"error": "llama runner died"}),
                Failure::ServerError(500),
            ),
        ] {
            assert_eq!(late_failure(&payload), expected);
        }
    }
}
