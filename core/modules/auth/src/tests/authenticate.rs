//! Whom a token belongs to, and until when.

use faultmaven_kit::{Backend, Code};
use faultmaven_proto::auth::v1 as pb;

use super::world::{PASSWORD, World, fault, nobody};

#[tokio::test]
async fn without_a_token_nobody_is_known() {
    let world = World::new().await;
    let fault = world.authenticate("").await.unwrap_err();
    assert_eq!(fault.code, Code::Unauthenticated);
    assert_eq!(fault.reason, "unauthenticated");
}

#[tokio::test]
async fn a_malformed_token_is_refused() {
    let world = World::new().await;
    for token in ["x", "a.b.c", "fm_", "fm_0000", "Bearer x", "\u{0}"] {
        let fault = world.authenticate(token).await.unwrap_err();
        assert_eq!(fault.reason, "invalid_token", "{token}");
    }
}

#[tokio::test]
async fn a_role_counts_from_the_moment_it_is_given() {
    let world = World::new().await;
    let admin = world.register("ada").await.unwrap().access_token;
    let bob = world.register("bob").await.unwrap();
    let role = |answer: pb::AuthenticateResponse| answer.user.unwrap().role();
    let before = world.authenticate(&bob.access_token).await.unwrap();
    assert_eq!(role(before), pb::Role::Member);
    let bob_id = bob.user.unwrap().user_id;
    world
        .update_user(
            &admin,
            &bob_id,
            pb::Role::Viewer,
            pb::UserState::Unspecified,
        )
        .await
        .unwrap();
    let after = world.authenticate(&bob.access_token).await.unwrap();
    assert_eq!(role(after), pb::Role::Viewer);
}

#[tokio::test]
async fn disabling_ends_every_token_for_good() {
    let world = World::new().await;
    let admin = world.register("ada").await.unwrap().access_token;
    let bob = world.register("bob").await.unwrap();
    let bob_id = bob.user.unwrap().user_id;
    let (_, secret) = world
        .api_token(&bob.access_token, &["cases:read"], None)
        .await
        .unwrap();
    for token in [&bob.access_token, &secret] {
        world.authenticate(token).await.unwrap();
    }
    for state in [pb::UserState::Disabled, pb::UserState::Active] {
        world
            .update_user(&admin, &bob_id, pb::Role::Unspecified, state)
            .await
            .unwrap();
        for token in [&bob.access_token, &secret] {
            assert!(world.authenticate(token).await.is_err());
        }
        assert!(world.refresh(&bob.refresh_token).await.is_err());
    }
    assert!(world.login("bob", PASSWORD).await.is_ok());
}

#[tokio::test]
async fn a_restart_keeps_sign_ins_and_signing_keys() {
    let world = World::with(|config| config.jwt_secret = None).await;
    let keys = |world: &World| {
        let mut auth = world.auth.clone();
        async move {
            let request = nobody().request(pb::ListSigningKeysRequest {});
            fault(auth.list_signing_keys(request).await).unwrap().keys
        }
    };
    let token = world.register("ada").await.unwrap().access_token;
    let before = keys(&world).await;
    assert_eq!(before.len(), 1);
    assert_eq!(before[0].algorithm, "RS256");
    let world = world.restarted_with(|_| {}).await;
    assert_eq!(keys(&world).await, before);
    assert!(world.authenticate(&token).await.is_ok());
}

#[tokio::test]
async fn a_logout_survives_a_restart() {
    let world = World::new().await;
    let token = world.register("ada").await.unwrap().access_token;
    world.logout(&token, false).await.unwrap();
    let world = world.restarted_with(|_| {}).await;
    assert!(world.authenticate(&token).await.is_err());
}

#[tokio::test]
async fn a_logout_counts_on_every_replica_at_once() {
    let world = World::new().await;
    if world.db.backend() == Backend::Sqlite {
        return; // A file belongs to one process.
    }
    let other = world.replica().await;
    let token = world.register("ada").await.unwrap().access_token;
    other.authenticate(&token).await.unwrap();
    world.logout(&token, false).await.unwrap();
    assert!(other.authenticate(&token).await.is_err());
}

#[tokio::test]
async fn where_nobody_signs_in_everybody_is_the_local_user() {
    let world = World::with(|config| config.auth_required = false).await;
    let user = world.authenticate("").await.unwrap().user.unwrap();
    assert_eq!(user.role(), pb::Role::Admin);
    let again = world.restarted_with(|_| {}).await;
    let same = again.authenticate("").await.unwrap().user.unwrap();
    assert_eq!(same.user_id, user.user_id);
    assert!(again.authenticate("wrong").await.is_err());
    let request = again.ctx("").await.unwrap().request(pb::GetMeRequest {});
    let me = fault(again.auth.clone().get_me(request).await).unwrap();
    assert_eq!(me.user.unwrap().user_id, user.user_id);
    let ended = again.logout("", true).await.unwrap();
    assert_eq!(ended.revoked_tokens, 0);
}

#[tokio::test]
async fn the_local_user_is_not_the_first_account_and_ends_with_its_time() {
    let world = World::with(|config| config.auth_required = false).await;
    let (_, secret) = world.api_token("", &["admin"], None).await.unwrap();
    world.authenticate(&secret).await.unwrap();
    let world = world
        .restarted_with(|config| config.auth_required = true)
        .await;
    assert!(world.authenticate("").await.is_err());
    assert!(world.authenticate(&secret).await.is_err());
    let ada = world.register("ada").await.unwrap();
    assert_eq!(ada.user.unwrap().role(), pb::Role::Admin);
}
