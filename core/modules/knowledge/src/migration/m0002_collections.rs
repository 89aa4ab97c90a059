//! Creates collections and who is in them.

use faultmaven_kit::Migration;
use faultmaven_kit::db::index;
use sea_orm_migration::prelude::{
    Index, IndexCreateStatement, Table, TableAlterStatement, TableCreateStatement,
};
use sea_orm_migration::schema::{big_integer, string, text, timestamp_with_time_zone};

const DOCUMENTS: &str = "knowledge_documents";
const COLLECTIONS: &str = "knowledge_collections";
const MEMBERS: &str = "knowledge_members";

/// Returns the step.
pub(super) fn migration() -> Migration {
    Migration::new("m0002_collections")
        .then([collections(), members()])
        .then([names(), members_by_document()])
        .then([collection_ids()])
}

fn collection_ids() -> TableAlterStatement {
    Table::alter()
        .table(DOCUMENTS)
        .add_column(text("collection_ids").default("[]"))
        .to_owned()
}

fn collections() -> TableCreateStatement {
    Table::create()
        .table(COLLECTIONS)
        .col(string("collection_id").primary_key())
        .col(string("scope_key"))
        .col(string("name"))
        .col(text("description"))
        .col(text("metadata"))
        .col(timestamp_with_time_zone("created_at"))
        .to_owned()
}

fn members() -> TableCreateStatement {
    let mut key = Index::create();
    key.col("collection_id").col("document_number");
    Table::create()
        .table(MEMBERS)
        .col(string("collection_id"))
        .col(big_integer("document_number"))
        .primary_key(&mut key)
        .to_owned()
}

fn names() -> IndexCreateStatement {
    let columns = ["scope_key", "name"];
    let mut names = index("knowledge_collections_name", COLLECTIONS, columns);
    names.unique();
    names
}

fn members_by_document() -> IndexCreateStatement {
    index("knowledge_members_document", MEMBERS, ["document_number"])
}
