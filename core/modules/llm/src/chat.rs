//! A conversation and what a model makes of it, in no vendor's dialect.

use serde_json::Value;

/// What a model is to continue.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Conversation {
    pub(crate) instructions: String,
    pub(crate) messages: Vec<Message>,
    pub(crate) tools: Vec<Tool>,
    /// The schema that the answer must match.
    pub(crate) answer_schema: Option<Value>,
    pub(crate) max_output: u32,
}

impl Conversation {
    /// Returns about how many tokens a model counts; rather too many than too few.
    pub(crate) fn estimated_tokens(&self) -> u32 {
        let tools = self.tools.iter().map(Tool::bytes).sum::<usize>();
        let messages = self.messages.iter().map(Message::bytes).sum::<usize>();
        let schema = self
            .answer_schema
            .as_ref()
            .map_or(0, |it| it.to_string().len());
        tokens_in(self.instructions.len() + tools + messages + schema)
    }

    /// Returns whether somebody must look at a picture.
    pub(crate) fn has_images(&self) -> bool {
        let shows = |it: &Message| matches!(it, Message::User { images, .. } if !images.is_empty());
        self.messages.iter().any(shows)
    }

    /// Takes the pictures out, and says so where they stood.
    pub(crate) fn without_images(&mut self) {
        for message in &mut self.messages {
            if let Message::User { text, images } = message
                && !images.is_empty()
            {
                images.clear();
                text.push_str(NO_IMAGES);
            }
        }
    }
}

const NO_IMAGES: &str =
    "\n\n(The pictures cannot be shown to you. Say nothing about what they show.)";
const BYTES_PER_TOKEN: usize = 3;
const BYTES_OF_AN_IMAGE: usize = 1_600 * BYTES_PER_TOKEN;

/// Returns about how many tokens a model counts in so many bytes.
pub(crate) fn tokens_in(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(BYTES_PER_TOKEN)).unwrap_or(u32::MAX)
}

/// One contribution.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Message {
    User {
        text: String,
        images: Vec<Image>,
    },
    Assistant {
        text: String,
        calls: Vec<ToolCall>,
    },
    /// What a tool said.
    Tool {
        call_id: String,
        /// The name of the tool.
        name: String,
        text: String,
    },
}

impl Message {
    fn bytes(&self) -> usize {
        match self {
            Self::User { text, images } => text.len() + images.len() * BYTES_OF_AN_IMAGE,
            Self::Assistant { text, calls } => {
                let calls = calls.iter().map(|it| it.name.len() + it.arguments.len());
                text.len() + calls.sum::<usize>()
            }
            Self::Tool { text, .. } => text.len(),
        }
    }
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Image {
    pub(crate) media_type: String,
    pub(crate) data: Vec<u8>,
}

/// Something a model may ask for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tool {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) schema: Value,
}

impl Tool {
    fn bytes(&self) -> usize {
        self.name.len() + self.description.len() + self.schema.to_string().len()
    }
}

/// A model's wish to use a tool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ToolCall {
    pub(crate) id: String,
    pub(crate) name: String,
    /// As the model wrote them.
    pub(crate) arguments: String,
}

impl ToolCall {
    /// Returns the arguments; an empty object when they are not one.
    pub(crate) fn object(&self) -> Value {
        let parsed = serde_json::from_str(&self.arguments).ok();
        parsed
            .filter(Value::is_object)
            .unwrap_or_else(|| Value::Object(serde_json::Map::new()))
    }
}

/// A piece of an answer as it comes in.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Chunk {
    Text(String),
    Call(ToolCall),
    /// What was counted so far.
    Tokens(Tokens),
}

/// Counted tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tokens {
    /// All that went in, those of the cache included.
    pub(crate) input: u32,
    pub(crate) output: u32,
    /// Those of `input` that came from the vendor's cache.
    pub(crate) cached: u32,
    /// Those of `input` that were put into the vendor's cache.
    pub(crate) written: u32,
}

/// Why a model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    End,
    ToolCalls,
    /// The answer is cut.
    Length,
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) text: String,
    pub(crate) calls: Vec<ToolCall>,
    pub(crate) stop: Stop,
}
