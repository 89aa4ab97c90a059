//! Investigates: takes what the user says or hands over and answers with cited evidence.

use std::sync::Arc;
use std::time::Duration;

use faultmaven_kit::{Hosted, Ids, Module, SharedClock, Tasks, Worker};
use faultmaven_proto::agent::v1::agent_service_server::AgentServiceServer;

mod analyst;
mod callees;
mod cancel;
mod convert;
mod deferred;
mod error;
mod events;
mod fast_path;
mod input;
mod intake;
mod intent;
mod lookup;
mod model;
mod paste;
mod pasted;
mod purge;
mod put_away;
mod reply;
mod run_turn;
mod service;
mod turn;

#[cfg(test)]
mod tests;

use callees::Callees;
use deferred::{DeferredTurns, MODULE, RUN_TURN};
use run_turn::RunTurn;
use service::Service;
use turn::Turns;

/// Jobs of long turns that are followed at once; following costs next to nothing.
const FOLLOWED_TURNS: usize = 64;
/// A request may paste much more than tonic's default of 4 MiB.
const REQUEST_MAX_BYTES: usize = 64 << 20;

/// How long a turn may take and wait, and whether models are asked.
#[derive(Debug, Clone)]
pub struct Config {
    /// The longest a turn may take before it is given up.
    pub turn_deadline: Duration,
    /// How long a turn waits for the analysis of its files.
    pub analysis_wait: Duration,
    /// How long a turn waits for another one of the same case.
    pub turn_queue_wait: Duration,
    /// Whether a model may be configured; without one no turn asks for it.
    pub models: bool,
    /// The longest a turn may spend on models.
    pub model_wait: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            turn_deadline: Duration::from_secs(290),
            analysis_wait: Duration::from_secs(20),
            turn_queue_wait: Duration::from_secs(10),
            models: false,
            model_wait: Duration::from_secs(150),
        }
    }
}

/// What the module needs.
#[derive(Clone)]
pub struct Deps {
    /// Tells when turns begin.
    pub clock: SharedClock,
    /// Names messages.
    pub ids: Ids,
    /// Runs turns to their end, whoever listens.
    pub tasks: Tasks,
    /// The case module.
    pub case: Module,
    /// The evidence module.
    pub evidence: Module,
    /// The knowledge module.
    pub knowledge: Module,
    /// The llm module.
    pub llm: Module,
    /// The report module.
    pub report: Module,
    /// The jobs module.
    pub jobs: Module,
}

impl std::fmt::Debug for Deps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Deps").finish_non_exhaustive()
    }
}

/// Returns the module; it keeps nothing, so there is nothing to migrate.
pub async fn build(
    config: Config,
    deps: Deps,
) -> Result<Hosted, Box<dyn std::error::Error + Send + Sync>> {
    let turns = Turns {
        callees: Callees {
            case: deps.case,
            evidence: deps.evidence,
            knowledge: deps.knowledge,
            llm: deps.llm,
            report: deps.report,
            jobs: deps.jobs.clone(),
        },
        clock: deps.clock,
        ids: deps.ids,
        tasks: deps.tasks,
        deferred: DeferredTurns::default(),
        config,
    };
    purge::start(&turns.tasks, &turns.callees, &turns.ids);
    let handler = Arc::new(RunTurn(turns.clone()));
    Worker::new(
        deps.jobs,
        MODULE,
        turns.ids.clone(),
        Arc::clone(&turns.clock),
    )
    .handle(RUN_TURN, handler, FOLLOWED_TURNS)
    .spawn(&turns.tasks);
    let service =
        AgentServiceServer::new(Service::new(turns)).max_decoding_message_size(REQUEST_MAX_BYTES);
    Ok(Hosted::new(MODULE).service(service))
}
