//! Creates all tables.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, boolean, integer, string, string_null, text, text_null, timestamp_with_time_zone,
    timestamp_with_time_zone_null,
};

use crate::entity::{case, ledger, message, owner, receipt, turn, turn_lease};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[expect(
    elided_lifetimes_in_paths,
    reason = "the macro and the trait agree on the signature only with the lifetime left out"
)]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            cases(),
            owners(),
            ledgers(),
            turns(),
            messages(),
            receipts(),
            turn_leases(),
        ] {
            manager.create_table(table).await?;
        }
        for index in [list_index(), receipt_age_index(), receipt_token_index()] {
            manager.create_index(index).await?;
        }
        Ok(())
    }
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

/// Holds every column that a list filters or sorts by, so that counting reads no row.
fn list_index() -> IndexCreateStatement {
    use case::Column as C;
    Index::create()
        .name("case_cases_list")
        .table(case::Entity)
        .col(C::OwnerId)
        .col(C::LastActivityAt)
        .col(C::CaseId)
        .col(C::Status)
        .col(C::Archived)
        .col(C::DeletedAt)
        .take()
}

fn receipt_age_index() -> IndexCreateStatement {
    use receipt::Column as C;
    Index::create()
        .name("case_receipts_created")
        .table(receipt::Entity)
        .col(C::CreatedAt)
        .take()
}

fn receipt_token_index() -> IndexCreateStatement {
    use receipt::Column as C;
    Index::create()
        .name("case_receipts_turn_token")
        .table(receipt::Entity)
        .col(C::TurnToken)
        .take()
}
