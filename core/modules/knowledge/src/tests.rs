//! The module through its generated client.

use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use faultmaven_documents::Extractor;
use faultmaven_kit::{
    Actor, Audit, Code, Ctx, Db, Fault, Hosted, Ids, ManualClock, Module, Role, Tasks,
};
use faultmaven_proto::knowledge::v1 as pb;
use faultmaven_proto::knowledge::v1::knowledge_service_client::KnowledgeServiceClient;
use faultmaven_testing::{actor, database};
use tempfile::TempDir;
use tonic::{Response, Status};

use crate::{Config, Deps, build};

mod access;
mod batch;
mod documents;
mod limits;
mod list;
mod review;
mod search;
mod teams;

const UNKNOWN: &str = "00000000-0000-4000-8000-000000000000";
/// Small, so that a document beyond it is made at once.
const MAX_BYTES: usize = 1 << 20;

/// A module on a fresh database, with a clock that stands still.
struct World {
    clock: Arc<ManualClock>,
    db: Db,
    module: Module,
    _dir: TempDir,
}

impl World {
    async fn start() -> Self {
        let dir = TempDir::new().unwrap();
        let db = database(dir.path()).await;
        let clock = ManualClock::starting_at(DateTime::from_timestamp(1_700_000_000, 0).unwrap());
        let deps = Deps {
            db: db.clone(),
            clock: clock.clone(),
            ids: Ids::random(),
            audit: Audit::start(&Tasks::new(), Hosted::new("auth").module()),
            documents: Extractor::in_process("/no/recogniser"),
            auth: Hosted::new("auth").module(),
        };
        let config = Config {
            document_max_bytes: MAX_BYTES,
        };
        let hosted = build(config, deps).await.unwrap();
        hosted.ready().await.unwrap();
        Self {
            clock,
            db,
            module: hosted.module(),
            _dir: dir,
        }
    }

    fn client(&self) -> KnowledgeServiceClient<Module> {
        KnowledgeServiceClient::new(self.module.clone())
    }

    async fn create(
        &self,
        ctx: &Ctx,
        request: pb::CreateDocumentRequest,
    ) -> Result<pb::CreateDocumentResponse, Fault> {
        inner(self.client().create_document(ctx.request(request)).await)
    }

    /// Stores a personal document.
    async fn store(&self, ctx: &Ctx, title: &str, content: &str) -> pb::Document {
        let created = self.create(ctx, document(title, content)).await.unwrap();
        created.document.unwrap()
    }

    /// Stores a global document.
    async fn publish(&self, title: &str, content: &str) -> pb::Document {
        let request = pb::CreateDocumentRequest {
            scope: pb::DocumentScope::Global.into(),
            ..document(title, content)
        };
        let created = self.create(&admin(), request).await.unwrap();
        created.document.unwrap()
    }

    async fn get(&self, ctx: &Ctx, document_id: &str) -> Result<pb::Document, Fault> {
        let request = pb::GetDocumentRequest {
            document_id: document_id.to_owned(),
        };
        let response = inner(self.client().get_document(ctx.request(request)).await)?;
        Ok(response.document.unwrap())
    }

    async fn list(
        &self,
        ctx: &Ctx,
        request: pb::ListDocumentsRequest,
    ) -> Result<pb::ListDocumentsResponse, Fault> {
        inner(self.client().list_documents(ctx.request(request)).await)
    }

    async fn update(
        &self,
        ctx: &Ctx,
        request: pb::UpdateDocumentRequest,
    ) -> Result<pb::Document, Fault> {
        let response = inner(self.client().update_document(ctx.request(request)).await)?;
        Ok(response.document.unwrap())
    }

    async fn review(
        &self,
        ctx: &Ctx,
        document_id: &str,
        review: pb::DocumentReview,
    ) -> Result<pb::Document, Fault> {
        let reason = match review {
            pb::DocumentReview::Rejected => "names no check",
            _ => "",
        };
        let request = pb::ReviewDocumentRequest {
            document_id: document_id.to_owned(),
            review: review.into(),
            reason: reason.to_owned(),
            expected_version: None,
        };
        let response = inner(self.client().review_document(ctx.request(request)).await)?;
        Ok(response.document.unwrap())
    }

    async fn delete(&self, ctx: &Ctx, document_id: &str) -> Result<(), Fault> {
        let request = pb::DeleteDocumentRequest {
            document_id: document_id.to_owned(),
        };
        inner(self.client().delete_document(ctx.request(request)).await)?;
        Ok(())
    }

    async fn search(
        &self,
        ctx: &Ctx,
        request: pb::SearchDocumentsRequest,
    ) -> Result<Vec<pb::SearchResult>, Fault> {
        let response = inner(self.client().search_documents(ctx.request(request)).await)?;
        Ok(response.results)
    }

    /// Returns the titles of what is found, best first.
    async fn found(&self, ctx: &Ctx, query: &str) -> Vec<String> {
        let results = self.search(ctx, words(query)).await.unwrap();
        results.into_iter().map(|result| result.title).collect()
    }
}

fn inner<T>(response: Result<Response<T>, Status>) -> Result<T, Fault> {
    match response {
        Ok(response) => Ok(response.into_inner()),
        Err(status) => Err(Fault::from_status(&status)),
    }
}

fn person(user_id: &str, role: Role, scopes: Option<&[&str]>) -> Ctx {
    let scopes = scopes.map(|scopes| scopes.iter().map(|scope| (*scope).to_owned()).collect());
    Ctx::anonymous("req_1").on_behalf_of(Actor {
        scopes,
        ..actor(user_id, role)
    })
}

fn user(user_id: &str) -> Ctx {
    person(user_id, Role::Member, None)
}

fn admin() -> Ctx {
    person("admin_1", Role::Admin, None)
}

fn document(title: &str, content: &str) -> pb::CreateDocumentRequest {
    pb::CreateDocumentRequest {
        title: title.to_owned(),
        content: content.to_owned(),
        ..Default::default()
    }
}

fn change(document_id: &str) -> pb::UpdateDocumentRequest {
    pb::UpdateDocumentRequest {
        document_id: document_id.to_owned(),
        ..Default::default()
    }
}

fn words(query: &str) -> pb::SearchDocumentsRequest {
    pb::SearchDocumentsRequest {
        query: query.to_owned(),
        ..Default::default()
    }
}
