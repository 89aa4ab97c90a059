//! Who gets an account.

use faultmaven_kit::Code;
use faultmaven_proto::auth::v1 as pb;

use super::world::{World, fault, nobody};
use crate::Registration;

async fn config(world: &World) -> pb::GetAuthConfigResponse {
    let request = nobody().request(pb::GetAuthConfigRequest {});
    fault(world.auth.clone().get_auth_config(request).await).unwrap()
}

#[tokio::test]
async fn the_first_person_becomes_administrator_and_is_signed_in() {
    let world = World::with(|_| {}).await;
    assert!(config(&world).await.setup_required);
    let credentials = world.register("ada").await.unwrap();
    let user = credentials.user.unwrap();
    assert_eq!(user.role(), pb::Role::Admin);
    assert_eq!(user.state(), pb::UserState::Active);
    assert_eq!(user.display_name, "ada");
    assert_eq!(user.last_login_time, Some(world.now()));
    assert_eq!(credentials.expires_in.unwrap().seconds, 1_440 * 60);
    assert_eq!(credentials.refresh_expires_in.unwrap().seconds, 7 * 86_400);
    let answer = world.authenticate(&credentials.access_token).await.unwrap();
    assert_eq!(answer.user.unwrap().user_id, user.user_id);
    assert!(!answer.scoped);
}

#[tokio::test]
async fn after_the_first_person_registration_follows_the_setting() {
    for registration in [
        Registration::FirstUser,
        Registration::Invite,
        Registration::Closed,
    ] {
        let world = World::with(|config| config.registration = registration).await;
        world.register("ada").await.unwrap();
        let answer = config(&world).await;
        assert!(!answer.setup_required && !answer.registration_open);
        let fault = world.register("bob").await.unwrap_err();
        assert_eq!(fault.code, Code::PermissionDenied);
        assert_eq!(fault.reason, "registration_closed");
        assert!(fault.message.contains("administrator"), "{}", fault.message);
    }
    let world = World::new().await;
    world.register("ada").await.unwrap();
    assert!(config(&world).await.registration_open);
    let bob = world.register("bob").await.unwrap();
    assert_eq!(bob.user.unwrap().role(), pb::Role::Member);
}

#[tokio::test]
async fn of_many_who_register_at_once_one_becomes_administrator() {
    let world = World::new().await;
    let (a, b, c, d) = tokio::join!(
        world.register("ada"),
        world.register("bob"),
        world.register("cyn"),
        world.register("dan"),
    );
    let administrators = [a, b, c, d]
        .into_iter()
        .filter(|answer| answer.as_ref().unwrap().user.as_ref().unwrap().role() == pb::Role::Admin)
        .count();
    assert_eq!(administrators, 1);
}

#[tokio::test]
async fn of_many_who_register_at_once_one_is_first() {
    let world = World::with(|_| {}).await;
    let (a, b, c) = tokio::join!(
        world.register("ada"),
        world.register("bob"),
        world.register("cyn"),
    );
    let answers = [a, b, c];
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    for fault in answers.into_iter().filter_map(Result::err) {
        assert_eq!(fault.reason, "registration_closed");
    }
}

#[tokio::test]
async fn a_name_belongs_to_one_person_in_every_spelling() {
    let world = World::new().await;
    world.register("ada").await.unwrap();
    for (username, email) in [
        ("ADA", "other@example.org"),
        ("other", "Ada@Example.ORG"),
        ("ADA@example.org", ""),
    ] {
        let request = pb::RegisterRequest {
            username: username.to_owned(),
            email: email.to_owned(),
            password: "correct horse".to_owned(),
            ..Default::default()
        };
        let answer = world.auth.clone().register(nobody().request(request)).await;
        let fault = fault(answer).unwrap_err();
        assert_eq!(fault.code, Code::AlreadyExists, "{username}");
        assert_eq!(fault.reason, "already_exists");
    }
}

#[tokio::test]
async fn two_who_want_one_name_at_once_do_not_share_it() {
    let world = World::new().await;
    world.register("ada").await.unwrap();
    let (first, second) = tokio::join!(world.register("bob"), world.register("BOB"));
    let answers = [first, second];
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    for fault in answers.into_iter().filter_map(Result::err) {
        assert_eq!(fault.reason, "already_exists");
    }
}

#[tokio::test]
async fn the_first_account_needs_the_setup_token_when_there_is_one() {
    let world = World::with(|config| config.setup_token = Some("s3cret".to_owned())).await;
    assert!(config(&world).await.setup_token_required);
    assert_eq!(
        world.register("ada").await.unwrap_err().reason,
        "invalid_setup_token"
    );
    let request = pb::RegisterRequest {
        username: "ada".to_owned(),
        password: "correct horse".to_owned(),
        setup_token: "s3cret".to_owned(),
        ..Default::default()
    };
    let answer = world.auth.clone().register(nobody().request(request)).await;
    assert!(answer.is_ok());
    assert!(!config(&world).await.setup_token_required);
}

#[tokio::test]
async fn a_wrong_field_is_named() {
    let world = World::new().await;
    for (username, email, password, field) in [
        ("a", "", "correct horse", "username"),
        ("ada", "nowhere", "correct horse", "email"),
        ("ada", "", "short", "password"),
    ] {
        let request = pb::RegisterRequest {
            username: username.to_owned(),
            email: email.to_owned(),
            password: password.to_owned(),
            ..Default::default()
        };
        let answer = world.auth.clone().register(nobody().request(request)).await;
        let fault = fault(answer).unwrap_err();
        assert_eq!(fault.reason, "invalid_field");
        assert_eq!(fault.violations[0].field, field);
    }
}
