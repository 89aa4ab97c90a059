//! What the tables of this module are made of.

use faultmaven_proto::case::v1 as pb;
use sea_orm::{
    ColumnTrait as _, ColumnType, EntityTrait, IdenStatic as _, Iterable as _,
    PrimaryKeyToColumn as _,
};
use sea_orm_migration::MigratorTraitSelf as _;

use crate::entity::{
    case, ledger, message, owner, receipt, session_link, share, turn, turn_lease, word,
};
use crate::migration;

/// Returns every table with its columns and indexes.
pub(crate) fn all() -> Vec<pb::TableDescription> {
    vec![
        table::<case::Entity>("Cases: what lists, filters and headers need."),
        table::<owner::Entity>("Owners: how many cases each has."),
        table::<ledger::Entity>("Ledgers: everything an investigation knows."),
        table::<turn::Entity>("Turns: one row per committed turn."),
        table::<message::Entity>("Messages: the conversation of a case."),
        table::<word::Entity>("Words: which words the messages of a case have."),
        table::<receipt::Entity>("Receipts: what became of requests with an idempotency key."),
        table::<session_link::Entity>("Session links: in which sessions a case was worked on."),
        table::<share::Entity>("Shares: which cases are shared with which team."),
        table::<turn_lease::Entity>("Turn leases: which turn of a case runs now."),
    ]
}

/// Returns the name of the newest migration.
pub(crate) fn newest_migration() -> Option<String> {
    let steps = migration::migrations().migrations();
    steps.last().map(|step| step.name().to_owned())
}

fn table<E: EntityTrait + Default>(description: &str) -> pb::TableDescription {
    let name = E::default().table_name().to_owned();
    let keys: Vec<String> = E::PrimaryKey::iter()
        .map(|key| key.into_column().as_str().to_owned())
        .collect();
    let columns = E::Column::iter().map(|column| {
        let definition = column.def();
        let name = column.as_str().to_owned();
        pb::ColumnDescription {
            r#type: type_name(definition.get_column_type()).to_owned(),
            nullable: definition.is_null(),
            primary_key: keys.contains(&name),
            name,
        }
    });
    pb::TableDescription {
        columns: columns.collect(),
        indexes: indexes_of(&name),
        description: description.to_owned(),
        name,
    }
}

/// Indexes are named after their table.
fn indexes_of(table: &str) -> Vec<pb::IndexDescription> {
    let prefix = format!("{table}_");
    let all = migration::indexes().into_iter();
    all.filter_map(|index| {
        let spec = index.get_index_spec();
        let name = spec.get_name().filter(|name| name.starts_with(&prefix))?;
        Some(pb::IndexDescription {
            name: name.to_owned(),
            columns: spec.get_column_names(),
            unique: index.is_unique_key(),
        })
    })
    .collect()
}

fn type_name(column_type: &ColumnType) -> &'static str {
    match column_type {
        ColumnType::Integer => "integer",
        ColumnType::BigInteger => "bigint",
        ColumnType::Boolean => "boolean",
        ColumnType::TimestampWithTimeZone => "timestamp with time zone",
        ColumnType::VarBinary(_) | ColumnType::Blob | ColumnType::Binary(_) => "bytes",
        _ => "text",
    }
}
