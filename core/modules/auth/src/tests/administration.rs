//! What administrators do, and others do not.

use faultmaven_kit::{Code, Fault};
use faultmaven_proto::auth::v1 as pb;

use super::world::{PASSWORD, World, fault};

async fn create(world: &World, token: &str, name: &str, role: pb::Role) -> Result<pb::User, Fault> {
    let request = pb::CreateUserRequest {
        username: name.to_owned(),
        password: PASSWORD.to_owned(),
        role: role.into(),
        ..Default::default()
    };
    let request = world.ctx(token).await?.request(request);
    Ok(fault(world.auth.clone().create_user(request).await)?
        .user
        .unwrap())
}

async fn list(
    world: &World,
    token: &str,
    page_token: &str,
) -> Result<pb::ListUsersResponse, Fault> {
    let request = pb::ListUsersRequest {
        page_size: 2,
        page_token: page_token.to_owned(),
    };
    let request = world.ctx(token).await?.request(request);
    fault(world.auth.clone().list_users(request).await)
}

#[tokio::test]
async fn an_administrator_creates_accounts_that_can_sign_in() {
    let world = World::with(|_| {}).await;
    let admin = world.register("ada").await.unwrap().access_token;
    let viewer = create(&world, &admin, "vic", pb::Role::Viewer)
        .await
        .unwrap();
    assert_eq!(viewer.role(), pb::Role::Viewer);
    let credentials = world.login("vic", PASSWORD).await.unwrap();
    assert_eq!(credentials.user.unwrap().role(), pb::Role::Viewer);
    let taken = create(&world, &admin, "VIC", pb::Role::Member)
        .await
        .unwrap_err();
    assert_eq!(taken.reason, "already_exists");
}

#[tokio::test]
async fn accounts_are_listed_by_name_page_by_page() {
    let world = World::new().await;
    for name in ["Eve", "ada", "Dan", "cyn", "bob"] {
        world.register(name).await.unwrap();
    }
    let admin = world.login("eve", PASSWORD).await.unwrap().access_token;
    let (mut names, mut page_token) = (Vec::new(), String::new());
    loop {
        let page = list(&world, &admin, &page_token).await.unwrap();
        assert!(page.users.len() <= 2);
        names.extend(page.users.into_iter().map(|user| user.username));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(names, ["ada", "bob", "cyn", "Dan", "Eve"]);
}

#[tokio::test]
async fn only_administrators_manage_accounts() {
    let world = World::new().await;
    let admin = world.register("ada").await.unwrap();
    let member = world.register("bob").await.unwrap().access_token;
    let (_, limited) = world
        .api_token(&admin.access_token, &["cases:write"], None)
        .await
        .unwrap();
    let admin_id = admin.user.unwrap().user_id;
    for token in [&member, &limited] {
        let answers = [
            create(&world, token, "cyn", pb::Role::Admin)
                .await
                .unwrap_err(),
            list(&world, token, "").await.unwrap_err(),
            world
                .update_user(token, &admin_id, pb::Role::Viewer, pb::UserState::Disabled)
                .await
                .unwrap_err(),
        ];
        for fault in answers {
            assert_eq!(fault.code, Code::PermissionDenied);
            assert_eq!(fault.reason, "forbidden");
        }
    }
    let (_, full) = world
        .api_token(&admin.access_token, &["admin"], None)
        .await
        .unwrap();
    assert!(list(&world, &full, "").await.is_ok());
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let world = World::new().await;
    let ada = world.register("ada").await.unwrap();
    let bob = world.register("bob").await.unwrap().user.unwrap().user_id;
    let (admin, ada) = (ada.access_token, ada.user.unwrap().user_id);
    for (role, state) in [
        (pb::Role::Member, pb::UserState::Unspecified),
        (pb::Role::Unspecified, pb::UserState::Disabled),
    ] {
        let fault = world
            .update_user(&admin, &ada, role, state)
            .await
            .unwrap_err();
        assert_eq!(fault.code, Code::FailedPrecondition);
        assert_eq!(fault.reason, "last_admin");
    }
    world
        .update_user(&admin, &bob, pb::Role::Admin, pb::UserState::Unspecified)
        .await
        .unwrap();
    let demoted = world
        .update_user(&admin, &ada, pb::Role::Member, pb::UserState::Unspecified)
        .await
        .unwrap();
    assert_eq!(demoted.role(), pb::Role::Member);
    assert!(list(&world, &admin, "").await.is_err());
}

#[tokio::test]
async fn two_administrators_cannot_demote_each_other_at_once() {
    let world = World::new().await;
    let ada = world.register("ada").await.unwrap();
    let bob = world.register("bob").await.unwrap();
    let (ada_id, bob_id) = (ada.user.unwrap().user_id, bob.user.unwrap().user_id);
    let unspecified = pb::UserState::Unspecified;
    world
        .update_user(&ada.access_token, &bob_id, pb::Role::Admin, unspecified)
        .await
        .unwrap();
    let (first, second) = tokio::join!(
        world.update_user(&ada.access_token, &bob_id, pb::Role::Member, unspecified),
        world.update_user(&bob.access_token, &ada_id, pb::Role::Member, unspecified),
    );
    assert_eq!(u8::from(first.is_ok()) + u8::from(second.is_ok()), 1);
}

#[tokio::test]
async fn an_unknown_account_is_not_found() {
    let world = World::with(|config| config.auth_required = false).await;
    let built_in = world.authenticate("").await.unwrap().user.unwrap().user_id;
    for user_id in ["", "nobody", &built_in] {
        let fault = world
            .update_user("", user_id, pb::Role::Viewer, pb::UserState::Disabled)
            .await
            .unwrap_err();
        assert_eq!(fault.code, Code::NotFound);
        assert_eq!(fault.message, "User not found; check the id");
    }
    let first = create(&world, "", "ada", pb::Role::Viewer).await.unwrap();
    assert_eq!(first.role(), pb::Role::Admin);
}
