//! Writes what belongs to a document: its text, passages, postings and tags.

use sea_orm::{
    ColumnTrait as _, DatabaseTransaction, EntityTrait as _, IntoActiveModel, QueryFilter as _,
};

use crate::document::tag_key;
use crate::entity::{chunk, content, document, posting, tag};
use crate::error::Error;
use crate::library::{Text, tags_of};

/// How many rows one statement stores; few sizes, because the database keeps each statement ready.
const BATCHES: [usize; 4] = [256, 64, 8, 1];

/// Stores the tags by which a document is found.
pub(super) async fn insert_tags(
    tx: &DatabaseTransaction,
    document: &document::Model,
) -> Result<(), Error> {
    let rows = tags_of(document).into_iter().map(|tag| tag::Model {
        document_number: document.number,
        tag_key: tag_key(&tag),
    });
    insert::<tag::Entity, _>(tx, rows.collect()).await
}

/// Deletes the tags of a document.
pub(super) async fn delete_tags(tx: &DatabaseTransaction, number: i64) -> Result<(), Error> {
    tag::Entity::delete_many()
        .filter(tag::Column::DocumentNumber.eq(number))
        .exec(tx)
        .await?;
    Ok(())
}

/// Stores what a document says, in chunks, with the index over them.
pub(super) async fn insert_text(
    tx: &DatabaseTransaction,
    document: &document::Model,
    text: &Text,
) -> Result<(), Error> {
    let content = content::Model {
        document_number: document.number,
        content: text.content.clone(),
    };
    insert::<content::Entity, _>(tx, vec![content]).await?;
    for batch in batches(&text.index.chunks) {
        let first = batch.start;
        let rows = text.index.chunks[batch].iter().enumerate();
        let rows = rows.map(|(at, chunk)| chunk_row(document, first + at, chunk, &text.content));
        insert_batch::<chunk::Entity, _>(tx, rows.collect()).await?;
    }
    for batch in batches(&text.index.postings) {
        let rows = text.index.postings[batch].iter();
        let rows = rows.map(|(term, entries)| posting::Model {
            scope_key: document.scope_key.clone(),
            term: term.clone(),
            document_number: document.number,
            entries: entries.clone(),
        });
        insert_batch::<posting::Entity, _>(tx, rows.collect()).await?;
    }
    Ok(())
}

/// Deletes what a document says, and the index over it.
pub(super) async fn delete_text(tx: &DatabaseTransaction, number: i64) -> Result<(), Error> {
    content::Entity::delete_by_id(number).exec(tx).await?;
    chunk::Entity::delete_many()
        .filter(chunk::Column::DocumentNumber.eq(number))
        .exec(tx)
        .await?;
    posting::Entity::delete_many()
        .filter(posting::Column::DocumentNumber.eq(number))
        .exec(tx)
        .await?;
    Ok(())
}

fn chunk_row(
    document: &document::Model,
    number: usize,
    chunk: &crate::chunk::Chunk,
    content: &str,
) -> chunk::Model {
    chunk::Model {
        document_number: document.number,
        chunk: i32::try_from(number).unwrap_or(i32::MAX),
        version: document.version,
        heading: chunk.heading.clone(),
        byte_start: i64::try_from(chunk.range.start).unwrap_or(i64::MAX),
        byte_end: i64::try_from(chunk.range.end).unwrap_or(i64::MAX),
        content: content[chunk.range.clone()].to_owned(),
    }
}

/// Cuts `rows` into batches of the sizes that statements have.
fn batches<T>(rows: &[T]) -> impl Iterator<Item = std::ops::Range<usize>> {
    let (mut start, end) = (0, rows.len());
    std::iter::from_fn(move || {
        let fitting = BATCHES.into_iter().find(|&size| size <= end - start)?;
        start += fitting;
        Some(start - fitting..start)
    })
}

async fn insert<E, M>(tx: &DatabaseTransaction, rows: Vec<M>) -> Result<(), Error>
where
    E: sea_orm::EntityTrait,
    M: Clone + IntoActiveModel<E::ActiveModel>,
{
    for batch in batches(&rows) {
        insert_batch::<E, M>(tx, rows[batch].to_vec()).await?;
    }
    Ok(())
}

async fn insert_batch<E, M>(tx: &DatabaseTransaction, rows: Vec<M>) -> Result<(), Error>
where
    E: sea_orm::EntityTrait,
    M: IntoActiveModel<E::ActiveModel>,
{
    let rows = rows.into_iter().map(IntoActiveModel::into_active_model);
    E::insert_many(rows).exec_without_returning(tx).await?;
    Ok(())
}
