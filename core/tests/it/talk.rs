//! What people say on the way: disagreement, the wish to end, and questions about the extent.

use serde_json::Value;

use crate::harness::{App, User, WorkedExample};

const QUESTION: &str = "Why does checkout answer 500 since 14:05?";

async fn investigation(user: &User) -> String {
    let id = user.open_case().await;
    user.say(&id, QUESTION).await;
    user.hand_over(&id, None, &[("app.log", WorkedExample::app_log())])
        .await;
    user.say(&id, "yes").await;
    id
}

/// An investigation with a likely cause and a proposed solution.
async fn solution(user: &User) -> String {
    let id = investigation(user).await;
    let files = [
        ("pool.txt", WorkedExample::pool_txt()),
        ("config.diff", WorkedExample::config_diff()),
    ];
    user.hand_over(&id, None, &files).await;
    id
}

async fn hypotheses(user: &User, id: &str) -> Value {
    user.get(&format!("/api/v1/cases/{id}/hypotheses"))
        .await
        .expect(200)
}

fn answer(reply: &Value) -> &str {
    reply["agent_response"].as_str().unwrap()
}

#[track_caller]
fn assert_says(reply: &Value, parts: &[&str]) {
    for part in parts {
        assert!(answer(reply).contains(part), "{part}: {}", answer(reply));
    }
}

#[tokio::test]
async fn disagreement_counts_in_the_ledger_and_is_weighed_in_words() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = solution(&ada).await;
    let before = hypotheses(&ada, &id).await;
    assert_eq!(before["conclusion"]["assurance"], "likely", "{before:#}");

    let reply = ada
        .say(
            &id,
            "the pool size is ruled out because 5 was always enough",
        )
        .await;
    assert_says(
        &reply,
        &[
            "Your word on “The pool size limit is too low",
            "What speaks for it:",
            "config.diff",
            "What speaks against it:",
            "5 was always enough",
            "What would settle it:",
        ],
    );
    let after = hypotheses(&ada, &id).await;
    assert_eq!(after["conclusion"]["assurance"], "possible", "{after:#}");

    let reply = ada.say(&id, "it is not DNS").await;
    assert_says(&reply, &["I noted “Name resolution", "ruled out"]);
    let reply = ada.say(&id, "that is wrong").await;
    assert_says(&reply, &["Which of these do you mean?"]);
    let reply = ada.say(&id, "could it be DNS?").await;
    assert_says(&reply, &["ruled out before"]);
    for words in ["asdf", "???"] {
        let reply = ada.say(&id, words).await;
        assert_says(&reply, &["I do not understand"]);
        assert!(answer(&reply).chars().count() < 300, "{}", answer(&reply));
    }
    app.stop().await;
}

#[tokio::test]
async fn that_nothing_was_deployed_speaks_against_the_deployment() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = investigation(&ada).await;
    ada.say(&id, "2025-03-04 14:03 deployment of checkout 2.7.1")
        .await;
    let reply = ada.say(&id, "sorry, we did not deploy").await;
    assert_says(
        &reply,
        &["no longer counts", "deployment of checkout", "ruled out"],
    );
    app.stop().await;
}

#[tokio::test]
async fn a_case_is_resolved_in_the_words_people_use() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = solution(&ada).await;
    let reply = ada.say(&id, "mark the case as resolved").await;
    assert_says(
        &reply,
        &["I cannot mark the case as resolved yet", "it works again"],
    );
    let reply = ada.say(&id, "close it, it is fixed").await;
    assert_says(&reply, &["Shall I mark the case as resolved?"]);
    // Data that say nothing else leave the question open.
    let files = [("dns.txt", WorkedExample::dns_txt())];
    let reply = ada.hand_over(&id, None, &files).await;
    assert_says(&reply, &["Shall I mark the case as resolved?"]);
    let reply = ada.say(&id, "yes please").await;
    assert_eq!(reply["case_state"], "resolved", "{reply:#}");
    app.stop().await;
}

#[tokio::test]
async fn an_offer_to_resolve_falls_when_the_symptom_is_seen_again() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = solution(&ada).await;
    let reply = ada.say(&id, "it works again").await;
    assert_says(&reply, &["Shall I mark the case as resolved?"]);
    let log = String::from_utf8(WorkedExample::app_log()).unwrap();
    let later = log.replace("2025-03-04T", "2025-03-05T");
    let reply = ada
        .hand_over(&id, None, &[("later.log", later.into_bytes())])
        .await;
    assert_says(&reply, &["I no longer offer to mark the case as resolved"]);
    assert!(!answer(&reply).contains("Shall I"), "{}", answer(&reply));
    let reply = ada.say(&id, "resolve this case").await;
    assert_says(&reply, &["the symptom was seen again"]);
    app.stop().await;
}

#[tokio::test]
async fn after_a_fix_the_answer_says_what_would_confirm_it() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = solution(&ada).await;
    let reply = ada
        .say(&id, "set it back to 50 at 15:08, works again")
        .await;
    assert_says(
        &reply,
        &[
            "What is missing for “confirmed”",
            "Evidence from a file that the cause is gone",
            "your word alone",
        ],
    );
    app.stop().await;
}

#[tokio::test]
async fn the_extent_of_the_problem_is_told_from_findings() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    ada.say(&id, QUESTION).await;
    let log = [("app.log", WorkedExample::app_log())];
    let reply = ada.hand_over(&id, Some("how often?"), &log).await;
    assert_says(
        &reply,
        &["600 lines show it, about 60 per minute", "app.log:"],
    );
    ada.say(&id, "start the investigation").await;
    for (question, part) in [
        ("until when?", "The data show no end: it was seen last at"),
        ("when did it stop?", "14:14:59"),
        ("is it still happening?", "only newer data can show"),
        ("how many times?", "600 lines show it"),
        ("since when?", "Since 2025-03-04 14:05:00"),
    ] {
        let reply = ada.say(&id, question).await;
        assert_says(&reply, &[part, "app.log:"]);
        let told = answer(&reply).matches("2025-03-04 14:05:00").count();
        assert!(told <= 1, "{question}: {}", answer(&reply));
    }
    let files = [("after.log", WorkedExample::after_log())];
    let reply = ada.hand_over(&id, Some("until when?"), &files).await;
    assert_says(
        &reply,
        &["Until 2025-03-04 14:14:59", "`after.log` goes on until"],
    );
    app.stop().await;
}

#[tokio::test]
async fn names_are_ranked_by_their_errors_when_errors_are_asked_for() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    let mut log = String::new();
    for second in 0..60 {
        for (level, address, status) in [
            ("INFO", "10.0.0.1", 200),
            ("ERROR", "10.0.0.2", 503),
            ("INFO", "10.0.0.1", 200),
        ] {
            if address == "10.0.0.1" || second % 3 == 0 {
                log.push_str(&format!(
                    "2025-03-04T14:05:{second:02}.000Z {level} gateway client {address} got status={status}\n"
                ));
            }
        }
    }
    ada.hand_over(&id, None, &[("gateway.log", log.into_bytes())])
        .await;
    let reply = ada.say(&id, "which client IP had the most errors?").await;
    let first = answer(&reply).lines().find(|line| line.starts_with("- "));
    assert!(
        first.is_some_and(|line| line.starts_with("- `10.0.0.2`: 20 lines, 20 of them")),
        "{}",
        answer(&reply)
    );
    app.stop().await;
}

/// 34 MiB, in which every 300th line tells of a failure.
fn large_log() -> String {
    let padding = "x".repeat(1_000);
    let line = |at: u32| {
        let (hour, minute, second) = (13 + at / 3_600, at / 60 % 60, at % 60);
        let time = format!("2025-03-04T{hour:02}:{minute:02}:{second:02}Z");
        match at % 300 {
            0 => format!("{time} ERROR checkout payment failed order={at}\n"),
            _ => format!("{time} INFO checkout served {padding}\n"),
        }
    };
    (0..35_000).map(line).collect()
}

#[tokio::test]
async fn large_data_are_counted_by_kinds_of_lines_unless_the_words_are_quoted() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    let log = [("large.log", large_log().into_bytes())];
    ada.hand_over(&id, Some("payments fail"), &log).await;
    for (question, parts) in [
        (
            "how often did the payment fail?",
            ["117 lines", "Counted by the kinds of lines"],
        ),
        (
            "how often did unicorns appear?",
            ["None of the most frequent kinds", "quotation marks"],
        ),
        (
            "how many lines contain \"payment failed\"?",
            ["117 lines", "The first of them"],
        ),
        (
            "what happened at 14:05?",
            ["60 lines in 1 file", "14:05:00"],
        ),
    ] {
        let reply = ada.say(&id, question).await;
        assert_says(&reply, &parts);
    }
    app.stop().await;
}
