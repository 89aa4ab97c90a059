//! Documents and passages as messages, and requests as what they mean.

use faultmaven_kit::clock::timestamp;
use faultmaven_kit::text::{checked_text, optional_text};
use faultmaven_kit::{Fault, PageToken, page_size};
use faultmaven_proto::knowledge::v1 as pb;
use serde_json::Value;

use crate::access::scope_of;
use crate::collection::NewCollection;
use crate::document::{
    Changes, Description, DocumentType, NewDocument, Scope, Selection, TagChange,
    checked_collections, checked_tags, tag_key,
};
use crate::entity::document::Model;
use crate::error::Error;
use crate::library::{Created, Stored, collection_ids_of, tags_of};
use crate::search::{Found, Question};
use crate::similar::Likeness;
use crate::store::Listing;

mod review;

pub(crate) use review::verdict;

const TITLE_MAX: usize = 500;
const LABEL_MAX: usize = 50;
const CATEGORY_MAX: usize = 100;
const LONG_TEXT_MAX: usize = 2_000;
const METADATA_MAX_BYTES: usize = 16 * 1_024;
const QUERY_MAX: usize = 1_000;
const RESULTS: u64 = 10;
const RESULTS_MAX: u64 = 50;
const SIMILAR: u64 = 5;
const BATCH_MAX: usize = 100;
const NAME_MAX: usize = 100;
const TEAM_ID_MAX: usize = 100;
const PAGE_SIZE: u64 = 50;
const PAGE_SIZE_MAX: u64 = 100;

/// Reads a document to store.
pub(crate) fn new_document(
    request: pb::CreateDocumentRequest,
    max_bytes: usize,
) -> Result<NewDocument, Error> {
    let given = if request.title.trim().is_empty() {
        &request.file_name
    } else {
        &request.title
    };
    Ok(NewDocument {
        scope: scope(request.scope, &request.team_id)?,
        review: review::first(request.review)?,
        description: Description {
            title: checked_text("title", given, TITLE_MAX)?,
            type_label: text("type_label", &request.type_label, LABEL_MAX)?,
            category: text("category", &request.category, CATEGORY_MAX)?,
            description: text("description", &request.description, LONG_TEXT_MAX)?,
            source_url: text("source_url", &request.source_url, LONG_TEXT_MAX)?,
            tags: checked_tags(&request.tags)?,
            metadata: metadata(request.metadata_json)?,
            collection_ids: checked_collections(&request.collection_ids)?,
        },
        content: content(request.content, max_bytes)?,
    })
}

/// Reads what is to change.
pub(crate) fn changes(
    request: pb::UpdateDocumentRequest,
    max_bytes: usize,
) -> Result<Changes, Error> {
    let optional = |field, value: Option<String>, max| {
        let value = value.map(|value| text(field, &value, max));
        value.transpose()
    };
    let title = request
        .title
        .map(|title| checked_text("title", &title, TITLE_MAX));
    let content = request.content.map(|text| content(text, max_bytes));
    let collections = request.replace_collections;
    let collections = collections.then(|| checked_collections(&request.collection_ids));
    Ok(Changes {
        title: title.transpose()?,
        content: content.transpose()?,
        type_label: optional("type_label", request.type_label, LABEL_MAX)?,
        category: optional("category", request.category, CATEGORY_MAX)?,
        description: optional("description", request.description, LONG_TEXT_MAX)?,
        source_url: optional("source_url", request.source_url, LONG_TEXT_MAX)?,
        tags: tag_change(checked_tags(&request.tags)?, request.replace_tags),
        metadata: request.metadata_json.map(metadata).transpose()?,
        collection_ids: collections.transpose()?,
        expected_version: request.expected_version,
    })
}

/// The id of a document, and what to change in it or what is wrong with the request.
type RequestedChange = (String, Result<Changes, Error>);

/// Reads changes of several documents, each with what is wrong with it.
pub(crate) fn changes_of_all(
    request: pb::BatchUpdateDocumentsRequest,
    max_bytes: usize,
) -> Result<Vec<RequestedChange>, Fault> {
    checked_batch("updates", request.updates.len())?;
    let updates = request.updates.into_iter();
    let updates = updates.map(|update| (update.document_id.clone(), changes(update, max_bytes)));
    Ok(updates.collect())
}

/// Refuses batches that are empty or too long.
pub(crate) fn checked_batch(field: &str, length: usize) -> Result<(), Fault> {
    if (1..=BATCH_MAX).contains(&length) {
        return Ok(());
    }
    let limit = format!("must name 1 to {BATCH_MAX} documents");
    Err(Fault::invalid(field, limit))
}

/// Returns what came of several documents.
pub(crate) fn outcomes(outcomes: Vec<(String, Option<Error>)>) -> Vec<pb::DocumentOutcome> {
    let outcomes = outcomes.into_iter();
    let outcomes = outcomes.map(|(document_id, error)| pb::DocumentOutcome {
        document_id,
        error: error.map_or_else(String::new, |error| Fault::from(error).message),
    });
    outcomes.collect()
}

/// Reads a collection to create.
pub(crate) fn new_collection(request: pb::CreateCollectionRequest) -> Result<NewCollection, Fault> {
    Ok(NewCollection {
        scope: scope(request.scope, &request.team_id)?,
        name: checked_text("name", &request.name, NAME_MAX)?,
        description: text("description", &request.description, LONG_TEXT_MAX)?,
        metadata: metadata(request.metadata_json)?,
    })
}

/// Reads how many similar documents of which type are asked for.
pub(crate) fn likeness(
    request: pb::FindSimilarDocumentsRequest,
    text: String,
    itself: Option<i64>,
) -> Result<Likeness, Fault> {
    let max_results = page_size(request.max_results, SIMILAR, RESULTS_MAX)
        .map_err(|_| Fault::invalid("max_results", "must not be negative"))?;
    Ok(Likeness {
        text,
        itself,
        document_type: document_type(request.r#type)?,
        reviews: review::all(&request.reviews)?,
        max_results: usize::try_from(max_results).unwrap_or(usize::MAX),
    })
}

fn tag_change(tags: Vec<String>, replace: bool) -> Option<TagChange> {
    if replace {
        return Some(TagChange::Replace(tags));
    }
    (!tags.is_empty()).then_some(TagChange::Add(tags))
}

fn text(field: &str, value: &str, max_chars: usize) -> Result<String, Fault> {
    Ok(optional_text(field, value, max_chars)?.unwrap_or_default())
}

fn content(content: String, max_bytes: usize) -> Result<String, Error> {
    if content.len() > max_bytes {
        return Err(Error::DocumentTooLarge { max_bytes });
    }
    if content.trim().is_empty() {
        return Err(Fault::invalid("content", "must not be empty").into());
    }
    if content.contains('\0') {
        return Err(Fault::invalid("content", "must not contain a NUL character").into());
    }
    Ok(content)
}

fn metadata(json: String) -> Result<String, Fault> {
    if json.is_empty() {
        return Ok("{}".to_owned());
    }
    if json.len() > METADATA_MAX_BYTES {
        let limit = format!("must have at most {METADATA_MAX_BYTES} bytes");
        return Err(Fault::invalid("metadata_json", limit));
    }
    match serde_json::from_str(&json) {
        Ok(Value::Object(_)) => Ok(json),
        _ => Err(Fault::invalid("metadata_json", "must be a JSON object")),
    }
}

/// Reads where a document or a collection is to be.
fn scope(code: i32, team_id: &str) -> Result<Scope, Fault> {
    match selection(code, team_id)? {
        Selection::All => Ok(Scope::Personal),
        Selection::One(scope) => Ok(scope),
        Selection::Teams => Err(Fault::invalid("team_id", "must name the team")),
    }
}

/// Reads of which scopes documents are wanted.
pub(crate) fn selection(code: i32, team_id: &str) -> Result<Selection, Fault> {
    let team_id = optional_text("team_id", team_id, TEAM_ID_MAX)?;
    match (pb::DocumentScope::try_from(code), team_id) {
        (Err(_), _) => Err(Fault::invalid("scope", "is not a scope of documents")),
        (Ok(pb::DocumentScope::Unspecified | pb::DocumentScope::Team), Some(team_id)) => {
            Ok(Selection::One(Scope::Team(team_id)))
        }
        (Ok(_), Some(_)) => {
            let remedy = "goes with documents of a team alone";
            Err(Fault::invalid("team_id", remedy))
        }
        (Ok(pb::DocumentScope::Unspecified), None) => Ok(Selection::All),
        (Ok(pb::DocumentScope::Team), None) => Ok(Selection::Teams),
        (Ok(pb::DocumentScope::Personal), None) => Ok(Selection::One(Scope::Personal)),
        (Ok(pb::DocumentScope::Global), None) => Ok(Selection::One(Scope::Global)),
    }
}

fn document_type(code: i32) -> Result<Option<DocumentType>, Fault> {
    let code = pb::DocumentType::try_from(code)
        .map_err(|_| Fault::invalid("type", "is not a type of documents"))?;
    Ok(match code {
        pb::DocumentType::Unspecified => None,
        pb::DocumentType::Runbook => Some(DocumentType::Runbook),
        pb::DocumentType::Guide => Some(DocumentType::Guide),
        pb::DocumentType::Troubleshooting => Some(DocumentType::Troubleshooting),
        pb::DocumentType::Article => Some(DocumentType::Article),
        pb::DocumentType::Reference => Some(DocumentType::Reference),
        pb::DocumentType::Faq => Some(DocumentType::Faq),
        pb::DocumentType::PostMortem => Some(DocumentType::PostMortem),
        pb::DocumentType::Other => Some(DocumentType::Other),
    })
}

/// Reads the selection of a list.
pub(crate) fn listing(request: &pb::ListDocumentsRequest) -> Result<Listing, Fault> {
    let tags = checked_tags(&request.tags)?;
    let offset = u64::try_from(request.offset);
    Ok(Listing {
        document_type: document_type(request.r#type)?,
        tag_keys: tags.iter().map(|tag| tag_key(tag)).collect(),
        collection_id: Some(request.collection_id.clone()).filter(|id| !id.is_empty()),
        reviews: review::all(&request.reviews)?,
        before: PageToken::decode(&request.page_token)?,
        offset: offset.map_err(|_| Fault::invalid("offset", "must not be negative"))?,
        limit: page_size(request.page_size, PAGE_SIZE, PAGE_SIZE_MAX)?,
    })
}

/// Reads what is searched for.
pub(crate) fn question(request: &pb::SearchDocumentsRequest) -> Result<Question, Fault> {
    let max_results = page_size(request.max_results, RESULTS, RESULTS_MAX)
        .map_err(|_| Fault::invalid("max_results", "must not be negative"))?;
    let tags = checked_tags(&request.tags)?;
    Ok(Question {
        query: checked_text("query", &request.query, QUERY_MAX)?,
        max_results: usize::try_from(max_results).unwrap_or(usize::MAX),
        document_type: document_type(request.r#type)?,
        tag_keys: tags.iter().map(|tag| tag_key(tag)).collect(),
        reviews: review::all(&request.reviews)?,
    })
}

/// Returns the page that `documents` make, given one more document than the page may hold.
pub(crate) fn page(
    mut documents: Vec<Model>,
    total: u64,
    limit: u64,
) -> Result<pb::ListDocumentsResponse, Fault> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = documents.len() > limit;
    documents.truncate(limit);
    let next_page_token = match documents.last() {
        Some(last) if has_more => PageToken::encode(&last.number)?,
        _ => String::new(),
    };
    Ok(pb::ListDocumentsResponse {
        documents: documents.into_iter().map(summary).collect(),
        next_page_token,
        total_size: i64::try_from(total).unwrap_or(i64::MAX),
    })
}

/// Returns a document with its content.
pub(crate) fn message(stored: Stored) -> pb::Document {
    pb::Document {
        content: stored.content,
        ..summary(stored.document)
    }
}

/// Returns the answer to whoever sent a document.
pub(crate) fn created(created: Created) -> pb::CreateDocumentResponse {
    let (stored, is_duplicate, replayed) = match created {
        Created::New(stored) => (stored, false, false),
        Created::Before(stored) => (stored, false, true),
        Created::Duplicate(stored) => (stored, true, false),
    };
    let document = message(stored);
    let duplicate_of = is_duplicate.then(|| document.document_id.clone());
    pb::CreateDocumentResponse {
        duplicate_of: duplicate_of.unwrap_or_default(),
        document: Some(document),
        replayed,
    }
}

fn summary(document: Model) -> pb::Document {
    let scope = scope_of(&document.scope_key);
    pb::Document {
        scope: scope_code(&scope).into(),
        team_id: team_id_of(scope),
        r#type: type_code(&document).into(),
        tags: tags_of(&document),
        collection_ids: collection_ids_of(&document),
        document_id: document.document_id,
        owner_id: document.owner_id,
        title: document.title,
        content: String::new(),
        type_label: document.type_label,
        category: document.category,
        description: document.description,
        source_url: document.source_url,
        metadata_json: document.metadata,
        version: document.version,
        sha256: document.sha256,
        create_time: Some(timestamp(document.created_at)),
        update_time: Some(timestamp(document.updated_at)),
        chunk_count: document.chunk_count,
        review: review::code(&document.review).into(),
        review_reason: document.review_reason,
        reviewer_id: document.reviewer_id,
        review_time: document.reviewed_at.map(timestamp),
    }
}

/// Returns the code of a scope.
pub(crate) fn scope_code(scope: &Scope) -> pb::DocumentScope {
    match scope {
        Scope::Personal => pb::DocumentScope::Personal,
        Scope::Team(_) => pb::DocumentScope::Team,
        Scope::Global => pb::DocumentScope::Global,
    }
}

/// Returns the team of a scope; empty when it is none of a team.
pub(crate) fn team_id_of(scope: Scope) -> String {
    match scope {
        Scope::Team(team_id) => team_id,
        Scope::Personal | Scope::Global => String::new(),
    }
}

fn type_code(document: &Model) -> pb::DocumentType {
    document_type_code(&document.document_type)
}

/// Returns the code of a stored type.
pub(crate) fn document_type_code(name: &str) -> pb::DocumentType {
    match DocumentType::of_label(name) {
        DocumentType::Runbook => pb::DocumentType::Runbook,
        DocumentType::Guide => pb::DocumentType::Guide,
        DocumentType::Troubleshooting => pb::DocumentType::Troubleshooting,
        DocumentType::Article => pb::DocumentType::Article,
        DocumentType::Reference => pb::DocumentType::Reference,
        DocumentType::Faq => pb::DocumentType::Faq,
        DocumentType::PostMortem => pb::DocumentType::PostMortem,
        DocumentType::Other => pb::DocumentType::Other,
    }
}

/// Returns a passage with the words it was found by.
pub(crate) fn result(found: Found) -> pb::SearchResult {
    let Found {
        document, chunk, ..
    } = found;
    pb::SearchResult {
        document_id: document.document_id.clone(),
        r#type: type_code(&document).into(),
        tags: tags_of(&document),
        title: document.title,
        create_time: Some(timestamp(document.created_at)),
        review: review::code(&document.review).into(),
        score: found.score,
        snippet: found.snippet,
        citation: Some(pb::DocumentCitation {
            document_id: document.document_id,
            version: chunk.version,
            chunk: chunk.chunk,
            heading: chunk.heading,
            byte_start: chunk.byte_start,
            byte_end: chunk.byte_end,
            quote: chunk.content,
        }),
    }
}
