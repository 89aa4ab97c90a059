use super::*;

const RUNBOOK: &str = "\
# Connection pool exhausted

Ünder load requests fail.

## Symptoms

The log says `HikariPool-1 - Connection is not available, request timed out`.

## Cause

Connections leak when transactions are not closed.

```sh
grep HikariPool-1 /var/log/shop/app.log
```
";

#[tokio::test]
async fn a_passage_is_found_and_quoted_from_the_document() {
    let world = World::start().await;
    let ctx = user("user_1");
    let request = pb::CreateDocumentRequest {
        type_label: "runbook".to_owned(),
        tags: vec!["pool".to_owned()],
        ..document("Pool runbook", RUNBOOK)
    };
    let stored = world.create(&ctx, request).await.unwrap().document.unwrap();
    world.store(&ctx, "DNS", "Resolvers time out.").await;
    let results = world.search(&ctx, words("why do connections leak?")).await;
    let results = results.unwrap();
    let best = &results[0];
    assert_eq!(best.document_id, stored.document_id);
    assert_eq!(best.title, "Pool runbook");
    assert_eq!(best.r#type(), pb::DocumentType::Runbook);
    assert_eq!(best.tags, ["pool"]);
    assert!(best.snippet.contains("Connections leak when"));
    assert!((best.score - 1.0).abs() < f64::EPSILON);
    assert!(
        results
            .iter()
            .all(|result| result.score > 0.0 && result.score <= 1.0)
    );
    let citation = best.citation.as_ref().unwrap();
    assert_eq!(
        (citation.version, citation.document_id.as_str()),
        (1, &*stored.document_id)
    );
    assert_eq!(citation.heading, "Connection pool exhausted > Cause");
    let bytes = citation.byte_start as usize..citation.byte_end as usize;
    assert_eq!(citation.quote, RUNBOOK[bytes]);
    assert!(citation.quote.starts_with("## Cause") && citation.quote.ends_with("```"));
}

#[tokio::test]
async fn identifiers_are_found_as_they_are_spelled() {
    let world = World::start().await;
    let ctx = user("user_1");
    world
        .store(&ctx, "one", "HikariPool-1 timed out; see /var/log/x")
        .await;
    world
        .store(&ctx, "two", "HikariPool-2 timed out 1 time; see log var x")
        .await;
    world
        .store(&ctx, "net", "connect ECONNREFUSED 10.0.0.7:5432")
        .await;
    assert_eq!(world.found(&ctx, "HikariPool-1").await[0], "one");
    assert_eq!(world.found(&ctx, "hikaripool-2").await[0], "two");
    assert_eq!(world.found(&ctx, "/var/log/x").await[0], "one");
    assert_eq!(world.found(&ctx, "econnrefused").await, ["net"]);
    assert_eq!(world.found(&ctx, "10.0.0.7:5432").await, ["net"]);
    assert_eq!(world.found(&ctx, "hikari pools").await.len(), 2);
}

#[tokio::test]
async fn other_forms_of_a_word_find_it_and_other_words_do_not() {
    let world = World::start().await;
    let ctx = user("user_1");
    world.store(&ctx, "pool", "exhausting connections").await;
    assert_eq!(world.found(&ctx, "connection exhausted").await, ["pool"]);
    assert!(world.found(&ctx, "certificate expired").await.is_empty());
    assert!(world.found(&ctx, "what is it").await.is_empty());
    assert!(world.found(&ctx, "???").await.is_empty());
}

#[tokio::test]
async fn the_title_counts() {
    let world = World::start().await;
    let ctx = user("user_1");
    world
        .store(&ctx, "Notes", "replication lag once more")
        .await;
    world
        .store(&ctx, "Replication lag", "see the dashboards now")
        .await;
    let found = world.found(&ctx, "replication lag").await;
    assert_eq!(found, ["Replication lag", "Notes"]);
}

#[tokio::test]
async fn of_equal_passages_the_personal_one_comes_first() {
    let world = World::start().await;
    let ctx = user("user_1");
    world.store(&ctx, "own", "pool exhausted").await;
    world.publish("all", "pool exhausted").await;
    assert_eq!(world.found(&ctx, "pool").await, ["own", "all"]);
}

#[tokio::test]
async fn results_are_limited_and_selected_by_type_and_tags() {
    let world = World::start().await;
    let ctx = user("user_1");
    for number in 0..60 {
        let request = pb::CreateDocumentRequest {
            type_label: if number % 2 == 0 { "faq" } else { "guide" }.to_owned(),
            tags: vec!["all".to_owned(), format!("t{}", number % 3)],
            ..document(&number.to_string(), &format!("pool {number}"))
        };
        world.create(&ctx, request).await.unwrap();
    }
    let count = async |request| world.search(&ctx, request).await.unwrap().len();
    let at_most = |max_results| pb::SearchDocumentsRequest {
        max_results,
        ..words("pool")
    };
    assert_eq!(count(at_most(0)).await, 10);
    assert_eq!(count(at_most(3)).await, 3);
    assert_eq!(count(at_most(1_000)).await, 50);
    let faqs = pb::SearchDocumentsRequest {
        r#type: pb::DocumentType::Faq.into(),
        tags: vec!["ALL".to_owned(), "t1".to_owned()],
        ..at_most(50)
    };
    let results = world.search(&ctx, faqs).await.unwrap();
    assert_eq!(results.len(), 10);
    let is_wanted = |result: &pb::SearchResult| {
        result.r#type() == pb::DocumentType::Faq && result.tags == ["all", "t1"]
    };
    assert!(results.iter().all(is_wanted));
    assert!((results[0].score - 1.0).abs() < f64::EPSILON);
}

#[tokio::test]
async fn a_changed_document_is_cited_with_its_new_version() {
    let world = World::start().await;
    let ctx = user("user_1");
    let stored = world.store(&ctx, "pool", RUNBOOK).await;
    let content = format!("# News\n\nNothing to see.\n\n{RUNBOOK}");
    let request = pb::UpdateDocumentRequest {
        content: Some(content.clone()),
        ..change(&stored.document_id)
    };
    world.update(&ctx, request).await.unwrap();
    let results = world.search(&ctx, words("leak")).await.unwrap();
    let citation = results[0].citation.as_ref().unwrap();
    assert_eq!(citation.version, 2);
    let bytes = citation.byte_start as usize..citation.byte_end as usize;
    assert_eq!(citation.quote, content[bytes]);
}

#[tokio::test]
async fn frequent_words_are_looked_up_where_rare_ones_stand() {
    let world = World::start().await;
    let ctx = user("user_1");
    let common: String = (0..110).map(|word| format!("word{word} ")).collect();
    // More postings than are read in full.
    for number in 0..80 {
        let content = format!("{common} single{number}");
        world.store(&ctx, &number.to_string(), &content).await;
    }
    let results = world
        .search(&ctx, words(&format!("{common} single7")))
        .await;
    let results = results.unwrap();
    assert_eq!((results[0].title.as_str(), results.len()), ("7", 10));
    assert!(results[1].score < 1.0);
}
