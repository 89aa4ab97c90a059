//! What an interruption leaves is finished or removed by the next start.

use std::sync::Arc;
use std::time::Duration;

use faultmaven_kit::BlobStore as _;
use faultmaven_kit::LocalBlobStore;
use faultmaven_proto::evidence::v1 as pb;
use futures::StreamExt as _;
use futures::stream;

use super::{CASE, World, claim};
use crate::Config;
use crate::access::own_work;
use crate::parts::Parts;
use crate::reconcile::round;

const LOG: &[u8] = b"2025-03-04T14:05:00.000Z ERROR api: disk full\n";

pub(super) async fn reconcile(world: &World) {
    let parts = Parts::new(Config::default(), world.deps().await);
    round(&parts, parts.now()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_whose_job_was_lost_is_analysed_after_all() {
    let world = World::start().await;
    world.jobs.pause();
    let file = world.store("app.log", LOG).await;
    world.jobs.forget();
    reconcile(&world).await;
    world.jobs.resume();
    assert_eq!(
        world.settled(&file.file_id).await.state(),
        pb::FileState::Analyzed
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_the_case_could_not_hear_of_is_registered_later() {
    let world = World::start().await;
    world.cases.with(CASE, |case| case.is_down = true);
    let file = world.store("app.log", LOG).await;
    assert!(world.cases.with(CASE, |case| case.files.is_empty()));
    world.cases.with(CASE, |case| case.is_down = false);
    reconcile(&world).await;
    let digests = world.cases.with(CASE, |case| case.files.clone());
    assert_eq!(digests[0].file_id, file.file_id);
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_no_file_stands_for_are_swept() {
    let mut world = World::start().await;
    let parts = Parts::new(Config::default(), world.deps().await);
    let prefix = format!("cases/{CASE}/file_0000000000ff");
    let expires = parts.now() + chrono::TimeDelta::minutes(5);
    assert!(
        parts
            .store
            .reserve("file_0000000000ff", &prefix, expires)
            .await
            .unwrap()
    );
    let blobs = LocalBlobStore::open(world.blob_root()).await.unwrap();
    let bytes = stream::iter([Ok(bytes::Bytes::from_static(b"orphan"))]).boxed();
    blobs.put(&prefix, bytes, 100).await.unwrap();
    assert_eq!(world.stored_blobs(), 1);

    reconcile(&world).await;
    assert_eq!(world.stored_blobs(), 1, "an upload that runs is left alone");
    if parts.store.is_exclusive() {
        world.restart().await;
    } else {
        world.clock.advance(Duration::from_secs(600));
    }
    reconcile(&world).await;
    assert_eq!(world.stored_blobs(), 0);
    assert!(!parts.store.renew(&prefix, expires).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_deletion_is_finished() {
    let world = World::start().await;
    let file = world.analyzed("app.log", LOG).await;
    let parts = Parts::new(Config::default(), world.deps().await);
    parts.store.hide(&file.file_id, parts.now()).await.unwrap();
    assert!(world.list(CASE, true).await.is_empty());
    reconcile(&world).await;
    assert!(world.cases.with(CASE, |case| case.files.is_empty()));
    assert_eq!(world.stored_blobs(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn staged_evidence_follows_the_fate_of_its_turn() {
    let world = World::start().await;
    let file = world.analyzed("app.log", LOG).await;
    let claims = ["disk full", "ERROR"].map(|quote| claim(quote, &file.file_id, quote));
    let staged = world.stage(claims.to_vec()).await.staged;
    let kept = staged[0].evidence.clone().unwrap().evidence_id;
    world.cases.with(CASE, |case| {
        case.committed.insert(kept.clone());
        case.turn_running = true;
    });
    world.clock.advance(Duration::from_secs(61));
    reconcile(&world).await;
    assert_eq!(world.evidence(true).await.len(), 1);
    let parts = Parts::new(Config::default(), world.deps().await);
    assert_eq!(
        parts
            .store
            .staged_before(parts.now(), 10)
            .await
            .unwrap()
            .len(),
        1
    );

    world.cases.with(CASE, |case| case.turn_running = false);
    reconcile(&world).await;
    assert!(
        parts
            .store
            .staged_before(parts.now(), 10)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(world.evidence(true).await[0].evidence_id, kept);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_ends_the_program_again_and_again_is_given_up() {
    let world = World::start().await;
    world.jobs.pause();
    let file = world.store("app.log", LOG).await;
    let parts = Arc::new(Parts::new(Config::default(), world.deps().await));
    for _ in 0..6 {
        let begun = parts
            .store
            .begin_processing(&file.file_id, 1, parts.now())
            .await
            .unwrap();
        assert!(begun.is_some());
    }
    world.jobs.resume();
    let file = world.settled(&file.file_id).await;
    assert_eq!(file.state(), pb::FileState::Failed);
    assert_eq!(file.error.unwrap().reason, "interrupted");

    let again = world.store("app.log", LOG).await;
    assert_eq!(again.file_id, file.file_id);
    assert_eq!(
        world.settled(&file.file_id).await.state(),
        pb::FileState::Analyzed
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_deleted_while_it_is_read_stays_deleted() {
    let world = World::start().await;
    world.jobs.pause();
    let file = world.store("app.log", LOG).await;
    let parts = Parts::new(Config::default(), world.deps().await);
    let begun = parts
        .store
        .begin_processing(&file.file_id, 1, parts.now())
        .await
        .unwrap();
    let row = parts.store.file(&file.file_id).await.unwrap().unwrap();
    crate::delete::resume(&parts, &own_work(&parts), &row)
        .await
        .unwrap();
    let verdict = crate::store::Verdict::Unpacked {
        partial: None,
        summary: String::new(),
    };
    let kept = parts
        .store
        .finish_processing(&begun.unwrap(), verdict, parts.now())
        .await
        .unwrap();
    assert!(!kept);
    world.jobs.resume();
    assert!(world.list(CASE, true).await.is_empty());
}
