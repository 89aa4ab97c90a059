//! Group commit: concurrent writes to a SQLite file share one transaction and one commit.
//!
//! One task owns the writing connection. It takes all writes that are queued, runs them one after
//! the other in one transaction, commits, and only then answers. When one of them fails the batch
//! is rolled back: the writes before it are run again together, the failed one alone, so that it
//! sees committed data only, and those behind it join the next batch.

use std::collections::VecDeque;
use std::error::Error;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions,
    TransactionTrait as _,
};
use tokio::sync::{Notify, mpsc, oneshot};

use super::checkpoint;
use crate::Tasks;

/// The most writes that share one commit; it bounds how long a read of fresh data may wait.
const MAX_BATCH: usize = 128;
/// Writers beyond this wait for room, which slows callers down instead of filling memory.
const QUEUE: usize = 1_024;

/// The sending side of the task that writes.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    queue: mpsc::Sender<Message>,
    tasks: Tasks,
}

enum Message {
    Write(Box<dyn QueuedWrite>),
    Stop,
}

impl Writer {
    /// Starts the task that owns `connection`, and the one that makes checkpoints beside it.
    pub(super) fn start(connection: DatabaseConnection, checkpoints: DatabaseConnection) -> Self {
        let (queue, received) = mpsc::channel(QUEUE);
        let tasks = Tasks::new();
        let news = Arc::new(Notify::new());
        let keeper = checkpoint::keep(checkpoints, Arc::clone(&news), tasks.shutdown_token());
        tasks.spawn("sqlite checkpoints", keeper);
        tasks.spawn("sqlite writer", work(connection, received, news));
        Self { queue, tasks }
    }

    /// Queues a write and waits until it is committed and counted, or has failed and left no trace.
    pub(super) async fn write<F, T, E>(&self, commits: &Commits, f: F) -> Result<T, E>
    where
        F: for<'t> Fn(&'t DatabaseTransaction) -> BoxFuture<'t, Result<T, E>>
            + Send
            + Sync
            + 'static,
        T: Send + 'static,
        E: Error + From<DbErr> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let write = Box::new(Pending {
            f,
            outcome: None,
            commits: commits.clone(),
            reply,
        });
        let closed = || E::from(DbErr::Custom("the database is closed".to_owned()));
        self.queue
            .send(Message::Write(write))
            .await
            .map_err(|_| closed())?;
        answer.await.unwrap_or_else(|_| Err(closed()))
    }

    /// Runs what is queued and ends the task.
    pub(super) async fn stop(&self) {
        // A closed queue means that the task has ended already.
        let _ = self.queue.send(Message::Stop).await;
        self.tasks
            .shutdown(std::time::Duration::from_secs(30))
            .await;
    }
}

type Group = VecDeque<Box<dyn QueuedWrite>>;

/// One write, whatever it returns.
trait QueuedWrite: Send {
    /// Runs the write and keeps what it returned; tells whether that may be committed.
    fn run<'a>(&'a mut self, transaction: &'a DatabaseTransaction) -> BoxFuture<'a, bool>;
    /// Tells the caller what the last run returned.
    fn answer(self: Box<Self>);
    /// Tells the caller that its write cannot be committed.
    fn refuse(self: Box<Self>, error: DbErr);
    /// Returns whether the caller has gone away.
    fn is_abandoned(&self) -> bool;
}

struct Pending<F, T, E> {
    f: F,
    outcome: Option<Result<T, E>>,
    commits: Commits,
    reply: oneshot::Sender<Result<T, E>>,
}

/// Counts the writes that are committed, before anybody hears of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Commits(Arc<AtomicU64>);

impl Commits {
    pub(super) fn count(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    fn add_one(&self) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }
}

impl<F, T, E> QueuedWrite for Pending<F, T, E>
where
    F: for<'t> Fn(&'t DatabaseTransaction) -> BoxFuture<'t, Result<T, E>> + Send + Sync,
    T: Send,
    E: From<DbErr> + Send,
{
    fn run<'a>(&'a mut self, transaction: &'a DatabaseTransaction) -> BoxFuture<'a, bool> {
        Box::pin(async move {
            // A panic may have broken the closure's own state only, and nothing runs it again.
            let write = AssertUnwindSafe(async { (self.f)(transaction).await });
            let outcome = write.catch_unwind().await.unwrap_or_else(|_| {
                tracing::error!("a write panicked");
                Err(E::from(DbErr::Custom("a write panicked".to_owned())))
            });
            let succeeded = outcome.is_ok();
            self.outcome = Some(outcome);
            succeeded
        })
    }

    fn answer(self: Box<Self>) {
        if let Some(outcome) = self.outcome {
            if outcome.is_ok() {
                self.commits.add_one();
            }
            // A caller that went away does not need the answer.
            let _ = self.reply.send(outcome);
        }
    }

    fn refuse(self: Box<Self>, error: DbErr) {
        // A caller that went away does not need the answer.
        let _ = self.reply.send(Err(E::from(error)));
    }

    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }
}

async fn work(
    connection: DatabaseConnection,
    mut queue: mpsc::Receiver<Message>,
    news: Arc<Notify>,
) {
    let mut messages = Vec::with_capacity(MAX_BATCH);
    loop {
        if queue.recv_many(&mut messages, MAX_BATCH).await == 0 {
            return;
        }
        let mut batch = Group::with_capacity(messages.len());
        let mut stop = false;
        for message in messages.drain(..) {
            match message {
                Message::Write(write) if !write.is_abandoned() => batch.push_back(write),
                Message::Write(_) => {}
                Message::Stop => stop = true,
            }
        }
        commit_all(&connection, batch).await;
        news.notify_one();
        if stop {
            return;
        }
    }
}

/// Answers every write in `waiting`.
async fn commit_all(connection: &DatabaseConnection, mut waiting: Group) {
    // The sizes of the next groups; whatever they do not cover forms one more.
    let mut sizes: VecDeque<usize> = VecDeque::new();
    while !waiting.is_empty() {
        let size = sizes.pop_front().unwrap_or(waiting.len());
        let behind = waiting.split_off(size.min(waiting.len()));
        let mut group = std::mem::replace(&mut waiting, behind);
        match commit(connection, &mut group).await {
            Ok(()) => group.into_iter().for_each(|write| write.answer()),
            Err(Failure::Begin(error)) => refuse(group, &error),
            Err(Failure::Write { .. }) if group.len() == 1 => {
                group.into_iter().for_each(|write| write.answer());
            }
            Err(Failure::Commit(error)) if group.len() == 1 => refuse(group, &error),
            Err(Failure::Write { index }) => {
                sizes.push_front(1);
                if index > 0 {
                    sizes.push_front(index);
                }
                group.append(&mut waiting);
                waiting = group;
            }
            Err(Failure::Commit(_)) => {
                for _ in 0..group.len() {
                    sizes.push_front(1);
                }
                group.append(&mut waiting);
                waiting = group;
            }
        }
    }
}

enum Failure {
    Begin(DbErr),
    Write { index: usize },
    Commit(DbErr),
}

async fn commit(connection: &DatabaseConnection, group: &mut Group) -> Result<(), Failure> {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let transaction = connection
        .begin_with_options(options)
        .await
        .map_err(Failure::Begin)?;
    for (index, write) in group.iter_mut().enumerate() {
        if write.run(&transaction).await {
            continue;
        }
        if let Err(error) = transaction.rollback().await {
            tracing::error!(error = %error, "rollback failed");
        }
        return Err(Failure::Write { index });
    }
    metrics::histogram!("faultmaven_db_commit_writes").record(group.len() as f64);
    transaction.commit().await.map_err(Failure::Commit)
}

fn refuse(group: Group, error: &DbErr) {
    tracing::error!(error = %error, writes = group.len(), "writes cannot be committed");
    for write in group {
        write.refuse(error.clone());
    }
}
