//! What callers may do with documents.

use std::sync::Arc;

use faultmaven_kit::db::{Receipt, is_unique_violation};
use faultmaven_kit::{Ids, SharedClock};
use sha2::{Digest as _, Sha256};

use crate::access::{ScopeFilter, Writer, scope_of};
use crate::document::{Changes, Description, DocumentType, NewDocument, is_document_id};
use crate::entity::document::Model;
use crate::error::Error;
use crate::index::{Index, index};
use crate::review::Review;
use crate::store::{Listing, Store};

mod reviewing;

/// How often a change is tried when others of the same document come between.
const ATTEMPTS: u32 = 5;

/// The content of a document and what is derived from it.
#[derive(Debug)]
pub(crate) struct Text {
    pub(crate) content: String,
    pub(crate) sha256: String,
    pub(crate) index: Index,
}

/// A document and its content.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) document: Model,
    pub(crate) content: String,
}

/// What became of a document to store.
#[derive(Debug)]
pub(crate) enum Created {
    New(Stored),
    /// An earlier request with the same receipt had stored it.
    Before(Stored),
    /// The scope had the same text already.
    Duplicate(Stored),
}

/// The documents of all users.
pub(crate) struct Library {
    pub(crate) store: Store,
    pub(crate) clock: SharedClock,
    pub(crate) ids: Ids,
}

impl Library {
    pub(crate) fn new(store: Store, clock: SharedClock, ids: Ids) -> Self {
        Self { store, clock, ids }
    }

    /// Stores a document, unless its scope has the same text.
    pub(crate) async fn create(
        &self,
        writer: &Writer,
        receipt: Option<Receipt>,
        new: NewDocument,
    ) -> Result<Created, Error> {
        writer.require(&new.scope)?;
        let text = Arc::new(text(&new.description.title, new.content).await?);
        for _ in 0..ATTEMPTS {
            if let Some(document_id) = self.store.stored_under(receipt.as_ref()).await? {
                let stored = self.get(&writer.filter, &document_id).await?;
                return Ok(Created::Before(stored));
            }
            let same = self
                .store
                .find_same(&writer.filter, &new.scope, &text.sha256)
                .await?;
            if let Some((document, content)) = same {
                return Ok(Created::Duplicate(Stored { document, content }));
            }
            let document = Model {
                scope_key: writer.filter.key(&new.scope),
                review: new.review.as_str().to_owned(),
                ..self.described(writer, &new.description, &text)
            };
            let inserted = self
                .store
                .insert(receipt.clone(), document.clone(), Arc::clone(&text))
                .await;
            match inserted {
                Err(Error::Database(error)) if is_unique_violation(&error) => {}
                Err(error) => return Err(error),
                Ok(once) if once.replayed => {}
                Ok(_) => {
                    let content = text.content.clone();
                    return Ok(Created::New(Stored { document, content }));
                }
            }
        }
        Err(Error::Overtaken)
    }

    /// Returns a document.
    pub(crate) async fn get(
        &self,
        filter: &ScopeFilter,
        document_id: &str,
    ) -> Result<Stored, Error> {
        if !is_document_id(document_id) {
            return Err(Error::DocumentNotFound);
        }
        let (document, content) = self.store.find(filter, document_id).await?;
        Ok(Stored { document, content })
    }

    /// Returns documents, newest first, and how many there are in all.
    pub(crate) async fn list(
        &self,
        filter: &ScopeFilter,
        listing: &Listing,
    ) -> Result<(Vec<Model>, u64), Error> {
        self.store.list(filter, listing).await
    }

    /// Changes a document.
    pub(crate) async fn update(
        &self,
        writer: &Writer,
        document_id: &str,
        changes: Changes,
    ) -> Result<Stored, Error> {
        for _ in 0..ATTEMPTS {
            let read = self.get(&writer.filter, document_id).await?;
            writer.require(&scope_of(&read.document.scope_key))?;
            require_version(&read.document, changes.expected_version)?;
            match self.replace(writer, read, &changes).await {
                Err(Error::Overtaken) => {}
                outcome => return outcome,
            }
        }
        Err(Error::Overtaken)
    }

    /// Changes several documents, each on its own.
    pub(crate) async fn update_all(
        &self,
        writer: &Writer,
        changes: Vec<(String, Result<Changes, Error>)>,
    ) -> Vec<(String, Option<Error>)> {
        let mut outcomes = Vec::with_capacity(changes.len());
        for (document_id, changes) in changes {
            let outcome = match changes {
                Ok(changes) => self.update(writer, &document_id, changes).await,
                Err(error) => Err(error),
            };
            outcomes.push((document_id, outcome.err()));
        }
        outcomes
    }

    /// Deletes several documents, each on its own.
    pub(crate) async fn delete_all(
        &self,
        writer: &Writer,
        document_ids: Vec<String>,
    ) -> Vec<(String, Option<Error>)> {
        let mut outcomes = Vec::with_capacity(document_ids.len());
        for document_id in document_ids {
            let outcome = self.delete(writer, &document_id).await;
            outcomes.push((document_id, outcome.err()));
        }
        outcomes
    }

    /// Deletes a document.
    pub(crate) async fn delete(&self, writer: &Writer, document_id: &str) -> Result<(), Error> {
        let found = self.get(&writer.filter, document_id).await?;
        writer.require(&scope_of(&found.document.scope_key))?;
        self.store.delete(&writer.filter, document_id).await
    }

    async fn replace(
        &self,
        writer: &Writer,
        read: Stored,
        changes: &Changes,
    ) -> Result<Stored, Error> {
        let mut document = read.document;
        let revision = document.revision;
        let mut description = description_of(&document);
        description.change(changes)?;
        let content = changes.content.clone();
        let is_stale = content.is_some() || description.title != document.title;
        let new = if is_stale {
            let content = content.unwrap_or_else(|| read.content.clone());
            Some(Arc::new(text(&description.title, content).await?))
        } else {
            None
        };
        describe(&mut document, &description);
        document.revision += 1;
        document.updated_at = self.clock.now();
        if let Some(text) = &new {
            rewrite(&mut document, text);
        }
        let replaced = self
            .store
            .replace(&writer.filter, revision, document.clone(), new.clone())
            .await;
        match replaced {
            Err(Error::Database(error)) if is_unique_violation(&error) => {
                Err(self.duplicate(writer, &document).await?)
            }
            Err(error) => Err(error),
            Ok(()) => Ok(Stored {
                document,
                content: new.map_or(read.content, |text| text.content.clone()),
            }),
        }
    }

    /// Returns the error that names the document with the text that `document` was to get.
    async fn duplicate(&self, writer: &Writer, document: &Model) -> Result<Error, Error> {
        let scope = scope_of(&document.scope_key);
        let same = self
            .store
            .find_same(&writer.filter, &scope, &document.sha256)
            .await?;
        Ok(match same {
            Some((same, _)) => Error::Duplicate {
                duplicate_of: same.document_id,
            },
            None => Error::Overtaken,
        })
    }

    /// Returns a new document; the database numbers it.
    fn described(&self, writer: &Writer, description: &Description, text: &Text) -> Model {
        let now = self.clock.now();
        let mut document = Model {
            number: 0,
            document_id: self.ids.uuid(),
            scope_key: String::new(),
            sha256: String::new(),
            owner_id: writer.user_id().to_owned(),
            title: String::new(),
            document_type: String::new(),
            type_label: String::new(),
            category: String::new(),
            description: String::new(),
            source_url: String::new(),
            tags: String::new(),
            metadata: String::new(),
            version: 0,
            revision: 1,
            chunk_count: 0,
            word_count: 0,
            created_at: now,
            updated_at: now,
            collection_ids: String::new(),
            review: String::new(),
            review_reason: String::new(),
            reviewer_id: String::new(),
            reviewed_at: None,
        };
        describe(&mut document, description);
        attach(&mut document, text);
        document
    }
}

fn require_version(document: &Model, expected: Option<i32>) -> Result<(), Error> {
    let actual = document.version;
    match expected {
        Some(expected) if expected != actual => Err(Error::VersionConflict { expected, actual }),
        _ => Ok(()),
    }
}

/// Hashes and indexes a document where it holds up nobody.
async fn text(title: &str, content: String) -> Result<Text, Error> {
    let title = title.to_owned();
    let text = tokio::task::spawn_blocking(move || Text {
        sha256: hex::encode(Sha256::digest(&content)),
        index: index(&title, &content),
        content,
    });
    Ok(text.await?)
}

/// Gives a stored document another text, which nobody has verified.
fn rewrite(document: &mut Model, text: &Text) {
    if document.sha256 != text.sha256 {
        let review = Review::of_stored(&document.review).after_rewriting();
        document.review = review.as_str().to_owned();
    }
    attach(document, text);
}

/// Writes into `document` what `text` says of it; a different text is a new version.
fn attach(document: &mut Model, text: &Text) {
    if document.sha256 != text.sha256 {
        document.sha256.clone_from(&text.sha256);
        document.version += 1;
    }
    document.chunk_count = i64::try_from(text.index.chunks.len()).unwrap_or(i64::MAX);
    document.word_count = i64::try_from(text.index.words).unwrap_or(i64::MAX);
}

fn describe(document: &mut Model, description: &Description) {
    let document_type = DocumentType::of_label(&description.type_label);
    document.document_type = document_type.as_str().to_owned();
    document.title.clone_from(&description.title);
    document.type_label.clone_from(&description.type_label);
    document.category.clone_from(&description.category);
    document.description.clone_from(&description.description);
    document.source_url.clone_from(&description.source_url);
    document.metadata.clone_from(&description.metadata);
    document.tags = array(&description.tags);
    document.collection_ids = array(&description.collection_ids);
}

fn description_of(document: &Model) -> Description {
    Description {
        title: document.title.clone(),
        type_label: document.type_label.clone(),
        category: document.category.clone(),
        description: document.description.clone(),
        source_url: document.source_url.clone(),
        tags: tags_of(document),
        metadata: document.metadata.clone(),
        collection_ids: collection_ids_of(document),
    }
}

fn array(texts: &[String]) -> String {
    serde_json::Value::from(texts).to_string()
}

/// Returns the tags of a document in the order they were given.
pub(crate) fn tags_of(document: &Model) -> Vec<String> {
    // Only `describe` writes them, and it writes an array of strings.
    serde_json::from_str(&document.tags).unwrap_or_default()
}

/// Returns the collections a document is in.
pub(crate) fn collection_ids_of(document: &Model) -> Vec<String> {
    serde_json::from_str(&document.collection_ids).unwrap_or_default()
}
