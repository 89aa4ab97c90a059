//! Creates `session_sessions`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, boolean, string, string_null, text, timestamp_with_time_zone,
};

const TABLE: &str = "session_sessions";

/// The first shape of the table.
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0001_sessions"
    }
}

#[expect(
    elided_lifetimes_in_paths,
    reason = "the trait hides this lifetime, and an implementation must do as it does"
)]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(table()).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::drop().table(TABLE).to_owned();
        manager.drop_table(table).await
    }
}

fn table() -> TableCreateStatement {
    Table::create()
        .table(TABLE)
        .col(string("session_id").primary_key())
        .col(string_null("user_id"))
        .col(string_null("client_id"))
        .col(text("resume_key").null().unique_key())
        .col(string("session_type"))
        .col(string_null("title"))
        .col(text("metadata"))
        .col(big_integer("timeout_seconds"))
        .col(boolean("terminated"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .col(timestamp_with_time_zone("last_activity_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .to_owned()
}

fn indexes() -> [IndexCreateStatement; 2] {
    [
        index("session_sessions_user", ["user_id", "last_activity_at"]),
        index("session_sessions_expiry", ["expires_at"]),
    ]
}

fn index<const N: usize>(name: &str, columns: [&'static str; N]) -> IndexCreateStatement {
    let mut index = Index::create().name(name).table(TABLE).to_owned();
    for column in columns {
        index.col(column);
    }
    index
}
