//! A fresh database per test, with one table.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use faultmaven_kit::{Db, DbConfig, DbError, Migration, MigrationPolicy, Migrations};
use sea_orm::sea_query::{ColumnDef, Table};
use sea_orm::{ActiveValue::Set, DbErr, EntityTrait as _};
use tempfile::TempDir;

/// A row with a time.
pub(crate) mod note {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "test_notes")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: String,
        pub(crate) at: ChronoDateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What a write in a test fails with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoteError {
    #[error("refused")]
    Refused,
    #[error("taken")]
    Taken,
    #[error("database error")]
    Database(#[source] DbErr),
}

impl From<DbErr> for NoteError {
    fn from(error: DbErr) -> Self {
        if faultmaven_kit::db::is_unique_violation(&error) {
            return Self::Taken;
        }
        Self::Database(error)
    }
}

/// A database that goes away with the test.
pub(crate) struct Fresh {
    pub(crate) db: Db,
    pub(crate) config: DbConfig,
    directory: TempDir,
}

impl Fresh {
    /// Returns a path beside the database file.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }
}

/// Returns a database with the table, in a file or on the server the environment names.
pub(crate) async fn fresh() -> Fresh {
    let fresh = empty().await;
    fresh.db.migrate(migrations()).await.unwrap();
    fresh
}

/// Returns a database without tables.
pub(crate) async fn empty() -> Fresh {
    let directory = tempfile::tempdir().unwrap();
    let config = faultmaven_testing::database_config(directory.path()).await;
    let db = Db::connect(&config).await.unwrap();
    Fresh {
        db,
        config,
        directory,
    }
}

/// Returns the migrations of the test module.
pub(crate) fn migrations() -> Migrations {
    let mut id = ColumnDef::new("id");
    let mut at = ColumnDef::new("at");
    let table = Table::create()
        .table("test_notes")
        .col(id.string().not_null().primary_key())
        .col(at.timestamp_with_time_zone().not_null())
        .to_owned();
    let create = Migration::new("m0001_create_notes").then([table]);
    Migrations::new("test", [create])
}

/// Adds a row within a transaction.
pub(crate) async fn add(
    transaction: &sea_orm::DatabaseTransaction,
    id: String,
    at: DateTime<Utc>,
) -> Result<(), NoteError> {
    let row = note::ActiveModel {
        id: Set(id),
        at: Set(at),
    };
    note::Entity::insert(row)
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}

/// Adds a row in a write of its own.
pub(crate) async fn write_note(db: &Db, id: &str) -> Result<(), NoteError> {
    let id = id.to_owned();
    db.write(move |transaction| {
        let id = id.clone();
        Box::pin(add(transaction, id, DateTime::UNIX_EPOCH))
    })
    .await
}

/// Returns the ids of all rows in order.
pub(crate) async fn ids(db: &Db) -> Vec<String> {
    let rows = note::Entity::find().all(db.read()).await.unwrap();
    let mut ids: Vec<_> = rows.into_iter().map(|row| row.id).collect();
    ids.sort();
    ids
}

/// Opens the same database once more.
pub(crate) async fn reopened(config: &DbConfig, policy: MigrationPolicy) -> Result<Db, DbError> {
    Db::connect(&DbConfig {
        migration: policy,
        ..config.clone()
    })
    .await
}
