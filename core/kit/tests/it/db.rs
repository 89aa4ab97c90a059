//! Databases: the same behaviour on SQLite and PostgreSQL.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::DateTime;
use faultmaven_kit::{Backend, Db, DbConfig, DbError, MigrationPolicy, Migrations};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait as _, DatabaseTransaction, EntityTrait as _, QueryOrder as _,
};
use tokio::sync::Barrier;

use crate::database::{NoteError, add, empty, fresh, ids, migrations, note, reopened, write_note};

#[tokio::test]
async fn what_is_written_can_be_read() {
    let fresh = fresh().await;
    write_note(&fresh.db, "one").await.unwrap();
    assert_eq!(ids(&fresh.db).await, ["one"]);
    fresh.db.ping().await.unwrap();
}

#[tokio::test]
async fn a_failed_write_leaves_nothing() {
    let fresh = fresh().await;
    let result: Result<(), NoteError> = fresh
        .db
        .write(|transaction| {
            Box::pin(async move {
                add(transaction, "half".into(), DateTime::UNIX_EPOCH).await?;
                Err(NoteError::Refused)
            })
        })
        .await;
    assert!(matches!(result, Err(NoteError::Refused)));
    assert!(ids(&fresh.db).await.is_empty());
}

#[tokio::test]
async fn a_taken_key_is_told_apart() {
    let fresh = fresh().await;
    write_note(&fresh.db, "one").await.unwrap();
    let again = write_note(&fresh.db, "one").await;
    assert!(matches!(again, Err(NoteError::Taken)));
}

#[tokio::test]
async fn times_keep_their_microseconds_and_their_order() {
    let fresh = fresh().await;
    let micros = [
        0, 1, 10, 999, 1_000, 123_000, 123_456, 999_999, 1_000_000, 61_000_000,
    ];
    for at in micros.iter().rev().copied() {
        let time = DateTime::from_timestamp_micros(1_700_000_000_000_000 + at).unwrap();
        fresh
            .db
            .write(move |transaction| Box::pin(add(transaction, at.to_string(), time)))
            .await
            .unwrap();
    }
    let rows = note::Entity::find()
        .order_by_asc(note::Column::At)
        .all(fresh.db.read())
        .await
        .unwrap();
    let stored: Vec<i64> = rows
        .iter()
        .map(|row| row.at.timestamp_micros() - 1_700_000_000_000_000)
        .collect();
    assert_eq!(stored, micros);
}

#[tokio::test]
async fn a_sqlite_reader_cannot_write() {
    let fresh = fresh().await;
    if fresh.db.backend() != Backend::Sqlite {
        return;
    }
    let row = note::ActiveModel {
        id: Set("sneaky".into()),
        at: Set(DateTime::UNIX_EPOCH),
    };
    let refused = note::Entity::insert(row).exec(fresh.db.read()).await;
    assert!(refused.is_err());
}

#[tokio::test]
async fn migrations_are_applied_once() {
    let fresh = fresh().await;
    write_note(&fresh.db, "one").await.unwrap();
    fresh.db.migrate(migrations()).await.unwrap();
    assert_eq!(ids(&fresh.db).await, ["one"]);
}

#[tokio::test]
async fn each_module_has_a_history_of_its_own() {
    let fresh = fresh().await;
    fresh
        .db
        .migrate(Migrations::new("other", []))
        .await
        .unwrap();
    let rows = fresh
        .db
        .read()
        .query_all_raw(sea_orm::Statement::from_string(
            fresh.db.read().get_database_backend(),
            "SELECT version FROM test_migrations",
        ))
        .await
        .unwrap();
    assert_eq!(rows.len(), 1);
}

#[tokio::test]
async fn pending_migrations_are_named_when_they_may_not_be_applied() {
    let fresh = empty().await;
    let db = reopened(&fresh.config, MigrationPolicy::Require)
        .await
        .unwrap();
    let error = db.migrate(migrations()).await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("m0001_create_notes") && text.contains("faultmaven migrate"),
        "{text}"
    );

    fresh.db.migrate(migrations()).await.unwrap();
    db.migrate(migrations()).await.unwrap();
}

#[tokio::test]
async fn processes_that_start_together_migrate_once() {
    let fresh = empty().await;
    let other = reopened(&fresh.config, MigrationPolicy::Apply)
        .await
        .unwrap();
    let (first, second) =
        tokio::join!(fresh.db.migrate(migrations()), other.migrate(migrations()),);
    first.unwrap();
    second.unwrap();
}

#[tokio::test]
async fn a_backup_holds_what_was_committed() {
    let fresh = fresh().await;
    let path = fresh.path("backup.db");
    if fresh.db.backend() != Backend::Sqlite {
        let refused = fresh.db.backup_to(&path).await;
        assert!(matches!(refused, Err(DbError::BackupUnsupported)));
        return;
    }
    write_note(&fresh.db, "one").await.unwrap();
    fresh.db.backup_to(&path).await.unwrap();
    let copy = Db::connect(&DbConfig {
        url: format!("sqlite://{}", path.display()),
        ..fresh.config.clone()
    })
    .await
    .unwrap();
    assert_eq!(ids(&copy).await, ["one"]);
    assert!(
        fresh.db.backup_to(&path).await.is_err(),
        "a backup must not be overwritten"
    );
}

#[tokio::test]
async fn a_closed_database_refuses_to_write_and_keeps_what_it_has() {
    let fresh = fresh().await;
    write_note(&fresh.db, "one").await.unwrap();
    fresh.db.close().await.unwrap();
    assert!(write_note(&fresh.db, "two").await.is_err());
    let again = reopened(&fresh.config, MigrationPolicy::Require)
        .await
        .unwrap();
    assert_eq!(ids(&again).await, ["one"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_that_block_each_other_both_succeed() {
    let fresh = fresh().await;
    if fresh.db.backend() != Backend::Postgres {
        return;
    }
    for id in ["one", "two"] {
        write_note(&fresh.db, id).await.unwrap();
    }
    let meeting = Arc::new(Barrier::new(2));
    let (left, right) = tokio::join!(
        touch_in_order(&fresh.db, ["one", "two"], meeting.clone()),
        touch_in_order(&fresh.db, ["two", "one"], meeting),
    );
    let runs = left.unwrap() + right.unwrap();
    assert_eq!(runs, 3, "one of the two had to start again");
}

/// Updates a row, waits for the neighbour to do the same, updates the row the neighbour holds.
async fn touch_in_order(
    db: &Db,
    ids: [&'static str; 2],
    meeting: Arc<Barrier>,
) -> Result<usize, NoteError> {
    let runs = Arc::new(AtomicUsize::new(0));
    db.write(move |transaction| {
        let (meeting, runs) = (meeting.clone(), runs.clone());
        Box::pin(async move {
            let run = runs.fetch_add(1, Ordering::Relaxed) + 1;
            touch(transaction, ids[0]).await?;
            if run == 1 {
                meeting.wait().await;
            }
            touch(transaction, ids[1]).await?;
            Ok(run)
        })
    })
    .await
}

async fn touch(transaction: &DatabaseTransaction, id: &str) -> Result<(), NoteError> {
    let row = note::ActiveModel {
        id: Set(id.to_owned()),
        at: Set(DateTime::UNIX_EPOCH),
    };
    note::Entity::update(row).exec(transaction).await?;
    Ok(())
}
