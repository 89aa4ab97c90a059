use faultmaven_kit::Role;
use faultmaven_proto::case::v1 as pb;

use super::harness::{Harness, answer, person};
use crate::turn::sample::{command, evidence, say, statement};

/// Opens a case that investigates `problem` with evidence of these numbers, and closes it.
async fn ended(harness: &Harness, problem: &str, numbers: &[i64]) -> String {
    let case_id = harness.open().await.case_id;
    harness
        .take(&case_id, say(problem, vec![statement(problem)]))
        .await;
    let confirmed = pb::TurnDraft {
        pending_reply: pb::PendingReply::Confirm.into(),
        ..say("yes", vec![])
    };
    harness.take(&case_id, confirmed).await;
    let files = vec![pb::FileDigest {
        file_id: "file_a".to_owned(),
        file_name: "a".to_owned(),
        sha256: "a".to_owned(),
        ..Default::default()
    }];
    let request = pb::RegisterFilesRequest {
        case_id: case_id.clone(),
        files,
    };
    let mut modules = harness.internal();
    let registered = modules.register_files(harness.owner.request(request));
    answer(registered.await).unwrap();
    let seen = |number: &i64| evidence("$e", pb::EvidenceKind::Symptom, "a", *number);
    for number in numbers {
        harness
            .take(&case_id, say("look", vec![seen(number)]))
            .await;
    }
    harness
        .take(&case_id, command(pb::CaseStatus::Closed))
        .await;
    harness.get(&case_id).await.case_id
}

fn like(case_id: &str, signatures: &[&str], text: &str) -> pb::FindSimilarCasesRequest {
    pb::FindSimilarCasesRequest {
        case_id: case_id.to_owned(),
        signatures: signatures.iter().map(|it| (*it).to_owned()).collect(),
        text: text.to_owned(),
        max_results: 0,
    }
}

async fn find(harness: &Harness, request: pb::FindSimilarCasesRequest) -> Vec<(String, i32)> {
    let mut modules = harness.internal();
    let found = modules.find_similar_cases(harness.owner.request(request));
    let found = answer(found.await).unwrap().cases.into_iter();
    found
        .map(|it| (it.case.unwrap().case_id, it.shared_signatures))
        .collect()
}

#[tokio::test]
async fn shared_signatures_come_before_shared_words() {
    let harness = Harness::start().await;
    let pool = ended(&harness, "orders wait for the database", &[7, 8]).await;
    let login = ended(&harness, "the login answers 500", &[9]).await;
    let checkout = ended(&harness, "the checkout answers 500", &[]).await;
    ended(&harness, "a disk is full", &[1]).await;
    let signatures = ["signature 7", "signature 8", "signature 99"];
    let wanted = like("case_000000000000", &signatures, "checkout answers 500");
    let found = find(&harness, wanted.clone()).await;
    let expected = [(pool.clone(), 2), (checkout, 0), (login, 0)];
    assert_eq!(found, expected);
    let one = pb::FindSimilarCasesRequest {
        max_results: 1,
        ..wanted.clone()
    };
    assert_eq!(find(&harness, one).await.len(), 1);
    let own = like(&pool, &signatures, "");
    assert!(find(&harness, own).await.is_empty());
}

#[tokio::test]
async fn open_cases_and_those_of_others_are_not_found() {
    let harness = Harness::start().await;
    ended(&harness, "checkout answers 500", &[7]).await;
    let open = harness.open().await.case_id;
    let draft = say("checkout fails", vec![statement("checkout answers 500")]);
    harness.take(&open, draft).await;
    let wanted = like("", &["signature 7"], "checkout answers 500");
    assert_eq!(find(&harness, wanted.clone()).await.len(), 1);
    let stranger = person(Role::Member);
    let mut modules = harness.internal();
    let found = modules.find_similar_cases(stranger.request(wanted));
    assert!(answer(found.await).unwrap().cases.is_empty());
}

#[tokio::test]
async fn a_case_tells_how_it_ended() {
    let harness = Harness::start().await;
    ended(&harness, "checkout answers 500", &[7]).await;
    let wanted = like("", &["signature 7"], "");
    let mut modules = harness.internal();
    let found = modules.find_similar_cases(harness.owner.request(wanted));
    let found = answer(found.await).unwrap().cases;
    assert_eq!(found[0].assurance(), pb::Assurance::Possible);
    let case = found[0].case.clone().unwrap();
    assert_ne!(case.closure_reason(), pb::ClosureReason::Unspecified);
}
