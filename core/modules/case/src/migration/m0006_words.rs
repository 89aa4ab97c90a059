//! The words of messages, by which searches find cases.

use faultmaven_kit::Migration;
use sea_orm_migration::prelude::{Index, Table, TableCreateStatement};
use sea_orm_migration::schema::{blob, string};

use crate::entity::word;

/// Returns the step; messages that are there already are not found by their words.
pub(super) fn migration() -> Migration {
    Migration::new("m0006_words").then([words()])
}

fn words() -> TableCreateStatement {
    use word::Column as C;
    Table::create()
        .table(word::Entity)
        .col(string(C::CaseId))
        .col(blob(C::Word))
        .primary_key(Index::create().col(C::CaseId).col(C::Word))
        .take()
}
