//! Rules of the case itself.

use super::*;

pub(crate) fn case() -> Case {
    let new = NewCase {
        title: None,
        description: String::new(),
        priority: Priority::Medium,
        tags: Vec::new(),
        metadata: String::new(),
        source: CaseSource::Api,
    };
    new.open("case_1".into(), "user_1".into(), DateTime::UNIX_EPOCH)
}

#[test]
fn a_case_without_title_is_numbered_by_day() {
    let mut case = case();
    case.number(3);
    assert_eq!(case.title, "Case-0101-3");
    assert_eq!(case.title_source, TitleSource::Placeholder);
}

#[test]
fn a_placeholder_gives_way_and_a_users_title_never_does() {
    let mut case = case();
    case.number(1);
    case.name_after("checkout answers with HTTP 500 since five past two in the EU");
    assert_eq!(
        case.title,
        "checkout answers with HTTP 500 since five past…"
    );
    case.name_after("something else");
    assert_eq!(case.title_source, TitleSource::Generated);
    assert!(case.title.starts_with("checkout"));
    let title = CaseEdit {
        title: Some("Mine".into()),
        ..CaseEdit::default()
    };
    assert!(case.edit(title).unwrap());
    case.name_after("theirs");
    assert_eq!(
        (case.title.as_str(), case.title_source),
        ("Mine", TitleSource::User)
    );
}

#[test]
fn a_title_ends_at_a_word_and_shows_that_more_follows() {
    assert_eq!(first_words("The pool is full.", 8), "The pool is full");
    assert_eq!(first_words("one, two, three", 2), "one, two…");
    for (text, count, title) in [
        (
            "checkout answers 500 since 14:05 because of the pool",
            8,
            "checkout answers 500 since 14:05…",
        ),
        (
            "logins fail with 403, and the proxy denies them",
            6,
            "logins fail with 403…",
        ),
        ("the login page is so slow", 5, "the login page…"),
        (
            "orders answers 500; the data show 454 matching lines",
            8,
            "orders answers 500",
        ),
        (
            "slow; since noon it is worse",
            8,
            "slow; since noon it is worse",
        ),
        ("of the and to", 3, "of the and…"),
    ] {
        assert_eq!(first_words(text, count), title, "{text}");
    }
    assert_eq!(first_words("...", 8), "");
    let title = first_words(&"pool-size ".repeat(40), 100);
    assert!(title.chars().count() <= TITLE_MAX && title.ends_with(" pool-size…"));
    assert_eq!(first_words(&"é".repeat(500), 8).chars().count(), TITLE_MAX);
}

#[test]
fn a_search_looks_through_all_that_people_wrote() {
    let mut case = case();
    case.title = "Zahlung schlägt FEHL".into();
    case.description = "Checkout".into();
    case.tags = vec!["eu".into()];
    assert_eq!(case.search_text(), "zahlung schlägt fehl\ncheckout\neu");
}

#[test]
fn metadata_is_an_object_and_comes_back_as_given() {
    let spaced = "{ \"a\" : 1 }";
    assert_eq!(checked_metadata(spaced).unwrap(), spaced);
    assert!(checked_metadata("[1]").is_err());
    assert!(checked_metadata("{").is_err());
    let big = format!("{{\"a\":\"{}\"}}", "x".repeat(METADATA_MAX_BYTES));
    assert!(checked_metadata(&big).is_err());
}

#[test]
fn a_terminal_case_keeps_description_and_priority() {
    let mut case = case();
    case.status = CaseStatus::Closed;
    let describe = CaseEdit {
        description: Some("new".into()),
        ..CaseEdit::default()
    };
    assert!(matches!(
        case.edit(describe),
        Err(CaseError::Terminal { .. })
    ));
    let hurry = CaseEdit {
        priority: Some(Priority::High),
        ..CaseEdit::default()
    };
    assert!(matches!(case.edit(hurry), Err(CaseError::Terminal { .. })));
    let archive = CaseEdit {
        archived: Some(true),
        ..CaseEdit::default()
    };
    assert!(case.edit(archive).unwrap());
}

#[test]
fn an_edit_that_changes_nothing_is_told_apart() {
    let mut case = case();
    assert!(!case.edit(CaseEdit::default()).unwrap());
}

#[test]
fn contradictions_are_found() {
    let mut case = case();
    case.check_invariants(false).unwrap();
    assert!(case.check_invariants(true).is_err());
    case.closed_at = Some(DateTime::UNIX_EPOCH);
    assert!(case.check_invariants(false).is_err());
}
