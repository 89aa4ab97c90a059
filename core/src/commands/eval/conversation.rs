//! Holds the conversation of a scenario with the engine.

use faultmaven_proto::agent::v1::{SubmitTurnRequest, TurnResult};
use faultmaven_proto::case::v1::ListHypothesesResponse;

use super::engine::Engine;
use super::scenario::{Answer, Ask, Scenario};
use crate::commands::CommandError;

/// A conversation as far as it went.
#[derive(Default)]
pub(super) struct Held {
    pub(super) exchanges: Vec<Exchange>,
    /// Why it ended early.
    pub(super) failure: Option<CommandError>,
}

/// What was said, the answer, and the ledger as of then.
#[derive(Default)]
pub(super) struct Exchange {
    said: String,
    pub(super) result: TurnResult,
    pub(super) ledger: ListHypothesesResponse,
}

impl Held {
    /// Returns the conversation for people.
    pub(super) fn transcript(&self, name: &str) -> String {
        let mut text = format!("=== {name}\n");
        for exchange in &self.exchanges {
            text.push_str(&format!("\n> {}\n\n", exchange.said));
            text.push_str(&exchange.result.answer);
            text.push('\n');
            for suggestion in &exchange.result.suggestions {
                let (kind, label) = (&suggestion.r#type, &suggestion.label);
                text.push_str(&format!("  [{kind}] {label} {}\n", suggestion.payload));
            }
        }
        text
    }
}

/// Says what the scenario says, confirms the problem, and hands over what is asked for.
pub(super) async fn hold(engine: &Engine, scenario: &Scenario) -> Held {
    let mut held = Held::default();
    held.failure = go_through(engine, scenario, &mut held).await.err();
    held
}

async fn go_through(
    engine: &Engine,
    scenario: &Scenario,
    held: &mut Held,
) -> Result<(), CommandError> {
    let mut talk = Talk {
        engine,
        scenario,
        case_id: engine.open_case().await?,
        exchanges: &mut held.exchanges,
        open_answers: scenario.script.answers.iter().collect(),
    };
    for ask in &scenario.script.ask {
        talk.ask(ask).await?;
        if talk.is_to_confirm() {
            talk.say("yes").await?;
        }
        while let Some(answer) = talk.wanted() {
            talk.paste(answer).await?;
        }
    }
    Ok(())
}

struct Talk<'a> {
    engine: &'a Engine,
    scenario: &'a Scenario,
    case_id: String,
    exchanges: &'a mut Vec<Exchange>,
    open_answers: Vec<&'a Answer>,
}

impl<'a> Talk<'a> {
    async fn ask(&mut self, ask: &Ask) -> Result<(), CommandError> {
        let mut file_ids = Vec::with_capacity(ask.files.len());
        for name in &ask.files {
            let bytes = self.scenario.files[name].clone();
            let base_name = name.rsplit('/').next().unwrap_or(name);
            file_ids.push(self.engine.upload(&self.case_id, base_name, bytes).await?);
        }
        let said = format!("{} [{}]", ask.text, ask.files.join(", "));
        self.submit(said, |request| {
            request.text.clone_from(&ask.text);
            request.file_ids = file_ids;
        })
        .await
    }

    async fn say(&mut self, text: &str) -> Result<(), CommandError> {
        self.submit(text.to_owned(), |request| {
            text.clone_into(&mut request.text)
        })
        .await
    }

    async fn paste(&mut self, answer: &Answer) -> Result<(), CommandError> {
        let bytes = &self.scenario.files[&answer.file];
        let content = String::from_utf8_lossy(bytes).into_owned();
        self.submit(format!("[output {}]", answer.file), |request| {
            request.pasted_content = content;
        })
        .await
    }

    async fn submit(
        &mut self,
        said: String,
        fill: impl FnOnce(&mut SubmitTurnRequest),
    ) -> Result<(), CommandError> {
        let mut request = SubmitTurnRequest {
            case_id: self.case_id.clone(),
            ..Default::default()
        };
        fill(&mut request);
        let result = self.engine.turn(request).await?;
        let ledger = self.engine.hypotheses(&self.case_id).await?;
        self.exchanges.push(Exchange {
            said,
            result,
            ledger,
        });
        Ok(())
    }

    fn is_to_confirm(&self) -> bool {
        self.exchanges.last().is_some_and(|last| {
            last.result.response_type == "CONFIRMATION_REQUEST"
                && last.result.case_status == "inquiry"
        })
    }

    /// Takes the output of a command that the last answer suggests.
    fn wanted(&mut self) -> Option<&'a Answer> {
        let suggestions = &self.exchanges.last()?.result.suggestions;
        let at = self.open_answers.iter().position(|answer| {
            suggestions.iter().any(|suggestion| {
                suggestion.r#type == "RUN" && answer.to.matches(&suggestion.payload)
            })
        })?;
        Some(self.open_answers.remove(at))
    }
}
