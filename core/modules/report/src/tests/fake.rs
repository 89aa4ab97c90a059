//! Stand-ins for the modules that reports are made from: they answer what a test put into them.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};

use faultmaven_kit::{Ctx, Fault, Hosted, Module, Role};
use faultmaven_proto::auth::v1 as auth;
use faultmaven_proto::case::v1 as case;
use faultmaven_proto::evidence::v1 as evidence;
use faultmaven_proto::knowledge::v1 as knowledge;
use futures::future::BoxFuture;
use http::{Request, Response};
use prost::Message;
use tonic::body::Body;
use tonic::server::{Grpc, NamedService};
use tonic_prost::ProstCodec;
use tower::Service;

use super::fixture;

/// What the modules know.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) investigation: case::Investigation,
    pub(super) turns: Vec<case::Turn>,
    pub(super) messages: Vec<case::Message>,
    pub(super) evidence: Vec<evidence::Evidence>,
    pub(super) files: Vec<evidence::UploadedFile>,
    /// What each file holds.
    pub(super) content: String,
    pub(super) findings: Vec<evidence::Finding>,
    pub(super) runbooks: Vec<knowledge::SearchResult>,
    pub(super) evidence_is_down: bool,
}

/// All of them.
#[derive(Clone)]
pub(super) struct Callees(Arc<Mutex<Known>>);

impl Default for Callees {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(fixture::known())))
    }
}

impl Callees {
    pub(super) fn know(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap()
    }

    pub(super) fn case(&self) -> Module {
        let hosted = Hosted::new("case")
            .service(CasePublic(self.clone()))
            .internal(CaseInternal(self.clone()));
        hosted.module()
    }

    pub(super) fn auth(&self) -> Module {
        let hosted = Hosted::new("auth").internal(AuthInternal(self.clone()));
        hosted.module()
    }

    pub(super) fn knowledge(&self) -> Module {
        let hosted = Hosted::new("knowledge").service(KnowledgePublic(self.clone()));
        hosted.module()
    }

    pub(super) fn evidence(&self) -> Module {
        let hosted = Hosted::new("evidence").service(EvidencePublic(self.clone()));
        hosted.module()
    }
}

/// Answers one method with what `answer` makes of the request.
async fn answer<In, Out>(
    request: Request<Body>,
    answer: impl Fn(Ctx, In) -> Result<Out, Fault> + Clone + Send + Sync + 'static,
) -> Response<Body>
where
    In: Message + Default + 'static,
    Out: Message + Default + 'static,
{
    let method = tower::service_fn(move |request: tonic::Request<In>| {
        let answered = Ctx::from_request(&request)
            .and_then(|ctx| answer(ctx, request.into_inner()))
            .map(tonic::Response::new)
            .map_err(tonic::Status::from);
        std::future::ready(answered)
    });
    let mut grpc = Grpc::new(ProstCodec::<Out, In>::default());
    grpc.unary(method, request).await
}

macro_rules! fake {
    ($service:ident, $name:literal, $($method:literal => $answer:expr),+ $(,)?) => {
        #[derive(Clone)]
        struct $service(Callees);

        impl NamedService for $service {
            const NAME: &'static str = $name;
        }

        impl Service<Request<Body>> for $service {
            type Response = Response<Body>;
            type Error = Infallible;
            type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

            fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
                Poll::Ready(Ok(()))
            }

            fn call(&mut self, request: Request<Body>) -> Self::Future {
                let callees = self.0.clone();
                Box::pin(async move {
                    let method = request.uri().path().rsplit('/').next().unwrap().to_owned();
                    Ok(match method.as_str() {
                        $($method => {
                            let answer_of = $answer;
                            answer(request, move |ctx, sent| answer_of(&callees.know(), ctx, sent)).await
                        })+
                        method => panic!("{method} is not expected"),
                    })
                })
            }
        }
    };
}

fake!(
    CaseInternal,
    "faultmaven.case.v1.CaseInternalService",
    "CheckAccess" => |known: &Known, ctx: Ctx, sent: case::CheckAccessRequest| {
        let actor = ctx.actor()?;
        let case = known.investigation.case.clone().unwrap();
        if actor.user_id != case.owner_id || sent.case_id != case.case_id {
            return Err(Fault::not_found("case"));
        }
        if actor.role == Role::Viewer && sent.access() == case::CaseAccess::Write {
            return Err(Fault::forbidden("viewers may not change cases"));
        }
        Ok(case::CheckAccessResponse { status: case.status, ..Default::default() })
    },
    "GetInvestigation" => |known: &Known, _: Ctx, _: case::GetInvestigationRequest| {
        Ok(case::GetInvestigationResponse {
            investigation: Some(known.investigation.clone()),
        })
    },
);

fake!(
    AuthInternal,
    "faultmaven.auth.v1.AuthInternalService",
    "GetUserNames" => |_: &Known, _: Ctx, sent: auth::GetUserNamesRequest| {
        let known = sent.user_ids.into_iter().filter(|id| id == fixture::OWNER);
        let names = known.map(|id| (id, fixture::OWNER_NAME.to_owned())).collect();
        Ok(auth::GetUserNamesResponse { names })
    },
);

fake!(
    KnowledgePublic,
    "faultmaven.knowledge.v1.KnowledgeService",
    "FindSimilarDocuments" => |known: &Known, _: Ctx, sent: knowledge::FindSimilarDocumentsRequest| {
        assert!(sent.text.contains("pool size limit too low"), "{}", sent.text);
        assert_eq!(sent.r#type(), knowledge::DocumentType::Runbook);
        Ok(knowledge::FindSimilarDocumentsResponse { results: known.runbooks.clone() })
    },
);

fake!(
    CasePublic,
    "faultmaven.case.v1.CaseService",
    "ListTurns" => |known: &Known, _: Ctx, sent: case::ListTurnsRequest| {
        let (turns, next_page_token) = page(&known.turns, &sent.page_token);
        Ok(case::ListTurnsResponse { turns, next_page_token })
    },
    "ListMessages" => |known: &Known, _: Ctx, sent: case::ListMessagesRequest| {
        let (messages, next_page_token) = page(&known.messages, &sent.page_token);
        Ok(case::ListMessagesResponse { messages, next_page_token, total_size: 0 })
    },
);

fake!(
    EvidencePublic,
    "faultmaven.evidence.v1.EvidenceService",
    "ListEvidence" => |known: &Known, _: Ctx, sent: evidence::ListEvidenceRequest| {
        if known.evidence_is_down {
            return Err(Fault::unavailable("storage_unavailable", "no storage"));
        }
        let (evidence, next_page_token) = page(&known.evidence, &sent.page_token);
        Ok(evidence::ListEvidenceResponse { evidence, next_page_token })
    },
    "ListFiles" => |known: &Known, _: Ctx, sent: evidence::ListFilesRequest| {
        assert!(sent.include_members);
        let (files, next_page_token) = page(&known.files, &sent.page_token);
        Ok(evidence::ListFilesResponse { files, next_page_token, total_size: 0 })
    },
    "GetAnalysis" => |known: &Known, _: Ctx, sent: evidence::GetAnalysisRequest| {
        let findings = known.findings.iter().filter(|finding| finding.file_id == sent.file_id);
        let findings: Vec<_> = findings.cloned().collect();
        if findings.is_empty() {
            return Err(Fault::not_found("file"));
        }
        let analysis = evidence::Analysis { findings, ..Default::default() };
        Ok(evidence::GetAnalysisResponse { analysis: Some(analysis) })
    },
    // A stream of one message is the same on the wire.
    "DownloadFile" => |known: &Known, _: Ctx, sent: evidence::DownloadFileRequest| {
        let place = |at: i64| usize::try_from(at).unwrap().min(known.content.len());
        let chunk = &known.content.as_bytes()[place(sent.byte_start)..place(sent.byte_end)];
        let part = evidence::download_file_response::Part::Chunk(chunk.to_vec().into());
        Ok(evidence::DownloadFileResponse { part: Some(part) })
    },
);

/// Returns one element per page, so that every list is read to its end.
fn page<T: Clone>(elements: &[T], token: &str) -> (Vec<T>, String) {
    let index = token.parse().unwrap_or(0);
    let next = index + 1;
    let next = if next < elements.len() {
        next.to_string()
    } else {
        String::new()
    };
    (elements.get(index).cloned().into_iter().collect(), next)
}
