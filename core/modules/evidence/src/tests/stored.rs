//! What can be changed and listed once files are stored.

use faultmaven_kit::{Ctx, Fault};
use faultmaven_proto::evidence::v1 as pb;

use super::{CASE, OTHER_CASE, World, header, user};

const LOG: &[u8] = b"2025-03-04T14:05:00.000Z ERROR api: disk full\n2025-03-04T14:05:01.000Z INFO api: ok\n2025-03-04T14:05:02.000Z INFO api: ok\n";

#[tokio::test(flavor = "multi_thread")]
async fn the_user_names_the_class_and_may_change_it() {
    let world = World::start().await;
    let named = pb::UploadHeader {
        data_class: pb::DataClass::Config.into(),
        ..header("x.txt")
    };
    let stored = world
        .send(&user("user_1"), named, b"pool.size=5\npool.name=a\n")
        .await
        .unwrap();
    let file = world.settled(&stored.file.unwrap().file_id).await;
    assert_eq!(file.data_class(), pb::DataClass::Config);
    assert!(file.class_from_user);

    let request = pb::ReclassifyFileRequest {
        file_id: file.file_id.clone(),
        data_class: pb::DataClass::Text.into(),
    };
    let changed = world
        .public()
        .reclassify_file(user("user_1").request(request))
        .await
        .unwrap();
    assert_eq!(
        changed.into_inner().file.unwrap().state(),
        pb::FileState::Stored
    );
    let file = world.settled(&file.file_id).await;
    assert_eq!(
        (file.state(), file.data_class()),
        (pb::FileState::Analyzed, pb::DataClass::Text)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_without_a_case_is_linked_once() {
    let world = World::start().await;
    let loose = pb::UploadHeader {
        case_id: String::new(),
        ..header("app.log")
    };
    let owner = user("user_1");
    let file = world
        .send(&owner, loose.clone(), LOG)
        .await
        .unwrap()
        .file
        .unwrap();
    assert_eq!(file.case_id, "");
    let link = async |file_id: &str, case_id: &str, who: &Ctx| {
        let request = pb::LinkFileRequest {
            file_id: file_id.to_owned(),
            case_id: case_id.to_owned(),
        };
        let answer = world.public().link_file(who.request(request)).await;
        let answer = answer.map_err(|status| Fault::from_status(&status))?;
        Ok::<_, Fault>(answer.into_inner().file.unwrap())
    };
    let fault = link(&file.file_id, OTHER_CASE, &owner).await.unwrap_err();
    assert_eq!(fault.reason, "case_not_found");
    assert_eq!(
        link(&file.file_id, CASE, &owner).await.unwrap().case_id,
        CASE
    );
    assert_eq!(
        link(&file.file_id, CASE, &owner).await.unwrap().case_id,
        CASE
    );
    assert_eq!(world.cases.with(CASE, |case| case.files.len()), 1);

    world.cases.add("case_0000000000c3", "user_1");
    let fault = link(&file.file_id, "case_0000000000c3", &owner)
        .await
        .unwrap_err();
    assert_eq!(fault.reason, "already_linked");

    let twin = world.send(&owner, loose, LOG).await.unwrap().file.unwrap();
    let fault = link(&twin.file_id, CASE, &owner).await.unwrap_err();
    assert_eq!(fault.metadata["duplicate_of"], file.file_id);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_listed_page_by_page_newest_first() {
    let world = World::start().await;
    for at in 0..5 {
        world.clock.advance(std::time::Duration::from_secs(1));
        world
            .store(&format!("{at}.txt"), format!("file {at}\n").as_bytes())
            .await;
    }
    let mut names = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListFilesRequest {
            case_id: CASE.to_owned(),
            page_size: 2,
            page_token,
            ..Default::default()
        };
        let page = world
            .public()
            .list_files(user("user_1").request(request))
            .await;
        let page = page.unwrap().into_inner();
        assert_eq!(page.total_size, 5);
        names.extend(page.files.into_iter().map(|file| file.filename));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(names, ["4.txt", "3.txt", "2.txt", "1.txt", "0.txt"]);
    for (class, found) in [(pb::DataClass::Text, 5), (pb::DataClass::Logs, 0)] {
        let request = pb::ListFilesRequest {
            case_id: CASE.to_owned(),
            data_classes: vec![class.into()],
            ..Default::default()
        };
        let mut client = world.public();
        let page = client.list_files(user("user_1").request(request)).await;
        let page = page.unwrap().into_inner();
        assert_eq!(page.total_size, found, "{class:?}");
    }
}
