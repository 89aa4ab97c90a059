//! Asks models in order until one answers as asked.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use faultmaven_kit::Tasks;
use serde_json::Value;

use crate::asked::Asked;
use crate::attempt::{Attempt, Desk};
use crate::chat::{Answer, Conversation, Stop};
use crate::events::{Events, Receiver};
use crate::failure::Failure;
use crate::provider::Provider;
use crate::redaction::{Completed, Redacted, Redaction};
use crate::shape::{correction, in_words, shaped};

const RETRIES: usize = 2;
/// Who asks for a longer wait is not waited for.
const PAUSE_MAX: Duration = Duration::from_secs(10);

/// The models in the order they are asked.
#[derive(Clone)]
pub(crate) struct Completions {
    inner: Arc<Inner>,
    tasks: Tasks,
}

struct Inner {
    providers: Vec<Provider>,
    /// Nothing when models may see everything.
    redaction: Option<Redaction>,
    desk: Desk,
    /// The first pause before the same provider is asked again.
    first_pause: Duration,
}

impl Completions {
    pub(crate) fn new(
        providers: Vec<Provider>,
        redaction: Option<Redaction>,
        desk: Desk,
        first_pause: Duration,
        tasks: Tasks,
    ) -> Self {
        let inner = Inner {
            providers,
            redaction,
            desk,
            first_pause,
        };
        Self {
            inner: Arc::new(inner),
            tasks,
        }
    }

    /// Returns whether secrets leave as placeholders.
    pub(crate) fn redacts(&self) -> bool {
        self.inner.redacts()
    }

    /// Returns the providers in the order they are asked.
    pub(crate) fn providers(&self) -> &[Provider] {
        &self.inner.providers
    }

    /// Begins to ask; the ledger is kept even when nobody waits any more.
    pub(crate) fn start(&self, asked: Asked) -> Receiver {
        let (events, receiver) = Events::channel();
        let inner = Arc::clone(&self.inner);
        self.tasks.spawn("completion", async move {
            let outcome = inner.answer(&asked, &events).await;
            events.finish(outcome).await;
        });
        receiver
    }
}

impl Inner {
    async fn answer(&self, asked: &Asked, events: &Events) -> Result<Completed, Failure> {
        if !self.providers.iter().any(|it| may_ask(it, asked)) {
            return Err(Failure::NoModel);
        }
        let redacted = self.redacted(asked).await?;
        let mut failures = Vec::new();
        let mut previous = None;
        for provider in self.providers.iter().filter(|it| may_ask(it, asked)) {
            match self.ask(provider, asked, &redacted, previous, events).await {
                Ok(answer) => return Ok(redacted.restore(answer)),
                Err(failure) if failure.is_final() => return Err(failure),
                Err(failure) => failures.push(failure),
            }
            previous = Some(provider.name);
        }
        Err(most_telling(&failures))
    }

    fn redacts(&self) -> bool {
        self.redaction.is_some()
    }

    async fn redacted(&self, asked: &Asked) -> Result<Redacted, Failure> {
        match &self.redaction {
            Some(redaction) => redaction.redact(asked).await,
            None => Ok(Redacted::nothing(asked.conversation.clone())),
        }
    }

    /// Asks one provider, again after a pause when that may help.
    async fn ask(
        &self,
        provider: &Provider,
        asked: &Asked,
        redacted: &Redacted,
        fallback_from: Option<&str>,
        events: &Events,
    ) -> Result<Answer, Failure> {
        let mut pauses = ExponentialBuilder::new()
            .with_min_delay(self.first_pause)
            .with_max_times(RETRIES)
            .with_jitter()
            .build();
        loop {
            let conversation = worded(provider, &redacted.conversation, self.redacts());
            let attempt = Attempt {
                provider,
                asked,
                redacted,
                conversation: &conversation,
                fallback_from,
                events,
            };
            let failure = match self.ask_for_shape(&attempt).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let pause = pauses.next().filter(|_| failure.is_transient());
            let pause = pause.map(|it| it.max(failure.retry_after().unwrap_or_default()));
            match pause.filter(|it| *it <= PAUSE_MAX) {
                Some(pause) => self.wait(pause, asked, events).await?,
                None => return Err(failure),
            }
        }
    }

    /// Makes an attempt, and a second one when the answer has not the shape that was asked for.
    async fn ask_for_shape(&self, attempt: &Attempt<'_>) -> Result<Answer, Failure> {
        let answer = self.desk.make(attempt).await?;
        let Some(schema) = &attempt.asked.conversation.answer_schema else {
            return Ok(answer);
        };
        let (text, problem) = match in_shape(answer, schema) {
            Ok(answer) => return Ok(answer),
            Err(wrong) => wrong,
        };
        let conversation = correction(attempt.conversation, text, &problem);
        let second = Attempt {
            conversation: &conversation,
            ..*attempt
        };
        let answer = self.desk.make(&second).await?;
        in_shape(answer, schema).map_err(|_| Failure::NotAsAsked)
    }

    async fn wait(&self, pause: Duration, asked: &Asked, events: &Events) -> Result<(), Failure> {
        if asked.time_left().is_some_and(|left| left <= pause) {
            return Err(Failure::OutOfTime);
        }
        tokio::select! {
            () = events.closed() => Err(Failure::Cancelled),
            () = self.desk.shutdown.cancelled() => Err(Failure::Cancelled),
            () = tokio::time::sleep(pause) => Ok(()),
        }
    }
}

fn may_ask(provider: &Provider, asked: &Asked) -> bool {
    let is_excluded = asked.excluded.iter().any(|it| it == provider.name);
    !is_excluded
}

/// Returns the conversation as the provider needs it.
fn worded<'a>(
    provider: &Provider,
    conversation: &'a Conversation,
    redacts: bool,
) -> Cow<'a, Conversation> {
    let mut worded = match &conversation.answer_schema {
        Some(schema) if !provider.dialect.shapes_answers(conversation) => {
            Cow::Owned(in_words(conversation, schema))
        }
        _ => Cow::Borrowed(conversation),
    };
    if conversation.has_images() && !provider.sees_pictures(redacts) {
        worded.to_mut().without_images();
    }
    if worded.max_output > provider.facts.output {
        worded.to_mut().max_output = provider.facts.output;
    }
    worded
}

/// Returns the answer with nothing but JSON, or its text and what is wrong with it; one that goes
/// on with tools, or is cut, has no shape yet.
fn in_shape(answer: Answer, schema: &Value) -> Result<Answer, (String, String)> {
    if answer.stop != Stop::End {
        return Ok(answer);
    }
    match shaped(&answer.text, schema) {
        Ok(text) => Ok(Answer { text, ..answer }),
        Err(problem) => Err((answer.text, problem)),
    }
}

/// Returns the failure that the caller can do most about.
fn most_telling(failures: &[Failure]) -> Failure {
    let overflow = failures.iter().find(|it| **it == Failure::ContextOverflow);
    let telling = overflow.or_else(|| failures.last());
    telling.copied().unwrap_or(Failure::NoModel)
}
