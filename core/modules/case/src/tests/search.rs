use faultmaven_kit::Role;
use faultmaven_proto::case::v1 as pb;

use super::harness::{Harness, answer, person};
use crate::turn::sample::say;

async fn open(harness: &Harness, title: &str, tags: &[&str], priority: pb::Priority) {
    let request = pb::CreateCaseRequest {
        title: title.into(),
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        priority: priority.into(),
        ..Default::default()
    };
    harness.open_with(request).await;
}

async fn find(harness: &Harness, request: pb::SearchCasesRequest) -> Vec<String> {
    let found = harness
        .cases()
        .search_cases(harness.owner.request(request))
        .await;
    let found = answer(found).unwrap();
    assert_eq!(
        usize::try_from(found.total_size).unwrap(),
        found.cases.len()
    );
    let mut titles: Vec<String> = found.cases.into_iter().map(|case| case.title).collect();
    titles.sort();
    titles
}

fn words(query: &str) -> pb::SearchCasesRequest {
    pb::SearchCasesRequest {
        query: query.into(),
        ..Default::default()
    }
}

#[tokio::test]
async fn every_word_must_occur_in_any_case_of_letters() {
    let harness = Harness::start().await;
    open(&harness, "Zahlung schlägt FEHL", &[], pb::Priority::Low).await;
    open(&harness, "Checkout fails", &["eu"], pb::Priority::Low).await;
    assert_eq!(
        find(&harness, words("SCHLÄGT fehl")).await,
        ["Zahlung schlägt FEHL"]
    );
    assert_eq!(
        find(&harness, words("checkout EU")).await,
        ["Checkout fails"]
    );
    assert!(find(&harness, words("checkout zahlung")).await.is_empty());
    assert_eq!(find(&harness, words(" ")).await.len(), 2);
}

#[tokio::test]
async fn wildcards_in_a_word_mean_themselves() {
    let harness = Harness::start().await;
    open(&harness, "disk at 100% on db_1", &[], pb::Priority::Low).await;
    open(&harness, "disk at 100 on db11 ~", &[], pb::Priority::Low).await;
    assert_eq!(
        find(&harness, words("100%")).await,
        ["disk at 100% on db_1"]
    );
    assert_eq!(
        find(&harness, words("db_1")).await,
        ["disk at 100% on db_1"]
    );
    assert_eq!(find(&harness, words("~")).await, ["disk at 100 on db11 ~"]);
}

#[tokio::test]
async fn filters_hold_together_and_tags_are_whole_words() {
    let harness = Harness::start().await;
    open(&harness, "a", &["db", "eu"], pb::Priority::High).await;
    open(&harness, "b", &["dbms", "eu"], pb::Priority::High).await;
    open(&harness, "c", &["db"], pb::Priority::Low).await;
    let filter = pb::SearchCasesRequest {
        tags: vec!["DB".into()],
        priorities: vec![pb::Priority::High.into(), pb::Priority::Critical.into()],
        statuses: vec![pb::CaseStatus::Inquiry.into()],
        ..Default::default()
    };
    assert_eq!(find(&harness, filter).await, ["a"]);
}

#[tokio::test]
async fn a_case_is_found_between_two_times() {
    let harness = Harness::start().await;
    let before = faultmaven_kit::clock::timestamp(harness.now());
    open(&harness, "early", &[], pb::Priority::Low).await;
    harness.clock.advance(std::time::Duration::from_secs(60));
    let between = faultmaven_kit::clock::timestamp(harness.now());
    open(&harness, "late", &[], pb::Priority::Low).await;
    let from = pb::SearchCasesRequest {
        created_from: Some(between),
        ..Default::default()
    };
    assert_eq!(find(&harness, from).await, ["late"]);
    let to = pb::SearchCasesRequest {
        created_from: Some(before),
        created_to: Some(between),
        ..Default::default()
    };
    assert_eq!(find(&harness, to).await, ["early"]);
}

#[tokio::test]
async fn a_case_is_found_by_how_words_of_its_messages_begin() {
    let harness = Harness::start().await;
    let case_id = harness.open().await.case_id;
    let said = "Überlauf of the pool in db-eu.internal: ORA-00060";
    harness.take(&case_id, say(said, vec![])).await;
    let note = pb::AddMessageRequest {
        case_id: case_id.clone(),
        role: pb::MessageRole::System.into(),
        content: "pool, kept for later".into(),
        ..Default::default()
    };
    let added = harness
        .cases()
        .add_message(harness.owner.request(note))
        .await;
    answer(added).unwrap();
    let title = harness.get(&case_id).await.title;
    for query in [
        "überl",
        "POO",
        "internal ora",
        "(db-eu.int",
        "kept",
        "00060",
    ] {
        assert_eq!(
            find(&harness, words(query)).await,
            [title.as_str()],
            "{query}"
        );
    }
    for query in ["ool", "pool quiet", "eu.in", "k", "po_l"] {
        assert!(find(&harness, words(query)).await.is_empty(), "{query}");
    }
}

#[tokio::test]
async fn nobody_finds_a_foreign_case() {
    let harness = Harness::start().await;
    open(&harness, "secret", &[], pb::Priority::Low).await;
    let stranger = person(Role::Member);
    let found = harness
        .cases()
        .search_cases(stranger.request(words("secret")))
        .await;
    assert_eq!(answer(found).unwrap().total_size, 0);
}
