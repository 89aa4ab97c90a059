//! The schema of this module, step by step.

use sea_orm_migration::MigrationTrait;

mod m0001_create_tables;

/// Returns all migrations, oldest first.
pub(crate) fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(m0001_create_tables::Migration)]
}
