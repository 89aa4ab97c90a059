//! What questions ask for.

use chrono::NaiveTime;

use super::*;
use crate::analyst::words::sentences;

fn asked(text: &str) -> Option<Question> {
    question(&sentences(text)[0])
}

#[test]
fn questions_about_data_are_understood() {
    let ten_past = Question::At {
        clock: NaiveTime::from_hms_opt(10, 5, 0).unwrap(),
        as_written: "10:05".to_owned(),
    };
    let hosts = Question::Which(Names {
        window: None,
        kind: "host",
        among: String::new(),
        by_lines: false,
    });
    for (text, expected) in [
        ("show the first errors", Some(Question::FirstErrors)),
        ("which hosts are affected?", Some(hosts)),
        ("what happened at 10:05?", Some(ten_past)),
        ("what changed before that?", Some(Question::Changes)),
        ("show line 120", Some(Question::Lines { number: 120 })),
        (
            "search for \"pool exhausted\"",
            Some(Question::Search("pool exhausted".into())),
        ),
        ("what did you look at?", Some(Question::Coverage)),
        (
            "what does this error mean?",
            Some(Question::Meaning("error".into())),
        ),
        ("what exactly fails?", Some(Question::FirstErrors)),
        ("who deployed it?", Some(Question::Changes)),
        (
            "what does the first error mean?",
            Some(Question::Meaning("error".into())),
        ),
        (
            "is there a line with \"Accepted\"?",
            Some(Question::Search("Accepted".into())),
        ),
        ("How do I restart the service?", None),
        (
            "is anything wrong in this log?",
            Some(Question::FirstErrors),
        ),
        ("could you help?", None),
        ("since when?", Some(Question::Since)),
        ("When did it start?", Some(Question::Since)),
        ("summarize", Some(Question::Summary)),
        ("what should I do first?", Some(Question::NextStep)),
        ("what is the root cause?", Some(Question::Cause)),
        ("until when?", Some(Question::Until)),
        ("when did it stop?", Some(Question::Until)),
        ("When did the errors end?", Some(Question::Until)),
        ("when was it last seen?", Some(Question::Until)),
        ("is it still happening?", Some(Question::Ongoing)),
        ("Has it stopped?", Some(Question::Over)),
        ("is it fixed?", Some(Question::Over)),
        ("how often?", Some(Question::Occurrences)),
        ("how many times?", Some(Question::Occurrences)),
        ("compare with yesterday's log", Some(Question::Compare)),
    ] {
        assert_eq!(asked(text), expected, "{text}");
    }
}

#[test]
fn counts_logins_and_fixes_are_asked_for() {
    let counted = |term: &str, is_literal| {
        Some(Question::HowOften(Counted {
            term: term.to_owned(),
            is_literal,
            window: None,
        }))
    };
    for (text, expected) in [
        (
            "How often does \"timed out\" occur?",
            counted("timed out", true),
        ),
        (
            "how many 500 errors are there?",
            counted("500 errors", false),
        ),
        ("count 183.62.140.253", counted("183.62.140.253", true)),
        ("how many lines were read?", Some(Question::Coverage)),
        ("which users logged in?", Some(Question::Logins)),
        ("did any login succeed?", Some(Question::Logins)),
        ("what can you do?", Some(Question::Abilities)),
        ("how do I fix it?", Some(Question::Fix)),
        ("How can we fix this problem?", Some(Question::Fix)),
        ("How do I fix DNS?", None),
    ] {
        assert_eq!(asked(text), expected, "{text}");
    }
}

#[test]
fn knowledge_is_asked_for_by_how_and_what() {
    let asks = |text: &str| asks_for_knowledge(&sentences(text)[0]);
    assert!(asks("How do I raise the pool size?"));
    assert!(asks("What is a connection pool?"));
    assert!(!asks("Which hosts?"));
}

#[test]
fn what_is_said_of_a_search_is_no_request_to_search() {
    let request = |text: &str| command(&sentences(text)[0]);
    assert_eq!(request("search gives an error page since 08:47"), None);
    assert_eq!(request("search fails"), None);
    assert_eq!(
        request("just tell me the root cause"),
        Some(Question::Cause)
    );
    assert_eq!(
        request("search timeouts"),
        Some(Question::Search("timeouts".into()))
    );
}
