//! Adds what searches look through and what analytics count.

use faultmaven_kit::Migration;
use sea_orm::sea_query::{Expr, Func, Query, TableAlterStatement};
use sea_orm_migration::prelude::{ColumnDef, Table};
use sea_orm_migration::schema::{integer, text};

use crate::entity::case::{self, Column as C};

/// Returns the step; a case that is there already is found by its title, and counted anew with its
/// next turn.
pub(super) fn migration() -> Migration {
    let by_title = Query::update()
        .table(case::Entity)
        .value(C::SearchText, Func::lower(Expr::col(C::Title)))
        .take();
    Migration::new("m0002_search_and_counts")
        .then([
            added(text(C::SearchText).default("")),
            added(integer(C::EvidenceCount).default(0)),
            added(integer(C::HypothesisCount).default(0)),
        ])
        .then([by_title])
}

fn added(column: &mut ColumnDef) -> TableAlterStatement {
    Table::alter()
        .table(case::Entity)
        .add_column(column.take())
        .take()
}
