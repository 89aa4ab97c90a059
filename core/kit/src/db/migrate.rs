//! Migrations with a history table per module, so that a module can move to its own database.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use sea_orm::sea_query::{
    Alias, Index, IndexCreateStatement, IntoIden as _, IntoIndexColumn, IntoTableRef,
};
use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, DynIden, SqliteTransactionMode,
    StatementBuilder, TransactionOptions, TransactionTrait as _,
};
use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTraitSelf, SchemaManager};

use super::{DbError, MigrationPolicy};

/// Keeps two processes that start together from migrating at the same time.
const ADVISORY_LOCK: i64 = 0x0066_6d5f_6d69_6772;

/// The migrations of one module.
#[derive(Debug, Clone)]
pub struct Migrations {
    module: &'static str,
    steps: Vec<Migration>,
}

impl Migrations {
    /// Returns the migrations of `module`, oldest first.
    pub fn new(module: &'static str, steps: impl Into<Vec<Migration>>) -> Self {
        Self {
            module,
            steps: steps.into(),
        }
    }
}

/// One step of a schema: statements that are run in order.
#[derive(Clone)]
pub struct Migration {
    name: &'static str,
    statements: Vec<Arc<dyn StatementBuilder + Send + Sync>>,
}

impl Migration {
    /// Returns a step without statements; the name is its key in the history and must stay.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            statements: Vec::new(),
        }
    }

    /// Adds statements.
    #[must_use]
    pub fn then<S>(mut self, statements: impl IntoIterator<Item = S>) -> Self
    where
        S: StatementBuilder + Send + Sync + 'static,
    {
        let shared = statements.into_iter().map(|it| Arc::new(it) as _);
        self.statements.extend(shared);
        self
    }
}

impl fmt::Debug for Migration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Migration").field(&self.name).finish()
    }
}

impl MigrationName for Migration {
    fn name(&self) -> &str {
        self.name
    }
}

#[expect(
    elided_lifetimes_in_paths,
    reason = "the trait hides this lifetime, and an implementation must do as it does"
)]
#[async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let backend = connection.get_database_backend();
        for statement in &self.statements {
            connection.execute_raw(statement.build(&backend)).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        // The migrator runs them all in one transaction already.
        Some(false)
    }
}

/// Returns an index over columns of one table.
pub fn index(
    name: impl Into<String>,
    table: impl IntoTableRef,
    columns: impl IntoIterator<Item = impl IntoIndexColumn>,
) -> IndexCreateStatement {
    let mut index = Index::create().name(name).table(table).take();
    for column in columns {
        index.col(column);
    }
    index
}

/// Applies or checks the migrations of one module.
pub(super) async fn run(
    connection: &DatabaseConnection,
    policy: MigrationPolicy,
    migrations: Migrations,
) -> Result<(), DbError> {
    let pending = migrations
        .get_pending_migrations_read_only(connection)
        .await?;
    if pending.is_empty() {
        return Ok(());
    }
    match policy {
        MigrationPolicy::Apply => apply(connection, &migrations).await,
        MigrationPolicy::Require => Err(DbError::MigrationsPending {
            module: migrations.module,
            pending: pending.iter().map(|it| it.name().to_owned()).collect(),
        }),
    }
}

/// All of a module's migrations are applied, or none.
async fn apply(connection: &DatabaseConnection, migrations: &Migrations) -> Result<(), DbError> {
    let transaction = connection
        .begin_with_options(TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        })
        .await?;
    if transaction.get_database_backend() == DbBackend::Postgres {
        let lock = format!("SELECT pg_advisory_xact_lock({ADVISORY_LOCK})");
        transaction.execute_unprepared(&lock).await?;
    }
    migrations.up(&transaction, None).await?;
    transaction.commit().await?;
    tracing::info!(module = migrations.module, "migrations applied");
    Ok(())
}

impl MigratorTraitSelf for Migrations {
    fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        let steps = self.steps.iter().cloned();
        steps.map(|step| Box::new(step) as _).collect()
    }

    fn migration_table_name(&self) -> DynIden {
        Alias::new(format!("{}_migrations", self.module)).into_iden()
    }
}
