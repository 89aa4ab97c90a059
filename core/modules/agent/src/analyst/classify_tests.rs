//! Sentences and what they are.

use super::*;
use crate::analyst::observations::Seen;

fn seen(text: &str) -> Vec<Seen> {
    let observations = read(text, true).observations;
    observations
        .into_iter()
        .map(|observation| observation.what)
        .collect()
}

#[test]
fn a_problem_report_has_a_symptom_and_an_object() {
    for (text, object) in [
        (
            "Why does checkout answer 500 since 14:05?",
            Some("checkout"),
        ),
        ("the payment service is down", Some("payment")),
        ("/api/orders returns 503", Some("/api/orders")),
        ("it is slow", None),
        ("is checkout failing?", None),
        ("there are no errors in checkout", None),
        ("restarted, still 502", None),
    ] {
        let reading = read(text, false);
        let found = reading.reports.first().map(|report| report.object.as_str());
        assert_eq!(found, object, "{text}");
    }
}

#[test]
fn greetings_are_the_whole_text() {
    assert!(is_greeting("Hello!") && is_greeting("  thank you. "));
    assert!(!is_greeting("Hello, checkout is down"));
}

#[test]
fn regions_are_names_and_not_words() {
    for (text, region) in [
        ("add that only the EU region is affected", Some("EU")),
        ("only eu-west-1 fails", Some("eu-west-1")),
        ("it tells us nothing", None),
        ("Only Frankfurt region is hit", Some("Frankfurt")),
        ("checkout-eu logs errors", None),
    ] {
        let found = seen(text).into_iter().find_map(|what| match what {
            Seen::Region(name) => Some(name),
            _ => None,
        });
        assert_eq!(found.as_deref(), region, "{text}");
    }
    let both = seen("only the EU and US are affected");
    assert_eq!(both, [Seen::Region("EU".into()), Seen::Region("US".into())]);
}

#[test]
fn presence_and_absence_flip_with_a_negation() {
    for (text, gone, still) in [
        ("fixed, works again", true, false),
        ("the errors are gone", true, false),
        ("it is not fixed", false, true),
        ("still failing", false, true),
        ("is it fixed?", false, false),
    ] {
        let what = seen(text);
        assert_eq!(what.contains(&Seen::Gone), gone, "{text}");
        assert_eq!(what.contains(&Seen::StillThere), still, "{text}");
    }
}

#[test]
fn changes_are_told_from_their_denial() {
    assert!(seen("nothing changed").contains(&Seen::NothingChanged));
    assert!(seen("we did not deploy").contains(&Seen::NothingChanged));
    let deployed = seen("we deployed 4.2 at 14:00");
    assert!(
        matches!(
            deployed[0],
            Seen::Change {
                kind: "deployment",
                at: Some(_)
            }
        ),
        "{deployed:?}"
    );
    assert!(seen("here is what changed").is_empty());
    let denied = seen("we have not changed that");
    assert!(
        !denied
            .iter()
            .any(|what| matches!(what, Seen::Change { .. })),
        "{denied:?}"
    );
}

#[test]
fn what_the_user_did_carries_its_time() {
    let what = seen("Set it back to 50 and restarted at 15:08; new data attached");
    assert!(
        what.iter()
            .any(|what| matches!(what, Seen::Done { at: Some(_) })),
        "{what:?}"
    );
}

#[test]
fn a_fix_and_its_effect_may_stand_in_two_sentences() {
    for text in [
        "We set CACHE_MAX_ENTRIES to 20000. No restarts since.",
        "we deployed 4.18.1 at 11:04\nno more errors",
    ] {
        let what = seen(text);
        assert!(what.contains(&Seen::Gone), "{text}: {what:?}");
        let is_done = what.iter().any(|it| matches!(it, Seen::Done { .. }));
        let is_change = what.iter().any(|it| matches!(it, Seen::Change { .. }));
        assert!(is_done && !is_change, "{text}: {what:?}");
    }
    let broke = seen("we deployed 4.2 at 14:03 and checkout failed. It works again");
    assert!(
        broke.iter().any(|it| matches!(it, Seen::Change { .. })),
        "{broke:?}"
    );
}

#[test]
fn suspicions_name_what_is_suspected() {
    for (text, suspected) in [
        ("yes but could it be DNS?", Some("DNS")),
        ("I think it's the database, honestly", Some("database")),
        ("could it be a full disk?", Some("full disk")),
        ("could you look at it?", None),
    ] {
        assert_eq!(read(text, true).suspicion.as_deref(), suspected, "{text}");
    }
}

#[test]
fn a_suspicion_may_stand_beside_a_denial() {
    let reading = read(
        "I think it is a memory leak in the cache, the limit is fine",
        true,
    );
    assert_eq!(
        reading.suspicion.as_deref(),
        Some("memory leak in the cache")
    );
    assert_eq!(reading.denials[0].what, Denied::Fine("limit".into()));
    let denied = read("I think it's not the pool size", true);
    assert_eq!(denied.suspicion, None);
    assert!(read("that was wrong, forget it", true).takes_back);
    assert_eq!(
        read("wrong file sorry", true).question,
        Some(Question::TakeBack)
    );
    assert!(read("wrong file sorry", true).reports.is_empty());
    let mistyped = read("waht chnaged in teh deploy??", true).question;
    assert_eq!(mistyped, Some(Question::Changes));
}

#[test]
fn refusals_and_knowledge_questions_are_recognised() {
    assert!(read("no access to the database host", true).refuses);
    assert!(read("How do I raise the pool size?", true).asks_for_knowledge);
    assert!(!read("How often does it occur?", true).asks_for_knowledge);
}

#[test]
fn scope_of_users_needs_a_quantity() {
    assert!(seen("only some customers see it").contains(&Seen::Users("some customers".into())));
    assert!(seen("the users table is locked").is_empty());
}
