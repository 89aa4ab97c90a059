//! Makes room for the review of documents, who changed it and when.

use faultmaven_kit::Migration;
use faultmaven_kit::db::index;
use sea_orm_migration::prelude::{
    ColumnDef, Expr, ExprTrait as _, Query, Table, TableAlterStatement, UpdateStatement,
};
use sea_orm_migration::schema::{string, text, timestamp_with_time_zone_null};

const DOCUMENTS: &str = "knowledge_documents";

/// Returns the step.
pub(super) fn migration() -> Migration {
    let columns = [
        string("review").default("published").take(),
        text("review_reason").default("").take(),
        string("reviewer_id").default("").take(),
        timestamp_with_time_zone_null("reviewed_at").take(),
    ];
    let by_review = index(
        "knowledge_documents_review",
        DOCUMENTS,
        ["scope_key", "review"],
    );
    Migration::new("m0004_reviews")
        .then(columns.map(added))
        .then([drafts()])
        .then([by_review])
}

fn added(mut column: ColumnDef) -> TableAlterStatement {
    Table::alter()
        .table(DOCUMENTS)
        .add_column(&mut column)
        .to_owned()
}

/// Drafts of runbooks said so in their metadata alone; nobody has read them yet.
fn drafts() -> UpdateStatement {
    Query::update()
        .table(DOCUMENTS)
        .value("review", "draft")
        .and_where(Expr::col("metadata").like(r#"%"review":"draft"%"#))
        .to_owned()
}
