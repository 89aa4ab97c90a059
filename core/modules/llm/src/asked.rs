//! What a caller asks for, read from its message.

use std::collections::{BTreeMap, BTreeSet};

use faultmaven_kit::text::{checked_text, optional_text};
use faultmaven_kit::{Caller, Ctx, Fault};
use faultmaven_proto::llm::v1 as pb;
use serde_json::Value;
use tokio::time::Instant;

use crate::chat::{Conversation, Image, Message, Tool, ToolCall};
use crate::convert::NAME_MAX;

const MESSAGES_MAX: usize = 1_000;
const TOOLS_MAX: usize = 64;
const OUTPUT_DEFAULT: u32 = 8_192;
const IMAGE_TYPES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/// A conversation to continue, and for whom.
#[derive(Debug)]
pub(crate) struct Asked {
    /// Empty for what nobody asked for.
    pub(crate) user_id: String,
    pub(crate) case_id: Option<String>,
    pub(crate) task: String,
    pub(crate) conversation: Conversation,
    pub(crate) excluded: Vec<String>,
    pub(crate) deadline: Option<Instant>,
}

/// Reads a request.
pub(crate) fn asked(ctx: &Ctx, request: pb::CompleteRequest) -> Result<Asked, Fault> {
    let user_id = match &ctx.caller {
        Caller::User(actor) => actor.user_id.clone(),
        Caller::System { .. } => String::new(),
        Caller::Anonymous => return Err(Fault::unauthenticated("only modules may ask models")),
    };
    Ok(Asked {
        user_id,
        case_id: optional_text("case_id", &request.case_id, NAME_MAX)?,
        task: checked_text("task", &request.task, NAME_MAX)?,
        conversation: Conversation {
            instructions: request.instructions,
            messages: messages(request.messages)?,
            tools: tools(request.tools)?,
            answer_schema: answer_schema(&request.answer_schema)?,
            max_output: match request.max_output_tokens {
                0 => OUTPUT_DEFAULT,
                limit => limit,
            },
        },
        excluded: request.excluded_providers,
        deadline: ctx.deadline,
    })
}

fn messages(messages: Vec<pb::ChatMessage>) -> Result<Vec<Message>, Fault> {
    if messages.is_empty() || messages.len() > MESSAGES_MAX {
        let limit = format!("must have 1 to {MESSAGES_MAX} messages");
        return Err(Fault::invalid("messages", limit));
    }
    let mut tool_names = BTreeMap::new();
    let messages = messages.into_iter().map(|it| message(it, &mut tool_names));
    messages.collect()
}

/// Reads a message; `tool_names` are those of the calls so far, by id.
fn message(
    message: pb::ChatMessage,
    tool_names: &mut BTreeMap<String, String>,
) -> Result<Message, Fault> {
    match message.role() {
        pb::ChatRole::User => Ok(Message::User {
            text: message.text,
            images: message
                .images
                .into_iter()
                .map(image)
                .collect::<Result<_, _>>()?,
        }),
        pb::ChatRole::Assistant => {
            let calls: Vec<ToolCall> = message.tool_calls.into_iter().map(call).collect();
            let names = calls.iter().map(|it| (it.id.clone(), it.name.clone()));
            tool_names.extend(names);
            Ok(Message::Assistant {
                text: message.text,
                calls,
            })
        }
        pb::ChatRole::Tool => match tool_names.get(&message.tool_call_id) {
            Some(name) => Ok(Message::Tool {
                call_id: message.tool_call_id,
                name: name.clone(),
                text: message.text,
            }),
            None => Err(Fault::invalid(
                "messages.tool_call_id",
                "names no earlier tool call",
            )),
        },
        pb::ChatRole::Unspecified => Err(Fault::invalid("messages.role", "must be set")),
    }
}

fn image(image: pb::Image) -> Result<Image, Fault> {
    if !IMAGE_TYPES.contains(&image.media_type.as_str()) {
        let accepted = format!("must be one of {}", IMAGE_TYPES.join(", "));
        return Err(Fault::invalid("messages.images.media_type", accepted));
    }
    Ok(Image {
        media_type: image.media_type,
        data: image.data,
    })
}

fn call(call: pb::ToolCall) -> ToolCall {
    ToolCall {
        id: call.id,
        name: call.name,
        arguments: call.arguments,
    }
}

fn tools(tools: Vec<pb::Tool>) -> Result<Vec<Tool>, Fault> {
    if tools.len() > TOOLS_MAX {
        let limit = format!("must have at most {TOOLS_MAX} tools");
        return Err(Fault::invalid("tools", limit));
    }
    let names: BTreeSet<&str> = tools.iter().map(|it| it.name.as_str()).collect();
    if names.len() < tools.len() {
        return Err(Fault::invalid("tools.name", "must be unique"));
    }
    tools.into_iter().map(tool).collect()
}

fn tool(tool: pb::Tool) -> Result<Tool, Fault> {
    let is_plain = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-');
    if !(1..=64).contains(&tool.name.len()) || !tool.name.bytes().all(is_plain) {
        return Err(Fault::invalid(
            "tools.name",
            "must be 1 to 64 letters, digits, _ or -",
        ));
    }
    Ok(Tool {
        schema: schema("tools.arguments_schema", &tool.arguments_schema)?,
        name: tool.name,
        description: tool.description,
    })
}

fn answer_schema(text: &str) -> Result<Option<Value>, Fault> {
    if text.is_empty() {
        return Ok(None);
    }
    schema("answer_schema", text).map(Some)
}

/// Reads the schema of an object; vendors take no others.
fn schema(field: &str, text: &str) -> Result<Value, Fault> {
    let schema: Value = serde_json::from_str(text).unwrap_or_default();
    if schema["type"] == "object" && jsonschema::validator_for(&schema).is_ok() {
        return Ok(schema);
    }
    Err(Fault::invalid(field, "must be a JSON schema of an object"))
}
