//! Migrations with a history table per module, so that a module can move to its own database.

use std::sync::Arc;

use async_trait::async_trait;
use sea_orm::sea_query::{Alias, IntoIden as _};
use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, DynIden, SqliteTransactionMode,
    TransactionOptions, TransactionTrait as _,
};
use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTraitSelf, SchemaManager};

use super::{DbError, MigrationPolicy};

/// Keeps two processes that start together from migrating at the same time.
const ADVISORY_LOCK: i64 = 0x0066_6d5f_6d69_6772;

/// Applies or checks the migrations of one module.
pub(super) async fn run(
    connection: &DatabaseConnection,
    policy: MigrationPolicy,
    module: &'static str,
    migrations: Vec<Box<dyn MigrationTrait>>,
) -> Result<(), DbError> {
    match policy {
        MigrationPolicy::Apply => apply(connection, module, migrations).await,
        MigrationPolicy::Require => require(connection, module, migrations).await,
    }
}

async fn require(
    connection: &DatabaseConnection,
    module: &'static str,
    migrations: Vec<Box<dyn MigrationTrait>>,
) -> Result<(), DbError> {
    let migrator = ModuleMigrator::new(module, migrations);
    let pending = migrator
        .get_pending_migrations_read_only(connection)
        .await?;
    if pending.is_empty() {
        return Ok(());
    }
    let pending = pending.iter().map(|migration| migration.name().to_owned());
    Err(DbError::MigrationsPending {
        module,
        pending: pending.collect(),
    })
}

/// All of a module's migrations are applied, or none.
async fn apply(
    connection: &DatabaseConnection,
    module: &'static str,
    migrations: Vec<Box<dyn MigrationTrait>>,
) -> Result<(), DbError> {
    let migrator = ModuleMigrator::new(module, migrations);
    let pending = migrator
        .get_pending_migrations_read_only(connection)
        .await?;
    if pending.is_empty() {
        return Ok(());
    }
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
    migrator.up(&transaction, None).await?;
    transaction.commit().await?;
    tracing::info!(module, migrations = pending.len(), "migrations applied");
    Ok(())
}

struct ModuleMigrator {
    table: String,
    migrations: Vec<Arc<dyn MigrationTrait>>,
}

impl ModuleMigrator {
    fn new(module: &str, migrations: Vec<Box<dyn MigrationTrait>>) -> Self {
        Self {
            table: format!("{module}_migrations"),
            migrations: migrations.into_iter().map(Arc::from).collect(),
        }
    }
}

impl MigratorTraitSelf for ModuleMigrator {
    fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        let shared = self.migrations.iter().cloned().map(SharedMigration);
        shared.map(|migration| Box::new(migration) as _).collect()
    }

    fn migration_table_name(&self) -> DynIden {
        Alias::new(&self.table).into_iden()
    }
}

/// The migrator asks for its list more than once, and a boxed migration cannot be cloned.
struct SharedMigration(Arc<dyn MigrationTrait>);

impl MigrationName for SharedMigration {
    fn name(&self) -> &str {
        self.0.name()
    }
}

#[expect(
    elided_lifetimes_in_paths,
    reason = "the trait hides this lifetime, and an implementation must do as it does"
)]
#[async_trait]
impl MigrationTrait for SharedMigration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        self.0.up(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        self.0.down(manager).await
    }

    fn use_transaction(&self) -> Option<bool> {
        // The migrator runs them all in one transaction already.
        Some(false)
    }
}
