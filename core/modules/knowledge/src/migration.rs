//! The module's migrations, oldest first.

use sea_orm_migration::MigrationTrait;

mod m0001_create_tables;

/// Returns all migrations.
pub(crate) fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(m0001_create_tables::Migration)]
}
