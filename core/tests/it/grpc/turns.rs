//! The worked example through gRPC.

use bytes::Bytes;
use faultmaven_proto::agent::v1::agent_service_client::AgentServiceClient;
use faultmaven_proto::agent::v1::submit_turn_response::Event;
use faultmaven_proto::agent::v1::{SubmitTurnRequest, TurnResult};
use faultmaven_proto::case::v1::case_service_client::CaseServiceClient;
use faultmaven_proto::case::v1::{
    Assurance, CaseStatus, CreateCaseRequest, GetHeaderRequest, HypothesisKind,
    ListHypothesesRequest,
};
use faultmaven_proto::evidence::v1::evidence_service_client::EvidenceServiceClient;
use faultmaven_proto::evidence::v1::upload_file_request::Part;
use faultmaven_proto::evidence::v1::{
    ListEvidenceRequest, UploadFileRequest, UploadHeader, VerifyCitationRequest,
};
use tonic::transport::Channel;
use tonic::{Request, Streaming};

use super::door::{channel, signed};
use crate::harness::{App, User, WorkedExample};

#[tokio::test]
async fn the_first_turns_end_in_an_investigation_with_cited_evidence() {
    let app = App::start().await;
    let ada = app.admin().await;
    let channel = channel(&app).await;
    let case_id = create_case(&channel, &ada).await;

    let first = turn(
        &channel,
        &ada,
        &case_id,
        "Why does checkout answer 500 since 14:05?",
        &[],
    )
    .await;
    assert_eq!(
        (first.turn_number, first.case_status.as_str()),
        (1, "inquiry")
    );
    let file_id = upload(&channel, &ada, &case_id, WorkedExample::app_log()).await;
    let second = turn(&channel, &ada, &case_id, "", &[file_id]).await;
    assert!(
        second.answer.contains("Connection is not available"),
        "{}",
        second.answer
    );
    turn(
        &channel,
        &ada,
        &case_id,
        "add that only the EU region is affected",
        &[],
    )
    .await;
    let fourth = turn(&channel, &ada, &case_id, "yes", &[]).await;
    assert_eq!(
        (fourth.path.as_str(), fourth.case_status.as_str()),
        ("handshake", "investigating")
    );

    assert_header(&channel, &ada, &case_id).await;
    assert_every_citation_verifies(&channel, &ada, &case_id).await;
    assert_ledger(&channel, &ada, &case_id).await;
}

async fn create_case(channel: &Channel, user: &User) -> String {
    let mut cases = CaseServiceClient::new(channel.clone());
    let request = signed(user, CreateCaseRequest::default());
    let reply = cases.create_case(request).await.unwrap().into_inner();
    reply.case.unwrap().case_id
}

async fn upload(channel: &Channel, user: &User, case_id: &str, bytes: Vec<u8>) -> String {
    let header = UploadHeader {
        case_id: case_id.to_owned(),
        filename: "app.log".to_owned(),
        ..UploadHeader::default()
    };
    let mut parts = vec![Part::Header(header)];
    parts.extend(
        bytes
            .chunks(1000)
            .map(|chunk| Part::Chunk(Bytes::copy_from_slice(chunk))),
    );
    let messages = parts
        .into_iter()
        .map(|part| UploadFileRequest { part: Some(part) });
    let request = signed(user, tokio_stream::iter(messages.collect::<Vec<_>>()));
    let mut evidence = EvidenceServiceClient::new(channel.clone());
    let reply = evidence.upload_file(request).await.unwrap().into_inner();
    reply.file.unwrap().file_id
}

async fn turn(
    channel: &Channel,
    user: &User,
    case_id: &str,
    text: &str,
    file_ids: &[String],
) -> TurnResult {
    let request = signed(
        user,
        SubmitTurnRequest {
            case_id: case_id.to_owned(),
            text: text.to_owned(),
            file_ids: file_ids.to_vec(),
            ..SubmitTurnRequest::default()
        },
    );
    let mut agent = AgentServiceClient::new(channel.clone());
    result(agent.submit_turn(request).await.unwrap().into_inner()).await
}

/// Returns the last event, after checking that the turn was announced and its text streamed.
async fn result(
    mut events: Streaming<faultmaven_proto::agent::v1::SubmitTurnResponse>,
) -> TurnResult {
    let (mut accepted, mut streamed) = (false, String::new());
    while let Some(message) = events.message().await.unwrap() {
        match message.event.unwrap() {
            Event::Accepted(_) => accepted = true,
            Event::TextDelta(text) => streamed.push_str(&text),
            Event::Provisional(_) => panic!("nobody writes without a model"),
            Event::Result(result) => {
                assert!(accepted, "no turn begins unannounced");
                assert_eq!(streamed, result.answer);
                return *result;
            }
            Event::File(_) | Event::Step(_) | Event::Dropped(_) => {}
            Event::Deferred(deferred) => panic!("nobody asked for a job: {deferred:?}"),
        }
    }
    panic!("the stream ended without a result");
}

async fn assert_header(channel: &Channel, user: &User, case_id: &str) {
    let request = signed(
        user,
        GetHeaderRequest {
            case_id: case_id.to_owned(),
        },
    );
    let mut cases = CaseServiceClient::new(channel.clone());
    let header = cases
        .get_header(request)
        .await
        .unwrap()
        .into_inner()
        .header
        .unwrap();
    let case = header.case.unwrap();
    assert_eq!(case.status(), CaseStatus::Investigating);
    assert_eq!(case.statement.unwrap().revision, 1);
    assert_eq!(header.uploaded_files_count, 1);
}

async fn assert_every_citation_verifies(channel: &Channel, user: &User, case_id: &str) {
    let mut client = EvidenceServiceClient::new(channel.clone());
    let request = ListEvidenceRequest {
        case_id: case_id.to_owned(),
        ..ListEvidenceRequest::default()
    };
    let evidence = client
        .list_evidence(signed(user, request))
        .await
        .unwrap()
        .into_inner()
        .evidence;
    assert!(!evidence.is_empty());
    for item in evidence {
        let Some(mut citation) = item.file_citation else {
            continue;
        };
        let request = VerifyCitationRequest {
            citation: Some(citation.clone()),
        };
        let reply = client.verify_citation(signed(user, request)).await.unwrap();
        assert!(reply.into_inner().verified, "{citation:?}");
        citation.quote.push('!');
        let request = VerifyCitationRequest {
            citation: Some(citation),
        };
        let reply = client.verify_citation(signed(user, request)).await.unwrap();
        assert!(!reply.into_inner().verified);
    }
}

async fn assert_ledger(channel: &Channel, user: &User, case_id: &str) {
    let mut cases = CaseServiceClient::new(channel.clone());
    let request = ListHypothesesRequest {
        case_id: case_id.to_owned(),
    };
    let request: Request<ListHypothesesRequest> = signed(user, request);
    let ledger = cases.list_hypotheses(request).await.unwrap().into_inner();
    let kinds: Vec<HypothesisKind> = ledger.hypotheses.iter().map(|it| it.kind()).collect();
    assert!(kinds.contains(&HypothesisKind::Condition));
    assert!(
        kinds
            .iter()
            .filter(|kind| **kind == HypothesisKind::Cause)
            .count()
            >= 2
    );
    assert_eq!(ledger.conclusion.unwrap().assurance(), Assurance::Possible);
}
