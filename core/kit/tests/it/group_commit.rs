//! Many writers at once: nothing lost, nothing half applied, nobody told to come back.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::DateTime;
use faultmaven_kit::{Backend, Db, MigrationPolicy};
use futures::future::join_all;
use sea_orm::EntityTrait as _;
use tokio::sync::Semaphore;

use crate::database::{NoteError, add, fresh, ids, note, reopened, write_note};

const WRITERS: usize = 400;

/// Writes two rows; some writers fail between them, by an error or by a panic.
async fn write_pair(db: &Db, writer: usize) -> Result<usize, NoteError> {
    db.write(move |transaction| {
        Box::pin(async move {
            add(transaction, format!("{writer:04}a"), DateTime::UNIX_EPOCH).await?;
            if writer % 7 == 3 {
                return Err(NoteError::Refused);
            }
            assert!(writer % 50 != 49, "a write that panics");
            add(transaction, format!("{writer:04}b"), DateTime::UNIX_EPOCH).await?;
            Ok(writer)
        })
    })
    .await
}

fn should_fail(writer: usize) -> bool {
    writer % 7 == 3 || writer % 50 == 49
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_writes_are_whole_or_absent() {
    let fresh = fresh().await;
    if fresh.db.backend() != Backend::Sqlite {
        return;
    }
    let results = join_all((0..WRITERS).map(|writer| write_pair(&fresh.db, writer))).await;
    let mut expected = Vec::new();
    for (writer, result) in results.into_iter().enumerate() {
        assert_eq!(
            result.is_err(),
            should_fail(writer),
            "writer {writer}: {result:?}"
        );
        if let Ok(returned) = result {
            assert_eq!(returned, writer, "an answer must reach its own caller");
            expected.extend([format!("{writer:04}a"), format!("{writer:04}b")]);
        }
    }
    assert_eq!(ids(&fresh.db).await, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_that_want_one_key_one_gets_it() {
    let fresh = fresh().await;
    let results = join_all((0..32).map(|_| write_note(&fresh.db, "wanted"))).await;
    let winners = results.iter().filter(|result| result.is_ok()).count();
    assert_eq!(winners, 1);
    let others = results.iter().filter(|result| result.is_err());
    others.for_each(|result| assert!(matches!(result, Err(NoteError::Taken)), "{result:?}"));
}

#[tokio::test]
async fn a_failed_write_never_saw_what_was_not_committed() {
    let fresh = fresh().await;
    let refused = write_after_failing_neighbour(&fresh.db);
    let (refused, counted) = tokio::join!(refused, count_rows(&fresh.db));
    assert!(matches!(refused, Err(NoteError::Refused)));
    assert_eq!(counted.unwrap(), 0);
}

async fn write_after_failing_neighbour(db: &Db) -> Result<(), NoteError> {
    db.write(|transaction| {
        Box::pin(async move {
            add(transaction, "ghost".into(), DateTime::UNIX_EPOCH).await?;
            Err(NoteError::Refused)
        })
    })
    .await
}

async fn count_rows(db: &Db) -> Result<usize, NoteError> {
    db.write(|transaction| {
        Box::pin(async move { Ok(note::Entity::find().all(transaction).await?.len()) })
    })
    .await
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_break_the_batch() {
    let fresh = fresh().await;
    let reached = Arc::new(Semaphore::new(0));
    let gate = Arc::new(Semaphore::new(0));
    let runs = Arc::new(AtomicUsize::new(0));
    let slow = {
        let (reached, gate, runs) = (reached.clone(), gate.clone(), runs.clone());
        fresh.db.write(move |transaction| {
            let (reached, gate, runs) = (reached.clone(), gate.clone(), runs.clone());
            Box::pin(async move {
                runs.fetch_add(1, Ordering::Relaxed);
                reached.add_permits(1);
                gate.acquire().await.unwrap().forget();
                add(transaction, "slow".into(), DateTime::UNIX_EPOCH).await
            })
        })
    };
    tokio::select! {
        _ = slow => unreachable!("the gate is shut"),
        _ = reached.acquire() => {}
    }
    gate.add_permits(1);
    write_note(&fresh.db, "next").await.unwrap();
    assert!(ids(&fresh.db).await.contains(&"next".to_owned()));
    assert_eq!(runs.load(Ordering::Relaxed), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_on_one_file_wait_for_each_other() {
    let fresh = fresh().await;
    let other = reopened(&fresh.config, MigrationPolicy::Require)
        .await
        .unwrap();
    let names: Vec<String> = (0..200).map(|index| format!("{index:03}")).collect();
    let writes = names.iter().enumerate().map(|(index, name)| {
        let db = if index % 2 == 0 { &fresh.db } else { &other };
        write_note(db, name)
    });
    for result in join_all(writes).await {
        result.unwrap();
    }
    assert_eq!(ids(&fresh.db).await, names);
}

#[tokio::test]
async fn whoever_hears_of_a_write_finds_it_counted() {
    let fresh = fresh().await;
    if fresh.db.backend() != Backend::Sqlite {
        assert_eq!(fresh.db.revision(), None, "others may write, too");
        return;
    }
    let other = fresh.db.of_its_own();
    let before = fresh.db.revision().unwrap();
    let writes = join_all((0..20).map(|writer| {
        let db = fresh.db.clone();
        async move {
            let seen = db.revision();
            write_note(&db, &format!("{writer}")).await.unwrap();
            assert!(db.revision() > seen);
        }
    }));
    writes.await;
    assert_eq!(fresh.db.revision(), Some(before + 20));
    write_after_failing_neighbour(&fresh.db).await.unwrap_err();
    assert_eq!(fresh.db.revision(), Some(before + 20));
    write_note(&other, "of another module").await.unwrap();
    assert_eq!(fresh.db.revision(), Some(before + 20));
}

#[tokio::test]
async fn a_write_is_counted_though_its_caller_has_gone() {
    let fresh = fresh().await;
    let Some(before) = fresh.db.revision() else {
        return;
    };
    let (begun, go_on) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let signals = (Arc::clone(&begun), Arc::clone(&go_on));
    let write = fresh.db.write(move |transaction| {
        let (begun, go_on) = signals.clone();
        Box::pin(async move {
            begun.add_permits(1);
            let _permit = go_on.acquire().await.unwrap();
            add(transaction, "left".into(), DateTime::UNIX_EPOCH).await
        })
    });
    tokio::select! {
        _ = write => panic!("nobody let it end"),
        permit = begun.acquire() => drop(permit.unwrap()),
    }
    go_on.add_permits(1);
    write_note(&fresh.db, "behind it").await.unwrap();
    assert_eq!(ids(&fresh.db).await, ["behind it", "left"]);
    assert_eq!(fresh.db.revision(), Some(before + 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_past_the_size_at_which_the_log_begins_anew_are_all_kept() {
    let fresh = fresh().await;
    if fresh.db.backend() != Backend::Sqlite {
        return;
    }
    let page = "x".repeat(1 << 20);
    let written: Vec<String> = (0..48).map(|row| format!("{row:02}{page}")).collect();
    // Each row is in the table and in the index of its key, so this is one and a half times the size.
    for group in written.chunks(8) {
        for done in join_all(group.iter().map(|id| write_note(&fresh.db, id))).await {
            done.unwrap();
        }
        assert!(ids(&fresh.db).await.ends_with(group));
    }
    let again = reopened(&fresh.config, MigrationPolicy::Require).await;
    assert_eq!(ids(&again.unwrap()).await, written);
}
