use std::time::Duration;

use faultmaven_kit::Role;
use faultmaven_proto::case::v1 as pb;

use super::harness::{Harness, answer, person};
use crate::turn::sample::say;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn summary(harness: &Harness) -> pb::AnalyticsSummary {
    let request = harness.owner.request(pb::GetAnalyticsSummaryRequest {});
    let reply = harness.cases().get_analytics_summary(request).await;
    answer(reply).unwrap().summary.unwrap()
}

async fn trends(harness: &Harness, days: i32) -> pb::GetAnalyticsTrendsResponse {
    let request = harness
        .owner
        .request(pb::GetAnalyticsTrendsRequest { days });
    answer(harness.cases().get_analytics_trends(request).await).unwrap()
}

#[tokio::test]
async fn a_summary_counts_what_its_owner_has() {
    let harness = Harness::start().await;
    let urgent = pb::CreateCaseRequest {
        priority: pb::Priority::Critical.into(),
        ..Default::default()
    };
    harness.open_with(urgent).await;
    harness.clock.advance(8 * DAY);
    let case = harness.open().await;
    let hypothesis = pb::AddHypothesisRequest {
        case_id: case.case_id,
        statement: "the disk is full".into(),
        ..Default::default()
    };
    let added = harness
        .cases()
        .add_hypothesis(harness.owner.request(hypothesis))
        .await;
    assert_eq!(answer(added).unwrap().total_size, 1);
    let stranger = person(Role::Member);
    let foreign = stranger.request(pb::CreateCaseRequest::default());
    harness.cases().create_case(foreign).await.unwrap();

    let summary = summary(&harness).await;
    assert_eq!(summary.total_cases, 2);
    assert_eq!(summary.hypothesis_count, 1);
    assert_eq!((summary.cases_this_week, summary.cases_this_month), (1, 2));
    assert_eq!(summary.by_status[0].count, 2);
    assert_eq!(summary.by_priority.len(), 2);
    assert_eq!(summary.average_resolution_time, None);
}

#[tokio::test]
async fn trends_have_a_row_for_every_day() {
    let harness = Harness::start().await;
    harness.open().await;
    harness.clock.advance(2 * DAY);
    harness.open().await;
    harness.open().await;
    let trends = trends(&harness, 4).await;
    let rows: Vec<(&str, i64)> = trends
        .days
        .iter()
        .map(|day| (day.date.as_str(), day.created))
        .collect();
    let expected = [
        ("2025-03-03", 0),
        ("2025-03-04", 1),
        ("2025-03-05", 0),
        ("2025-03-06", 2),
    ];
    assert_eq!(rows, expected);
    assert_eq!(trends.direction(), pb::TrendDirection::Up);
}

#[tokio::test]
async fn a_year_is_the_longest_trend() {
    let harness = Harness::start().await;
    assert_eq!(trends(&harness, 0).await.days.len(), 30);
    assert_eq!(trends(&harness, 365).await.days.len(), 365);
    let request = harness
        .owner
        .request(pb::GetAnalyticsTrendsRequest { days: 366 });
    let refused = answer(harness.cases().get_analytics_trends(request).await);
    assert_eq!(refused.unwrap_err().violations[0].field, "days");
}

#[tokio::test]
async fn the_welcome_case_is_not_counted() {
    let harness = Harness::start().await;
    let list = harness.owner.request(pb::ListCasesRequest::default());
    let listed = answer(harness.cases().list_cases(list).await).unwrap();
    assert_eq!(listed.total_size, 1);
    assert_eq!(summary(&harness).await.total_cases, 0);
}

#[tokio::test]
async fn one_case_is_counted_by_itself() {
    let harness = Harness::start().await;
    let case = harness.open().await;
    harness
        .take(&case.case_id, say("checkout is slow", vec![]))
        .await;
    let request = harness.owner.request(pb::GetCaseAnalyticsRequest {
        case_id: case.case_id.clone(),
    });
    let reply = harness.cases().get_case_analytics(request).await;
    let analytics = answer(reply).unwrap().analytics.unwrap();
    assert_eq!(analytics.message_count, 2);
    assert_eq!(analytics.participant_count, 1);
    assert_eq!(analytics.resolution_time, None);
    assert_eq!(analytics.first_response_time.unwrap().seconds, 0);
}

#[tokio::test]
async fn the_tables_are_those_of_the_database() {
    let harness = Harness::start().await;
    let request = harness.owner.request(pb::DescribeTablesRequest {});
    let reply = answer(harness.cases().describe_tables(request).await).unwrap();
    assert!(reply.migration.starts_with('m'), "{}", reply.migration);
    for table in &reply.tables {
        use sea_orm::ConnectionTrait as _;
        use sea_orm::sea_query::{Alias, Query};
        let columns = table.columns.iter().map(|column| Alias::new(&column.name));
        let select = Query::select()
            .columns(columns)
            .from(Alias::new(&table.name))
            .limit(1)
            .take();
        harness.db.read().query_all(&select).await.unwrap();
        assert!(table.columns.iter().any(|column| column.primary_key));
    }
    let cases = &reply.tables[0];
    assert_eq!(cases.indexes[0].name, "case_cases_list");
}
