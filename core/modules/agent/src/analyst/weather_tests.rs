use faultmaven_kit::clock::timestamp;
use faultmaven_proto::evidence::v1::{Coverage, Entity};
use prost_types::Timestamp;

use super::typed::REFUSED_LOGIN;
use super::*;

fn refused(quote: &str, count: i64) -> Finding {
    Finding {
        file_id: "file_1".to_owned(),
        kind: "error_signature".to_owned(),
        severity: Severity::Error.into(),
        catalogue_id: "postgresql.relation_missing".to_owned(),
        signature: "s".to_owned(),
        count,
        citations: vec![FileCitation {
            file_id: "file_1".to_owned(),
            quote: quote.to_owned(),
            ..Default::default()
        }],
        ..Default::default()
    }
}

fn is_typed_in(quote: &str, count: i64, entities: &[Entity]) -> bool {
    let finding = refused(quote, count);
    let weather = Weather::of(&AssessCaseResponse {
        findings: vec![finding.clone()],
        entities: entities.to_vec(),
        ..Default::default()
    });
    let cited = finding.citations.iter();
    let is_typed = weather.is_typed(&finding);
    assert_eq!(
        weather.is_typed_alone(&finding.catalogue_id, cited),
        is_typed
    );
    is_typed
}

#[test]
fn a_few_statements_of_a_person_are_no_fault() {
    let json =
        r#"{"user": "eva", "message": "column x does not exist", "application_name": "psql"}"#;
    let csv = r#"10:00 UTC,eva,shop,7,10.8.0.5,,1,SELECT,,4/1,0,ERROR,42703,"column x does not exist",,,,,,,,,"psql","client backend""#;
    let stderr = "10:00 UTC [7] user=eva,db=shop,app=DBeaver 24.1 ERROR:  column x does not exist";
    for quote in [json, csv, stderr] {
        assert!(is_typed_in(quote, 2, &[]), "{quote}");
        assert!(!is_typed_in(quote, 400, &[]), "{quote}");
    }
    assert!(!is_typed_in(json, 40, &[]), "psql runs scripts as well");
    assert!(is_typed_in(stderr, 40, &[]), "an editor does not");
    let program = "10:00 UTC [7] user=shop,db=shop,app=shop-web ERROR:  column x does not exist";
    assert!(!is_typed_in(program, 1, &[]));
}

#[test]
fn a_password_mistyped_by_who_types_statements_is_no_fault() {
    let typed = refused(
        r#"10:01 UTC,"eva","shop",7,"10.8.0.5",6a,1,"SELECT",,4/1,0,ERROR,42703,"column x does not exist",,,,,,,,,"psql""#,
        1,
    );
    let login = |user: &str, count: i64| Finding {
        catalogue_id: REFUSED_LOGIN.to_owned(),
        signature: "login".to_owned(),
        ..refused(
            &format!(r#"FATAL,28P01,"password authentication failed for user ""{user}"""#),
            count,
        )
    };
    let is_typed = |login: Finding| {
        let weather = Weather::of(&AssessCaseResponse {
            findings: vec![typed.clone(), login.clone()],
            ..Default::default()
        });
        weather.is_typed(&login)
    };
    assert!(is_typed(login("eva", 1)));
    assert!(!is_typed(login("eva", 40)));
    assert!(!is_typed(login("shop_web", 1)));
}

#[test]
fn without_a_program_the_user_tells_a_person() {
    let user = |value: &str, count: i64| Entity {
        kind: "user".to_owned(),
        value: value.to_owned(),
        count,
        ..Default::default()
    };
    let quote = "10:00 UTC [7] eva@shop ERROR:  column x does not exist";
    let both = [user("shop", 200), user("eva", 2)];
    assert!(is_typed_in(quote, 2, &both));
    assert!(!is_typed_in(quote, 2, &[user("eva", 200)]));
    let service = "10:00 UTC [7] shop@shop ERROR:  column x does not exist";
    assert!(!is_typed_in(service, 2, &both));
}

#[test]
fn what_a_program_meets_too_is_a_fault() {
    let typed = refused(r#""application_name": "psql""#, 1);
    let mut met = refused("ERROR [django] column x does not exist", 30);
    met.file_id = "file_2".to_owned();
    let weather = Weather::of(&AssessCaseResponse {
        findings: vec![typed.clone(), met],
        ..Default::default()
    });
    assert!(!weather.is_typed(&typed));
}

fn time(text: &str) -> Option<Timestamp> {
    Some(timestamp(text.parse().unwrap()))
}

/// What a log of 300 lines, from a time on until ten, says with one finding.
fn beside(finding: &Finding, from: &str) -> Weather {
    let file = UploadedFile {
        file_id: "file_1".to_owned(),
        coverage: Some(Coverage {
            lines_read: 300,
            first_time: time(from),
            last_time: time("2026-03-04T10:00:00Z"),
            ..Default::default()
        }),
        ..Default::default()
    };
    Weather::of(&AssessCaseResponse {
        findings: vec![finding.clone()],
        files: vec![file],
        ..Default::default()
    })
}

#[test]
fn what_ended_long_before_the_data_is_over() {
    for (first, last, expected) in [
        ("2026-03-04T03:12:05Z", "2026-03-04T03:12:23Z", true),
        ("2026-03-04T02:10:00Z", "2026-03-04T08:00:00Z", false),
        ("2026-03-04T09:40:00Z", "2026-03-04T09:41:00Z", false),
    ] {
        let finding = Finding {
            first_seen: time(first),
            last_seen: time(last),
            ..refused("ERROR cart: no connection", 18)
        };
        let weather = beside(&finding, "2026-03-04T02:00:00Z");
        assert_eq!(weather.is_over(&finding), expected, "{first}");
    }
}

#[test]
fn what_came_often_is_over_after_a_silence_many_times_as_long() {
    for (last, count, expected) in [
        ("2026-03-04T06:00:00Z", 200, true),
        ("2026-03-04T07:30:00Z", 200, false),
        ("2026-03-04T06:00:00Z", 6, false),
        ("2026-03-04T09:50:00Z", 200, false),
    ] {
        let finding = Finding {
            first_seen: time("2026-03-04T03:00:00Z"),
            last_seen: time(last),
            ..refused("ERROR cart: no connection", count)
        };
        let weather = beside(&finding, "2026-03-04T02:00:00Z");
        assert_eq!(weather.is_over(&finding), expected, "{last} {count}");
    }
}

#[test]
fn what_a_part_comes_back_from_is_over_and_damage_is_not() {
    let is_over = |id: &str, kind: &str| {
        let finding = Finding {
            kind: kind.to_owned(),
            severity: Severity::Critical.into(),
            catalogue_id: id.to_owned(),
            first_seen: time("2026-03-04T03:12:05Z"),
            last_seen: time("2026-03-04T03:12:05Z"),
            ..refused("FATAL", 1)
        };
        let weather = beside(&finding, "2026-03-04T02:00:00Z");
        weather.is_over(&finding)
    };
    assert!(is_over("postgresql.crash_recovery", "error_signature"));
    assert!(!is_over("linux.read_only_filesystem", "error_signature"));
    assert!(
        !is_over("kubernetes.slow", "slow_span"),
        "only its beginning is known"
    );
}

#[test]
fn alerts_about_the_monitoring_and_refused_values_are_background() {
    let is_background = |finding: Finding| {
        let weather = beside(&finding, "2026-03-04T02:00:00Z");
        weather.is_background(&finding)
    };
    let alert = |name: &str| Finding {
        kind: "alert".to_owned(),
        statement: format!("alert {name} fires since 2026-03-04 09:00:00 UTC"),
        first_seen: time("2026-03-04T09:00:00Z"),
        ..refused("alertname", 1)
    };
    assert!(is_background(alert("Watchdog")));
    assert!(!is_background(alert("PrometheusTargetMissing")));
    let constant = |id: &str| Finding {
        catalogue_id: id.to_owned(),
        first_seen: time("2026-03-04T02:10:00Z"),
        last_seen: time("2026-03-04T09:50:00Z"),
        ..refused("ERROR", 60)
    };
    assert!(is_background(constant("postgresql.duplicate_key")));
    assert!(!is_background(constant("postgresql.relation_missing")));
}

#[test]
fn warnings_of_the_whole_log_are_told_from_those_that_begin() {
    let warned = |first: &str, last: &str| Finding {
        catalogue_id: String::new(),
        severity: Severity::Warn.into(),
        first_seen: time(first),
        last_seen: time(last),
        ..refused("WARN no mapping for GET /favicon.ico", 4)
    };
    for (first, last, expected) in [
        ("2026-03-04T09:06:00Z", "2026-03-04T09:50:00Z", true),
        ("2026-03-04T09:31:00Z", "2026-03-04T09:50:00Z", false),
    ] {
        let finding = warned(first, last);
        let weather = beside(&finding, "2026-03-04T09:00:00Z");
        assert_eq!(weather.is_steady(&finding), expected, "{first}");
    }
}

#[test]
fn what_is_measured_is_over_when_its_values_came_back() {
    let is_over = |kind: &str, last: &str| {
        let finding = Finding {
            kind: kind.to_owned(),
            first_seen: time("2026-03-04T03:05:00Z"),
            last_seen: time(last),
            ..refused("0", 285)
        };
        beside(&finding, "2026-03-04T02:00:00Z").is_over(&finding)
    };
    assert!(is_over("level_shift", "2026-03-04T08:14:00Z"));
    assert!(!is_over("level_shift", "2026-03-04T10:00:00Z"), "it lasts");
    assert!(!is_over("level_shift", "2026-03-04T03:05:00Z"), "one value");
    assert!(is_over("gap", "2026-03-04T03:40:00Z"));
}

#[test]
fn an_alert_that_warned_hours_before_all_else_is_old() {
    let is_old = |severity: Severity, fired: &str| {
        let alert = Finding {
            file_id: "alerts".to_owned(),
            kind: "alert".to_owned(),
            severity: severity.into(),
            first_seen: time(fired),
            last_seen: time(fired),
            ..refused("firing", 1)
        };
        beside(&alert, "2026-03-04T02:00:00Z").is_old(&alert)
    };
    assert!(is_old(Severity::Warn, "2026-03-03T18:45:00Z"));
    assert!(!is_old(Severity::Warn, "2026-03-03T21:00:00Z"));
    assert!(!is_old(Severity::Error, "2026-03-03T18:45:00Z"));
    assert!(is_old(Severity::Error, "2026-03-02T18:45:00Z"));
}

#[test]
fn what_a_line_tells_to_be_well_again_is_over() {
    let over = |severity: Severity, last: &str, recovers: bool| {
        let finding = Finding {
            severity: severity.into(),
            catalogue_id: "redis.failover".to_owned(),
            first_seen: time("2026-03-04T09:00:00Z"),
            last_seen: time(last),
            recovery: recovers.then(FileCitation::default),
            ..refused("+sdown master", 1)
        };
        beside(&finding, "2026-03-04T02:00:00Z").is_over(&finding)
    };
    assert!(over(Severity::Critical, "2026-03-04T09:30:00Z", true));
    assert!(!over(Severity::Critical, "2026-03-04T09:30:00Z", false));
    let just_now = "2026-03-04T09:58:00Z";
    assert!(!over(Severity::Warn, just_now, true));
}

#[test]
fn alerts_that_ended_and_values_that_came_back_are_over() {
    let over = |kind: &str, last: &str| {
        let finding = Finding {
            kind: kind.to_owned(),
            first_seen: time("2026-03-04T08:00:00Z"),
            last_seen: time(last),
            ..refused("", 1)
        };
        beside(&finding, "2026-03-04T02:00:00Z").is_over(&finding)
    };
    assert!(over("alert", "2026-03-04T08:50:00Z"));
    assert!(!over("alert", "2026-03-04T09:40:00Z"), "it is renewed");
    assert!(!over("alert", "2026-03-04T08:00:00Z"), "no end is told");
    assert!(over("spike", "2026-03-04T08:00:00Z"));
    assert!(!over("spike", "2026-03-04T09:59:00Z"));
}

#[test]
fn slow_statements_now_and_then_are_background_and_many_at_the_end_are_not() {
    let is_background = |first: &str, count: i64| {
        let finding = Finding {
            severity: Severity::Warn.into(),
            catalogue_id: "postgresql.slow_query".to_owned(),
            first_seen: time(first),
            last_seen: time("2026-03-04T09:55:00Z"),
            ..refused("LOG:  duration: 1102.133 ms", count)
        };
        beside(&finding, "2026-03-04T02:00:00Z").is_background(&finding)
    };
    assert!(is_background("2026-03-04T02:10:00Z", 10));
    assert!(!is_background("2026-03-04T09:50:00Z", 10), "all of late");
    assert!(!is_background("2026-03-04T02:10:00Z", 50), "many");
}
