//! `faultmaven eval`: runs scenarios of known incidents and scores the answers.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;

use crate::commands::{CommandError, block_on, is_closed_pipe, report, say};

mod conversation;
mod engine;
mod scenario;
mod score;
mod table;
mod totals;

use engine::Engine;
use scenario::Scenario;
use score::Score;
use totals::Totals;

const REACHED: u8 = 0;
const MISSED: u8 = 1;
const ENDED_EARLY: u8 = 2;

const HELP: &str = "\
Each folder of the suite is a scenario: its files and `expected.yml` with the questions and what a
good answer holds. Everything is scored mechanically:

  first  the first answer is right: of every fault (`also` lists those beside the first one) it
         names the component, and outside of quotes and of candidates that come second the
         mechanism; where nothing is wrong, it says so and suspects nothing; where the data do not
         tell, it claims no cause and asks for more
  soon   one of the first three answers is; several faults may be named in several of them
  comp   the first three answers name the component of every fault
  mech   they name the mechanism of every fault
  categ  the cause that leads at the end is of an expected category
  cited  every expected place is cited by some answer
  ruled  everything to be ruled out is refuted at the end
  bad    quotes that are not in the file where they are said to be
  fal    answers, the earlier ones too, that call a cause likely or confirmed whose words are those
         of no fault's mechanism
  grade  that of the last answer

Targets: first in 75 % and soon in 85 % of the scenarios with a cause, first in all in which nothing
is wrong, fal in at most 3 % of all, bad in none. One of whose kind nothing was run is left out.

Exit status: 0 every target is reached, 1 one is missed, 2 the suite cannot be read or a scenario
ended early.";

/// Which scenarios to run and how to print the scores.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
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
pub(super) fn run(args: &EvalArgs) -> ExitCode {
    match evaluate(args) {
        Ok(totals) if totals.missed.is_empty() => ExitCode::from(REACHED),
        Ok(totals) => {
            report(&*CommandError::from(format!(
                "targets missed: {}",
                totals.missed.join("; ")
            )));
            ExitCode::from(MISSED)
        }
        Err(error) if is_closed_pipe(&*error) => ExitCode::from(REACHED),
        Err(error) => {
            report(&*error);
            ExitCode::from(ENDED_EARLY)
        }
    }
}

fn evaluate(args: &EvalArgs) -> Result<Totals, CommandError> {
    let scenarios = scenario::load(&args.suite, &args.only)?;
    let scores = block_on(score_all(&scenarios, args))?;
    let totals = Totals::of(&scores);
    match args.json {
        true => say(&table::json(&scores, &totals)?)?,
        false => say(&table::text(&scores, &totals))?,
    }
    let failed = scores.iter().filter_map(|score| {
        let failure = score.failure.as_ref()?;
        Some(format!("{} ended early: {failure}", score.scenario))
    });
    let failed: Vec<_> = failed.collect();
    match failed.is_empty() {
        true => Ok(totals),
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
