//! The migrations of this module, oldest first.

use sea_orm_migration::MigrationTrait;

mod m0001_create_tables;

/// Returns all migrations, oldest first.
pub(crate) fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(m0001_create_tables::Migration)]
}
