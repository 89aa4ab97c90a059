use faultmaven_kit::{Code, Ctx};
use faultmaven_proto::case::v1 as pb;

use super::harness::{Harness, answer};
use crate::turn::sample::{command, evidence, say, statement};

fn file(name: &str) -> pb::FileDigest {
    pb::FileDigest {
        file_id: format!("file_{name}"),
        file_name: name.to_owned(),
        sha256: name.to_owned(),
        top_level: true,
        turn_number: 1,
    }
}

pub(super) async fn register(harness: &Harness, case_id: &str, names: &[&str]) {
    let request = pb::RegisterFilesRequest {
        case_id: case_id.to_owned(),
        files: names.iter().map(|name| file(name)).collect(),
    };
    answer(
        harness
            .internal()
            .register_files(harness.owner.request(request))
            .await,
    )
    .unwrap();
}

async fn header(harness: &Harness, case_id: &str) -> pb::Header {
    let request = pb::GetHeaderRequest {
        case_id: case_id.to_owned(),
    };
    let header = answer(
        harness
            .cases()
            .get_header(harness.owner.request(request))
            .await,
    );
    header.unwrap().header.unwrap()
}

#[tokio::test]
async fn files_are_remembered_once_and_spoil_no_turn() {
    let harness = Harness::start().await;
    let case = harness.open().await;
    let begun = harness.begin(&case.case_id, "").await.unwrap();
    register(&harness, &case.case_id, &["a", "b"]).await;
    register(&harness, &case.case_id, &["a"]).await;
    assert_eq!(
        header(&harness, &case.case_id).await.uploaded_files_count,
        2
    );
    let request = super::harness::commit_request(&case.case_id, &begun, say("hello", vec![]));
    answer(
        harness
            .internal()
            .commit_turn(harness.owner.request(request))
            .await,
    )
    .unwrap();
    assert_eq!(
        header(&harness, &case.case_id).await.uploaded_files_count,
        2
    );
}

#[tokio::test]
async fn removing_a_file_withdraws_what_it_showed() {
    let harness = Harness::start().await;
    let case = harness.open().await;
    register(&harness, &case.case_id, &["a"]).await;
    harness
        .take(
            &case.case_id,
            say("it fails", vec![statement("checkout answers 500")]),
        )
        .await;
    let mut begin = command(pb::CaseStatus::Investigating);
    begin.diff = say("", vec![evidence("$s", pb::EvidenceKind::Symptom, "a", 1)]).diff;
    let committed = harness.take(&case.case_id, begin).await;
    let state_version = harness.get(&case.case_id).await.state_version;
    assert_eq!(committed.turn.unwrap().evidence_ids, ["ev_000000000001"]);
    let request = pb::FilterCommittedEvidenceRequest {
        case_id: case.case_id.clone(),
        evidence_ids: vec!["ev_000000000001".into(), "ev_000000000002".into()],
    };
    let system = Ctx::system("evidence", "request");
    let known = answer(
        harness
            .internal()
            .filter_committed_evidence(system.request(request))
            .await,
    );
    let known = known.unwrap();
    assert_eq!(known.evidence_ids, ["ev_000000000001"]);
    assert!(!known.turn_running);

    let remove = pb::RemoveFileRequest {
        case_id: case.case_id.clone(),
        file_ids: vec!["file_a".into()],
    };
    let removed = answer(
        harness
            .internal()
            .remove_file(harness.owner.request(remove))
            .await,
    );
    assert_eq!(removed.unwrap().withdrawn_evidence_ids, ["ev_000000000001"]);
    let shown = header(&harness, &case.case_id).await;
    assert_eq!(shown.uploaded_files_count, 0);
    assert!(shown.latest_evidence.is_empty());
    assert!(shown.progress.unwrap().milestones.is_empty());
    assert_eq!(
        harness.get(&case.case_id).await.state_version,
        state_version + 1
    );
    harness
        .audit
        .wait_for("evidence.withdraw", &case.case_id)
        .await;
}

#[tokio::test]
async fn a_terminal_case_takes_and_loses_no_files() {
    let harness = Harness::start().await;
    let case = harness.open().await;
    register(&harness, &case.case_id, &["a"]).await;
    harness
        .take(&case.case_id, command(pb::CaseStatus::Closed))
        .await;
    let remove = pb::RemoveFileRequest {
        case_id: case.case_id.clone(),
        file_ids: vec!["file_a".into()],
    };
    let refused = answer(
        harness
            .internal()
            .remove_file(harness.owner.request(remove))
            .await,
    );
    let refused = refused.unwrap_err();
    assert_eq!(
        (refused.code, &*refused.reason),
        (Code::FailedPrecondition, "case_is_terminal")
    );
    harness.audit.wait_for("case.status", &case.case_id).await;
}
