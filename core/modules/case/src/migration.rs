//! The schema of this module, step by step.

use faultmaven_kit::Migrations;
use sea_orm::sea_query::IndexCreateStatement;

mod m0001_create_tables;
mod m0002_search_and_counts;
mod m0003_shares;
mod m0004_session_links;
mod m0005_receipts;
mod m0006_words;
mod m0007_cancelled_turns;

pub(crate) use m0005_receipts::RECEIPTS;

/// Returns the migrations of this module.
pub fn migrations() -> Migrations {
    let steps = [
        m0001_create_tables::migration(),
        m0002_search_and_counts::migration(),
        m0003_shares::migration(),
        m0004_session_links::migration(),
        m0005_receipts::migration(),
        m0006_words::migration(),
        m0007_cancelled_turns::migration(),
    ];
    Migrations::new("case", steps)
}

/// Returns the indexes of all tables.
pub(crate) fn indexes() -> Vec<IndexCreateStatement> {
    let mut indexes = Vec::from(m0001_create_tables::indexes());
    indexes.push(m0003_shares::by_case());
    indexes
}
