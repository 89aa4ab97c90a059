//! How much a model is told, and how long its answer may be.

use faultmaven_proto::llm::v1::{Provider, ProviderPurpose};

const CONTEXT_TARGET_TOKENS: usize = 32_000;
const CONTEXT_MIN_TOKENS: usize = 1_500;
const TOOL_RESULT_MAX: usize = 30_000;
const REPLY_TOKENS: usize = 4_096;
/// Of instructions, tools and the form of the answer.
const FRAME_TOKENS: usize = 4_700;
/// The same for a small window, which is told less.
const SMALL_FRAME_TOKENS: usize = 3_300;
const SMALL_WINDOW: usize = 16_000;
/// Rather too few than too many, as the llm module counts.
const BYTES_PER_TOKEN: usize = 3;
const EMBEDDED: &str = "embedded";

/// Shares of a model's window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Room {
    /// Of what is told about the case.
    pub(crate) context_bytes: usize,
    /// Of everything that tools say.
    pub(crate) tool_bytes: usize,
    pub(crate) reply_tokens: u32,
    /// Whether only the parts that matter most are asked for.
    pub(crate) is_small: bool,
    /// Whether one of the models may look at pictures.
    pub(crate) sees_pictures: bool,
}

impl Room {
    /// Returns what fits each configured model; none without one.
    pub(crate) fn of(providers: &[Provider]) -> Option<Self> {
        let models = providers.iter().filter(|it| is_model(it));
        let windows = models.map(|it| match it.context_tokens {
            0 => usize::MAX,
            tokens => usize::try_from(tokens).unwrap_or(usize::MAX),
        });
        Some(Self {
            sees_pictures: providers.iter().any(|it| it.sees_pictures),
            ..Self::within(windows.min()?)
        })
    }

    /// Returns the least that makes sense, for a model that found a conversation too long.
    pub(crate) fn smallest(self) -> Self {
        Self {
            context_bytes: CONTEXT_MIN_TOKENS * BYTES_PER_TOKEN,
            tool_bytes: 0,
            is_small: true,
            sees_pictures: false,
            ..self
        }
    }

    fn within(window: usize) -> Self {
        let is_small = window < SMALL_WINDOW;
        let frame = if is_small {
            SMALL_FRAME_TOKENS
        } else {
            FRAME_TOKENS
        };
        let reply = REPLY_TOKENS.min(window / 5);
        let free = (window - reply).saturating_sub(frame);
        let context = (free / 3 * 2).clamp(CONTEXT_MIN_TOKENS, CONTEXT_TARGET_TOKENS);
        let tools = free.saturating_sub(context).min(TOOL_RESULT_MAX);
        Self {
            context_bytes: context * BYTES_PER_TOKEN,
            tool_bytes: (tools * BYTES_PER_TOKEN).min(TOOL_RESULT_MAX),
            reply_tokens: u32::try_from(reply).unwrap_or(u32::MAX),
            is_small,
            sees_pictures: false,
        }
    }
}

fn is_model(provider: &Provider) -> bool {
    provider.purpose() == ProviderPurpose::Chat && provider.name != EMBEDDED
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::prompts;
    use crate::model::proposal::schema;
    use crate::model::tools::definitions;

    const FRAME_SLACK: usize = 300;

    fn provider(name: &str, context_tokens: u32) -> Provider {
        Provider {
            name: name.to_owned(),
            purpose: ProviderPurpose::Chat.into(),
            context_tokens,
            ..Default::default()
        }
    }

    #[test]
    fn without_a_model_there_is_no_room() {
        assert_eq!(Room::of(&[provider(EMBEDDED, 0)]), None);
    }

    /// As the llm module counts what every call of a conversation holds.
    fn frame(is_small: bool) -> usize {
        let tools = definitions().into_iter();
        let tools = tools.map(|it| it.name + &it.description + &it.arguments_schema);
        let bytes = tools.map(|it| it.len()).sum::<usize>()
            + prompts::instructions(is_small).len()
            + schema(is_small).len()
            + prompts::correction(&[]).len();
        bytes.div_ceil(BYTES_PER_TOKEN)
    }

    #[test]
    fn frames_are_as_large_as_prompts_tools_and_form_really_are() {
        for (is_small, counted) in [(false, FRAME_TOKENS), (true, SMALL_FRAME_TOKENS)] {
            let real = frame(is_small);
            assert!(
                (real..real + FRAME_SLACK).contains(&counted),
                "{counted} is not a little more than {real}"
            );
        }
    }

    #[test]
    fn the_smallest_window_decides_and_all_shares_fit_it() {
        let room = Room::of(&[provider("openai", 128_000), provider("ollama", 8_192)]).unwrap();
        let reply = usize::try_from(room.reply_tokens).unwrap();
        let told = (room.context_bytes + room.tool_bytes) / BYTES_PER_TOKEN;
        assert!(told + reply + SMALL_FRAME_TOKENS <= 8_192, "{room:?}");
        assert!(room.context_bytes >= 2_000 * BYTES_PER_TOKEN, "{room:?}");
    }

    #[test]
    fn a_tiny_window_is_told_the_least_that_makes_sense() {
        let room = Room::of(&[provider("ollama", 2_048)]).unwrap();
        assert_eq!(room.context_bytes, CONTEXT_MIN_TOKENS * BYTES_PER_TOKEN);
        assert_eq!(room.tool_bytes, 0);
    }

    #[test]
    fn a_large_window_is_not_filled() {
        let room = Room::of(&[provider("openai", 1_000_000)]).unwrap();
        assert_eq!(room.context_bytes, CONTEXT_TARGET_TOKENS * BYTES_PER_TOKEN);
        assert_eq!(room.tool_bytes, TOOL_RESULT_MAX);
        assert!(room.smallest().context_bytes < room.context_bytes);
    }
}
