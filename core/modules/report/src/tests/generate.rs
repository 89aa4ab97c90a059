use faultmaven_proto::case::v1 as case;

use super::*;

const ALL: [pb::ReportType; 3] = [
    pb::ReportType::IncidentReport,
    pb::ReportType::Timeline,
    pb::ReportType::Summary,
];

#[tokio::test]
async fn each_named_type_is_written_from_the_case_as_it_is() {
    let world = World::start().await;
    let written = world.generate(owner(), &ALL).await.unwrap();
    assert_eq!(written.remaining_regenerations, 4);
    assert_eq!(written.reports.len(), 3);
    for (report, kind) in written.reports.iter().zip(ALL) {
        assert_eq!(report.r#type(), kind);
        assert_eq!(report.status(), pb::ReportStatus::Completed);
        assert_eq!((report.version, report.case_version), (1, 12));
        assert_eq!(report.created_by, fixture::OWNER);
        assert!(report.is_current && report.content.starts_with(&format!("# {}", report.title)));
    }
    assert_eq!(
        written.reports[0].title,
        "Incident report: checkout answers 500"
    );
}

#[tokio::test]
async fn the_same_case_version_gives_the_same_bytes() {
    let world = World::start().await;
    let first = world.generate(owner(), &ALL).await.unwrap();
    world.clock.advance(Duration::from_secs(3_600));
    world.callees.know().investigation.hypotheses.reverse();
    world.callees.know().investigation.evidence.reverse();
    let second = world.generate(owner(), &ALL).await.unwrap();
    for (first, second) in first.reports.iter().zip(&second.reports) {
        assert_eq!(first.content, second.content);
        assert_ne!(first.report_id, second.report_id);
        assert_eq!(second.version, 2);
    }
}

#[tokio::test]
async fn a_turn_that_came_after_the_case_was_read_is_left_out() {
    let world = World::start().await;
    let before = world.write(pb::ReportType::Timeline).await;
    let later = case::Turn {
        turn_number: 4,
        ..Default::default()
    };
    world.callees.know().turns.push(later);
    let after = world.write(pb::ReportType::Timeline).await;
    assert_eq!(before.content, after.content);
}

#[tokio::test]
async fn a_message_that_a_fact_cites_is_quoted_however_old_it_is() {
    let world = World::start().await;
    let report = world.write(pb::ReportType::Summary).await;
    assert!(
        report.content.contains("**Affected region:** EU [M1]"),
        "{}",
        report.content
    );
    assert!(
        report
            .content
            .contains("```text\nwhy does checkout answer 500?\n```")
    );
}

#[tokio::test]
async fn a_finding_that_is_no_longer_stored_is_not_cited() {
    let world = World::start().await;
    world.callees.know().findings.clear();
    let report = world.write(pb::ReportType::Timeline).await;
    assert!(
        report.content.contains("The problem began.\n"),
        "{}",
        report.content
    );
}

#[tokio::test]
async fn five_versions_of_a_type_are_all_and_the_others_go_on() {
    let world = World::start().await;
    for remaining in (0..5).rev() {
        let written = world.generate(owner(), &[pb::ReportType::Summary]).await;
        assert_eq!(written.unwrap().remaining_regenerations, remaining);
    }
    let full = world.generate(owner(), &[pb::ReportType::Summary]).await;
    let fault = full.unwrap_err();
    assert_eq!(fault.reason, "report_limit_reached");
    assert_eq!(fault.code, tonic::Code::FailedPrecondition);
    let both = [pb::ReportType::Summary, pb::ReportType::Timeline];
    let written = world.generate(owner(), &both).await.unwrap();
    assert_eq!(written.reports.len(), 1);
    assert_eq!(written.reports[0].r#type(), pb::ReportType::Timeline);
    let [failed] = &written.failed[..] else {
        panic!("{:?}", written.failed);
    };
    assert_eq!(failed.r#type(), pb::ReportType::Summary);
    assert_eq!(
        (&failed.reason, &failed.message),
        (&fault.reason.to_string(), &fault.message)
    );
}

#[tokio::test]
async fn a_type_the_case_is_not_far_enough_for_leaves_the_others_alone() {
    let world = World::start().await;
    let types = [
        pb::ReportType::PostMortem,
        pb::ReportType::Runbook,
        pb::ReportType::Summary,
    ];
    let written = world.generate(owner(), &types).await.unwrap();
    assert_eq!(written.reports.len(), 1);
    let failed: Vec<_> = written
        .failed
        .iter()
        .map(pb::FailedReport::r#type)
        .collect();
    assert_eq!(failed, types[..2]);
    assert!(
        written.failed[0].message.contains("still open"),
        "{written:?}"
    );
    let fault = world.generate(owner(), &types[..2]).await.unwrap_err();
    assert_eq!(fault.metadata["type"], "post_mortem", "the first is told");
}

#[tokio::test]
async fn what_the_case_lacks_for_a_report_is_said() {
    let world = World::start().await;
    {
        let mut known = world.callees.know();
        let case = known.investigation.case.as_mut().unwrap();
        case.status = case::CaseStatus::Inquiry.into();
        case.current_turn = 0;
    }
    for (kind, lack) in [
        (
            pb::ReportType::IncidentReport,
            "the investigation has not begun",
        ),
        (pb::ReportType::Timeline, "no turn"),
        (pb::ReportType::Summary, "no turn"),
    ] {
        let fault = world.generate(owner(), &[kind]).await.unwrap_err();
        assert_eq!(fault.reason, "report_not_available");
        assert!(fault.message.contains(lack), "{fault}");
    }
    assert!(world.list(owner(), false).await.unwrap().is_empty());
}

#[tokio::test]
async fn only_those_who_may_change_the_case_write_reports() {
    let world = World::start().await;
    let types = [pb::ReportType::Summary];
    let fault = world.generate(stranger(), &types).await.unwrap_err();
    assert_eq!(fault, Fault::not_found("case"));
    let viewer = actor(fixture::OWNER, Role::Viewer);
    assert_eq!(
        world.generate(viewer, &types).await.unwrap_err().reason,
        "forbidden"
    );
    let reader = Actor {
        scopes: Some(vec!["cases:read".to_owned()]),
        ..owner()
    };
    let fault = world.generate(reader, &types).await.unwrap_err();
    assert!(fault.message.contains("reports:write"), "{fault}");
}

#[tokio::test]
async fn a_module_that_is_down_is_named_and_nothing_is_stored() {
    let world = World::start().await;
    world.callees.know().evidence_is_down = true;
    let fault = world.generate(owner(), &ALL).await.unwrap_err();
    assert_eq!(fault.reason, "service_unavailable");
    assert_eq!(fault.metadata["module"], "evidence");
    assert!(world.list(owner(), false).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_request_that_makes_no_sense_is_refused_with_its_field() {
    let world = World::start().await;
    let twice = [pb::ReportType::Summary, pb::ReportType::Summary];
    for types in [&[][..], &twice, &[pb::ReportType::Unspecified]] {
        let fault = world.generate(owner(), types).await.unwrap_err();
        assert_eq!(fault.violations[0].field, "types");
    }
}

#[tokio::test]
async fn no_form_of_a_report_holds_a_secret_and_citations_stay() {
    let world = World::start().await;
    let quote = "    value: Ex4mpleHorse";
    {
        let mut known = world.callees.know();
        known.content = format!("  - name: DB_PASSWORD\n{quote}\n");
        let start = known.content.find(quote).unwrap();
        let cited = known.investigation.evidence.iter_mut();
        for entry in cited.filter(|entry| entry.evidence_id == fixture::CAUSAL) {
            entry.byte_start = i64::try_from(start).unwrap();
            entry.byte_end = i64::try_from(start + quote.len()).unwrap();
            entry.quote = quote.to_owned();
            entry.claim = format!("“{quote}” of ada@example.org at 10.20.4.17");
        }
        known.files[0].size_bytes = i64::try_from(known.content.len()).unwrap();
        known.messages[0].content = "curl -H 'Authorization: Bearer Zx81Qm44Pw77Lt20' fails".into();
    }
    let report = world.write(pb::ReportType::Summary).await;
    for secret in ["Ex4mpleHorse", "Zx81Qm44Pw77Lt20"] {
        assert!(!report.content.contains(secret), "{}", report.content);
    }
    for kept in [
        "ada@example.org",
        "10.20.4.17",
        fixture::HASH,
        "> Secrets are masked",
    ] {
        assert!(report.content.contains(kept), "{kept}: {}", report.content);
    }
}
