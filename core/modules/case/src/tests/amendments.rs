use faultmaven_kit::Fault;
use faultmaven_proto::case::v1 as pb;

use super::harness::{Harness, answer};
use crate::turn::sample::say;

async fn add_hypothesis(harness: &Harness, case_id: &str, statement: &str) -> pb::Hypothesis {
    let request = pb::AddHypothesisRequest {
        case_id: case_id.to_owned(),
        statement: statement.to_owned(),
        prior: Some(0.4),
        checks: vec!["df -h".into()],
        ..Default::default()
    };
    let added = harness
        .cases()
        .add_hypothesis(harness.owner.request(request))
        .await;
    answer(added).unwrap().hypothesis.unwrap()
}

async fn set_prior(
    harness: &Harness,
    case_id: &str,
    hypothesis_id: &str,
    prior: f64,
) -> Result<pb::SetPriorResponse, Fault> {
    let request = pb::SetPriorRequest {
        case_id: case_id.to_owned(),
        hypothesis_id: hypothesis_id.to_owned(),
        prior,
    };
    answer(
        harness
            .cases()
            .set_prior(harness.owner.request(request))
            .await,
    )
}

async fn title(harness: &Harness, case_id: &str) -> pb::GenerateTitleResponse {
    let request = pb::GenerateTitleRequest {
        case_id: case_id.to_owned(),
        max_words: 3,
        ..Default::default()
    };
    let reply = harness
        .cases()
        .generate_title(harness.owner.request(request))
        .await;
    answer(reply).unwrap()
}

#[tokio::test]
async fn a_hypothesis_is_stored_with_its_prior_and_its_checks() {
    let harness = Harness::start().await;
    let case_id = harness.open().await.case_id;
    let added = add_hypothesis(&harness, &case_id, "the disk is full").await;
    assert_eq!(added.predictions[0].how, "df -h");
    assert_eq!(added.source(), pb::HypothesisSource::User);
    harness.audit.wait_for("hypothesis.add", &case_id).await;
    let again = add_hypothesis(&harness, &case_id, "the disk is full").await;
    assert_eq!(again.hypothesis_id, added.hypothesis_id);

    let changed = set_prior(&harness, &case_id, &added.hypothesis_id, 0.9).await;
    let changed = changed.unwrap().hypothesis.unwrap();
    assert!((changed.likelihood - 0.5).abs() < 1e-9, "{changed:?}");
    let unknown = set_prior(&harness, &case_id, "hyp_000000000000", 0.1).await;
    assert_eq!(unknown.unwrap_err().reason, "hypothesis_not_found");
}

#[tokio::test]
async fn a_fix_without_an_established_cause_is_a_mitigation() {
    let harness = Harness::start().await;
    let request = pb::AddActionRequest {
        case_id: harness.open().await.case_id,
        title: "Clean the disk".into(),
        description: "It is full.".into(),
        steps: vec!["rm /tmp/old".into()],
        ..Default::default()
    };
    let added = harness
        .cases()
        .add_action(harness.owner.request(request))
        .await;
    let action = answer(added).unwrap().action.unwrap();
    assert_eq!(action.r#type(), pb::ActionType::Mitigation);
    assert_eq!(action.body, "It is full.\n\n1. rm /tmp/old");
}

#[tokio::test]
async fn a_note_joins_the_conversation_without_a_turn() {
    let harness = Harness::start().await;
    let case_id = harness.open().await.case_id;
    harness
        .take(&case_id, say("checkout is slow", vec![]))
        .await;
    let note = pb::AddMessageRequest {
        case_id: case_id.clone(),
        role: pb::MessageRole::System.into(),
        content: "imported".into(),
        metadata_json: r#"{"from":"slack"}"#.into(),
        ..Default::default()
    };
    let request = harness.owner.request(note.clone());
    let added = answer(harness.cases().add_message(request).await).unwrap();
    let added = added.message.unwrap();
    assert_eq!(added.kind(), pb::MessageKind::CaseNote);
    assert_eq!((added.turn_number, added.author_id.as_str()), (1, ""));
    harness
        .take(&case_id, say("since two o'clock", vec![]))
        .await;

    let list = pb::ListMessagesRequest {
        case_id: case_id.clone(),
        ..Default::default()
    };
    let mut cases = harness.cases();
    let listed = cases.list_messages(harness.owner.request(list)).await;
    let listed = answer(listed).unwrap();
    assert_eq!(listed.total_size, 5);
    assert_eq!(listed.messages[2].message_id, added.message_id);
    assert_eq!(listed.messages[2].metadata_json, note.metadata_json);
    let request = pb::GetInvestigationRequest { case_id };
    let reply = harness
        .internal()
        .get_investigation(harness.owner.request(request))
        .await;
    let told = answer(reply)
        .unwrap()
        .investigation
        .unwrap()
        .recent_messages;
    assert_eq!(told.len(), 4, "an analyst is not told of notes");
}

#[tokio::test]
async fn a_title_is_generated_until_the_owner_chooses_one() {
    let harness = Harness::start().await;
    let case_id = harness.open().await.case_id;
    assert_eq!(title(&harness, &case_id).await.title, "");
    assert!(harness.get(&case_id).await.title.starts_with("Case-"));
    harness
        .take(&case_id, say("checkout is slow today", vec![]))
        .await;
    let generated = title(&harness, &case_id).await;
    assert_eq!(
        (generated.title.as_str(), generated.generated),
        ("checkout is slow…", true)
    );
    assert_eq!(harness.get(&case_id).await.title, "checkout is slow…");
    let edit = pb::UpdateCaseRequest {
        case_id: case_id.clone(),
        title: Some("Mine".into()),
        ..Default::default()
    };
    let mut cases = harness.cases();
    let edited = cases.update_case(harness.owner.request(edit)).await;
    edited.unwrap();
    let kept = title(&harness, &case_id).await;
    assert_eq!((kept.title.as_str(), kept.generated), ("Mine", false));
}
