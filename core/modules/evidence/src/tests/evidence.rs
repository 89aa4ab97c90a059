//! Claims: what the bytes bear out becomes evidence, everything else is refused with a reason.

use faultmaven_proto::evidence::v1 as pb;

use super::{CASE, World, claim, user};

const LOG: &str = "2025-03-04T14:05:00.000Z ERROR api: disk full\n\
                   2025-03-04T14:05:01.000Z WARN  api: retrying in 5 s\n\
                   2025-03-04T14:05:02.000Z ERROR api: disk full\n";

async fn refusal(world: &World, claim: pb::EvidenceClaim) -> String {
    let answer = world.stage(vec![claim]).await;
    assert!(answer.staged.is_empty(), "{answer:?}");
    answer.refused[0].reason.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quote_gets_its_place_hash_and_time_from_the_bytes() {
    let world = World::start().await;
    let file = world.analyzed("app.log", LOG.as_bytes()).await;
    let quote = "2025-03-04T14:05:01.000Z WARN  api: retrying in 5 s";
    let staged = world
        .stage(vec![claim("$e1", &file.file_id, quote)])
        .await
        .staged;
    assert_eq!(staged[0].r#ref, "$e1");
    let evidence = staged[0].evidence.clone().unwrap();
    let citation = evidence.file_citation.clone().unwrap();
    assert_eq!((citation.byte_start, citation.byte_end), (46, 97));
    assert_eq!((citation.line_start, citation.line_end), (2, 2));
    assert_eq!(citation.sha256, file.sha256);
    assert_eq!(evidence.state(), pb::EvidenceState::Staged);
    assert!(!evidence.signature.is_empty());
    assert_eq!(evidence.observed_from.unwrap().seconds, 1_741_097_101);
}

#[tokio::test(flavor = "multi_thread")]
async fn staged_evidence_is_invisible_until_its_turn_is_committed() {
    let world = World::start().await;
    let file = world.analyzed("app.log", LOG.as_bytes()).await;
    let staged = world
        .stage(vec![claim("$e1", &file.file_id, "disk full")])
        .await
        .staged;
    assert!(world.evidence(true).await.is_empty());
    world
        .activate(vec![staged[0].evidence.clone().unwrap().evidence_id])
        .await;
    let listed = world.evidence(false).await;
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].state(), pb::EvidenceState::Active);

    world
        .stage(vec![claim("$e2", &file.file_id, "retrying")])
        .await;
    let request = pb::DiscardEvidenceRequest {
        case_id: CASE.to_owned(),
        turn_token: "turn_1".to_owned(),
    };
    world
        .internal()
        .discard_evidence(user("user_1").request(request))
        .await
        .unwrap();
    assert_eq!(world.evidence(true).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_bytes_do_not_say_is_refused() {
    let world = World::start().await;
    let file = world.analyzed("app.log", LOG.as_bytes()).await;
    let picture = world.analyzed("x.png", b"\x89PNG\r\n\x1a\n0000").await;
    let on_file = |quote: &str| claim("$e", &file.file_id, quote);
    assert_eq!(
        refusal(&world, on_file("disk is full")).await,
        "quote_not_found"
    );
    assert_eq!(refusal(&world, on_file("  ")).await, "quote_not_found");
    assert_eq!(
        refusal(&world, on_file(&"x".repeat(8_193))).await,
        "quote_too_long"
    );
    assert_eq!(
        refusal(&world, claim("$e", "file_00000000dead", "disk")).await,
        "foreign_id"
    );
    assert_eq!(
        refusal(&world, claim("$e", &picture.file_id, "PNG")).await,
        "not_citable"
    );
    let unknown = pb::EvidenceClaim {
        category: 77,
        ..on_file("disk full")
    };
    assert_eq!(refusal(&world, unknown).await, "unknown_value");
    let gone = pb::EvidenceClaim {
        category: pb::EvidenceCategory::SymptomAbsence.into(),
        ..on_file("disk full")
    };
    assert_eq!(refusal(&world, gone).await, "absence_not_proven");
    let forged = pb::EvidenceClaim {
        category: pb::EvidenceCategory::SymptomAbsence.into(),
        absence: Some(pb::AbsenceProof {
            signature: "0000".to_owned(),
            ..Default::default()
        }),
        ..on_file("disk full")
    };
    assert_eq!(refusal(&world, forged).await, "absence_not_proven");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quote_with_foreign_line_breaks_gets_the_files_own_bytes() {
    let world = World::start().await;
    let crlf = "first line\r\nsecond   line\r\nthird line\r\n";
    let file = world.analyzed("notes.txt", crlf.as_bytes()).await;
    let staged = world
        .stage(vec![claim("$e1", &file.file_id, "first line\nsecond line")])
        .await;
    let citation = staged.staged[0]
        .evidence
        .clone()
        .unwrap()
        .file_citation
        .unwrap();
    assert_eq!(citation.quote, "first line\r\nsecond   line");
    assert_eq!((citation.line_start, citation.line_end), (1, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_nearest_occurrence_to_the_hint_is_cited() {
    let world = World::start().await;
    let file = world.analyzed("app.log", LOG.as_bytes()).await;
    let hinted = pb::EvidenceClaim {
        line_hint: 3,
        ..claim("$e1", &file.file_id, "disk full")
    };
    let first = claim("$e2", &file.file_id, "disk full");
    let staged = world.stage(vec![hinted, first]).await.staged;
    let line = |at: usize| {
        staged[at]
            .evidence
            .clone()
            .unwrap()
            .file_citation
            .unwrap()
            .line_start
    };
    assert_eq!((line(0), line(1)), (3, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_users_own_words_can_be_quoted() {
    let world = World::start().await;
    let said = pb::EvidenceClaim {
        from_message: true,
        ..claim("$e1", "", "only in the EU")
    };
    let invented = pb::EvidenceClaim {
        from_message: true,
        ..claim("$e2", "", "only in the US")
    };
    let answer = world.stage(vec![said, invented]).await;
    let citation = answer.staged[0]
        .evidence
        .clone()
        .unwrap()
        .message_citation
        .unwrap();
    assert_eq!((citation.byte_start, citation.byte_end), (34, 48));
    assert_eq!(citation.author_id, "user_1");
    assert_eq!(answer.refused[0].reason, "quote_not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_is_listed_newest_first_in_the_order_of_its_claims() {
    let world = World::start().await;
    let file = world.analyzed("app.log", LOG.as_bytes()).await;
    let claims = ["disk full", "retrying", "ERROR"].map(|quote| claim(quote, &file.file_id, quote));
    let staged = world.stage(claims.to_vec()).await.staged;
    let ids = staged
        .into_iter()
        .map(|staged| staged.evidence.unwrap().evidence_id)
        .collect();
    world.activate(ids).await;
    let listed = world.evidence(false).await;
    let quotes: Vec<_> = listed
        .into_iter()
        .map(|evidence| evidence.file_citation.unwrap().quote)
        .collect();
    assert_eq!(quotes, ["ERROR", "retrying", "disk full"]);
}
