//! Creates all tables.

use faultmaven_kit::Migration;
use faultmaven_kit::db::index;
use sea_orm_migration::prelude::{
    ColumnDef, Index, IndexCreateStatement, Table, TableCreateStatement,
};
use sea_orm_migration::schema::{
    big_integer, boolean, integer, string, string_null, text, text_null, timestamp_with_time_zone,
    timestamp_with_time_zone_null,
};

use crate::entity::{case, ledger, message, owner, receipt, turn, turn_lease};

/// Returns the first shape of the tables.
pub(super) fn migration() -> Migration {
    Migration::new("m0001_create_tables")
        .then([
            cases(),
            owners(),
            ledgers(),
            turns(),
            messages(),
            receipts(),
            turn_leases(),
        ])
        .then(indexes())
}

fn cases() -> TableCreateStatement {
    use case::Column as C;
    Table::create()
        .table(case::Entity)
        .col(string(C::CaseId).primary_key())
        .col(string(C::OwnerId))
        .col(string(C::Title))
        .col(string(C::TitleSource))
        .col(text(C::Description))
        .col(string(C::Priority))
        .col(text(C::Tags))
        .col(text(C::Metadata))
        .col(boolean(C::Archived))
        .col(string(C::Source))
        .col(string(C::Kind))
        .col(string(C::Status))
        .col(string_null(C::ClosureReason))
        .col(text_null(C::Overview))
        .col(integer(C::CurrentTurn))
        .col(integer(C::MessageCount))
        .col(big_integer(C::Version))
        .col(big_integer(C::StateVersion))
        .col(timestamp_with_time_zone(C::CreatedAt))
        .col(timestamp_with_time_zone(C::UpdatedAt))
        .col(timestamp_with_time_zone(C::LastActivityAt))
        .col(timestamp_with_time_zone_null(C::InvestigatingAt))
        .col(timestamp_with_time_zone_null(C::ResolvedAt))
        .col(timestamp_with_time_zone_null(C::ClosedAt))
        .col(timestamp_with_time_zone_null(C::DeletedAt))
        .take()
}

fn owners() -> TableCreateStatement {
    use owner::Column as C;
    Table::create()
        .table(owner::Entity)
        .col(string(C::OwnerId).primary_key())
        .col(string(C::Day))
        .col(integer(C::CreatedToday))
        .col(big_integer(C::Cases))
        .col(big_integer(C::Visible))
        .col(big_integer(C::ListVersion))
        .col(string_null(C::WelcomeCaseId))
        .take()
}

fn ledgers() -> TableCreateStatement {
    use ledger::Column as C;
    Table::create()
        .table(ledger::Entity)
        .col(string(C::CaseId).primary_key())
        .col(text(C::Document))
        .take()
}

fn turns() -> TableCreateStatement {
    use turn::Column as C;
    Table::create()
        .table(turn::Entity)
        .col(string(C::CaseId))
        .col(integer(C::TurnNumber))
        .col(string(C::AuthorId))
        .col(string(C::Path))
        .col(string(C::Outcome))
        .col(timestamp_with_time_zone(C::CommittedAt))
        .col(text(C::Document))
        .primary_key(Index::create().col(C::CaseId).col(C::TurnNumber))
        .take()
}

fn messages() -> TableCreateStatement {
    use message::Column as C;
    Table::create()
        .table(message::Entity)
        .col(string(C::CaseId))
        .col(integer(C::Ordinal))
        .col(string(C::MessageId).unique_key())
        .col(integer(C::TurnNumber))
        .col(timestamp_with_time_zone(C::CreatedAt))
        .col(string(C::Role))
        .col(string(C::Kind))
        .col(string(C::AuthorId))
        .col(text(C::Content))
        .col(text_null(C::Attachments))
        .primary_key(Index::create().col(C::CaseId).col(C::Ordinal))
        .take()
}

fn receipts() -> TableCreateStatement {
    use receipt::Column as C;
    Table::create()
        .table(receipt::Entity)
        .col(string(C::UserId))
        .col(string(C::Route))
        .col(string(C::Key))
        .col(string(C::CaseId))
        .col(string(C::Fingerprint))
        .col(boolean(C::Done))
        .col(string_null(C::TurnToken))
        .col(timestamp_with_time_zone(C::LeaseUntil))
        .col(ColumnDef::new(C::Answer).blob().null())
        .col(timestamp_with_time_zone(C::CreatedAt))
        .primary_key(Index::create().col(C::UserId).col(C::Route).col(C::Key))
        .take()
}

fn turn_leases() -> TableCreateStatement {
    use turn_lease::Column as C;
    Table::create()
        .table(turn_lease::Entity)
        .col(string(C::CaseId).primary_key())
        .col(string(C::TurnToken))
        .col(string(C::UserId))
        .col(string(C::Fingerprint))
        .col(timestamp_with_time_zone(C::LeaseUntil))
        .take()
}

/// Returns the indexes of all tables.
pub(super) fn indexes() -> [IndexCreateStatement; 3] {
    use {case::Column as C, receipt::Column as R};
    // Holds every column that a list filters or sorts by, so that counting reads no row.
    let listed = [
        C::OwnerId,
        C::LastActivityAt,
        C::CaseId,
        C::Status,
        C::Archived,
        C::DeletedAt,
    ];
    [
        index("case_cases_list", case::Entity, listed),
        index("case_receipts_created", receipt::Entity, [R::CreatedAt]),
        index("case_receipts_turn_token", receipt::Entity, [R::TurnToken]),
    ]
}
