//! What leaves for a model has placeholders instead of secrets and personal data.

use std::collections::HashMap;
use std::sync::Arc;

use faultmaven_analysis::{
    Notation, PlaceholderEntry, PlaceholderMap, RedactionCounts, RedactionOptions, Redactor,
    RedactorError, RestorationStream,
};
use faultmaven_kit::SharedClock;
use faultmaven_kit::fault::chain;

use tokio::sync::Mutex;

use crate::asked::Asked;
use crate::chat::{Answer, Conversation, Message, Stop, ToolCall};
use crate::error::Error;
use crate::failure::Failure;
use crate::seal::Seal;
use crate::store::{SealedPlaceholder, Store};

/// How often another process may come first.
const ATTEMPTS: usize = 5;

/// Redacts conversations, and keeps what stands for what in each case.
#[derive(Clone)]
pub(crate) struct Redaction {
    redactor: Arc<Redactor>,
    seal: Arc<Seal>,
    store: Store,
    clock: SharedClock,
    /// Within a process nobody takes another's numbers.
    turn: Arc<Mutex<()>>,
}

/// A conversation as models may see it, and the way back.
#[derive(Debug)]
pub(crate) struct Redacted {
    pub(crate) conversation: Conversation,
    pub(crate) map: PlaceholderMap,
    pub(crate) counts: RedactionCounts,
}

/// A whole answer as the caller sees it.
#[derive(Debug)]
pub(crate) struct Completed {
    pub(crate) text: String,
    pub(crate) stop: Stop,
    /// Placeholders that the model made up; they stay.
    pub(crate) unknown_placeholders: usize,
}

impl Redaction {
    pub(crate) fn new(seal: Seal, store: Store, clock: SharedClock) -> Result<Self, RedactorError> {
        Ok(Self {
            redactor: Arc::new(Redactor::new(RedactionOptions::default())?),
            seal: Arc::new(seal),
            store,
            clock,
            turn: Arc::default(),
        })
    }

    /// Returns the conversation with placeholders, once their values are stored.
    pub(crate) async fn redact(&self, asked: &Asked) -> Result<Redacted, Failure> {
        self.try_redact(asked).await.map_err(|error| {
            tracing::error!(error = %chain(&error), "a conversation cannot be redacted, so no model is asked");
            Failure::NotRedacted
        })
    }

    async fn try_redact(&self, asked: &Asked) -> Result<Redacted, Error> {
        let _turn = self.turn.lock().await;
        for _ in 0..ATTEMPTS {
            let map = self.load(asked).await?;
            let known = map.entries().len();
            let redacted = self.replace(asked.conversation.clone(), map).await?;
            if self.keep(asked, &redacted.map.entries()[known..]).await? {
                return Ok(redacted);
            }
        }
        Err(Error::RedactionMapBusy)
    }

    async fn replace(
        &self,
        conversation: Conversation,
        map: PlaceholderMap,
    ) -> Result<Redacted, Error> {
        let redactor = Arc::clone(&self.redactor);
        let replace = move || {
            let mut redacted = Redacted {
                conversation,
                map,
                counts: RedactionCounts::default(),
            };
            redacted.replace(&redactor);
            redacted
        };
        Ok(tokio::task::spawn_blocking(replace).await?)
    }

    async fn load(&self, asked: &Asked) -> Result<PlaceholderMap, Error> {
        let Some(case_id) = &asked.case_id else {
            return Ok(PlaceholderMap::default());
        };
        let sealed = self.store.placeholders(case_id).await?;
        let entries = sealed.into_iter().map(|it| self.unsealed(case_id, it));
        Ok(entries.collect::<Result<Vec<_>, Error>>()?.into())
    }

    fn unsealed(&self, case_id: &str, it: SealedPlaceholder) -> Result<PlaceholderEntry, Error> {
        Ok(PlaceholderEntry {
            kind: it.kind,
            number: it.number,
            spelling: it.spelling,
            value: self.seal.unseal(case_id, &it.value)?,
        })
    }

    /// Stores new entries; returns false when others took their places meanwhile.
    async fn keep(&self, asked: &Asked, entries: &[PlaceholderEntry]) -> Result<bool, Error> {
        let Some(case_id) = asked.case_id.as_deref().filter(|_| !entries.is_empty()) else {
            return Ok(true);
        };
        let sealed = entries.iter().map(|it| {
            Ok(SealedPlaceholder {
                kind: it.kind,
                number: it.number,
                spelling: it.spelling,
                value: self.seal.seal(case_id, &it.value)?,
            })
        });
        let sealed = sealed.collect::<Result<Vec<_>, Error>>()?;
        let now = self.clock.now();
        self.store.add_placeholders(case_id, sealed, now).await
    }
}

impl Redacted {
    /// Returns a conversation that leaves as it is.
    pub(crate) fn nothing(conversation: Conversation) -> Self {
        Self {
            conversation,
            map: PlaceholderMap::default(),
            counts: RedactionCounts::default(),
        }
    }

    /// Returns the answer with the values back.
    pub(crate) fn restore(&self, answer: Answer) -> Completed {
        let restored = self.map.restore_as(&answer.text, self.notation());
        Completed {
            text: restored.text,
            stop: answer.stop,
            unknown_placeholders: restored.unknown,
        }
    }

    /// Returns the call with the values back.
    pub(crate) fn restore_call(&self, call: ToolCall) -> ToolCall {
        let arguments = self.map.restore_as(&call.arguments, Notation::Json);
        ToolCall {
            arguments: arguments.text,
            ..call
        }
    }

    /// Returns what puts values back into an answer that comes in pieces.
    pub(crate) fn restoration(&self) -> RestorationStream {
        RestorationStream::new(self.notation())
    }

    /// Returns how many parts of each kind were replaced.
    pub(crate) fn counts_by_name(&self) -> HashMap<String, u64> {
        let counts = self.counts.0.iter();
        counts
            .map(|(kind, count)| (kind.as_str().to_owned(), *count))
            .collect()
    }

    fn notation(&self) -> Notation {
        match self.conversation.answer_schema {
            Some(_) => Notation::Json,
            None => Notation::Plain,
        }
    }

    fn replace(&mut self, redactor: &Redactor) {
        let mut texts = Texts {
            redactor,
            map: &mut self.map,
            counts: &mut self.counts,
        };
        texts.replace(&mut self.conversation.instructions);
        for message in &mut self.conversation.messages {
            match message {
                Message::User { text, .. } | Message::Tool { text, .. } => texts.replace(text),
                Message::Assistant { text, calls } => {
                    texts.replace(text);
                    let arguments = calls.iter_mut().map(|it| &mut it.arguments);
                    arguments.for_each(|it| texts.replace(it));
                }
            }
        }
    }
}

/// The texts of one conversation share a map.
struct Texts<'a> {
    redactor: &'a Redactor,
    map: &'a mut PlaceholderMap,
    counts: &'a mut RedactionCounts,
}

impl Texts<'_> {
    fn replace(&mut self, text: &mut String) {
        let redacted = self.redactor.redact(text, self.map);
        *text = redacted.text;
        for (kind, count) in redacted.counts.0 {
            *self.counts.0.entry(kind).or_default() += count;
        }
    }
}
