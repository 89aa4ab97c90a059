//! What sentences say was seen or done.

use super::*;
use crate::analyst::words::sentences;

fn seen(text: &str) -> Vec<Seen> {
    let found = observations(&sentences(text)[0]);
    found.into_iter().map(|it| it.what).collect()
}

#[test]
fn a_fix_and_its_effect_are_told_apart_from_its_time() {
    let told = seen("We set the pool back to 50 and the errors stopped at 15:02");
    assert_eq!(told, [Seen::Done { at: None }, Seen::Gone]);
    let told = seen("Set it back to 50 and restarted at 15:08");
    assert!(matches!(told[..], [Seen::Done { at: Some(_) }]), "{told:?}");
    assert_eq!(seen("the errors have not stopped"), []);
    assert_eq!(seen("the service stopped"), []);
    assert_eq!(seen("the error went away"), [Seen::Gone]);
    assert_eq!(seen("it is gone"), [Seen::Gone]);
    assert_eq!(seen("the database went away"), []);
    assert_eq!(seen("the index is gone"), []);
}

#[test]
fn a_deed_and_the_absence_of_trouble_are_a_fix_with_its_time() {
    for (text, has_time) in [
        ("we restarted checkout at 14:20, no errors since", true),
        (
            "we set maximum-pool-size back to 40 at 11:04 and restarted, no errors since",
            true,
        ),
        (
            "set CACHE_MAX_ENTRIES to 20000 and rolled it out, no more restarts for 6h",
            false,
        ),
        (
            "we limited the cache to 20000 entries, the pod does not restart any more",
            false,
        ),
        (
            "we upgraded the driver at 15:00 and have not seen a single error since",
            true,
        ),
    ] {
        let told = seen(text);
        let done = told.iter().find_map(|it| match it {
            Seen::Done { at } => Some(at.is_some()),
            _ => None,
        });
        assert_eq!(done, Some(has_time), "{text}: {told:?}");
        assert!(told.contains(&Seen::Gone), "{text}: {told:?}");
        let other = |it: &Seen| matches!(it, Seen::Since(_) | Seen::Change { .. });
        assert!(!told.iter().any(other), "{text}: {told:?}");
    }
}

#[test]
fn absence_needs_trouble_and_the_present() {
    for text in [
        "there are no errors in checkout",
        "checkout no longer responds",
        "no errors before the deployment",
        "the pod does not start any more",
    ] {
        assert!(!seen(text).contains(&Seen::Gone), "{text}");
    }
    assert!(seen("it no longer happens").contains(&Seen::Gone));
    assert!(matches!(
        seen("since we restarted it at 14:20 it fails")[0],
        Seen::Since(_)
    ));
}

#[test]
fn a_change_may_be_named() {
    let text =
        "2025-03-04 14:03 deployment of checkout 2.7.1, which set maximum-pool-size from 50 to 5";
    for (text, expected) in [
        (text, Some("deployment")),
        ("someone set maximum-pool-size from 50 to 5", Some("config")),
        ("the deployment of checkout fails", None),
    ] {
        let kind = seen(text).into_iter().find_map(|it| match it {
            Seen::Change { kind, .. } => Some(kind),
            _ => None,
        });
        assert_eq!(kind, expected, "{text}");
    }
}

#[test]
fn trouble_that_lasted_began_at_the_first_of_its_times() {
    let told = seen("checkout was down (7 sep, roughly 21:05 to 21:50)");
    assert!(matches!(told[..], [Seen::Since(_)]), "{told:?}");
    for text in [
        "what failed between 10:15 and 10:20?",
        "show the errors 10:15 to 10:20",
        "the backup runs 1:10 to 1:40",
    ] {
        assert_eq!(seen(text), [], "{text}");
    }
}
