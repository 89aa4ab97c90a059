//! `faultmaven eval`: runs scenarios of known incidents and scores the answers.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;

use crate::commands::{CommandError, block_on, say};

mod conversation;
mod engine;
mod scenario;
mod score;
mod table;

use engine::Engine;
use scenario::Scenario;
use score::Score;

/// Which scenarios to run and how to print the scores.
#[derive(Debug, Args)]
#[command(
    after_help = "Each folder of the suite is a scenario: its files and `expected.yml` with the \
    questions and what a good answer holds."
)]
pub struct EvalArgs {
    /// The folder with the scenarios.
    #[arg(long, value_name = "FOLDER", default_value = "core/scenarios")]
    suite: PathBuf,
    /// Run the scenarios whose name contains this text; may be repeated.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Let a model answer: `openai`, `anthropic`, `ollama` or `openai_compatible`, a model behind a
    /// colon; its key and address are read as `serve` reads them.
    #[arg(long, value_name = "PROVIDER[:MODEL]")]
    model: Option<String>,
    /// Print one JSON document instead of the table.
    #[arg(long)]
    json: bool,
    /// Print every answer before the table.
    #[arg(long, conflicts_with = "json")]
    answers: bool,
}

/// Runs the scenarios one after the other against an engine of their own.
pub(super) fn run(args: &EvalArgs) -> Result<(), CommandError> {
    let scenarios = scenario::load(&args.suite, &args.only)?;
    let scores = block_on(score_all(&scenarios, args))?;
    match args.json {
        true => say(&table::json(&scores)?)?,
        false => say(&table::text(&scores))?,
    }
    let failed = scores.iter().filter_map(|score| {
        let failure = score.failure.as_ref()?;
        Some(format!("{} ended early: {failure}", score.scenario))
    });
    let failed: Vec<_> = failed.collect();
    match failed.is_empty() {
        true => Ok(()),
        false => Err(failed.join("\n").into()),
    }
}

async fn score_all(scenarios: &[Scenario], args: &EvalArgs) -> Result<Vec<Score>, CommandError> {
    let data_dir = tempfile::tempdir()?;
    let engine = Engine::start(data_dir.path(), args.model.as_deref()).await?;
    let mut scores = Vec::with_capacity(scenarios.len());
    for scenario in scenarios {
        let started = Instant::now();
        let held = conversation::hold(&engine, scenario).await;
        if args.answers {
            say(&held.transcript(&scenario.name))?;
        }
        scores.push(score::score(scenario, &held, started.elapsed()));
    }
    engine.stop().await;
    Ok(scores)
}

/// Returns the text of a file, with its name in the error.
fn read(path: &Path) -> Result<Vec<u8>, CommandError> {
    std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()).into())
}
