//! A module whose providers are stand-ins, and what it tells whoever asks.

use std::time::Duration;

use faultmaven_kit::breaker::BreakerConfig;
use faultmaven_kit::{Ctx, Fault, Secret};
use faultmaven_proto::llm::v1 as pb;
use faultmaven_proto::llm::v1::llm_internal_service_client::LlmInternalServiceClient;
use faultmaven_testing::{Dialect, StandIn};
use pb::complete_response::Event;
use tonic::Streaming;

use super::{World, user_1};
use crate::{Config, ProviderConfig, Vendor};

pub(super) const KEY: &str = "sk-test-not-to-be-shown";

/// The module and its stand-ins, in the order they are asked.
pub(super) struct Office {
    pub(super) world: World,
    pub(super) vendors: Vec<StandIn>,
}

/// Everything that one call told.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) started: Vec<pb::AttemptStarted>,
    /// Of the last attempt.
    pub(super) text: String,
    /// Of the last attempt.
    pub(super) calls: Vec<pb::ToolCall>,
    pub(super) ended: Vec<pb::AttemptEnded>,
    pub(super) completion: Option<pb::Completion>,
    pub(super) fault: Option<Fault>,
}

impl Told {
    /// Returns the reasons of all attempts; empty for success.
    pub(super) fn errors(&self) -> Vec<&str> {
        self.ended.iter().map(|it| it.error.as_str()).collect()
    }

    pub(super) fn answer(&self) -> &pb::Completion {
        assert_eq!(self.fault, None);
        self.completion.as_ref().unwrap()
    }

    pub(super) fn reason(&self) -> &str {
        &self.fault.as_ref().unwrap().reason
    }
}

impl Office {
    pub(super) async fn of(vendors: &[Vendor]) -> Self {
        Self::with(vendors, |_| {}).await
    }

    /// Starts a module that is in a hurry, with `change` on top.
    pub(super) async fn with(vendors: &[Vendor], change: impl Fn(&mut Config)) -> Self {
        let mut stand_ins = Vec::new();
        let mut config = Config {
            timeout: Duration::from_secs(20),
            first_pause: Duration::from_millis(1),
            breaker: Some(BreakerConfig {
                fail_threshold: 3,
                reset_timeout: Duration::from_secs(60),
            }),
            ..Config::default()
        };
        for vendor in vendors {
            let stand_in = StandIn::start().await;
            config.providers.push(ProviderConfig {
                vendor: *vendor,
                base_url: stand_in.url(),
                model: model(*vendor).to_owned(),
                key: Some(Secret::new(KEY)),
                context_tokens: None,
            });
            stand_ins.push(stand_in);
        }
        change(&mut config);
        Self {
            world: World::with(config).await,
            vendors: stand_ins,
        }
    }

    pub(super) async fn ask(&self, request: pb::CompleteRequest) -> Told {
        let ctx = Ctx::anonymous("req_1").on_behalf_of(user_1());
        self.ask_in(&ctx, request).await
    }

    pub(super) async fn ask_in(&self, ctx: &Ctx, request: pb::CompleteRequest) -> Told {
        let mut told = Told::default();
        match self.stream(ctx, request).await {
            Ok(stream) => listen(stream, &mut told).await,
            Err(fault) => told.fault = Some(fault),
        }
        told
    }

    pub(super) async fn stream(
        &self,
        ctx: &Ctx,
        request: pb::CompleteRequest,
    ) -> Result<Streaming<pb::CompleteResponse>, Fault> {
        let mut client = LlmInternalServiceClient::new(self.world.module.clone());
        let stream = client.complete(ctx.request(request)).await;
        let stream = stream.map_err(|status| Fault::from_status(&status))?;
        Ok(stream.into_inner())
    }

    pub(super) async fn usage(&self) -> pb::UsageTotals {
        let all = pb::GetUsageRequest::default();
        let usage = self.world.usage(user_1(), all).await.unwrap();
        usage.totals.unwrap()
    }
}

async fn listen(mut stream: Streaming<pb::CompleteResponse>, told: &mut Told) {
    loop {
        match stream.message().await {
            Ok(Some(response)) => note(response.event.unwrap(), told),
            Ok(None) => return,
            Err(status) => {
                told.fault = Some(Fault::from_status(&status));
                return;
            }
        }
    }
}

fn note(event: Event, told: &mut Told) {
    match event {
        Event::AttemptStarted(started) => {
            told.text.clear();
            told.calls.clear();
            told.started.push(started);
        }
        Event::TextDelta(text) => told.text.push_str(&text),
        Event::ToolCall(call) => told.calls.push(call),
        Event::AttemptEnded(ended) => told.ended.push(ended),
        Event::Completion(completion) => told.completion = Some(completion),
    }
}

pub(super) fn dialect(vendor: Vendor) -> Dialect {
    match vendor {
        Vendor::OpenAi | Vendor::OpenAiCompatible => Dialect::OpenAi,
        Vendor::Anthropic => Dialect::Anthropic,
        Vendor::Ollama => Dialect::Ollama,
    }
}

fn model(vendor: Vendor) -> &'static str {
    match vendor {
        Vendor::OpenAi => "gpt-4.1",
        Vendor::OpenAiCompatible => "qwen3",
        Vendor::Anthropic => "claude-sonnet-4-5",
        Vendor::Ollama => "llama3.1:8b",
    }
}

/// The vendors with a dialect of their own.
pub(super) const VENDORS: [Vendor; 3] = [Vendor::OpenAi, Vendor::Anthropic, Vendor::Ollama];

pub(super) fn question() -> pb::CompleteRequest {
    pb::CompleteRequest {
        task: "turn".to_owned(),
        case_id: "case_1".to_owned(),
        instructions: "Answer briefly.".to_owned(),
        messages: vec![said(pb::ChatRole::User, "Why does checkout fail?")],
        ..Default::default()
    }
}

pub(super) fn said(role: pb::ChatRole, text: &str) -> pb::ChatMessage {
    pb::ChatMessage {
        role: role.into(),
        text: text.to_owned(),
        ..Default::default()
    }
}

pub(super) fn with_tool() -> pb::CompleteRequest {
    let schema =
        r#"{"type":"object","properties":{"line":{"type":"integer"}},"required":["line"]}"#;
    pb::CompleteRequest {
        tools: vec![pb::Tool {
            name: "read_lines".to_owned(),
            description: "Reads lines.".to_owned(),
            arguments_schema: schema.to_owned(),
        }],
        ..question()
    }
}

pub(super) fn with_schema() -> pb::CompleteRequest {
    let schema = r#"{"type":"object","properties":{"cause":{"type":"string"}},
        "required":["cause"],"additionalProperties":false}"#;
    pb::CompleteRequest {
        answer_schema: schema.to_owned(),
        ..question()
    }
}
