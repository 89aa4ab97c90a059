//! What older clients are told about runbooks.

use faultmaven_kit::Fault;
use faultmaven_proto::knowledge::v1 as knowledge;
use faultmaven_proto::report::v1 as report;
use faultmaven_proto::report::v1::RunbookAction;
use prost_types::Timestamp;
use serde_json::{Value, json};

use crate::fake::Fake;

fn advising(action: RunbookAction) -> Fake {
    Fake::new().on(
        "/faultmaven.report.v1.ReportService/RecommendReports",
        move |_: report::RecommendReportsRequest| {
            Ok(report::RecommendReportsResponse {
                runbook: Some(report::RunbookAdvice {
                    action: action.into(),
                    reason: "it treats a similar problem".into(),
                    similar: vec![report::SimilarRunbook {
                        document_id: "doc-1".into(),
                        title: "Pools".into(),
                        similarity: 0.9,
                    }],
                }),
                ..Default::default()
            })
        },
    )
}

fn with_document(fake: Fake, is_there: bool) -> Fake {
    fake.on(
        "/faultmaven.knowledge.v1.KnowledgeService/GetDocument",
        move |request: knowledge::GetDocumentRequest| {
            let seconds = |seconds| Some(Timestamp { seconds, nanos: 0 });
            match is_there {
                true => Ok(knowledge::GetDocumentResponse {
                    document: Some(knowledge::Document {
                        document_id: request.document_id,
                        title: "Pools".into(),
                        content: "Look at active first.".into(),
                        version: 3,
                        create_time: seconds(60),
                        update_time: seconds(120),
                        ..Default::default()
                    }),
                }),
                false => Err(Fault::not_found("document").into()),
            }
        },
    )
}

async fn advice(fake: Fake) -> Value {
    let path = "/api/v1/cases/case_1/report-recommendations";
    let reply = fake.gateway().send("GET", path, "").await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()["runbook_recommendation"].clone()
}

#[tokio::test]
async fn a_runbook_to_reuse_is_told_whole() {
    let told = advice(with_document(advising(RunbookAction::Reuse), true)).await;
    assert_eq!(told["similarity_score"], 0.9);
    let runbook = json!({
        "report_id": "doc-1", "document_id": "doc-1", "report_type": "runbook", "title": "Pools",
        "format": "markdown", "generation_status": "completed",
        "content": "Look at active first.", "version": 3, "is_current": true,
        "generated_at": "1970-01-01T00:02:00.000000Z", "created_at": "1970-01-01T00:01:00.000000Z",
    });
    assert_eq!(told["existing_runbook"], runbook);
}

#[tokio::test]
async fn a_runbook_that_is_gone_or_unlike_is_not_told() {
    let gone = advice(with_document(advising(RunbookAction::Reuse), false)).await;
    assert_eq!(gone["action"], "reuse");
    assert!(gone["existing_runbook"].is_null());
    let unlike = advice(advising(RunbookAction::Generate)).await;
    assert!(unlike["existing_runbook"].is_null() && unlike["similarity_score"].is_null());
}
