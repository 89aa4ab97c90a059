//! Writing and reading rows of the size of a case.

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::DateTime;
use faultmaven_kit::{Db, DbConfig, MigrationPolicy};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, SqlxSqliteConnector,
    TransactionTrait as _,
};
use tempfile::TempDir;

use crate::{CONCURRENCY, Outcome, Rate, repeat};

const SCHEMA: &str = "CREATE TABLE bench_cases (id TEXT PRIMARY KEY, owner_id TEXT NOT NULL, \
     title TEXT NOT NULL, description TEXT NOT NULL, status TEXT NOT NULL, version BIGINT NOT NULL, \
     created_at TIMESTAMP NOT NULL); \
     CREATE INDEX bench_cases_owner ON bench_cases (owner_id, created_at)";

mod case {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "bench_cases")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) id: String,
        pub(super) owner_id: String,
        pub(super) title: String,
        pub(super) description: String,
        pub(super) status: String,
        pub(super) version: i64,
        pub(super) created_at: ChronoDateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

static NEXT: AtomicU64 = AtomicU64::new(0);

/// Writes through a pool of one connection, as a program without group commit would.
pub(crate) async fn one_transaction_per_write() -> Outcome<Rate> {
    let directory = tempfile::tempdir()?;
    let options = SqliteConnectOptions::new()
        .filename(directory.path().join("single.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .foreign_keys(true);
    let pool = sea_orm::sqlx::sqlite::SqlitePoolOptions::new()
        .max_connections(1)
        .connect_with(options)
        .await?;
    let connection = SqlxSqliteConnector::from_sqlx_sqlite_pool(pool);
    connection.execute_unprepared(SCHEMA).await?;
    repeat(CONCURRENCY, move || {
        let connection = connection.clone();
        async move {
            let transaction = connection.begin().await?;
            insert(&transaction).await?;
            transaction.commit().await?;
            Ok(())
        }
    })
    .await
}

/// Writes through the kit.
pub(crate) async fn group_commit() -> Outcome<Rate> {
    let (db, _directory) = open().await?;
    repeat(CONCURRENCY, move || {
        let db = db.clone();
        async move { Ok(db.write(insert).await?) }
    })
    .await
}

/// Reads the newest 50 rows of one of many owners.
pub(crate) async fn list() -> Outcome<Rate> {
    let (db, _directory) = open().await?;
    let writes = (0..5_000).map(|_| db.write(insert));
    futures::future::try_join_all(writes).await?;
    repeat(CONCURRENCY, move || {
        let db = db.clone();
        async move {
            case::Entity::find()
                .filter(sea_orm::ColumnTrait::eq(&case::Column::OwnerId, "user_1"))
                .order_by_desc(case::Column::CreatedAt)
                .limit(50)
                .all(db.read())
                .await?;
            Ok(())
        }
    })
    .await
}

async fn open() -> Outcome<(Db, TempDir)> {
    let directory = tempfile::tempdir()?;
    let db = Db::connect(&DbConfig {
        url: String::new(),
        max_connections: 4,
        migration: MigrationPolicy::Apply,
        data_dir: directory.path().to_owned(),
    })
    .await?;
    db.write(|transaction| {
        async move { transaction.execute_unprepared(SCHEMA).await.map(drop) }.boxed()
    })
    .await?;
    Ok((db, directory))
}

fn insert(transaction: &DatabaseTransaction) -> BoxFuture<'_, Result<(), DbErr>> {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let row = case::ActiveModel {
        id: Set(format!("case_{number:012x}")),
        owner_id: Set(format!("user_{}", number % 20)),
        title: Set("checkout answers 502 since the deployment".to_owned()),
        description: Set("x".repeat(300)),
        status: Set("active".to_owned()),
        version: Set(1),
        created_at: Set(DateTime::UNIX_EPOCH),
    };
    async move {
        case::Entity::insert(row)
            .exec_without_returning(transaction)
            .await
            .map(drop)
    }
    .boxed()
}
