//! Foreign things are not there, and tokens reach as far as their scopes.

use faultmaven_kit::{Code, Ctx, Fault, Role};
use faultmaven_proto::evidence::v1 as pb;
use tonic::Status;

use super::{CASE, World, actor, claim, header, user};

const LOG: &[u8] = b"2025-03-04T14:05:00.000Z ERROR api: disk full\n";

fn reason<T: std::fmt::Debug>(answer: Result<T, Status>) -> String {
    Fault::from_status(&answer.unwrap_err()).reason.into_owned()
}

async fn every_answer_about(world: &World, ctx: &Ctx, file_id: &str) -> Vec<String> {
    let mut answers = answers_about_content(world, ctx, file_id).await;
    let file_id = file_id.to_owned();
    let mut client = world.public();
    let get = pb::GetFileRequest {
        file_id: file_id.clone(),
    };
    answers.push(reason(client.get_file(ctx.request(get)).await));
    let reclassify = pb::ReclassifyFileRequest {
        file_id: file_id.clone(),
        data_class: pb::DataClass::Text.into(),
    };
    answers.push(reason(
        client.reclassify_file(ctx.request(reclassify)).await,
    ));
    let link = pb::LinkFileRequest {
        file_id: file_id.clone(),
        case_id: CASE.to_owned(),
    };
    answers.push(reason(client.link_file(ctx.request(link)).await));
    let delete = pb::DeleteFileRequest { file_id };
    answers.push(reason(client.delete_file(ctx.request(delete)).await));
    answers
}

async fn answers_about_content(world: &World, ctx: &Ctx, file_id: &str) -> Vec<String> {
    let file_id = file_id.to_owned();
    let mut client = world.public();
    let download = pb::DownloadFileRequest {
        file_id: file_id.clone(),
        ..Default::default()
    };
    let analysis = pb::GetAnalysisRequest {
        file_id: file_id.clone(),
    };
    let search = pb::SearchFileRequest {
        file_id: file_id.clone(),
        pattern: "disk".to_owned(),
        ..Default::default()
    };
    let lines = pb::ReadLinesRequest {
        file_id: file_id.clone(),
        line_start: 1,
        line_count: 1,
    };
    let citation = Some(pb::FileCitation {
        file_id,
        ..Default::default()
    });
    vec![
        reason(
            client
                .download_file(ctx.request(download))
                .await
                .map(|_| ()),
        ),
        reason(client.get_analysis(ctx.request(analysis)).await),
        reason(client.search_file(ctx.request(search)).await),
        reason(client.read_lines(ctx.request(lines)).await),
        reason(
            client
                .verify_citation(ctx.request(pb::VerifyCitationRequest { citation }))
                .await,
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_and_unknown_files_are_not_found_alike() {
    let world = World::start().await;
    let file = world.analyzed("app.log", LOG).await;
    for file_id in [file.file_id.as_str(), "file_00000000dead", "file_../x", ""] {
        for answer in every_answer_about(&world, &user("user_2"), file_id).await {
            assert_eq!(answer, "file_not_found", "{file_id}");
        }
    }
    let admin = Ctx::anonymous("req_1").on_behalf_of(actor("user_9", Role::Admin));
    assert_eq!(
        world.get(&admin, &file.file_id).await.unwrap_err().message,
        "File not found; check the id"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_without_a_case_is_its_owners_alone() {
    let world = World::start().await;
    let loose = pb::UploadHeader {
        case_id: String::new(),
        ..header("app.log")
    };
    let file = world
        .send(&user("user_1"), loose, LOG)
        .await
        .unwrap()
        .file
        .unwrap();
    assert!(world.get(&user("user_1"), &file.file_id).await.is_ok());
    assert_eq!(
        world
            .get(&user("user_2"), &file.file_id)
            .await
            .unwrap_err()
            .code,
        Code::NotFound
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_unknown_is_answered() {
    let world = World::start().await;
    let file = world.analyzed("app.log", LOG).await;
    for answer in every_answer_about(&world, &Ctx::anonymous("req_1"), &file.file_id).await {
        assert_eq!(answer, "unauthenticated");
    }
    let anonymous = Ctx::anonymous("req_1");
    let fault = world.send(&anonymous, header("x"), LOG).await.unwrap_err();
    assert_eq!(fault.reason, "unauthenticated");
    let request = pb::AssessCaseRequest {
        case_id: CASE.to_owned(),
    };
    let answer = world
        .internal()
        .assess_case(anonymous.request(request))
        .await;
    assert_eq!(reason(answer), "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_reaches_as_far_as_its_scopes() {
    let world = World::start().await;
    let file = world.analyzed("app.log", LOG).await;
    let with_scopes = |scopes: &[&str]| {
        let mut actor = actor("user_1", Role::Member);
        actor.scopes = Some(scopes.iter().map(|&scope| scope.to_owned()).collect());
        Ctx::anonymous("req_1").on_behalf_of(actor)
    };
    let reader = with_scopes(&["evidence:read"]);
    assert!(world.get(&reader, &file.file_id).await.is_ok());
    let fault = world
        .send(&reader, header("x"), b"more\n")
        .await
        .unwrap_err();
    assert_eq!(
        (fault.code, fault.reason.as_ref()),
        (Code::PermissionDenied, "forbidden")
    );
    assert!(fault.message.contains("cases:write"));
    let stranger = with_scopes(&["knowledge:read"]);
    assert_eq!(
        world.get(&stranger, &file.file_id).await.unwrap_err().code,
        Code::PermissionDenied
    );
    assert!(
        world
            .get(&with_scopes(&["cases:write"]), &file.file_id)
            .await
            .is_ok()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_evidence_is_not_found() {
    let world = World::start().await;
    let file = world.analyzed("app.log", LOG).await;
    let staged = world
        .stage(vec![claim("$e1", &file.file_id, "disk full")])
        .await
        .staged;
    let evidence_id = staged[0].evidence.clone().unwrap().evidence_id;
    let get = async |who: &str, id: &str| {
        let request = pb::GetEvidenceRequest {
            evidence_id: id.to_owned(),
        };
        world
            .public()
            .get_evidence(user(who).request(request))
            .await
    };
    assert_eq!(
        reason(get("user_1", &evidence_id).await),
        "evidence_not_found"
    );
    world.activate(vec![evidence_id.clone()]).await;
    assert!(get("user_1", &evidence_id).await.is_ok());
    assert_eq!(
        reason(get("user_2", &evidence_id).await),
        "evidence_not_found"
    );
    assert_eq!(
        reason(get("user_1", "ev_00000000dead").await),
        "evidence_not_found"
    );
    let request = pb::ListEvidenceRequest {
        case_id: CASE.to_owned(),
        ..Default::default()
    };
    let answer = world
        .public()
        .list_evidence(user("user_2").request(request))
        .await;
    assert_eq!(reason(answer), "case_not_found");
}
