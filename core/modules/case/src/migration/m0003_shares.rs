//! Sharing of cases with teams.

use faultmaven_kit::Migration;
use faultmaven_kit::db::index;
use sea_orm_migration::prelude::{
    Index, IndexCreateStatement, Table, TableAlterStatement, TableCreateStatement,
};
use sea_orm_migration::schema::{string, text};

use crate::entity::{case, share};

/// Returns the step that makes room for shared cases.
pub(super) fn migration() -> Migration {
    Migration::new("m0003_shares")
        .then([shared_teams()])
        .then([shares()])
        .then([by_case()])
}

/// Returns the index that finds the teams of a case.
pub(super) fn by_case() -> IndexCreateStatement {
    index(
        "case_shares_by_case_id",
        share::Entity,
        [share::Column::CaseId],
    )
}

fn shared_teams() -> TableAlterStatement {
    let teams = text(case::Column::SharedTeamIds).default("[]").take();
    Table::alter().table(case::Entity).add_column(teams).take()
}

fn shares() -> TableCreateStatement {
    use share::Column as C;
    Table::create()
        .table(share::Entity)
        .col(string(C::TeamId))
        .col(string(C::CaseId))
        .primary_key(Index::create().col(C::TeamId).col(C::CaseId))
        .take()
}
