use super::*;

#[tokio::test]
async fn a_report_is_read_as_it_was_written() {
    let world = World::start().await;
    let written = world.write(pb::ReportType::IncidentReport).await;
    let read = world.get(owner(), &written.report_id).await.unwrap();
    assert_eq!(read, written);
}

#[tokio::test]
async fn the_list_is_newest_first_and_leaves_the_content_out() {
    let world = World::start().await;
    let mut written = Vec::new();
    for kind in [
        pb::ReportType::Summary,
        pb::ReportType::Timeline,
        pb::ReportType::Summary,
    ] {
        written.push(world.write(kind).await.report_id);
        world.clock.advance(Duration::from_secs(1));
    }
    written.reverse();
    let listed = world.list(owner(), false).await.unwrap();
    let ids: Vec<_> = listed
        .iter()
        .map(|report| report.report_id.clone())
        .collect();
    assert_eq!(ids, written);
    assert!(listed.iter().all(|report| report.content.is_empty()));
    let current: Vec<_> = listed.iter().map(|report| report.is_current).collect();
    assert_eq!(current, [true, true, false]);
    assert_eq!(world.list(owner(), true).await.unwrap().len(), 2);
}

#[tokio::test]
async fn only_the_newest_version_is_current() {
    let world = World::start().await;
    let first = world.write(pb::ReportType::Summary).await;
    let second = world.write(pb::ReportType::Summary).await;
    assert!(
        !world
            .get(owner(), &first.report_id)
            .await
            .unwrap()
            .is_current
    );
    assert!(
        world
            .get(owner(), &second.report_id)
            .await
            .unwrap()
            .is_current
    );
}

#[tokio::test]
async fn a_stranger_cannot_tell_a_foreign_report_from_none() {
    let world = World::start().await;
    let written = world.write(pb::ReportType::Summary).await;
    let foreign = world.get(stranger(), &written.report_id).await.unwrap_err();
    for report_id in ["rep_0000000000000000", "nonsense", "\0"] {
        assert_eq!(world.get(stranger(), report_id).await.unwrap_err(), foreign);
    }
    assert_eq!(foreign.message, "Report not found; check the id");
    let fault = world.list(stranger(), false).await.unwrap_err();
    assert_eq!(fault, Fault::not_found("case"));
}

#[tokio::test]
async fn a_viewer_reads_what_others_wrote() {
    let world = World::start().await;
    let written = world.write(pb::ReportType::Summary).await;
    let viewer = || actor(fixture::OWNER, Role::Viewer);
    assert!(world.get(viewer(), &written.report_id).await.is_ok());
    assert_eq!(world.list(viewer(), false).await.unwrap().len(), 1);
}

#[tokio::test]
async fn nobody_reads_without_signing_in_or_without_the_scope() {
    let world = World::start().await;
    let request = Ctx::anonymous("req_1").request(pb::ListReportsRequest::default());
    let status = world.client().list_reports(request).await.unwrap_err();
    assert_eq!(status.code(), tonic::Code::Unauthenticated);
    let writer = Actor {
        scopes: Some(vec!["reports:write".to_owned()]),
        ..owner()
    };
    let fault = world.list(writer, false).await.unwrap_err();
    assert!(fault.message.contains("cases:read"), "{fault}");
}

#[tokio::test]
async fn the_reports_of_a_case_go_with_it_when_a_module_says_so() {
    let world = World::start().await;
    let written = world.write(pb::ReportType::Summary).await;
    let purge = async |ctx: Ctx| {
        let case_id = fixture::CASE.to_owned();
        let request = ctx.request(pb::PurgeCaseRequest { case_id });
        let mut client = ReportInternalServiceClient::new(world.module.clone());
        let answer = client.purge_case(request).await;
        answer.map_err(|status| Fault::from_status(&status))
    };
    let refused = purge(user(owner())).await.unwrap_err();
    assert_eq!(refused.code, Code::PermissionDenied);
    assert_eq!(world.list(owner(), false).await.unwrap().len(), 1);
    for _ in 0..2 {
        purge(Ctx::system("agent", "req_2")).await.unwrap();
        assert!(world.list(owner(), false).await.unwrap().is_empty());
    }
    let gone = world.get(owner(), &written.report_id).await.unwrap_err();
    assert_eq!(gone.code, Code::NotFound);
}
