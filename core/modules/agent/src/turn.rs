//! The state machine of a turn: claimed, prepared, committed, published, or given up.

use std::time::Duration;

use chrono::{DateTime, Utc};
use faultmaven_kit::crash::at_each_await;
use faultmaven_kit::{Ctx, Ids, SharedClock, Tasks};
use faultmaven_proto::agent::v1 as pb;
use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::evidence::v1 as evidence_pb;
use prost::Message as _;
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::Config;
use crate::analyst::situation::Situation;
use crate::analyst::statement::clipped;
use crate::callees::{Callees, from_case, from_evidence};
use crate::deferred::{DeferredTurns, Patience};
use crate::error::TurnError;
use crate::events::{EventReceiver, Events};
use crate::fast_path::{Route, route};
use crate::input::Input;
use crate::intake::{self, Place, TurnFile};
use crate::intent::Verb;

mod answer;
mod bind;
mod build;
mod consult;
mod decide;
mod draft;
mod ended;
mod keep;
mod look;
mod output;
mod seeds;

use draft::Ready;

pub(crate) const ROUTE: &str = "faultmaven.agent.v1.AgentService/SubmitTurn";
/// How long the last steps may take once a turn commits.
const COMMIT: Duration = Duration::from_secs(30);
const LEASE_DEFAULT: Duration = Duration::from_secs(60);
/// Attempts on a case that somebody else keeps changing.
const ATTEMPTS: usize = 2;

/// Carries turns out.
#[derive(Clone)]
pub(crate) struct Turns {
    pub(crate) callees: Callees,
    pub(crate) clock: SharedClock,
    pub(crate) ids: Ids,
    pub(crate) tasks: Tasks,
    pub(crate) config: Config,
    pub(crate) deferred: DeferredTurns,
}

/// A turn that has begun.
struct Turn {
    ctx: Ctx,
    input: Input,
    token: String,
    number: i32,
    lease: Duration,
    deadline: Instant,
    started_at: DateTime<Utc>,
    user_message_id: String,
    files: Vec<TurnFile>,
    notices: Vec<String>,
    events: Events,
}

/// What becomes of staged evidence when a turn is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Staged {
    Discard,
    Leave,
}

enum Begun {
    Turn(Box<Turn>),
    Answered(Box<pb::TurnResult>),
}

impl Turns {
    /// Starts a turn and returns its events; it goes on when nobody listens any more.
    pub(crate) async fn submit(
        &self,
        ctx: Ctx,
        mut request: pb::SubmitTurnRequest,
    ) -> Result<EventReceiver, TurnError> {
        let patience = Patience::take(&mut request, &self.ids)?;
        let input = Input::parse(request)?;
        let (events, receiver) = Events::channel();
        let (begun, has_begun) = oneshot::channel();
        let turns = self.clone();
        // The turn has a time of its own: a client that waits less long must not cut it short.
        let own = Ctx {
            deadline: None,
            ..ctx
        }
        .with_timeout(self.config.turn_deadline + COMMIT);
        let name = input.request_id.clone();
        let run = Box::pin(turns.run(own, input, patience, events, begun));
        // Named after its key, so that a test can cut one turn alone.
        let run = async move { at_each_await(&name, run).await };
        self.tasks.spawn("turn", run);
        match has_begun.await {
            Ok(Ok(())) => Ok(receiver),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(TurnError::Cancelled),
        }
    }

    async fn run(
        self,
        ctx: Ctx,
        input: Input,
        patience: Option<Patience>,
        events: Events,
        begun: oneshot::Sender<Result<(), TurnError>>,
    ) {
        let case_id = input.case_id.clone();
        let generated_key = patience.as_ref().is_some_and(|it| it.has_generated_key);
        match Box::pin(self.begin(ctx.clone(), input, generated_key, &events)).await {
            Err(error) => {
                let answer = self.refuse(&ctx, patience, error, &events).await;
                // The caller may have gone; then nobody needs to know.
                let _ = begun.send(answer);
            }
            Ok(Begun::Answered(result)) => {
                let _ = begun.send(Ok(()));
                events.accepted(result.turn_number);
                events.result(*result);
            }
            Ok(Begun::Turn(turn)) => {
                let _ = begun.send(Ok(()));
                events.accepted(turn.number);
                let work = Box::pin(self.clone().carry_out(*turn));
                let outcome = match patience {
                    Some(patience) => Box::pin(self.outlast(&ctx, patience, work, &events)).await,
                    None => work.await,
                };
                match outcome {
                    Ok(result) => events.result(result),
                    Err(error) => {
                        tracing::info!(case_id, %error, "the turn of {case_id} was given up");
                        events.fail(error);
                    }
                }
            }
        }
    }

    /// Claims the turn, or finds the answer the same request got before.
    async fn begin(
        &self,
        ctx: Ctx,
        input: Input,
        generated_key: bool,
        events: &Events,
    ) -> Result<Begun, TurnError> {
        let case_id = input.case_id.clone();
        self.callees
            .check_access(&ctx, &case_id, case_pb::CaseAccess::Write)
            .await?;
        let files = intake::named_files(&self.callees, &ctx, &case_id, &input.file_ids).await?;
        let hashes: Vec<String> = files
            .iter()
            .map(|known| known.file.sha256.clone())
            .collect();
        let request = case_pb::BeginTurnRequest {
            case_id: case_id.clone(),
            idempotency_key: input.request_id.clone(),
            fingerprint: input.fingerprint(&hashes),
            route: ROUTE.to_owned(),
            generated_key,
            wait: prost_types::Duration::try_from(self.config.turn_queue_wait).ok(),
        };
        let begun = from_case(self.callees.case().begin_turn(ctx.request(request)).await)?;
        if begun.turn_token.is_empty() {
            intake::discard_files(&self.callees, &ctx, &input.file_ids).await;
            let stored = pb::TurnResult::decode(begun.stored_answer.as_slice())?;
            let now = self.callees.investigation(&ctx, &case_id).await?;
            return Ok(Begun::Answered(Box::new(answer::replayed(stored, &now))));
        }
        let lease = begun.lease.and_then(|lease| Duration::try_from(lease).ok());
        Ok(Begun::Turn(Box::new(Turn {
            token: begun.turn_token,
            number: begun.turn_number,
            lease: lease.unwrap_or(LEASE_DEFAULT),
            deadline: Instant::now() + self.config.turn_deadline,
            started_at: self.clock.now(),
            user_message_id: self.ids.hex16("msg"),
            notices: Vec::new(),
            events: events.clone(),
            ctx,
            input,
            files,
        })))
    }

    /// Runs a turn to its commit; whatever goes wrong before leaves the case as it was.
    async fn carry_out(self, mut turn: Turn) -> Result<pb::TurnResult, TurnError> {
        let taken_in = match self.take_as_output(&mut turn).await {
            Ok(()) => Box::pin(self.guarded(&turn, self.take_in(&turn))).await,
            Err(error) => Err(error),
        };
        let outcome = match taken_in {
            Ok((files, notices)) => {
                (turn.files, turn.notices) = (files, notices);
                Box::pin(self.attempt(&turn)).await
            }
            Err(error) => Err((error, Staged::Discard)),
        };
        match outcome {
            Ok(result) => Ok(result),
            Err((error, staged)) => {
                self.give_up(&turn, staged).await;
                Err(error)
            }
        }
    }

    /// Stores what was pasted and waits for the analysis of all files of the turn.
    async fn take_in(&self, turn: &Turn) -> Result<(Vec<TurnFile>, Vec<String>), TurnError> {
        let case_id = &turn.input.case_id;
        let mut files = self.store_files(turn).await?;
        for paste in &turn.input.pastes {
            let (now, place) = (turn.started_at, Place::Turn(turn.number));
            let stored =
                intake::store_paste(&self.callees, &turn.ctx, case_id, place, paste, now).await?;
            turn.events.file(&stored.file);
            let is_named = files
                .iter()
                .any(|known| known.file.file_id == stored.file.file_id);
            if !is_named {
                files.push(stored);
            }
        }
        if files.is_empty() {
            return Ok((files, Vec::new()));
        }
        turn.events.step("analyze", "Reading the data");
        let wait = self.config.analysis_wait;
        let shutdown = self.tasks.shutdown_token();
        let all = intake::await_analysis(
            &self.callees,
            &turn.ctx,
            &mut files,
            wait,
            &shutdown,
            &turn.events,
        )
        .await?;
        let notices = intake::unfinished(&all)
            .into_iter()
            .map(look::late_notice)
            .collect();
        Ok((files, notices))
    }

    /// Stores the files of the turn, unless its state or its words forbid what it asks for.
    async fn store_files(&self, turn: &Turn) -> Result<Vec<TurnFile>, TurnError> {
        let (ctx, input) = (&turn.ctx, &turn.input);
        if !input.has_data() {
            return Ok(Vec::new());
        }
        let access = case_pb::CaseAccess::AddFiles;
        self.callees
            .check_access(ctx, &input.case_id, access)
            .await?;
        if input.depends_on_the_case() {
            route(
                input,
                &self.callees.investigation(ctx, &input.case_id).await?,
            )?;
        }
        if input.file_ids.is_empty() {
            return Ok(Vec::new());
        }
        let (case_id, file_ids) = (&input.case_id, &input.file_ids);
        intake::keep_files(&self.callees, ctx, case_id, turn.number, file_ids).await
    }

    async fn attempt(&self, turn: &Turn) -> Result<pb::TurnResult, (TurnError, Staged)> {
        let mut left = ATTEMPTS;
        loop {
            left -= 1;
            let ready = Box::pin(self.guarded(turn, self.build(turn))).await;
            let ready = ready.map_err(|error| (error, Staged::Discard))?;
            turn.events.step("commit", "Storing the turn");
            match self.commit(turn, ready).await {
                Ok(result) => return Ok(result),
                Err(error) if error.is_lost_race() && left > 0 => {
                    self.discard(turn, &turn.ctx).await;
                }
                // It may be stored after all; then the sweep of the evidence module decides.
                Err(error) if error.is_outcome_unknown() => return Err((error, Staged::Leave)),
                Err(error) => return Err((error, Staged::Discard)),
            }
        }
    }

    /// Stores the turn and makes its evidence visible.
    async fn commit(&self, turn: &Turn, ready: Ready) -> Result<pb::TurnResult, TurnError> {
        let request = turn.ctx.request(ready.request);
        let commit = from_case(self.callees.case().commit_turn(request).await)?;
        let evidence_ids = commit.turn.as_ref().map(|turn| turn.evidence_ids.clone());
        let evidence_ids = evidence_ids.unwrap_or_default();
        let withdrawn_evidence_ids = withdrawn(&commit);
        if !evidence_ids.is_empty() || !withdrawn_evidence_ids.is_empty() {
            let request = evidence_pb::ActivateEvidenceRequest {
                case_id: turn.input.case_id.clone(),
                evidence_ids,
                withdrawn_evidence_ids,
            };
            let answer = self
                .callees
                .evidence()
                .activate_evidence(turn.ctx.request(request))
                .await;
            if let Err(error) = from_evidence(answer) {
                let case_id = &turn.input.case_id;
                tracing::warn!(case_id, %error, "evidence of {case_id} becomes visible later");
            }
        }
        self.announce_end(turn, &commit).await;
        if ready.hands_over {
            self.announce_handover(turn).await;
        }
        Ok(answer::committed(ready.result, &commit))
    }
}

impl Turn {
    fn file_ids(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|known| known.file.file_id.as_str())
    }

    /// Returns what the user's row says: the words, the names of the data, or what was clicked.
    fn user_text(&self, route: &Route, situation: &Situation) -> String {
        if let Some(text) = &self.input.text {
            return text.clone();
        }
        if !self.files.is_empty() {
            let names: Vec<&str> = self
                .files
                .iter()
                .map(|known| known.file.filename.as_str())
                .collect();
            return format!("Uploaded {}", names.join(", "));
        }
        clicked(route, situation)
    }
}

/// All that the case no longer counts; what a crash left out is made up for by the next turn.
fn withdrawn(commit: &case_pb::CommitTurnResponse) -> Vec<String> {
    let after = commit.result.iter().filter_map(|it| it.after.as_ref());
    let evidence = after.flat_map(|after| &after.evidence);
    let withdrawn = evidence.filter(|digest| digest.withdrawn);
    withdrawn.map(|digest| digest.evidence_id.clone()).collect()
}

fn clicked(route: &Route, situation: &Situation) -> String {
    match route {
        Route::Command(command) | Route::Offer(command) => {
            let to = crate::convert::status(command.to);
            match command.note.as_str() {
                "" => format!("Move the case to {to}."),
                note => format!("Move the case to {to}: {note}"),
            }
        }
        Route::Confirm => "Yes".to_owned(),
        Route::Decline => "No".to_owned(),
        Route::Hypothesis {
            hypothesis_id,
            verb,
        } => {
            let known = &situation.investigation.hypotheses;
            let known = known
                .iter()
                .find(|known| known.hypothesis_id == *hypothesis_id);
            let statement = known.map_or("", |known| known.statement.as_str());
            let verb = match verb {
                Verb::Validate => "This holds",
                Verb::Refute => "This is ruled out",
                Verb::Retire => "Set this aside",
            };
            format!("{verb}: {}", clipped(statement, 500))
        }
        Route::Terminal | Route::Greeting | Route::Reclassify { .. } | Route::Analyse { .. } => {
            "…".to_owned()
        }
    }
}
