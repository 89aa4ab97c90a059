//! Files of a request that is accepted as a whole, or refused and leaves nothing.

use std::time::Duration;

use faultmaven_kit::{Code, Fault};
use faultmaven_proto::evidence::v1 as pb;

use super::recovery::reconcile;
use super::{CASE, World, header, user};

const LOG: &[u8] = b"2025-03-04T14:05:00.000Z ERROR api: disk full\n";

async fn hold(world: &World, filename: &str, content: &[u8]) -> pb::UploadedFile {
    let header = pb::UploadHeader {
        held: true,
        ..header(filename)
    };
    let answer = world.send(&user("user_1"), header, content).await;
    answer.unwrap().file.unwrap()
}

async fn keep(
    world: &World,
    who: &str,
    files: &[&pb::UploadedFile],
) -> Result<Vec<pb::KeptFile>, Fault> {
    let request = pb::KeepFilesRequest {
        case_id: CASE.to_owned(),
        file_ids: files.iter().map(|file| file.file_id.clone()).collect(),
        ..Default::default()
    };
    let answer = world
        .internal()
        .keep_files(user(who).request(request))
        .await;
    let answer = answer.map_err(|status| Fault::from_status(&status))?;
    Ok(answer.into_inner().files)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_file_is_invisible_until_it_is_kept() {
    let world = World::start().await;
    let held = hold(&world, "app.log", LOG).await;
    assert!(world.list(CASE, true).await.is_empty());
    assert!(world.cases.with(CASE, |case| case.files.is_empty()));
    let request = pb::GetFileRequest {
        file_id: held.file_id.clone(),
    };
    let looked = world
        .public()
        .get_file(user("user_1").request(request))
        .await;
    assert_eq!(looked.unwrap_err().code(), Code::NotFound);

    let kept = keep(&world, "user_1", &[&held]).await.unwrap();
    assert_eq!(kept[0].duplicate_of, "");
    assert_eq!(world.list(CASE, true).await[0].file_id, held.file_id);
    assert_eq!(world.cases.with(CASE, |case| case.files.len()), 1);
    let settled = world.settled(&held.file_id).await;
    assert_eq!(settled.state(), pb::FileState::Analyzed);
    let again = keep(&world, "user_1", &[&held]).await.unwrap();
    assert_eq!(again[0].file.clone().unwrap().file_id, held.file_id);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_kept_all_or_none() {
    let world = World::start().await;
    let first = hold(&world, "app.log", LOG).await;
    let unknown = pb::UploadedFile {
        file_id: "file_ffffffffffff".to_owned(),
        ..Default::default()
    };
    let fault = keep(&world, "user_1", &[&first, &unknown])
        .await
        .unwrap_err();
    assert_eq!(fault.reason, "file_not_found");
    assert!(world.list(CASE, true).await.is_empty());

    let second = hold(&world, "other.log", b"other").await;
    world.cases.with(CASE, |case| case.refuses_files = true);
    let fault = keep(&world, "user_1", &[&first, &second])
        .await
        .unwrap_err();
    assert_eq!(fault.reason, "case_is_terminal");
    assert!(world.list(CASE, true).await.is_empty());
    reconcile(&world).await;
    assert_eq!(world.stored_blobs(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_bytes_are_kept_once() {
    let world = World::start().await;
    let stored = world.store("app.log", LOG).await;
    let held = hold(&world, "copy.log", LOG).await;
    let twins = [
        &hold(&world, "a.log", b"twin").await,
        &hold(&world, "b.log", b"twin").await,
    ];
    let kept = keep(&world, "user_1", &[&held, twins[0], twins[1]])
        .await
        .unwrap();
    let duplicates: Vec<_> = kept.iter().map(|file| &*file.duplicate_of).collect();
    assert_eq!(duplicates, [&*stored.file_id, "", &twins[0].file_id]);
    assert_eq!(world.stored_blobs(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discarded_or_forgotten_file_is_swept_and_a_kept_one_stays() {
    let world = World::start().await;
    let kept = hold(&world, "kept.log", LOG).await;
    keep(&world, "user_1", &[&kept]).await.unwrap();
    let refused = hold(&world, "refused.log", b"refused").await;
    let discard = pb::DiscardFilesRequest {
        file_ids: vec![kept.file_id.clone(), refused.file_id.clone()],
    };
    let answer = world
        .internal()
        .discard_files(user("user_1").request(discard))
        .await;
    answer.unwrap();
    assert_eq!(world.stored_blobs(), 1);
    assert_eq!(world.list(CASE, true).await.len(), 1);

    let forgotten = hold(&world, "forgotten.log", b"forgotten").await;
    world.clock.advance(Duration::from_secs(3 * 3_600));
    reconcile(&world).await;
    assert_eq!(world.stored_blobs(), 1);
    let fault = keep(&world, "user_1", &[&forgotten]).await.unwrap_err();
    assert_eq!(fault.reason, "file_not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_can_keep_or_discard_a_held_file() {
    let world = World::start().await;
    let held = hold(&world, "app.log", LOG).await;
    let fault = keep(&world, "user_2", &[&held]).await.unwrap_err();
    assert_eq!(fault.code, Code::NotFound);
    let discard = pb::DiscardFilesRequest {
        file_ids: vec![held.file_id.clone()],
    };
    let answer = world
        .internal()
        .discard_files(user("user_2").request(discard))
        .await;
    answer.unwrap();
    assert!(keep(&world, "user_1", &[&held]).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_when_a_file_is_kept_goes_before_what_the_upload_said() {
    let world = World::start().await;
    let header = pb::UploadHeader {
        held: true,
        description: " from eu-1 ".to_owned(),
        tags: vec!["EU".to_owned(), "eu".to_owned()],
        ..header("app.log")
    };
    let answer = world.send(&user("user_1"), header.clone(), LOG).await;
    let held = answer.unwrap().file.unwrap();
    assert_eq!(
        (held.description.as_str(), held.tags.len()),
        ("from eu-1", 1)
    );
    let request = pb::KeepFilesRequest {
        case_id: CASE.to_owned(),
        file_ids: vec![held.file_id],
        description: "before the restart".to_owned(),
        ..Default::default()
    };
    let long = pb::KeepFilesRequest {
        description: "x".repeat(2_001),
        ..request.clone()
    };
    let kept = |request| {
        let ctx = user("user_1");
        let mut internal = world.internal();
        async move { internal.keep_files(ctx.request(request)).await }
    };
    let fault = Fault::from_status(&kept(long).await.unwrap_err());
    assert_eq!(fault.violations[0].field, "description");
    let file = kept(request).await.unwrap().into_inner().files.remove(0);
    let file = file.file.unwrap();
    assert_eq!(file.description, "before the restart");
    assert_eq!(file.tags, ["eu"]);
    assert_eq!(world.list(CASE, true).await[0].tags, ["eu"]);
    let refused = pb::UploadHeader {
        tags: vec!["x".repeat(41)],
        ..header
    };
    let fault = world.send(&user("user_1"), refused, LOG).await.unwrap_err();
    assert_eq!(fault.violations[0].field, "tags");
}
