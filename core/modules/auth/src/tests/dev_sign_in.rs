//! Sign-in by name alone.

use faultmaven_kit::{Code, Fault};
use faultmaven_proto::auth::v1 as pb;

use super::world::{PASSWORD, World, fault, nobody};

async fn dev_login(world: &World, name: &str) -> Result<pb::User, Fault> {
    let request = pb::DevLoginRequest {
        username: name.to_owned(),
        ..Default::default()
    };
    let answer = world
        .auth
        .clone()
        .dev_login(nobody().request(request))
        .await;
    Ok(fault(answer)?.credentials.unwrap().user.unwrap())
}

async fn dev_world() -> World {
    World::with(|config| config.dev_login = true).await
}

#[tokio::test]
async fn a_name_alone_signs_in_and_makes_the_account_once() {
    let world = dev_world().await;
    let first = dev_login(&world, "ada").await.unwrap();
    assert_eq!(first.role(), pb::Role::Admin, "the first account");
    let bob = dev_login(&world, "bob").await.unwrap();
    assert_eq!(bob.role(), pb::Role::Member);
    assert!(bob.is_dev_user);
    let again = dev_login(&world, "BOB").await.unwrap();
    assert_eq!(again.user_id, bob.user_id);
}

#[tokio::test]
async fn two_who_make_the_same_account_at_once_are_one() {
    let world = dev_world().await;
    let (first, second) = tokio::join!(dev_login(&world, "ada"), dev_login(&world, "ada"));
    assert_eq!(first.unwrap().user_id, second.unwrap().user_id);
}

#[tokio::test]
async fn an_account_with_a_password_is_not_entered_without_it() {
    let world = World::with(|config| {
        config.dev_login = true;
        config.registration = crate::Registration::Open;
    })
    .await;
    world.register("ada").await.unwrap();
    for name in ["ada", "ada@example.org"] {
        let refused = dev_login(&world, name).await.unwrap_err();
        assert_eq!(refused.reason, "password_required");
    }
    dev_login(&world, "bob").await.unwrap();
    assert!(world.login("bob", PASSWORD).await.is_err());
    assert!(world.login("bob", "").await.is_err());
}

#[tokio::test]
async fn a_taken_name_cannot_be_registered_again() {
    let world = dev_world().await;
    dev_login(&world, "ada").await.unwrap();
    let request = pb::DevRegisterRequest {
        username: "ada".to_owned(),
        ..Default::default()
    };
    let answer = world
        .auth
        .clone()
        .dev_register(nobody().request(request))
        .await;
    assert_eq!(fault(answer).unwrap_err().reason, "already_exists");
}

#[tokio::test]
async fn where_it_is_off_there_is_no_such_thing() {
    let world = World::new().await;
    let refused = dev_login(&world, "ada").await.unwrap_err();
    assert_eq!(refused.code, Code::NotFound);
    assert_eq!(refused.reason, "dev_login_disabled");
}

#[tokio::test]
async fn the_setup_token_guards_the_first_account_here_too() {
    let world = World::with(|config| {
        config.dev_login = true;
        config.setup_token = Some("secret".to_owned());
    })
    .await;
    let refused = dev_login(&world, "ada").await.unwrap_err();
    assert_eq!(refused.reason, "invalid_setup_token");
}
