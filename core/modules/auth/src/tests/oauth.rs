//! Codes, what they are exchanged for, and what ends it.

use faultmaven_kit::Fault;
use faultmaven_proto::auth::v1 as pb;
use faultmaven_proto::auth::v1::exchange_grant_request::Grant;

use super::world::{World, fault, nobody};

const CLIENT: &str = "faultmaven-copilot";
const ADDRESS: &str = "https://abcdefghijklmnopabcdefghijklmnop.chromiumapp.org/";
/// The example of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn application(scope: &str) -> Option<pb::AuthorizationRequest> {
    Some(pb::AuthorizationRequest {
        response_type: "code".to_owned(),
        client_id: CLIENT.to_owned(),
        redirect_uri: ADDRESS.to_owned(),
        scope: scope.to_owned(),
        state: "s1".to_owned(),
        code_challenge: CHALLENGE.to_owned(),
        code_challenge_method: "S256".to_owned(),
    })
}

async fn decide(
    world: &World,
    token: &str,
    approved: bool,
) -> Result<pb::AuthorizationAnswer, Fault> {
    let request = pb::AuthorizeRequest {
        request: application("openid cases:read"),
        approved,
    };
    let request = world.ctx(token).await?.request(request);
    let answer = fault(world.oauth.clone().authorize(request).await)?;
    Ok(answer.answer.unwrap())
}

async fn code(world: &World, token: &str) -> String {
    decide(world, token, true).await.unwrap().code
}

async fn exchange(
    world: &World,
    code: &str,
    change: impl FnOnce(&mut pb::CodeGrant),
) -> Result<pb::Credentials, Fault> {
    let mut grant = pb::CodeGrant {
        code: code.to_owned(),
        code_verifier: VERIFIER.to_owned(),
        redirect_uri: ADDRESS.to_owned(),
    };
    change(&mut grant);
    grant_of(world, CLIENT, Grant::Code(grant)).await
}

async fn grant_of(world: &World, client: &str, grant: Grant) -> Result<pb::Credentials, Fault> {
    let request = pb::ExchangeGrantRequest {
        client_id: client.to_owned(),
        grant: Some(grant),
    };
    let answer = world
        .oauth
        .clone()
        .exchange_grant(nobody().request(request))
        .await;
    Ok(fault(answer)?.credentials.unwrap())
}

async fn revoke(world: &World, token: &str) {
    let request = pb::RevokeGrantRequest {
        client_id: CLIENT.to_owned(),
        token: token.to_owned(),
    };
    let answer = world
        .oauth
        .clone()
        .revoke_grant(nobody().request(request))
        .await;
    fault(answer).unwrap();
}

#[tokio::test]
async fn a_code_becomes_tokens_that_are_limited_to_their_scopes() {
    let world = World::new().await;
    let ada = world.register("ada").await.unwrap();
    let code = code(&world, &ada.access_token).await;
    let tokens = exchange(&world, &code, |_| ()).await.unwrap();
    assert_eq!(tokens.scopes, ["cases:read", "openid"]);
    let identity = world.authenticate(&tokens.access_token).await.unwrap();
    assert!(identity.scoped);
    assert_eq!(identity.scopes, ["cases:read", "openid"]);
    assert_eq!(identity.user.unwrap().username, "ada");
    assert!(!world.authenticate(&ada.access_token).await.unwrap().scoped);
}

#[tokio::test]
async fn consent_shows_what_is_asked_for() {
    let world = World::new().await;
    let ada = world.register("ada").await.unwrap();
    let request = pb::GetConsentRequest {
        request: application("openid cases:read"),
    };
    let request = world.ctx(&ada.access_token).await.unwrap().request(request);
    let answer = fault(world.oauth.clone().get_consent(request).await).unwrap();
    let Some(pb::get_consent_response::Outcome::Consent(consent)) = answer.outcome else {
        panic!("{answer:?}");
    };
    assert_eq!(consent.scopes, ["cases:read", "openid"]);
    assert_eq!(consent.user.unwrap().username, "ada");
}

#[tokio::test]
async fn nobody_and_no_program_can_agree() {
    let world = World::new().await;
    let ada = world.register("ada").await.unwrap();
    let (_, secret) = world
        .api_token(&ada.access_token, &["cases:read"], None)
        .await
        .unwrap();
    assert_eq!(
        decide(&world, &secret, true).await.unwrap_err().reason,
        "forbidden"
    );
    let request = pb::AuthorizeRequest {
        request: application(""),
        approved: true,
    };
    let answer = world
        .oauth
        .clone()
        .authorize(nobody().request(request))
        .await;
    assert_eq!(fault(answer).unwrap_err().reason, "unauthenticated");
}

#[tokio::test]
async fn whoever_declines_sends_an_error_and_no_code() {
    let world = World::new().await;
    let ada = world.register("ada").await.unwrap();
    let answer = decide(&world, &ada.access_token, false).await.unwrap();
    assert_eq!(
        (answer.error.as_str(), answer.code.as_str()),
        ("access_denied", "")
    );
    assert!(
        answer
            .redirect_to
            .starts_with(&format!("{ADDRESS}?error=access_denied"))
    );
}

#[tokio::test]
async fn a_code_is_bound_to_its_verifier_its_address_and_its_client() {
    let world = World::new().await;
    let ada = world.register("ada").await.unwrap();
    let code = code(&world, &ada.access_token).await;
    let wrong: [fn(&mut pb::CodeGrant); 4] = [
        |it| it.code_verifier = CHALLENGE.to_owned(),
        |it| it.code_verifier.clear(),
        |it| it.redirect_uri.push('x'),
        |it| it.code.push('x'),
    ];
    for change in wrong {
        let refused = exchange(&world, &code, change).await.unwrap_err();
        assert_eq!(refused.reason, "invalid_grant");
    }
    let grant = Grant::Code(pb::CodeGrant::default());
    let refused = grant_of(&world, "somebody", grant).await.unwrap_err();
    assert_eq!(refused.reason, "invalid_client");
    assert!(exchange(&world, &code, |_| ()).await.is_ok());
}

#[tokio::test]
async fn a_code_that_comes_again_ends_what_it_was_exchanged_for() {
    let world = World::new().await;
    let ada = world.register("ada").await.unwrap();
    let code = code(&world, &ada.access_token).await;
    let tokens = exchange(&world, &code, |_| ()).await.unwrap();
    let refused = exchange(&world, &code, |_| ()).await.unwrap_err();
    assert_eq!(refused.reason, "invalid_grant");
    assert!(world.authenticate(&tokens.access_token).await.is_err());
    assert!(world.authenticate(&ada.access_token).await.is_ok());
}

#[tokio::test]
async fn of_two_exchanges_at_once_one_succeeds_at_most() {
    let world = World::new().await;
    let ada = world.register("ada").await.unwrap();
    let code = code(&world, &ada.access_token).await;
    let (first, second) = tokio::join!(
        exchange(&world, &code, |_| ()),
        exchange(&world, &code, |_| ())
    );
    assert_ne!(first.is_ok(), second.is_ok());
}

#[tokio::test]
async fn a_code_lives_a_minute() {
    let world = World::new().await;
    let ada = world.register("ada").await.unwrap();
    let code = code(&world, &ada.access_token).await;
    world.advance(60);
    let refused = exchange(&world, &code, |_| ()).await.unwrap_err();
    assert_eq!(refused.reason, "invalid_grant");
}

#[tokio::test]
async fn a_disabled_account_gets_nothing_for_its_code() {
    let world = World::new().await;
    let admin = world.register("ada").await.unwrap().access_token;
    let bob = world.register("bob").await.unwrap();
    let code = code(&world, &bob.access_token).await;
    let bob = bob.user.unwrap().user_id;
    world
        .update_user(&admin, &bob, pb::Role::Unspecified, pb::UserState::Disabled)
        .await
        .unwrap();
    let refused = exchange(&world, &code, |_| ()).await.unwrap_err();
    assert_eq!(refused.reason, "invalid_grant");
}

#[tokio::test]
async fn refresh_tokens_rotate_within_their_client_and_reuse_ends_the_family() {
    let world = World::new().await;
    let ada = world.register("ada").await.unwrap();
    let code = code(&world, &ada.access_token).await;
    let first = exchange(&world, &code, |_| ()).await.unwrap();
    let refused = world.refresh(&first.refresh_token).await.unwrap_err();
    assert_eq!(refused.reason, "invalid_refresh_token", "another client");
    let own = Grant::RefreshToken(ada.refresh_token.clone());
    let refused = grant_of(&world, CLIENT, own).await.unwrap_err();
    assert_eq!(refused.reason, "invalid_grant", "another client");

    world.advance(1);
    let grant = || Grant::RefreshToken(first.refresh_token.clone());
    let second = grant_of(&world, CLIENT, grant()).await.unwrap();
    assert_eq!(second.scopes, first.scopes);
    assert!(
        world
            .authenticate(&second.access_token)
            .await
            .unwrap()
            .scoped
    );
    world.advance(1);
    let refused = grant_of(&world, CLIENT, grant()).await.unwrap_err();
    assert_eq!(refused.reason, "invalid_grant");
    assert!(world.authenticate(&second.access_token).await.is_err());
    assert!(world.authenticate(&ada.access_token).await.is_ok());
}

#[tokio::test]
async fn each_of_the_tokens_revokes_the_whole_sign_in() {
    let world = World::new().await;
    let ada = world.register("ada").await.unwrap();
    for pick in [
        |it: &pb::Credentials| it.refresh_token.clone(),
        |it: &pb::Credentials| it.access_token.clone(),
    ] {
        let code = code(&world, &ada.access_token).await;
        let tokens = exchange(&world, &code, |_| ()).await.unwrap();
        revoke(&world, &pick(&tokens)).await;
        assert!(world.authenticate(&tokens.access_token).await.is_err());
    }
    for foreign in ["nonsense", &ada.refresh_token, &ada.access_token] {
        revoke(&world, foreign).await;
    }
    assert!(world.authenticate(&ada.access_token).await.is_ok());
}

#[tokio::test]
async fn a_client_may_sign_itself_out_and_do_no_more_than_its_scopes() {
    let world = World::new().await;
    let ada = world.register("ada").await.unwrap();
    let code = code(&world, &ada.access_token).await;
    let tokens = exchange(&world, &code, |_| ()).await.unwrap();
    let refused = world
        .api_token(&tokens.access_token, &["cases:read"], None)
        .await;
    assert_eq!(refused.unwrap_err().reason, "forbidden");
    let refused = world.logout(&tokens.access_token, true).await.unwrap_err();
    assert_eq!(refused.reason, "forbidden");
    let ended = world.logout(&tokens.access_token, false).await.unwrap();
    assert_eq!((ended.revoked_tokens, ended.all_sessions_ended), (2, false));
    assert!(world.authenticate(&tokens.access_token).await.is_err());
}
