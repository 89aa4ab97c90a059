use super::*;

const HOUR: Duration = Duration::from_secs(3_600);

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn new() -> NewSession {
    NewSession {
        client_id: Some("client_1".to_owned()),
        session_type: "troubleshooting".to_owned(),
        title: None,
        metadata: "{}".to_owned(),
        timeout: None,
        default_timeout: HOUR,
    }
}

fn session(user_id: Option<&str>) -> Session {
    Session::open("s".to_owned(), user_id.map(str::to_owned), new(), at(0))
}

#[test]
fn a_session_expires_exactly_after_its_timeout() {
    let session = session(None);
    assert_eq!(session.state(at(3_599)), State::Active);
    assert_eq!(session.state(at(3_600)), State::Expired);
}

#[test]
fn activity_moves_the_expiry() {
    let mut session = session(None);
    session.touch(at(1_800));
    assert_eq!(session.expires_at, at(5_400));
    assert_eq!(session.updated_at, at(0));
}

#[test]
fn resuming_keeps_the_timeout_unless_the_client_names_one() {
    let mut session = session(None);
    session.resume(None, at(60));
    assert_eq!((session.timeout, session.expires_at), (HOUR, at(3_660)));
    session.resume(Some(2 * HOUR), at(60));
    assert_eq!((session.timeout, session.expires_at), (2 * HOUR, at(7_260)));
}

#[test]
fn an_anonymous_session_is_open_to_all_and_a_users_to_that_user_alone() {
    let anonymous = session(None);
    assert!(anonymous.is_open_to(None) && anonymous.is_open_to(Some("user_1")));
    let mut bound = anonymous;
    bound.adopt("user_1", at(1));
    assert!(bound.is_open_to(Some("user_1")));
    assert!(!bound.is_open_to(Some("user_2")) && !bound.is_open_to(None));
}

#[test]
fn a_terminated_session_stays_so_and_frees_its_place() {
    let mut session = session(Some("user_1"));
    session.terminate(at(60));
    assert_eq!(session.state(at(61)), State::Terminated);
    assert_eq!(session.resume_key(), None);
    assert_eq!(session.expires_at, at(60));
}

#[test]
fn nobody_can_name_a_client_so_that_it_looks_like_another_users() {
    let anonymous = resume_key(None, "user_1:client_1");
    let users = resume_key(Some("user_1"), "client_1");
    assert_ne!(anonymous, users);
}

#[test]
fn a_session_without_client_has_no_place() {
    let new = NewSession {
        client_id: None,
        ..new()
    };
    let session = Session::open("s".to_owned(), None, new, at(0));
    assert_eq!(session.resume_key(), None);
}

#[test]
fn an_update_changes_what_it_names() {
    let mut session = session(None);
    let changes = Changes {
        title: Some(Some("pool".to_owned())),
        ..Changes::default()
    };
    session.update(changes, at(5)).unwrap();
    let changes = Changes {
        timeout: Some(2 * HOUR),
        ..Changes::default()
    };
    session.update(changes, at(6)).unwrap();
    assert_eq!(session.title.as_deref(), Some("pool"));
    assert_eq!((session.updated_at, session.expires_at), (at(6), at(7_206)));
    let changes = Changes {
        title: Some(None),
        ..Changes::default()
    };
    session.update(changes, at(7)).unwrap();
    assert_eq!(session.title, None);
}

#[test]
fn ids_have_the_form_of_a_uuid() {
    assert!(is_session_id("00000000-0000-4000-8000-000000000001"));
    for id in ["", "00000000-0000-4000-8000-00000000000\0", "session_1"] {
        assert!(!is_session_id(id), "{id:?}");
    }
}
