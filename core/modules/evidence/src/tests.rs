//! The module through its generated clients, with its callees faked.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use chrono::DateTime;
use faultmaven_documents::Extractor;
use faultmaven_kit::{
    Audit, Ctx, Db, Fault, Hosted, Ids, LocalBlobStore, ManualClock, Module, Role, Tasks,
};
use faultmaven_proto::evidence::v1 as pb;
use faultmaven_proto::evidence::v1::evidence_internal_service_client::EvidenceInternalServiceClient;
use faultmaven_proto::evidence::v1::evidence_service_client::EvidenceServiceClient;
use faultmaven_proto::evidence::v1::upload_file_request::Part;
use faultmaven_testing::{actor, database};
use futures::stream;
use tempfile::TempDir;

use self::fakes::{FakeCases, FakeJobs};
use crate::{Config, Deps, build};

mod access;
mod archive;
mod content;
mod deletion;
mod documents;
mod evidence;
mod fakes;
mod held;
mod recovery;
mod stored;
mod upload;
mod worked_example;

const CASE: &str = "case_0000000000a1";
const OTHER_CASE: &str = "case_0000000000b2";

/// A module on a fresh database and an empty blob store.
struct World {
    cases: FakeCases,
    jobs: FakeJobs,
    clock: Arc<ManualClock>,
    db: Db,
    config: Config,
    module: Module,
    tasks: Tasks,
    directory: TempDir,
}

impl World {
    async fn start() -> Self {
        Self::with(Config::default()).await
    }

    async fn with(config: Config) -> Self {
        let directory = TempDir::new().unwrap();
        let cases = FakeCases::default();
        cases.add(CASE, "user_1");
        cases.add(OTHER_CASE, "user_2");
        let start = DateTime::from_timestamp(1_741_100_000, 0).unwrap();
        let mut world = Self {
            jobs: FakeJobs::default(),
            clock: ManualClock::starting_at(start),
            db: database(directory.path()).await,
            module: cases.module(),
            tasks: Tasks::new(),
            cases,
            config,
            directory,
        };
        world.restart().await;
        world
    }

    /// Ends the process that hosts the module, as a crash would, and starts another.
    async fn restart(&mut self) {
        self.tasks = Tasks::new();
        let hosted = build(self.config.clone(), self.deps().await).await.unwrap();
        hosted.ready().await.unwrap();
        self.module = hosted.module();
    }

    async fn deps(&self) -> Deps {
        Deps {
            db: self.db.clone(),
            blobs: Arc::new(LocalBlobStore::open(self.blob_root()).await.unwrap()),
            clock: self.clock.clone(),
            ids: Ids::random(),
            tasks: self.tasks.clone(),
            audit: Audit::start(&self.tasks, Hosted::new("auth").module()),
            case: self.cases.module(),
            jobs: self.jobs.module(),
            signatures: Arc::new(faultmaven_analysis::Signatures::default()),
            documents: Extractor::in_process(self.recogniser()),
        }
    }

    /// Returns where the program that reads pictures is looked for.
    fn recogniser(&self) -> std::path::PathBuf {
        self.directory.path().join("recogniser")
    }

    fn blob_root(&self) -> std::path::PathBuf {
        self.directory.path().join("blobs")
    }

    /// Returns how many files the blob store holds, temporary ones included.
    fn stored_blobs(&self) -> usize {
        count_files(&self.blob_root())
    }

    fn public(&self) -> EvidenceServiceClient<Module> {
        EvidenceServiceClient::new(self.module.clone())
    }

    fn internal(&self) -> EvidenceInternalServiceClient<Module> {
        EvidenceInternalServiceClient::new(self.module.clone())
    }

    async fn send(
        &self,
        ctx: &Ctx,
        header: pb::UploadHeader,
        content: &[u8],
    ) -> Result<pb::UploadFileResponse, Fault> {
        let first = pb::UploadFileRequest {
            part: Some(Part::Header(header)),
        };
        let chunks = content
            .chunks(64 * 1024)
            .map(|chunk| pb::UploadFileRequest {
                part: Some(Part::Chunk(Bytes::copy_from_slice(chunk))),
            });
        let messages: Vec<_> = std::iter::once(first).chain(chunks).collect();
        let response = self
            .public()
            .upload_file(ctx.request(stream::iter(messages)))
            .await;
        Ok(response
            .map_err(|status| Fault::from_status(&status))?
            .into_inner())
    }

    /// Stores a file in the case of user_1.
    async fn store(&self, filename: &str, content: &[u8]) -> pb::UploadedFile {
        let stored = self.send(&user("user_1"), header(filename), content).await;
        stored.unwrap().file.unwrap()
    }

    /// Stores a file and waits for its analysis.
    async fn analyzed(&self, filename: &str, content: &[u8]) -> pb::UploadedFile {
        let file = self.store(filename, content).await;
        self.settled(&file.file_id).await
    }

    /// Waits until a file and its members are analysed; returns the file.
    async fn settled(&self, file_id: &str) -> pb::UploadedFile {
        self.settled_family(file_id).await.swap_remove(0)
    }

    async fn settled_family(&self, file_id: &str) -> Vec<pb::UploadedFile> {
        let request = pb::AwaitAnalysisRequest {
            file_ids: vec![file_id.to_owned()],
            wait: Some(prost_types::Duration {
                seconds: 20,
                nanos: 0,
            }),
        };
        let response = self
            .internal()
            .await_analysis(user("user_1").request(request))
            .await;
        response.unwrap().into_inner().files
    }

    async fn get(&self, ctx: &Ctx, file_id: &str) -> Result<pb::UploadedFile, Fault> {
        let request = pb::GetFileRequest {
            file_id: file_id.to_owned(),
        };
        let response = self.public().get_file(ctx.request(request)).await;
        let response = response.map_err(|status| Fault::from_status(&status))?;
        Ok(response.into_inner().file.unwrap())
    }

    async fn list(&self, case_id: &str, include_members: bool) -> Vec<pb::UploadedFile> {
        let request = pb::ListFilesRequest {
            case_id: case_id.to_owned(),
            include_members,
            ..Default::default()
        };
        let response = self
            .public()
            .list_files(user("user_1").request(request))
            .await;
        response.unwrap().into_inner().files
    }

    async fn assess(&self) -> pb::AssessCaseResponse {
        let request = pb::AssessCaseRequest {
            case_id: CASE.to_owned(),
        };
        let response = self
            .internal()
            .assess_case(user("user_1").request(request))
            .await;
        response.unwrap().into_inner()
    }

    async fn stage(&self, claims: Vec<pb::EvidenceClaim>) -> pb::StageEvidenceResponse {
        let request = pb::StageEvidenceRequest {
            case_id: CASE.to_owned(),
            turn_token: "turn_1".to_owned(),
            turn_number: 4,
            claims,
            message_id: "msg_0000000000000001".to_owned(),
            message_text: "Checkout answers 500 since 14:05, only in the EU".to_owned(),
        };
        let response = self
            .internal()
            .stage_evidence(user("user_1").request(request))
            .await;
        response.unwrap().into_inner()
    }

    async fn activate(&self, evidence_ids: Vec<String>) {
        let request = pb::ActivateEvidenceRequest {
            withdrawn_evidence_ids: Vec::new(),
            case_id: CASE.to_owned(),
            evidence_ids,
        };
        let response = self
            .internal()
            .activate_evidence(user("user_1").request(request))
            .await;
        response.unwrap();
    }

    async fn evidence(&self, include_withdrawn: bool) -> Vec<pb::Evidence> {
        let request = pb::ListEvidenceRequest {
            case_id: CASE.to_owned(),
            include_withdrawn,
            ..Default::default()
        };
        let response = self
            .public()
            .list_evidence(user("user_1").request(request))
            .await;
        response.unwrap().into_inner().evidence
    }
}

fn header(filename: &str) -> pb::UploadHeader {
    pb::UploadHeader {
        case_id: CASE.to_owned(),
        filename: filename.to_owned(),
        ..Default::default()
    }
}

fn claim(reference: &str, file_id: &str, quote: &str) -> pb::EvidenceClaim {
    pb::EvidenceClaim {
        r#ref: reference.to_owned(),
        category: pb::EvidenceCategory::Symptom.into(),
        claim: "The service fails".to_owned(),
        file_id: file_id.to_owned(),
        quote: quote.to_owned(),
        ..Default::default()
    }
}

fn user(user_id: &str) -> Ctx {
    Ctx::anonymous("req_1").on_behalf_of(actor(user_id, Role::Member))
}

fn count_files(directory: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return 0;
    };
    let count = |entry: std::fs::DirEntry| {
        let path = entry.path();
        if path.is_dir() { count_files(&path) } else { 1 }
    };
    entries.map(|entry| count(entry.unwrap())).sum()
}
