//! One call of one model: limited, watched, written down.

use std::sync::Arc;
use std::time::Duration;

use faultmaven_analysis::RestorationStream;
use faultmaven_kit::breaker::Outcome;
use faultmaven_kit::fault::chain;
use faultmaven_proto::llm::v1 as pb;
use futures::StreamExt as _;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::asked::Asked;
use crate::books::{Books, Reservation};
use crate::chat::{Answer, Chunk, Conversation, Stop, Tokens, tokens_in};
use crate::events::Events;
use crate::failure::Failure;
use crate::ledger::Entry;
use crate::provider::Provider;
use crate::redaction::Redacted;
use crate::shape::problem_of;

/// What every attempt needs.
pub(crate) struct Desk {
    pub(crate) books: Books,
    pub(crate) timeout: Duration,
    pub(crate) shutdown: CancellationToken,
}

/// One call that is to be made.
pub(crate) struct Attempt<'a> {
    pub(crate) provider: &'a Provider,
    pub(crate) asked: &'a Asked,
    /// What left, and the way back.
    pub(crate) redacted: &'a Redacted,
    pub(crate) conversation: &'a Conversation,
    pub(crate) fallback_from: Option<&'a str>,
    pub(crate) events: &'a Events,
}

/// What is known of a call so far.
#[derive(Default)]
struct Meter {
    progress: Progress,
    tokens: Tokens,
    /// Of the answer.
    bytes: usize,
    reservation: Option<Reservation>,
}

#[derive(Default, PartialEq, Eq, PartialOrd, Ord)]
enum Progress {
    #[default]
    NotCalled,
    Called,
    Answering,
}

impl Desk {
    /// Makes the call; the caller is told of it, and the ledger too.
    pub(crate) async fn make(&self, attempt: &Attempt<'_>) -> Result<Answer, Failure> {
        attempt.events.started(attempt.started()).await;
        let begin = Instant::now();
        let mut meter = Meter::default();
        let outcome = self.limited(attempt, &mut meter).await;
        let failure = outcome.as_ref().err().copied();
        let ended = attempt.ended(&meter, begin.elapsed(), failure);
        if meter.progress > Progress::NotCalled {
            if let Some(breaker) = &attempt.provider.breaker {
                breaker.record(failure.map_or(Outcome::Answered, Failure::outcome));
            }
            self.write_down(attempt, &ended).await;
            observe(&ended);
        }
        attempt.events.ended(ended).await;
        outcome
    }

    async fn limited(&self, attempt: &Attempt<'_>, meter: &mut Meter) -> Result<Answer, Failure> {
        let left = attempt.asked.time_left();
        let (limit, failure) = match left {
            Some(left) if left < self.timeout => (left, Failure::OutOfTime),
            _ => (self.timeout, Failure::Timeout),
        };
        tokio::select! {
            biased;
            () = attempt.events.closed() => Err(Failure::Cancelled),
            () = self.shutdown.cancelled() => Err(Failure::Cancelled),
            outcome = tokio::time::timeout(limit, self.exchange(attempt, meter)) => {
                outcome.unwrap_or(Err(failure))
            }
        }
    }

    async fn exchange(&self, attempt: &Attempt<'_>, meter: &mut Meter) -> Result<Answer, Failure> {
        let (provider, conversation) = (attempt.provider, attempt.conversation);
        let estimate = attempt.estimate();
        if estimate.input > provider.facts.context {
            return Err(Failure::ContextOverflow);
        }
        let slots = Arc::clone(&provider.slots);
        let _slot = slots.acquire_owned().await;
        let usd = provider.facts.cost(estimate);
        meter.reservation = Some(self.books.reserve(attempt.asked, usd).await?);
        let admitted = provider.admit();
        admitted.map_err(|retry_after| Failure::LeftAlone { retry_after })?;
        meter.progress = Progress::Called;
        let dialect = &provider.dialect;
        let call = dialect.call(conversation);
        let mut payloads = provider.http.payloads(call, dialect.framing()).await?;
        meter.progress = Progress::Answering;
        let mut decoder = dialect.decoder();
        let mut answer = Answer::empty();
        let mut restoration = attempt.redacted.restoration();
        let mut chunks = Vec::new();
        while let Some(payload) = payloads.next().await {
            let flow = decoder.decode(&payload?, &mut chunks);
            for chunk in chunks.drain(..) {
                attempt
                    .take(chunk, &mut answer, &mut restoration, meter)
                    .await;
            }
            if flow?.is_break() {
                break;
            }
        }
        let (rest, _) = restoration.finish(&attempt.redacted.map);
        attempt.tell(rest).await;
        answer.stop = decoder.stop().ok_or(Failure::Garbled)?;
        Ok(answer)
    }

    async fn write_down(&self, attempt: &Attempt<'_>, ended: &pb::AttemptEnded) {
        let asked = attempt.asked;
        let entry = Entry {
            usage_id: self.books.new_id(),
            user_id: asked.user_id.clone(),
            case_id: asked.case_id.clone(),
            task: asked.task.clone(),
            provider: ended.provider.clone(),
            model: ended.model.clone(),
            tokens_in: ended.tokens_in,
            tokens_out: ended.tokens_out,
            cost_usd: ended.cost_usd,
            duration_ms: ended.duration_ms,
            error: Some(ended.error.clone()).filter(|it| !it.is_empty()),
        };
        if let Err(error) = self.books.record(entry).await {
            tracing::error!(error = %chain(&error), "a call of a model is missing in the ledger");
        }
    }
}

impl Attempt<'_> {
    /// Returns the most that the call may count.
    fn estimate(&self) -> Tokens {
        Tokens {
            input: self.conversation.estimated_tokens(),
            output: self.conversation.max_output,
            ..Tokens::default()
        }
    }

    /// Takes a piece; the caller is told of it with the values back.
    async fn take(
        &self,
        chunk: Chunk,
        answer: &mut Answer,
        restoration: &mut RestorationStream,
        meter: &mut Meter,
    ) {
        match chunk {
            Chunk::Text(text) => {
                meter.bytes += text.len();
                answer.text.push_str(&text);
                self.tell(restoration.push(&text, &self.redacted.map)).await;
            }
            Chunk::Call(call) => {
                meter.bytes += call.arguments.len();
                answer.calls.push(call.clone());
                let call = self.redacted.restore_call(call);
                let problem = problem_of(&call, &self.conversation.tools);
                self.events.call(call, problem).await;
            }
            Chunk::Tokens(tokens) => meter.tokens = tokens,
        }
    }

    async fn tell(&self, text: String) {
        if !text.is_empty() {
            self.events.text(text).await;
        }
    }

    fn started(&self) -> pb::AttemptStarted {
        pb::AttemptStarted {
            provider: self.provider.name.to_owned(),
            model: self.provider.model.clone(),
            fallback_from: self.fallback_from.unwrap_or_default().to_owned(),
            redacted: self.redacted.counts_by_name(),
        }
    }

    fn ended(
        &self,
        meter: &Meter,
        duration: Duration,
        failure: Option<Failure>,
    ) -> pb::AttemptEnded {
        let tokens = meter.counted(self.conversation, failure);
        pb::AttemptEnded {
            provider: self.provider.name.to_owned(),
            model: self.provider.model.clone(),
            tokens_in: tokens.input.into(),
            tokens_out: tokens.output.into(),
            tokens_cached: tokens.cached.into(),
            cost_usd: self.provider.facts.cost(tokens),
            duration_ms: i64::try_from(duration.as_millis()).unwrap_or(i64::MAX),
            fallback_from: self.fallback_from.unwrap_or_default().to_owned(),
            error: failure.map(Failure::reason).unwrap_or_default().to_owned(),
        }
    }
}

impl Meter {
    /// Returns what the vendor counted; what it did not come to count is estimated.
    fn counted(&self, conversation: &Conversation, failure: Option<Failure>) -> Tokens {
        let mut tokens = self.tokens;
        if self.progress < Progress::Answering {
            return tokens;
        }
        if tokens.input == 0 {
            tokens.input = conversation.estimated_tokens();
        }
        if tokens.output == 0 || failure.is_some() {
            tokens.output = tokens.output.max(tokens_in(self.bytes));
        }
        tokens
    }
}

impl Answer {
    fn empty() -> Self {
        Self {
            text: String::new(),
            calls: Vec::new(),
            stop: Stop::End,
        }
    }
}

impl Asked {
    /// Returns how long the caller still waits.
    pub(crate) fn time_left(&self) -> Option<Duration> {
        let now = Instant::now();
        self.deadline.map(|it| it.saturating_duration_since(now))
    }
}

fn observe(ended: &pb::AttemptEnded) {
    let provider = ended.provider.clone();
    let outcome = match ended.error.as_str() {
        "" => "ok",
        error => {
            tracing::warn!(
                provider,
                model = ended.model,
                error,
                "{provider} gave no answer: {error}"
            );
            error
        }
    };
    let labels = [
        ("provider", provider.clone()),
        ("outcome", outcome.to_owned()),
    ];
    metrics::counter!("faultmaven_llm_calls_total", &labels).increment(1);
    for (direction, count) in [("in", ended.tokens_in), ("out", ended.tokens_out)] {
        let labels = [
            ("provider", provider.clone()),
            ("direction", direction.to_owned()),
        ];
        let count = u64::try_from(count).unwrap_or(0);
        metrics::counter!("faultmaven_llm_tokens_total", &labels).increment(count);
    }
    metrics::gauge!("faultmaven_llm_cost_usd", "provider" => provider.clone())
        .increment(ended.cost_usd);
    let seconds = Duration::from_millis(u64::try_from(ended.duration_ms).unwrap_or(0));
    metrics::histogram!("faultmaven_llm_call_duration_seconds", "provider" => provider)
        .record(seconds.as_secs_f64());
}
