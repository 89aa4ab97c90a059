//! What people ask and paste on the way.

use super::table::QUESTION;
use crate::harness::{App, WorkedExample};

#[tokio::test]
async fn questions_and_pasted_output_are_understood_on_the_way() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    ada.say(&id, QUESTION).await;
    ada.hand_over(&id, None, &[("app.log", WorkedExample::app_log())])
        .await;
    ada.say(&id, "yes").await;
    for (question, part) in [
        ("since when?", "2025-03-04 14:05:00"),
        ("how often does the request time out?", "600 lines"),
        ("which services are affected?", "checkout-eu"),
        (
            "what does \"Connection is not available\" mean?",
            "onnection pool",
        ),
        ("summarize", "Candidates for the cause"),
        ("what should I do first?", "Next: "),
        ("compare with yesterday's log", "only one log"),
    ] {
        let reply = ada.say(&id, question).await;
        let answer = reply["agent_response"].as_str().unwrap();
        assert!(answer.contains(part), "{question}: {answer}");
        assert!(answer.chars().count() < 2_000, "{question}: {answer}");
    }
    let reply = ada.say(&id, "could it be DNS?").await;
    let answer = reply["agent_response"].as_str().unwrap();
    assert!(answer.contains("I searched `app.log`"), "{answer}");
    let reply = ada.say(&id, "10.20.4.17      db-eu.internal").await;
    let files = reply["attachments_processed"].as_array().unwrap();
    assert_eq!(files.len(), 1, "output of the suggested command: {reply:#}");
    app.stop().await;
}

#[tokio::test]
async fn a_conversation_counts_starts_and_records_by_words_alone() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    ada.say(&id, QUESTION).await;
    ada.hand_over(&id, None, &[("app.log", WorkedExample::app_log())])
        .await;
    for (words, part) in [
        ("how many lines contain HikariPool-1?", "600 lines with"),
        (
            "how many errors were there between 14:10 and 14:15?",
            "300 lines with",
        ),
        ("count 00061", "1 line with"),
        ("is there a line with \"no such text\"?", "No line with"),
        ("errors per hour", "I cannot answer that"),
        ("what can you do?", "Ask, for instance"),
        ("Start the investigation", "The investigation has begun"),
        ("how do I fix it?", "What would fix"),
        ("who painted the door?", "I cannot answer that"),
        (
            "2025-03-04 14:03 deployment of checkout 2.7.1, which set maximum-pool-size from 50 to 5",
            "a change, 2 minutes before",
        ),
        (
            "We set the pool back to 50 and the errors stopped at 15:02",
            "your word alone",
        ),
    ] {
        let reply = ada.say(&id, words).await;
        let answer = reply["agent_response"].as_str().unwrap();
        assert!(answer.contains(part), "{words}: {answer}");
        assert!(!answer.contains("per hour"), "{words}: {answer}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_time_of_another_zone_is_asked_about() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    ada.say(&id, "checkout answers 500 since 16:05").await;
    let reply = ada
        .hand_over(&id, None, &[("app.log", WorkedExample::app_log())])
        .await;
    let answer = reply["agent_response"].as_str().unwrap();
    assert!(
        answer.contains("2 hours off") && answer.contains("UTC+2"),
        "{answer}"
    );
    app.stop().await;
}
