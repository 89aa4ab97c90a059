//! Tokens for programs.

use faultmaven_kit::Code;
use faultmaven_proto::auth::v1 as pb;

use super::world::{World, fault};

async fn list(world: &World, token: &str, page_token: &str) -> pb::ListApiTokensResponse {
    let request = pb::ListApiTokensRequest {
        page_size: 2,
        page_token: page_token.to_owned(),
    };
    let request = world.ctx(token).await.unwrap().request(request);
    fault(world.auth.clone().list_api_tokens(request).await).unwrap()
}

async fn revoke(world: &World, token: &str, token_id: &str) -> Result<(), faultmaven_kit::Fault> {
    let request = pb::RevokeApiTokenRequest {
        token_id: token_id.to_owned(),
    };
    let request = world.ctx(token).await.unwrap().request(request);
    fault(world.auth.clone().revoke_api_token(request).await).map(|_| ())
}

#[tokio::test]
async fn a_token_speaks_for_its_user_within_its_scopes() {
    let world = World::new().await;
    let ada = world.register("ada").await.unwrap();
    let scopes = ["cases:write", "cases:read"];
    let (token_id, secret) = world
        .api_token(&ada.access_token, &scopes, None)
        .await
        .unwrap();
    assert!(secret.starts_with("fm_"));
    let answer = world.authenticate(&secret).await.unwrap();
    assert_eq!(answer.user.unwrap().user_id, ada.user.unwrap().user_id);
    assert_eq!(answer.token_id, token_id);
    assert!(answer.scoped);
    assert_eq!(answer.scopes, ["cases:read", "cases:write"]);
}

#[tokio::test]
async fn a_token_ends_with_its_time_or_when_it_is_revoked() {
    let world = World::new().await;
    let ada = world.register("ada").await.unwrap().access_token;
    let (_, short) = world
        .api_token(&ada, &["cases:read"], Some(60))
        .await
        .unwrap();
    let (long_id, long) = world.api_token(&ada, &["cases:read"], None).await.unwrap();
    world.authenticate(&short).await.unwrap();
    world.advance(60);
    assert!(world.authenticate(&short).await.is_err());
    assert!(world.authenticate(&long).await.is_ok());
    revoke(&world, &ada, &long_id).await.unwrap();
    assert!(world.authenticate(&long).await.is_err());
    revoke(&world, &ada, &long_id).await.unwrap();
    assert!(world.authenticate(&ada).await.is_ok());
}

#[tokio::test]
async fn a_token_of_somebody_else_is_not_found() {
    let world = World::new().await;
    let ada = world.register("ada").await.unwrap().access_token;
    let bob = world.register("bob").await.unwrap().access_token;
    let (token_id, secret) = world.api_token(&ada, &["cases:read"], None).await.unwrap();
    let foreign = revoke(&world, &bob, &token_id).await.unwrap_err();
    let unknown = revoke(&world, &bob, "no such token").await.unwrap_err();
    assert_eq!(foreign, unknown);
    assert_eq!(foreign.code, Code::NotFound);
    assert_eq!(foreign.reason, "token_not_found");
    assert!(world.authenticate(&secret).await.is_ok());
    assert!(list(&world, &bob, "").await.tokens.is_empty());
}

#[tokio::test]
async fn tokens_are_listed_newest_first_and_without_secrets() {
    let world = World::new().await;
    let ada = world.register("ada").await.unwrap().access_token;
    let mut ids = Vec::new();
    let mut secrets = Vec::new();
    for _ in 0..3 {
        world.advance(1);
        let (id, secret) = world.api_token(&ada, &["admin"], None).await.unwrap();
        ids.insert(0, id);
        secrets.insert(0, secret);
    }
    let first = list(&world, &ada, "").await;
    let second = list(&world, &ada, &first.next_page_token).await;
    assert!(second.next_page_token.is_empty());
    let listed: Vec<_> = first.tokens.iter().chain(&second.tokens).collect();
    for ((token, id), secret) in listed.iter().zip(&ids).zip(&secrets) {
        assert_eq!(token.token_id, *id);
        assert!(secret.starts_with(&token.prefix));
        assert!(token.prefix.len() < 12);
    }
    assert_eq!(listed.len(), 3);
    let request = world.ctx(&ada).await.unwrap().request(pb::GetMeRequest {});
    let me = fault(world.auth.clone().get_me(request).await).unwrap();
    assert_eq!(me.token_count, 3);
}

#[tokio::test]
async fn the_last_use_is_noted_once_a_minute() {
    let world = World::new().await;
    let ada = world.register("ada").await.unwrap().access_token;
    let (_, secret) = world.api_token(&ada, &["cases:read"], None).await.unwrap();
    assert_eq!(list(&world, &ada, "").await.tokens[0].last_used_time, None);
    world.authenticate(&secret).await.unwrap();
    let first_use = world.now();
    world.advance(59);
    world.authenticate(&secret).await.unwrap();
    world.settle().await;
    let noted = list(&world, &ada, "").await.tokens[0].last_used_time;
    assert_eq!(noted, Some(first_use));
    let world = world.restarted_with(|_| {}).await;
    world.advance(1);
    world.authenticate(&secret).await.unwrap();
    world.settle().await;
    let noted = list(&world, &ada, "").await.tokens[0].last_used_time;
    assert_eq!(noted, Some(world.now()));
}

#[tokio::test]
async fn a_program_cannot_give_itself_more_rights() {
    let world = World::new().await;
    let ada = world.register("ada").await.unwrap().access_token;
    let (_, secret) = world.api_token(&ada, &["admin"], None).await.unwrap();
    let fault = world
        .api_token(&secret, &["cases:write"], None)
        .await
        .unwrap_err();
    assert_eq!(fault.code, Code::PermissionDenied);
    assert_eq!(
        world.logout(&secret, true).await.unwrap_err().code,
        Code::PermissionDenied
    );
}

#[tokio::test]
async fn a_wrong_wish_is_explained() {
    let world = World::new().await;
    let admin = world.register("ada").await.unwrap().access_token;
    let member = world.register("bob").await.unwrap().access_token;
    let unknown = world
        .api_token(&admin, &["cases:delete"], None)
        .await
        .unwrap_err();
    assert_eq!(unknown.violations[0].field, "scopes");
    let ended = world
        .api_token(&admin, &["cases:read"], Some(0))
        .await
        .unwrap_err();
    assert_eq!(ended.violations[0].field, "ttl");
    let fault = world
        .api_token(&member, &["admin"], None)
        .await
        .unwrap_err();
    assert_eq!(fault.reason, "forbidden");
}
