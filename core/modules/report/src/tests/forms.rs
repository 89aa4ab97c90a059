use faultmaven_proto::case::v1 as case;
use faultmaven_proto::knowledge::v1 as knowledge;

use super::*;

impl World {
    async fn render(
        &self,
        report: &pb::Report,
        format: pb::ReportFormat,
    ) -> Result<pb::RenderReportResponse, Fault> {
        let request = user(owner()).request(pb::RenderReportRequest {
            report_id: report.report_id.clone(),
            case_id: report.case_id.clone(),
            format: format.into(),
        });
        let response = self.client().render_report(request).await;
        let response = response.map_err(|status| Fault::from_status(&status))?;
        Ok(response.into_inner())
    }

    async fn listed(&self) -> pb::ListReportsResponse {
        let request = user(actor(fixture::OWNER, Role::Viewer)).request(pb::ListReportsRequest {
            case_id: fixture::CASE.to_owned(),
            current_only: false,
        });
        self.client()
            .list_reports(request)
            .await
            .unwrap()
            .into_inner()
    }

    async fn recommend(&self) -> pb::RecommendReportsResponse {
        let request = user(owner()).request(pb::RecommendReportsRequest {
            case_id: fixture::CASE.to_owned(),
        });
        self.client()
            .recommend_reports(request)
            .await
            .unwrap()
            .into_inner()
    }

    fn move_case_to(&self, status: case::CaseStatus) {
        let mut known = self.callees.know();
        let case = known.investigation.case.as_mut().unwrap();
        case.status = status.into();
    }
}

#[tokio::test]
async fn a_report_can_be_read_in_every_form() {
    let world = World::start().await;
    let report = world.write(pb::ReportType::Timeline).await;
    for (format, ending, media_type, start) in [
        (
            pb::ReportFormat::Unspecified,
            "md",
            "text/markdown; charset=utf-8",
            "# Timeline",
        ),
        (
            pb::ReportFormat::Html,
            "html",
            "text/html; charset=utf-8",
            "<!DOCTYPE html>",
        ),
        (pb::ReportFormat::Pdf, "pdf", "application/pdf", "%PDF-"),
        (pb::ReportFormat::Json, "json", "application/json", "{"),
    ] {
        let file = world.render(&report, format).await.unwrap();
        let name = format!("{}-timeline-v1.{ending}", fixture::CASE);
        assert_eq!(
            (file.file_name, file.media_type.as_str()),
            (name, media_type)
        );
        assert!(file.content.starts_with(start.as_bytes()), "{format:?}");
        let again = world.render(&report, format).await.unwrap();
        assert_eq!(file.content, again.content, "{format:?}");
    }
}

#[tokio::test]
async fn a_report_is_not_found_under_another_case() {
    let world = World::start().await;
    let report = pb::Report {
        case_id: "case_ffffffffffff".to_owned(),
        ..world.write(pb::ReportType::Timeline).await
    };
    let fault = world
        .render(&report, pb::ReportFormat::Html)
        .await
        .unwrap_err();
    assert_eq!(fault, Fault::not_found("report"));
}

#[tokio::test]
async fn an_ended_case_gets_its_summary_once() {
    let world = World::start().await;
    assert!(
        world.listed().await.reports.is_empty(),
        "the case is still open"
    );
    world.move_case_to(case::CaseStatus::Resolved);
    for _ in 0..2 {
        let listed = world.listed().await;
        let [summary] = &listed.reports[..] else {
            panic!("{listed:?}");
        };
        assert_eq!(summary.r#type(), pb::ReportType::ResolutionSummary);
        assert_eq!(summary.created_by, "system");
        assert_eq!(listed.remaining_regenerations, 4);
    }
}

#[tokio::test]
async fn a_summary_that_is_not_worth_it_is_skipped_with_a_reason() {
    let world = World::start().await;
    world.move_case_to(case::CaseStatus::Closed);
    {
        let mut known = world.callees.know();
        known.investigation.files.clear();
        known.investigation.case.as_mut().unwrap().current_turn = 1;
    }
    let listed = world.listed().await;
    assert!(listed.reports.is_empty());
    assert_eq!(listed.skipped[0].r#type(), pb::ReportType::ClosureSummary);
    assert!(listed.skipped[0].reason.contains("fewer than three turns"));
}

#[tokio::test]
async fn a_list_is_answered_when_the_summary_cannot_be_written() {
    let world = World::start().await;
    world.move_case_to(case::CaseStatus::Resolved);
    world.callees.know().evidence_is_down = true;
    assert!(world.listed().await.reports.is_empty());
    world.callees.know().evidence_is_down = false;
    assert_eq!(world.listed().await.reports.len(), 1);
}

#[tokio::test]
async fn a_runbook_of_the_library_is_recommended_before_a_new_one() {
    let world = World::start().await;
    world.move_case_to(case::CaseStatus::Resolved);
    let told = world.recommend().await;
    assert_eq!(told.runbook.unwrap().action(), pb::RunbookAction::Generate);
    world.callees.know().runbooks = vec![knowledge::SearchResult {
        document_id: "d1".to_owned(),
        title: "Exhausted pools".to_owned(),
        score: 0.9,
        ..Default::default()
    }];
    let advice = world.recommend().await.runbook.unwrap();
    assert_eq!(advice.action(), pb::RunbookAction::Reuse);
    assert_eq!(advice.similar[0].document_id, "d1");
}

#[tokio::test]
async fn an_open_case_is_told_what_its_reports_wait_for() {
    let world = World::start().await;
    let told = world.recommend().await;
    assert!(told.runbook.is_none());
    let waits: Vec<_> = told
        .unavailable
        .iter()
        .map(pb::UnavailableReport::r#type)
        .collect();
    assert!(waits.contains(&pb::ReportType::Runbook), "{waits:?}");
    assert_eq!(
        told.recommendations[0].r#type(),
        pb::ReportType::IncidentReport
    );
    assert_eq!(told.remaining_regenerations, 5);
}
