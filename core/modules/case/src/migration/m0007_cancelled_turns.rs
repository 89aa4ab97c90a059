//! Turns that were told to stop.

use faultmaven_kit::Migration;
use sea_orm_migration::prelude::Table;
use sea_orm_migration::schema::boolean;

use crate::entity::turn_lease;

/// Returns the step that lets a running turn be told to stop.
pub(super) fn migration() -> Migration {
    let cancelled = Table::alter()
        .table(turn_lease::Entity)
        .add_column(boolean(turn_lease::Column::Cancelled).default(false).take())
        .take();
    Migration::new("m0007_cancelled_turns").then([cancelled])
}
