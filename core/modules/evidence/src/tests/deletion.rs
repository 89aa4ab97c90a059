//! Deleting files, and what falls with them.

use faultmaven_kit::{Code, Fault};
use faultmaven_proto::evidence::v1 as pb;

use super::recovery::reconcile;
use super::{CASE, World, claim, user};

const LOG: &[u8] = b"2025-03-04T14:05:00.000Z ERROR api: disk full\n";

pub(super) async fn delete(world: &World, file_id: &str) -> Result<Vec<String>, Fault> {
    let request = pb::DeleteFileRequest {
        file_id: file_id.to_owned(),
    };
    let answer = world
        .public()
        .delete_file(user("user_1").request(request))
        .await;
    let answer = answer.map_err(|status| Fault::from_status(&status))?;
    Ok(answer.into_inner().withdrawn_evidence_ids)
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_falls_with_the_file_it_cites() {
    let world = World::start().await;
    let file = world.analyzed("app.log", LOG).await;
    let staged = world
        .stage(vec![claim("$e1", &file.file_id, "disk full")])
        .await
        .staged;
    let evidence_id = staged[0].evidence.clone().unwrap().evidence_id;
    world.activate(vec![evidence_id.clone()]).await;

    assert_eq!(delete(&world, &file.file_id).await.unwrap(), [evidence_id]);
    assert!(world.list(CASE, true).await.is_empty());
    assert_eq!(world.stored_blobs(), 0);
    assert!(world.cases.with(CASE, |case| case.files.is_empty()));
    assert!(world.evidence(false).await.is_empty());
    let withdrawn = world.evidence(true).await;
    assert_eq!(withdrawn[0].state(), pb::EvidenceState::Withdrawn);
    assert_eq!(withdrawn[0].file_citation.clone().unwrap().quote, "");
    assert_eq!(
        delete(&world, &file.file_id).await.unwrap_err().reason,
        "file_not_found"
    );
    assert_eq!(
        world.store("app.log", LOG).await.size_bytes,
        LOG.len() as i64
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_case_keeps_its_files() {
    let world = World::start().await;
    let file = world.analyzed("app.log", LOG).await;
    world.cases.with(CASE, |case| case.is_terminal = true);
    let fault = delete(&world, &file.file_id).await.unwrap_err();
    assert_eq!(
        (fault.code, fault.reason.as_ref()),
        (Code::FailedPrecondition, "case_is_terminal")
    );
    assert_eq!(world.list(CASE, true).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_the_case_does_not_answer_stays_hidden_until_it_is_finished() {
    let world = World::start().await;
    let file = world.analyzed("app.log", LOG).await;
    world.cases.with(CASE, |case| case.is_down = true);
    assert_eq!(
        delete(&world, &file.file_id).await.unwrap_err().reason,
        "deletion_unsettled"
    );
    assert!(world.list(CASE, true).await.is_empty());
    reconcile(&world).await;
    assert_eq!(world.stored_blobs(), 1, "the case was not heard yet");
    world.cases.with(CASE, |case| case.is_down = false);
    reconcile(&world).await;
    assert!(world.list(CASE, true).await.is_empty());
    assert_eq!(world.stored_blobs(), 0);
    assert!(world.cases.with(CASE, |case| case.files.is_empty()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_the_case_refuses_later_is_taken_back() {
    let world = World::start().await;
    let file = world.analyzed("app.log", LOG).await;
    world.cases.with(CASE, |case| case.is_down = true);
    delete(&world, &file.file_id).await.unwrap_err();
    // The same bytes come in again while the first file is hidden.
    let again = world.store("again.log", LOG).await;
    world.cases.with(CASE, |case| {
        (case.is_down, case.is_terminal) = (false, true);
    });
    reconcile(&world).await;
    let mut shown: Vec<_> = world.list(CASE, true).await;
    shown.sort_by(|one, other| one.filename.cmp(&other.filename));
    let ids: Vec<_> = shown.iter().map(|file| &file.file_id).collect();
    assert_eq!(ids, [&again.file_id, &file.file_id]);
}

#[tokio::test(flavor = "multi_thread")]
async fn members_fall_with_their_archive() {
    let world = World::start().await;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut encoder, LOG).unwrap();
    let archive = world.store("app.log.gz", &encoder.finish().unwrap()).await;
    assert_eq!(world.settled_family(&archive.file_id).await.len(), 2);
    delete(&world, &archive.file_id).await.unwrap();
    assert!(world.list(CASE, true).await.is_empty());
    assert_eq!(world.stored_blobs(), 0);
}
