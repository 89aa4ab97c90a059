//! The sessions in which a case was worked on.

use faultmaven_kit::Migration;
use sea_orm_migration::prelude::{Index, Table, TableCreateStatement};
use sea_orm_migration::schema::string;

use crate::entity::session_link;

/// Returns the step that makes room for the links.
pub(super) fn migration() -> Migration {
    Migration::new("m0004_session_links").then([links()])
}

fn links() -> TableCreateStatement {
    use session_link::Column as C;
    Table::create()
        .table(session_link::Entity)
        .col(string(C::SessionId))
        .col(string(C::CaseId))
        .primary_key(Index::create().col(C::SessionId).col(C::CaseId))
        .take()
}
