//! The files of one real investigation and what the engine makes of them.

use faultmaven_proto::evidence::v1 as pb;
use sha2::{Digest as _, Sha256};

use super::{CASE, World, claim, header, user};

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../../scenarios/checkout-pool-size/", $name))
    };
}

const APP_LOG: &str = sample!("app.log");
const AFTER_LOG: &str = sample!("after.log");
const POOL_TXT: &str = sample!("pool.txt");
const POOL_AFTER_TXT: &str = sample!("pool-after.txt");
const DNS: &str = sample!("dns.txt");
const DIFF: &str = sample!("config.diff");

fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

fn candidate<'a>(assessed: &'a pb::AssessCaseResponse, id: &str) -> &'a pb::Candidate {
    let found = assessed
        .candidates
        .iter()
        .find(|known| known.catalogue_id == id);
    found.unwrap_or_else(|| panic!("{id} is not among the candidates"))
}

fn strengths(candidate: &pb::Candidate) -> Vec<pb::IndicationStrength> {
    candidate
        .indications
        .iter()
        .map(pb::Indication::strength)
        .collect()
}

const POOL: &str = "jvm.hikari_pool_exhausted";

#[test]
fn the_files_are_the_agreed_ones() {
    assert_eq!(
        sha256(APP_LOG),
        "1512b072abfe070a76d507597a46e8b8b834594c26b62150142ed0a9622cb278"
    );
    assert_eq!(
        sha256(POOL_TXT),
        "7a24bdbebfa34c40b9613a7c9827a24051242430d8fa22dca7c214bc2ca2a67b"
    );
    assert_eq!(
        sha256(DNS),
        "4c9bf11b75d145f660a56722bca8eb9e1adcbe5b02b9584b5efb98f50ad2d516"
    );
    assert_eq!(
        sha256(DIFF),
        "967c008bca95d6ca7b76b18da32ed977fe780ed56b1404c8bda50d9f681c6ef3"
    );
    assert_eq!(
        sha256(AFTER_LOG),
        "cf0c1a2e29e26d74c382991f92ab606b69f2d97761f8d2a335cd6443b7ccbeab"
    );
    assert_eq!(
        sha256(POOL_AFTER_TXT),
        "3e69ec227dc82be30b81ca1dc427edb543e7ec7b0fd79bac3b2598f7922ef255"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_alone_shows_the_condition_and_competing_causes() {
    let world = World::start().await;
    let log = APP_LOG;
    let file = world.analyzed("app.log", log.as_bytes()).await;
    let coverage = file.coverage.clone().unwrap();
    assert_eq!((file.size_bytes, coverage.lines_read), (159_300, 1_260));
    assert_eq!(coverage.first_time.unwrap().seconds, 1_741_095_300);
    assert_eq!(coverage.last_time.unwrap().nanos, 1_000_000);

    let assessed = world.assess().await;
    let condition = candidate(&assessed, POOL);
    assert_eq!(
        (condition.kind.as_str(), condition.explains.as_str()),
        ("condition", "")
    );
    let direct: Vec<_> = condition
        .indications
        .iter()
        .filter(|known| known.strength() == pb::IndicationStrength::Direct)
        .collect();
    assert_eq!(direct.len(), 1, "{direct:?}");
    let citation = direct[0].citation.clone().unwrap();
    assert!(citation.quote.contains("Connection is not available"));
    assert_eq!((citation.line_start, direct[0].count), (61, 600));
    assert_eq!((citation.byte_start, citation.byte_end), (5_700, 5_858));
    let explaining = assessed
        .candidates
        .iter()
        .filter(|known| known.explains == POOL);
    let explaining: Vec<_> = explaining.collect();
    assert!(explaining.len() >= 2);
    assert!(
        explaining
            .iter()
            .all(|cause| cause.kind == "cause" && !cause.statement.is_empty())
    );
    let error = assessed
        .findings
        .iter()
        .find(|finding| finding.citations[0].line_start == 62);
    assert!(error.is_some(), "{:?}", assessed.findings);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_causal_and_the_symptom_lines_become_independent_evidence() {
    let world = World::start().await;
    let log = APP_LOG;
    let file = world.analyzed("app.log", log.as_bytes()).await;
    let line = |number: usize| log.lines().nth(number - 1).unwrap();
    let symptom = pb::EvidenceClaim {
        line_hint: 62,
        ..claim("$e1", &file.file_id, line(62))
    };
    let causal = pb::EvidenceClaim {
        category: pb::EvidenceCategory::Causal.into(),
        line_hint: 61,
        ..claim("$e2", &file.file_id, line(61))
    };
    let staged = world.stage(vec![symptom, causal]).await.staged;
    let evidence: Vec<_> = staged
        .into_iter()
        .map(|staged| staged.evidence.unwrap())
        .collect();
    let range = |at: usize| {
        let citation = evidence[at].file_citation.clone().unwrap();
        (citation.byte_start, citation.byte_end)
    };
    assert_eq!((range(0), range(1)), ((5_859, 5_955), (5_700, 5_858)));
    assert_ne!(evidence[0].signature, evidence[1].signature);
    assert_eq!(evidence[1].observed_from.unwrap().seconds, 1_741_097_100);
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_change_and_name_resolution_find_their_candidates() {
    let world = World::start().await;
    world.analyzed("app.log", APP_LOG.as_bytes()).await;
    let paste = pb::UploadHeader {
        origin: pb::FileOrigin::Paste.into(),
        ..header("pool.txt")
    };
    let crlf = POOL_TXT.replace('\n', "\r\n");
    let stored = world
        .send(&user("user_1"), paste, crlf.as_bytes())
        .await
        .unwrap()
        .file
        .unwrap();
    assert_eq!(stored.sha256, sha256(POOL_TXT));
    world.settled(&stored.file_id).await;
    let assessed = world.assess().await;
    let supports = strengths(candidate(&assessed, POOL));
    let direct = supports
        .iter()
        .filter(|&&known| known == pb::IndicationStrength::Direct);
    assert!(direct.count() >= 2, "{supports:?}");

    world.analyzed("dns.txt", DNS.as_bytes()).await;
    let diff = world.analyzed("config.diff", DIFF.as_bytes()).await;
    let assessed = world.assess().await;
    let dns = candidate(&assessed, "jvm.hikari_pool_exhausted.name_resolution");
    assert_eq!(strengths(dns), [pb::IndicationStrength::CounterDirect]);
    assert!(dns.keywords.contains(&"dns".to_owned()));
    let size = candidate(&assessed, "jvm.hikari_pool_exhausted.pool_size_too_low");
    assert!(strengths(size).contains(&pb::IndicationStrength::Direct));
    assert!(
        size.remedy
            .as_ref()
            .is_some_and(|remedy| !remedy.rollback.is_empty())
    );
    let change = &assessed.changes[0];
    assert_eq!(change.change_time.unwrap().seconds, 1_741_096_810);
    assert_eq!((change.before.as_str(), change.after.as_str()), ("50", "5"));
    assert_eq!(change.citation.clone().unwrap().file_id, diff.file_id);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_absence_of_the_symptom_is_proven_by_the_log_written_after_the_fix() {
    let world = World::start().await;
    let log = APP_LOG;
    world.analyzed("app.log", log.as_bytes()).await;
    let after = world.analyzed("after.log", AFTER_LOG.as_bytes()).await;
    let assessed = world.assess().await;
    let symptom = assessed
        .findings
        .iter()
        .find(|finding| finding.citations[0].line_start == 62);
    let signature = symptom.unwrap().signature.clone();
    let prove = async |file_id: &str| {
        let request = pb::ProveAbsenceRequest {
            case_id: CASE.to_owned(),
            signature: signature.clone(),
            file_id: file_id.to_owned(),
        };
        world
            .internal()
            .prove_absence(user("user_1").request(request))
            .await
            .unwrap()
            .into_inner()
    };
    let answer = prove(&after.file_id).await;
    assert_eq!(answer.refusal, "");
    let citation = answer.citation.unwrap();
    assert_eq!(
        (citation.line_start, citation.byte_start, citation.byte_end),
        (900, 85_405, 85_499)
    );

    let gone = pb::EvidenceClaim {
        category: pb::EvidenceCategory::SymptomAbsence.into(),
        line_hint: 900,
        absence: answer.proof,
        ..claim("$e1", &after.file_id, &citation.quote)
    };
    let staged = world.stage(vec![gone]).await;
    let evidence = staged.staged[0].evidence.clone().unwrap();
    assert_eq!(evidence.absence.unwrap().line_end, 900);
    assert_eq!(evidence.signature, signature);
}
