//! The module's service.

use std::sync::Arc;

use faultmaven_kit::{Audit, Ctx};
use faultmaven_proto::knowledge::v1 as pb;
use faultmaven_proto::knowledge::v1::knowledge_service_server::KnowledgeService;
use tonic::{Request, Response, Status};

use crate::access::{reader, writer};
use crate::convert;
use crate::library::{Created, Library};
use crate::search::Searcher;

/// Serves [`Library`] and [`Searcher`].
#[derive(Clone)]
pub(crate) struct Service {
    library: Arc<Library>,
    searcher: Arc<Searcher>,
    audit: Audit,
    document_max_bytes: usize,
}

impl Service {
    pub(crate) fn new(
        library: Library,
        searcher: Searcher,
        audit: Audit,
        document_max_bytes: usize,
    ) -> Self {
        Self {
            library: Arc::new(library),
            searcher: Arc::new(searcher),
            audit,
            document_max_bytes,
        }
    }

    fn note(&self, ctx: &Ctx, action: &str, document_id: &str) {
        self.audit
            .done(ctx, action, document_id, &serde_json::Value::Null);
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
        let new = convert::new_document(request.into_inner(), self.document_max_bytes)?;
        let (stored, is_new) = match self.library.create(&writer, new).await? {
            Created::New(stored) => (stored, true),
            Created::Duplicate(stored) => (stored, false),
        };
        let document = convert::message(stored);
        if is_new {
            self.note(&ctx, "document.create", &document.document_id);
        }
        let duplicate_of = if is_new {
            String::new()
        } else {
            document.document_id.clone()
        };
        Ok(Response::new(pb::CreateDocumentResponse {
            document: Some(document),
            duplicate_of,
        }))
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
        let question = convert::question(request.get_ref())?;
        let found = self.searcher.search(&filter, &question).await?;
        let results = found.into_iter().map(convert::result).collect();
        Ok(Response::new(pb::SearchDocumentsResponse { results }))
    }
}
