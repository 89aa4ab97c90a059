//! In and out.

use faultmaven_kit::Code;
use faultmaven_proto::auth::v1 as pb;

use super::world::{PASSWORD, World, fault};

#[tokio::test]
async fn name_and_address_sign_in_in_every_spelling() {
    let world = World::new().await;
    world.register("Ada").await.unwrap();
    for name in ["Ada", "ada", " ADA ", "ada@example.org", "ADA@Example.org"] {
        assert!(world.login(name, PASSWORD).await.is_ok(), "{name}");
    }
}

#[tokio::test]
async fn unknown_wrong_and_disabled_get_the_same_answer() {
    let world = World::new().await;
    let admin = world.register("ada").await.unwrap().access_token;
    let bob = world.register("bob").await.unwrap().user.unwrap().user_id;
    world
        .update_user(&admin, &bob, pb::Role::Unspecified, pb::UserState::Disabled)
        .await
        .unwrap();
    let unknown = world.login("nobody", PASSWORD).await.unwrap_err();
    assert_eq!(unknown.code, Code::Unauthenticated);
    assert_eq!(unknown.reason, "invalid_credentials");
    assert_eq!(
        world.login("ada", "wrong horse").await.unwrap_err(),
        unknown
    );
    assert_eq!(world.login("bob", PASSWORD).await.unwrap_err(), unknown);
    let endless = "x".repeat(100_000);
    assert_eq!(world.login("ada", &endless).await.unwrap_err(), unknown);
}

#[tokio::test]
async fn guessing_is_slowed_down_whether_the_account_exists_or_not() {
    let world = World::new().await;
    world.register("ada").await.unwrap();
    let mut answers = Vec::new();
    for name in ["ada", "nobody"] {
        for _ in 0..5 {
            assert_eq!(
                world.login(name, "wrong horse").await.unwrap_err().reason,
                "invalid_credentials"
            );
        }
        answers.push(world.login(name, PASSWORD).await.unwrap_err());
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0].code, Code::ResourceExhausted);
    assert_eq!(answers[0].reason, "rate_limited");
    world.advance(answers[0].retry_after.unwrap().as_secs());
    assert!(world.login("ada", PASSWORD).await.is_ok());
    for _ in 0..4 {
        world.login("ada", "wrong horse").await.unwrap_err();
    }
    assert!(world.login("ada", PASSWORD).await.is_ok());
}

#[tokio::test]
async fn a_refresh_hands_out_new_tokens_and_keeps_the_old_access() {
    let world = World::new().await;
    let first = world.register("ada").await.unwrap();
    world.advance(60);
    let second = world.refresh(&first.refresh_token).await.unwrap();
    assert_ne!(second.refresh_token, first.refresh_token);
    assert_ne!(second.access_token, first.access_token);
    for token in [&first.access_token, &second.access_token] {
        assert!(world.authenticate(token).await.is_ok());
    }
    assert!(world.refresh(&second.refresh_token).await.is_ok());
}

#[tokio::test]
async fn a_refresh_token_that_comes_again_ends_its_family_and_no_other() {
    let world = World::new().await;
    let stolen = world.register("ada").await.unwrap();
    let other = world.login("ada", PASSWORD).await.unwrap();
    let renewed = world.refresh(&stolen.refresh_token).await.unwrap();
    let refused = world.refresh(&stolen.refresh_token).await.unwrap_err();
    assert_eq!(refused.code, Code::Unauthenticated);
    assert_eq!(refused.reason, "invalid_refresh_token");
    for token in [&stolen.access_token, &renewed.access_token] {
        assert_eq!(
            world.authenticate(token).await.unwrap_err().reason,
            "invalid_token"
        );
    }
    assert!(world.refresh(&renewed.refresh_token).await.is_err());
    assert!(world.authenticate(&other.access_token).await.is_ok());
    assert!(world.refresh(&other.refresh_token).await.is_ok());
}

#[tokio::test]
async fn of_two_refreshes_at_once_one_wins_and_the_user_stays_signed_in() {
    let world = World::new().await;
    let mut token = world.register("ada").await.unwrap().refresh_token;
    for _ in 0..10 {
        let (a, b) = tokio::join!(world.refresh(&token), world.refresh(&token));
        let mut winners: Vec<_> = [a, b].into_iter().filter_map(Result::ok).collect();
        assert_eq!(winners.len(), 1);
        let winner = winners.remove(0);
        assert!(world.authenticate(&winner.access_token).await.is_ok());
        token = winner.refresh_token;
    }
}

#[tokio::test]
async fn unknown_and_expired_refresh_tokens_are_refused() {
    let world = World::new().await;
    let credentials = world.register("ada").await.unwrap();
    for token in ["", "guess", &credentials.access_token] {
        assert_eq!(
            world.refresh(token).await.unwrap_err().reason,
            "invalid_refresh_token"
        );
    }
    world.advance(7 * 86_400);
    assert!(world.refresh(&credentials.refresh_token).await.is_err());
}

#[tokio::test]
async fn an_access_token_expires() {
    let world = World::new().await;
    let token = world.register("ada").await.unwrap().access_token;
    world.advance(1_440 * 60 - 1);
    assert!(world.authenticate(&token).await.is_ok());
    world.advance(1);
    assert_eq!(
        world.authenticate(&token).await.unwrap_err().reason,
        "invalid_token"
    );
}

#[tokio::test]
async fn logout_ends_this_sign_in_at_once() {
    let world = World::new().await;
    let phone = world.register("ada").await.unwrap();
    let laptop = world.login("ada", PASSWORD).await.unwrap();
    world.authenticate(&laptop.access_token).await.unwrap();
    let ended = world.logout(&phone.access_token, false).await.unwrap();
    assert_eq!(ended.revoked_tokens, 2);
    assert!(!ended.all_sessions_ended);
    assert!(world.authenticate(&phone.access_token).await.is_err());
    assert!(world.refresh(&phone.refresh_token).await.is_err());
    assert!(world.authenticate(&laptop.access_token).await.is_ok());
    let ended = world.logout(&laptop.access_token, false).await.unwrap();
    assert!(ended.all_sessions_ended);
}

#[tokio::test]
async fn logout_everywhere_ends_all() {
    let world = World::new().await;
    let phone = world.register("ada").await.unwrap();
    let laptop = world.login("ada", PASSWORD).await.unwrap();
    let other = world.register("bob").await.unwrap();
    let ended = world.logout(&phone.access_token, true).await.unwrap();
    assert_eq!(ended.revoked_tokens, 4);
    assert!(ended.all_sessions_ended);
    assert!(world.authenticate(&laptop.access_token).await.is_err());
    assert!(world.authenticate(&other.access_token).await.is_ok());
}

async fn change_password(
    world: &World,
    token: &str,
    current: &str,
    new: &str,
) -> Result<pb::ChangePasswordResponse, faultmaven_kit::Fault> {
    let request = pb::ChangePasswordRequest {
        current_password: current.to_owned(),
        new_password: new.to_owned(),
    };
    let request = world.ctx(token).await.unwrap().request(request);
    fault(world.auth.clone().change_password(request).await)
}

#[tokio::test]
async fn a_new_password_ends_the_other_sign_ins() {
    let world = World::new().await;
    let here = world.register("ada").await.unwrap().access_token;
    let there = world.login("ada", PASSWORD).await.unwrap().access_token;
    let wrong = change_password(&world, &here, "wrong horse", "battery staple").await;
    assert_eq!(wrong.unwrap_err().violations[0].field, "current_password");
    let weak = change_password(&world, &here, PASSWORD, "short").await;
    assert_eq!(weak.unwrap_err().violations[0].field, "new_password");
    let changed = change_password(&world, &here, PASSWORD, "battery staple").await;
    assert_eq!(changed.unwrap().revoked_tokens, 2);
    assert!(world.authenticate(&here).await.is_ok());
    assert!(world.authenticate(&there).await.is_err());
    assert!(world.login("ada", PASSWORD).await.is_err());
    assert!(world.login("ada", "battery staple").await.is_ok());
}

#[tokio::test]
async fn a_password_is_not_guessed_from_an_open_sign_in() {
    let world = World::new().await;
    let token = world.register("ada").await.unwrap().access_token;
    for _ in 0..5 {
        let wrong = change_password(&world, &token, "wrong horse", "battery staple").await;
        assert_eq!(wrong.unwrap_err().reason, "invalid_field");
    }
    let refused = change_password(&world, &token, PASSWORD, "battery staple").await;
    assert_eq!(refused.unwrap_err().reason, "rate_limited");
}

#[tokio::test]
async fn nothing_is_done_for_nobody() {
    let world = World::new().await;
    let mut auth = world.auth.clone();
    let me = fault(auth.get_me(pb::GetMeRequest {}).await).unwrap_err();
    assert_eq!(me.reason, "unauthenticated");
    let out = fault(auth.logout(pb::LogoutRequest::default()).await).unwrap_err();
    assert_eq!(out.reason, "unauthenticated");
    let list = fault(auth.list_users(pb::ListUsersRequest::default()).await).unwrap_err();
    assert_eq!(list.reason, "unauthenticated");
}
