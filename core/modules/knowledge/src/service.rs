//! The module's service.

use std::sync::Arc;

use faultmaven_documents::Extractor;
use faultmaven_kit::db::Receipts;
use faultmaven_kit::text::checked_text;
use faultmaven_kit::{Audit, Ctx};
use faultmaven_proto::knowledge::v1 as pb;
use faultmaven_proto::knowledge::v1::knowledge_service_server::KnowledgeService;
use tonic::{Request, Response, Status};

use crate::access::{ScopeFilter, reader, scope_of, writer};
use crate::collection;
use crate::convert;
use crate::error::Error;
use crate::extract::text_of;
use crate::library::{Created, Library};
use crate::review::Review;
use crate::search::Searcher;
use crate::verifier::Verifiers;

/// Serves [`Library`] and [`Searcher`].
#[derive(Clone)]
pub(crate) struct Service {
    library: Arc<Library>,
    searcher: Arc<Searcher>,
    verifiers: Verifiers,
    audit: Audit,
    receipts: Receipts,
    documents: Extractor,
    document_max_bytes: usize,
}

impl Service {
    pub(crate) fn new(
        library: Library,
        searcher: Searcher,
        verifiers: Verifiers,
        audit: Audit,
        receipts: Receipts,
        documents: Extractor,
        document_max_bytes: usize,
    ) -> Self {
        Self {
            library: Arc::new(library),
            searcher: Arc::new(searcher),
            verifiers,
            audit,
            receipts,
            documents,
            document_max_bytes,
        }
    }

    fn note(&self, ctx: &Ctx, action: &str, document_id: &str) {
        self.audit
            .done(ctx, action, document_id, &serde_json::Value::Null);
    }

    fn note_all(&self, ctx: &Ctx, action: &str, outcomes: &[(String, Option<Error>)]) {
        for (document_id, error) in outcomes {
            if error.is_none() {
                self.note(ctx, action, document_id);
            }
        }
    }
}

#[tonic::async_trait]
impl KnowledgeService for Service {
    async fn create_document(
        &self,
        request: Request<pb::CreateDocumentRequest>,
    ) -> Result<Response<pb::CreateDocumentResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let writer = writer(&ctx)?;
        let mut request = request.into_inner();
        let key = &request.request_id;
        let receipt = self.receipts.of(&ctx, "CreateDocument", key, &request)?;
        text_of(&self.documents, &mut request).await?;
        let new = convert::new_document(request, self.document_max_bytes)?;
        let created = self.library.create(&writer, receipt, new).await?;
        if let Created::New(stored) = &created {
            self.note(&ctx, "document.create", &stored.document.document_id);
        }
        Ok(Response::new(convert::created(created)))
    }

    async fn get_document(
        &self,
        request: Request<pb::GetDocumentRequest>,
    ) -> Result<Response<pb::GetDocumentResponse>, Status> {
        let filter = reader(&Ctx::from_request(&request)?)?;
        let document_id = &request.get_ref().document_id;
        let stored = self.library.get(&filter, document_id).await?;
        let document = Some(convert::message(stored));
        Ok(Response::new(pb::GetDocumentResponse { document }))
    }

    async fn list_documents(
        &self,
        request: Request<pb::ListDocumentsRequest>,
    ) -> Result<Response<pb::ListDocumentsResponse>, Status> {
        let filter = reader(&Ctx::from_request(&request)?)?;
        let filter = narrowed(filter, request.get_ref().scope, &request.get_ref().team_id)?;
        let mut listing = convert::listing(request.get_ref())?;
        let limit = listing.limit;
        listing.limit += 1;
        let (documents, total) = self.library.list(&filter, &listing).await?;
        let page = convert::page(documents, total, limit)?;
        Ok(Response::new(page))
    }

    async fn update_document(
        &self,
        request: Request<pb::UpdateDocumentRequest>,
    ) -> Result<Response<pb::UpdateDocumentResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let writer = writer(&ctx)?;
        let request = request.into_inner();
        let document_id = request.document_id.clone();
        let changes = convert::changes(request, self.document_max_bytes)?;
        let stored = self.library.update(&writer, &document_id, changes).await?;
        self.note(&ctx, "document.update", &document_id);
        let document = Some(convert::message(stored));
        Ok(Response::new(pb::UpdateDocumentResponse { document }))
    }

    async fn review_document(
        &self,
        request: Request<pb::ReviewDocumentRequest>,
    ) -> Result<Response<pb::ReviewDocumentResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let writer = writer(&ctx)?;
        let document_id = &request.get_ref().document_id;
        let verdict = convert::verdict(request.get_ref())?;
        if verdict.review == Review::Verified {
            let found = self.library.get(&writer.filter, document_id).await?;
            let scope = scope_of(&found.document.scope_key);
            writer.require(&scope)?;
            self.verifiers.require(&ctx, &scope).await?;
        }
        let (stored, from) = self.library.review(&writer, document_id, &verdict).await?;
        let steps = serde_json::json!({"from": from.as_str(), "to": verdict.review.as_str()});
        self.audit
            .done(&ctx, "document.review", document_id, &steps);
        let document = Some(convert::message(stored));
        Ok(Response::new(pb::ReviewDocumentResponse { document }))
    }

    async fn delete_document(
        &self,
        request: Request<pb::DeleteDocumentRequest>,
    ) -> Result<Response<pb::DeleteDocumentResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let writer = writer(&ctx)?;
        let document_id = &request.get_ref().document_id;
        self.library.delete(&writer, document_id).await?;
        self.note(&ctx, "document.delete", document_id);
        Ok(Response::new(pb::DeleteDocumentResponse {}))
    }

    async fn search_documents(
        &self,
        request: Request<pb::SearchDocumentsRequest>,
    ) -> Result<Response<pb::SearchDocumentsResponse>, Status> {
        let filter = reader(&Ctx::from_request(&request)?)?;
        let filter = narrowed(filter, request.get_ref().scope, &request.get_ref().team_id)?;
        let question = convert::question(request.get_ref())?;
        let found = self.searcher.search(&filter, &question).await?;
        let results = found.into_iter().map(convert::result).collect();
        Ok(Response::new(pb::SearchDocumentsResponse { results }))
    }

    async fn batch_update_documents(
        &self,
        request: Request<pb::BatchUpdateDocumentsRequest>,
    ) -> Result<Response<pb::BatchUpdateDocumentsResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let writer = writer(&ctx)?;
        let changes = convert::changes_of_all(request.into_inner(), self.document_max_bytes)?;
        let outcomes = self.library.update_all(&writer, changes).await;
        self.note_all(&ctx, "document.update", &outcomes);
        let outcomes = convert::outcomes(outcomes);
        Ok(Response::new(pb::BatchUpdateDocumentsResponse { outcomes }))
    }

    async fn batch_delete_documents(
        &self,
        request: Request<pb::BatchDeleteDocumentsRequest>,
    ) -> Result<Response<pb::BatchDeleteDocumentsResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let writer = writer(&ctx)?;
        let document_ids = request.into_inner().document_ids;
        convert::checked_batch("document_ids", document_ids.len())?;
        let outcomes = self.library.delete_all(&writer, document_ids).await;
        self.note_all(&ctx, "document.delete", &outcomes);
        let outcomes = convert::outcomes(outcomes);
        Ok(Response::new(pb::BatchDeleteDocumentsResponse { outcomes }))
    }

    async fn create_collection(
        &self,
        request: Request<pb::CreateCollectionRequest>,
    ) -> Result<Response<pb::CreateCollectionResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let writer = writer(&ctx)?;
        let request = request.into_inner();
        let key = &request.request_id;
        let receipt = self.receipts.of(&ctx, "CreateCollection", key, &request)?;
        let new = convert::new_collection(request)?;
        let created = self
            .library
            .create_collection(&writer, receipt, new)
            .await?;
        if let (false, Some(collection)) = (created.replayed, &created.answer.collection) {
            self.note(&ctx, "collection.create", &collection.collection_id);
        }
        Ok(Response::new(pb::CreateCollectionResponse {
            replayed: created.replayed,
            ..created.answer
        }))
    }

    async fn list_collections(
        &self,
        request: Request<pb::ListCollectionsRequest>,
    ) -> Result<Response<pb::ListCollectionsResponse>, Status> {
        let filter = reader(&Ctx::from_request(&request)?)?;
        let collections = self.library.collections(&filter).await?.into_iter();
        let collections = collections.map(|(row, count)| collection::message(row, count));
        Ok(Response::new(pb::ListCollectionsResponse {
            collections: collections.collect(),
        }))
    }

    async fn get_library_stats(
        &self,
        request: Request<pb::GetLibraryStatsRequest>,
    ) -> Result<Response<pb::GetLibraryStatsResponse>, Status> {
        let filter = reader(&Ctx::from_request(&request)?)?;
        let numbers = self.library.numbers(&filter).await?;
        Ok(Response::new(collection::numbers(numbers)))
    }

    async fn find_similar_documents(
        &self,
        request: Request<pb::FindSimilarDocumentsRequest>,
    ) -> Result<Response<pb::FindSimilarDocumentsResponse>, Status> {
        let filter = reader(&Ctx::from_request(&request)?)?;
        let request = request.into_inner();
        let (text, itself) = self.subject(&filter, &request).await?;
        let likeness = convert::likeness(request, text, itself)?;
        let found = self.searcher.similar(&filter, &likeness).await?;
        let results = found.into_iter().map(convert::result).collect();
        Ok(Response::new(pb::FindSimilarDocumentsResponse { results }))
    }
}

impl Service {
    /// Returns the text to compare, and the number of the document it is of.
    async fn subject(
        &self,
        filter: &ScopeFilter,
        request: &pb::FindSimilarDocumentsRequest,
    ) -> Result<(String, Option<i64>), Error> {
        if request.document_id.is_empty() {
            let text = checked_text("text", &request.text, self.document_max_bytes)?;
            return Ok((text, None));
        }
        let stored = self.library.get(filter, &request.document_id).await?;
        let text = format!("{}\n{}", stored.document.title, stored.content);
        Ok((text, Some(stored.document.number)))
    }
}

/// Leaves the documents of the scopes that a request names.
fn narrowed(filter: ScopeFilter, scope: i32, team_id: &str) -> Result<ScopeFilter, Error> {
    filter.only(&convert::selection(scope, team_id)?)
}
