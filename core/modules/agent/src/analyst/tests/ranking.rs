//! Which explanation leads, and when the problem began.

use super::*;
use crate::analyst::candidates::{causes, conditions};
use crate::analyst::relevance::Relevance;

fn seen_at(id: &str, severity: Severity, at: &str, line: i64) -> Candidate {
    let mut shown = indication(
        IndicationStrength::Direct,
        id,
        citation("db.log", line, "checkout database"),
    );
    shown.observed_from = time(at);
    let mut candidate = candidate(id, "", vec![shown]);
    candidate.severity = severity.into();
    candidate
}

fn lead(candidates: Vec<Candidate>) -> Vec<String> {
    let mut situation = entering();
    situation.assessment.candidates = candidates;
    let relevance = Relevance::of(&situation);
    let chosen = conditions(&situation, &relevance).into_iter();
    chosen.map(|it| it.catalogue_id.clone()).collect()
}

#[test]
fn an_error_leads_a_warning_that_began_before_it() {
    let warning = seen_at("db.checkpoints", Severity::Warn, "2025-03-04T14:01:00Z", 1);
    let error = seen_at("db.panic", Severity::Critical, "2025-03-04T14:05:00Z", 2);
    assert_eq!(lead(vec![warning.clone(), error]), ["db.panic"]);
    assert_eq!(lead(vec![warning]), ["db.checkpoints"]);
}

#[test]
fn a_notice_explains_nothing() {
    let notice = seen_at("db.tuning", Severity::Info, ONSET, 1);
    assert_eq!(lead(vec![notice]), [""; 0]);
}

#[test]
fn of_two_names_for_one_line_that_of_its_technology_counts() {
    let generic = seen_at("linux.disk_full", Severity::Critical, ONSET, 1);
    let own = seen_at("postgresql.wal_full", Severity::Critical, ONSET, 1);
    assert_eq!(lead(vec![generic, own]), ["postgresql.wal_full"]);
}

#[test]
fn the_words_of_the_user_choose_between_causes_nothing_speaks_for() {
    let mut situation = entering();
    situation.assessment.candidates[1].statement = "The peer is not running".to_owned();
    situation.assessment.candidates[2].statement =
        "The database moved to a new host, the name points to the old one".to_owned();
    let order = |text: &str| {
        let mut situation = situation.clone();
        situation.text = text.to_owned();
        let condition = &situation.assessment.candidates[0];
        let ordered = causes(&situation, condition).into_iter();
        ordered
            .map(|it| it.catalogue_id.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        order("it fails since we moved the database"),
        ["pool.leak", "pool.size"]
    );
    assert_eq!(order("it fails"), ["pool.size", "pool.leak"]);
}

#[test]
fn lines_right_before_the_rise_are_the_beginning() {
    for (first, expected) in [
        ("2025-03-04T14:04:20Z", "2025-03-04T14:04:20Z"),
        ("2025-03-04T12:00:00Z", ONSET),
    ] {
        let mut situation = entering();
        situation.assessment.findings[0].first_seen = time(first);
        let onset = Relevance::of(&situation).onset().unwrap();
        assert_eq!(
            onset,
            expected.parse::<chrono::DateTime<chrono::Utc>>().unwrap()
        );
    }
}

#[test]
fn a_change_without_a_time_is_suspected_unless_the_catalogue_knows_one() {
    let undated = |signature: &str| faultmaven_proto::evidence::v1::ObservedChange {
        description: "checkout timeout changed from 5 to 50 in checkout.cfg".to_owned(),
        change_type: "config".to_owned(),
        key: "timeout".to_owned(),
        citation: Some(citation("new.diff", 7, "timeout 50")),
        signature: signature.to_owned(),
        ..Default::default()
    };
    let mut situation = entering();
    situation.assessment.changes = vec![undated("a"), undated("b"), undated("c")];
    let suspected = |situation: &Situation| {
        let added = hypotheses(&investigate(situation).plan);
        let of_change = |add: &&case_pb::AddHypothesis| add.catalogue_id.starts_with("change.");
        added.iter().filter(of_change).count()
    };
    assert_eq!(suspected(&situation), 2);
    let cited = situation.assessment.changes[0].citation.clone().unwrap();
    let direct = indication(IndicationStrength::Direct, "a", cited);
    situation.assessment.candidates[1].indications = vec![direct];
    assert_eq!(suspected(&situation), 0);
}

#[test]
fn the_last_words_of_a_process_lead_over_its_end() {
    let ends = seen_at("kubernetes.crash_loop", Severity::Error, ONSET, 1);
    let mut words = seen_at("observed.words", Severity::Unspecified, ONSET, 2);
    words.category = "other".to_owned();
    let named = seen_at("app.config_invalid", Severity::Error, ONSET, 3);
    let ids = lead(vec![ends.clone(), words.clone()]);
    assert_eq!(ids, ["observed.words", "kubernetes.crash_loop"]);
    let ids = lead(vec![ends, words, named]);
    assert_eq!(ids[0], "app.config_invalid");
    assert!(!ids.contains(&"observed.words".to_owned()));
}

#[test]
fn a_lone_warning_of_another_matter_is_no_alarm() {
    let situation = entering();
    let relevance = Relevance::of(&situation);
    let warning = |count: i64, quote: &str| Finding {
        severity: Severity::Warn.into(),
        count,
        ..finding("error_signature", "w", citation("app.log", 9, quote))
    };
    assert!(!relevance.is_alarming(&warning(1, "WARN mailer slow greeting")));
    assert!(relevance.is_alarming(&warning(5, "WARN mailer slow greeting")));
    assert!(relevance.is_alarming(&warning(1, "WARN checkout slow request")));
    assert!(relevance.is_alarming(&finding("error_signature", "e", error_line())));
}

/// A finding of a measurement or an alert, as metrics alone give them.
fn measured(kind: &str, severity: Severity, statement: &str, at: &str, line: i64) -> Finding {
    let mut found = finding(
        kind,
        &format!("{kind}.{line}"),
        citation("m.json", line, "1"),
    );
    found.statement = statement.to_owned();
    found.severity = severity.into();
    found.first_seen = time(at);
    found.component = "kafka-0".to_owned();
    found
}

#[test]
fn what_is_down_leads_before_lag_and_the_alert_that_repeats_the_complaint() {
    let mut situation = entering();
    situation.assessment.candidates.clear();
    let alert = "alert OrdersLow fires on checkout since 14:05: few orders";
    let lag = "kafka_consumergroup_lag of checkout rises to 7451 for 79 values (typically 18)";
    let down = "kafka-0 is down from 14:04 on: up falls from 1 to 0";
    situation.assessment.findings = vec![
        measured(
            "alert",
            Severity::Critical,
            alert,
            "2025-03-04T14:13:00Z",
            1,
        ),
        measured("spike", Severity::Warn, lag, ONSET, 2),
        measured(
            "level_shift",
            Severity::Error,
            down,
            "2025-03-04T14:04:00Z",
            3,
        ),
    ];
    let made = crate::analyst::observed::candidates(&situation);
    assert_eq!(made[0].statement, down);
    assert!(made.iter().all(|it| !it.statement.starts_with("alert")));
    let onset = Relevance::of(&situation).onset().unwrap();
    assert_eq!(onset.to_rfc3339(), "2025-03-04T14:04:00+00:00");
}

#[test]
fn a_reason_that_was_measured_leads_before_an_effect_the_catalogue_knows() {
    let effect = seen_at("kafka.consumer_lag", Severity::Error, ONSET, 1);
    let mut reason = seen_at("observed.down", Severity::Error, ONSET, 2);
    reason.does_not_prove = crate::analyst::observed::OWN_REASON.to_owned();
    let led = lead(vec![effect.clone(), reason.clone()]);
    assert_eq!(led[0], "observed.down");
    reason.does_not_prove = "The line says what failed, not why.".to_owned();
    assert_eq!(lead(vec![effect, reason]), ["kafka.consumer_lag"]);
}

#[test]
fn a_state_may_last_a_while_before_it_is_felt() {
    let early = "2025-03-04T13:35:00Z";
    let lag = seen_at("kafka.partition", Severity::Error, early, 1);
    let full = seen_at("kubernetes.hpa_at_maximum", Severity::Error, early, 2);
    assert_eq!(lead(vec![lag, full])[0], "kubernetes.hpa_at_maximum");
}

#[test]
fn what_is_damaged_leads_what_those_who_use_it_say() {
    let mut pool = seen_at("jvm.hikari_pool_exhausted", Severity::Error, ONSET, 1);
    pool.indications[0].citation = Some(citation("app.log", 1, "checkout answers 500"));
    let mut full = seen_at("postgresql.wal_full", Severity::Critical, ONSET, 2);
    full.indications[0].citation = Some(citation("db.log", 2, "No space left on device"));
    assert_eq!(lead(vec![pool, full])[0], "postgresql.wal_full");
}

#[test]
fn a_condition_that_comes_as_ever_counts_when_a_cause_of_it_is_new() {
    let mut situation = entering();
    let mut slow = seen_at(
        "postgresql.slow_query",
        Severity::Warn,
        "2025-03-04T12:00:00Z",
        1,
    );
    slow.indications[0].observed_to = time("2025-03-04T13:00:00Z");
    let mut trigger = seen_at("postgresql.slow_query.trigger", Severity::Warn, ONSET, 2);
    trigger.explains = "postgresql.slow_query".to_owned();
    let chosen = |situation: &Situation| {
        let relevance = Relevance::of(situation);
        let chosen = conditions(situation, &relevance).into_iter();
        chosen.map(|it| it.catalogue_id.clone()).collect::<Vec<_>>()
    };
    situation.assessment.candidates = vec![slow.clone()];
    assert!(chosen(&situation).is_empty(), "it ended an hour before");
    situation.assessment.candidates = vec![slow, trigger];
    assert_eq!(chosen(&situation), ["postgresql.slow_query"]);
}
