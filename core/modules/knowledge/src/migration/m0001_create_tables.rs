//! Creates documents, their texts and tags, and the index.

use faultmaven_kit::Migration;
use faultmaven_kit::db::index;
use sea_orm_migration::prelude::{Index, IndexCreateStatement, Table, TableCreateStatement};
use sea_orm_migration::schema::{
    big_integer, big_pk_auto, blob, integer, string, text, timestamp_with_time_zone,
};

const DOCUMENTS: &str = "knowledge_documents";
const CONTENTS: &str = "knowledge_contents";
const TAGS: &str = "knowledge_tags";
const CHUNKS: &str = "knowledge_chunks";
const POSTINGS: &str = "knowledge_postings";

/// Returns the first shape of the tables.
pub(super) fn migration() -> Migration {
    Migration::new("m0001_create_tables")
        .then([documents(), contents(), tags(), chunks(), postings()])
        .then(indexes())
}

fn documents() -> TableCreateStatement {
    Table::create()
        .table(DOCUMENTS)
        .col(big_pk_auto("number"))
        .col(string("document_id").unique_key())
        .col(string("scope_key"))
        .col(string("sha256"))
        .col(string("owner_id"))
        .col(text("title"))
        .col(string("document_type"))
        .col(text("type_label"))
        .col(text("category"))
        .col(text("description"))
        .col(text("source_url"))
        .col(text("tags"))
        .col(text("metadata"))
        .col(integer("version"))
        .col(big_integer("revision"))
        .col(big_integer("chunk_count"))
        .col(big_integer("word_count"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .to_owned()
}

fn contents() -> TableCreateStatement {
    Table::create()
        .table(CONTENTS)
        .col(big_integer("document_number").primary_key())
        .col(text("content"))
        .to_owned()
}

fn tags() -> TableCreateStatement {
    Table::create()
        .table(TAGS)
        .col(big_integer("document_number"))
        .col(string("tag_key"))
        .primary_key(Index::create().col("document_number").col("tag_key"))
        .to_owned()
}

fn chunks() -> TableCreateStatement {
    Table::create()
        .table(CHUNKS)
        .col(big_integer("document_number"))
        .col(integer("chunk"))
        .col(integer("version"))
        .col(text("heading"))
        .col(big_integer("byte_start"))
        .col(big_integer("byte_end"))
        .col(text("content"))
        .primary_key(Index::create().col("document_number").col("chunk"))
        .to_owned()
}

fn postings() -> TableCreateStatement {
    let mut key = Index::create();
    key.col("scope_key").col("term").col("document_number");
    Table::create()
        .table(POSTINGS)
        .col(string("scope_key"))
        .col(string("term"))
        .col(big_integer("document_number"))
        .col(blob("entries"))
        .primary_key(&mut key)
        .to_owned()
}

fn indexes() -> [IndexCreateStatement; 5] {
    let mut content = index(
        "knowledge_documents_content",
        DOCUMENTS,
        ["scope_key", "sha256"],
    );
    content.unique();
    [
        content,
        index(
            "knowledge_documents_newest",
            DOCUMENTS,
            ["scope_key", "number"],
        ),
        // Holds all that a search sums up, so that it need not read the documents.
        index(
            "knowledge_documents_sizes",
            DOCUMENTS,
            ["scope_key", "chunk_count", "word_count"],
        ),
        index("knowledge_tags_key", TAGS, ["tag_key"]),
        index("knowledge_postings_document", POSTINGS, ["document_number"]),
    ]
}
