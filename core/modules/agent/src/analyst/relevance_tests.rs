use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::evidence::v1::FileCitation;

use super::*;

fn situation(statement: &str) -> Situation {
    let mut situation = Situation::default();
    situation.investigation.case = Some(case_pb::Case {
        statement: Some(case_pb::ProblemStatement {
            text: statement.to_owned(),
            ..Default::default()
        }),
        ..Default::default()
    });
    situation
}

fn finding(kind: &str, severity: Severity, quote: &str, catalogue_id: &str) -> Finding {
    Finding {
        kind: kind.to_owned(),
        severity: severity.into(),
        signature: quote.to_owned(),
        catalogue_id: catalogue_id.to_owned(),
        citations: vec![FileCitation {
            quote: quote.to_owned(),
            ..Default::default()
        }],
        ..Default::default()
    }
}

#[test]
fn the_status_code_tells_the_symptom_from_its_condition() {
    let relevance = Relevance::of(&situation("checkout answers 500 since 14:05"));
    let error = finding(
        "error_signature",
        Severity::Error,
        "ERROR checkout-eu POST /checkout status=500",
        "",
    );
    let pool = finding(
        "error_signature",
        Severity::Error,
        "WARN checkout-eu Connection is not available, request timed out after 30000ms",
        "jvm.pool",
    );
    assert!(relevance.shows_symptom(&error) && relevance.concerns(&error));
    assert!(!relevance.shows_symptom(&pool) && relevance.concerns(&pool));
}

#[test]
fn what_shares_no_word_is_left_out() {
    let relevance = Relevance::of(&situation("checkout answers 500"));
    let other = finding(
        "error_signature",
        Severity::Error,
        "mailer: greeting failed",
        "",
    );
    assert!(!relevance.concerns(&other));
}

#[test]
fn symptom_words_connect_without_a_code() {
    let relevance = Relevance::of(&situation("requests hang with a timeout"));
    let slow = finding(
        "error_signature",
        Severity::Warn,
        "upstream timeout reading",
        "",
    );
    assert!(relevance.shows_symptom(&slow));
}

#[test]
fn what_set_in_at_the_named_time_comes_before_what_began_at_another() {
    let onset = |quote: &str, at: &str| Finding {
        first_seen: Some(faultmaven_kit::clock::timestamp(at.parse().unwrap())),
        ..finding("onset", Severity::Error, quote, "")
    };
    let relevance = Relevance::of(&situation("mails are not sent, the search is down"));
    let findings = [
        onset("ERROR search: down", "2026-03-04T09:10:00Z"),
        onset("WARN mail not accepted", "2026-03-04T13:10:00Z"),
    ];
    let near = |stated: &str| {
        let near = relevance.onset_near(stated.parse().unwrap(), &findings);
        near.map(|it| it.finding.signature.as_str())
    };
    assert_eq!(near("2026-03-04T13:00:00Z"), Some("WARN mail not accepted"));
    assert_eq!(near("2026-03-04T11:00:00Z"), None);
}
