//! Documents of teams.

use super::*;

const TEAM: &str = "team_0123456789abcdef";
const OTHER: &str = "team_ffffffffffffffff";

fn in_teams(ctx: &Ctx, teams: &[&str]) -> Ctx {
    let mut actor = ctx.actor().unwrap().clone();
    actor.team_ids = teams.iter().map(|team| (*team).to_owned()).collect();
    ctx.clone().on_behalf_of(actor)
}

fn of_team(title: &str, content: &str, team_id: &str) -> pb::CreateDocumentRequest {
    pb::CreateDocumentRequest {
        scope: pb::DocumentScope::Team.into(),
        team_id: team_id.to_owned(),
        ..document(title, content)
    }
}

async fn titles(world: &World, ctx: &Ctx, scope: pb::DocumentScope, team_id: &str) -> Vec<String> {
    let request = pb::ListDocumentsRequest {
        scope: scope.into(),
        team_id: team_id.to_owned(),
        ..Default::default()
    };
    let listed = world.list(ctx, request).await.unwrap();
    let documents = listed.documents.into_iter();
    documents.map(|document| document.title).collect()
}

#[tokio::test]
async fn members_read_and_write_what_is_the_teams() {
    let world = World::start().await;
    let writer = in_teams(&user("user_1"), &[TEAM]);
    let created = world.create(&writer, of_team("pool", "exhausted", TEAM));
    let created = created.await.unwrap().document.unwrap();
    assert_eq!(created.scope(), pb::DocumentScope::Team);
    assert_eq!(created.team_id, TEAM);
    let member = in_teams(&user("user_2"), &[OTHER, TEAM]);
    let id = &created.document_id;
    assert_eq!(world.get(&member, id).await.unwrap(), created);
    assert_eq!(world.found(&member, "exhausted").await, ["pool"]);
    let again = world.create(&member, of_team("again", "exhausted", TEAM));
    assert_eq!(again.await.unwrap().duplicate_of, *id);
    let changed = world.update(&member, change(id)).await.unwrap();
    assert_eq!(
        (changed.owner_id.as_str(), changed.team_id),
        ("user_1", TEAM.to_owned())
    );
    world.delete(&member, id).await.unwrap();
}

#[tokio::test]
async fn others_see_nothing_of_a_team() {
    let world = World::start().await;
    let writer = in_teams(&user("user_1"), &[TEAM]);
    let created = world.create(&writer, of_team("pool", "exhausted", TEAM));
    let id = created.await.unwrap().document.unwrap().document_id;
    // Whoever wrote it is no member any more.
    for ctx in [user("user_1"), in_teams(&user("user_2"), &[OTHER]), admin()] {
        for fault in [
            world.get(&ctx, &id).await.unwrap_err(),
            world.update(&ctx, change(&id)).await.unwrap_err(),
            world.delete(&ctx, &id).await.unwrap_err(),
        ] {
            assert_eq!(fault, Fault::not_found("document"));
        }
        assert!(world.found(&ctx, "exhausted").await.is_empty());
        assert!(
            titles(&world, &ctx, pb::DocumentScope::Team, "")
                .await
                .is_empty()
        );
        let listing = pb::ListDocumentsRequest {
            team_id: TEAM.to_owned(),
            ..Default::default()
        };
        let search = pb::SearchDocumentsRequest {
            team_id: TEAM.to_owned(),
            ..words("exhausted")
        };
        for fault in [
            world
                .create(&ctx, of_team("a", "b", TEAM))
                .await
                .unwrap_err(),
            world.list(&ctx, listing).await.unwrap_err(),
            world.search(&ctx, search).await.unwrap_err(),
        ] {
            assert_eq!(fault, Fault::not_found("team"));
        }
    }
}

#[tokio::test]
async fn a_viewer_of_the_team_reads_only() {
    let world = World::start().await;
    let writer = in_teams(&user("user_1"), &[TEAM]);
    let created = world.create(&writer, of_team("pool", "exhausted", TEAM));
    let id = created.await.unwrap().document.unwrap().document_id;
    let viewer = in_teams(&person("user_2", Role::Viewer, None), &[TEAM]);
    world.get(&viewer, &id).await.unwrap();
    for fault in [
        world
            .create(&viewer, of_team("a", "b", TEAM))
            .await
            .unwrap_err(),
        world.update(&viewer, change(&id)).await.unwrap_err(),
        world.delete(&viewer, &id).await.unwrap_err(),
    ] {
        assert_eq!(fault.reason, "forbidden");
    }
}

#[tokio::test]
async fn lists_and_searches_keep_to_the_scope_they_name() {
    let world = World::start().await;
    let ada = in_teams(&user("user_1"), &[TEAM, OTHER]);
    world.publish("global", "pool").await;
    for (title, team) in [("one", TEAM), ("two", OTHER)] {
        world
            .create(&ada, of_team(title, "pool", team))
            .await
            .unwrap();
    }
    world.store(&ada, "own", "pool").await;
    use pb::DocumentScope as Scope;
    for (scope, team, expected) in [
        (Scope::Unspecified, "", &["own", "two", "one", "global"][..]),
        (Scope::Personal, "", &["own"]),
        (Scope::Team, "", &["two", "one"]),
        (Scope::Team, TEAM, &["one"]),
        (Scope::Unspecified, OTHER, &["two"]),
        (Scope::Global, "", &["global"]),
    ] {
        assert_eq!(titles(&world, &ada, scope, team).await, expected);
        let search = pb::SearchDocumentsRequest {
            scope: scope.into(),
            team_id: team.to_owned(),
            ..words("pool")
        };
        let found = world.search(&ada, search).await.unwrap();
        // Equally good ones are in the order of their scopes too.
        let found: Vec<&str> = found.iter().map(|result| result.title.as_str()).collect();
        assert_eq!(found, expected);
    }
}

#[tokio::test]
async fn a_team_goes_with_its_scope_and_its_collections() {
    let world = World::start().await;
    let ada = in_teams(&user("user_1"), &[TEAM]);
    for (scope, team_id) in [
        (pb::DocumentScope::Team, ""),
        (pb::DocumentScope::Personal, TEAM),
        (pb::DocumentScope::Global, TEAM),
        (pb::DocumentScope::Team, "a\0b"),
    ] {
        let request = pb::CreateDocumentRequest {
            scope: scope.into(),
            ..of_team("a", "b", team_id)
        };
        let fault = world.create(&ada, request).await.unwrap_err();
        assert_eq!(fault.violations[0].field, "team_id");
    }
    let collection = pb::CreateCollectionRequest {
        name: "Runbooks".to_owned(),
        team_id: TEAM.to_owned(),
        ..Default::default()
    };
    let mut client = world.client();
    let created = client.create_collection(ada.request(collection)).await;
    let collection = inner(created).unwrap().collection.unwrap();
    assert_eq!(collection.team_id, TEAM);
    let mut own = document("own", "words");
    own.collection_ids = vec![collection.collection_id.clone()];
    let fault = world.create(&ada, own).await.unwrap_err();
    assert_eq!(fault, Fault::not_found("collection"));
    let mut theirs = of_team("theirs", "words", TEAM);
    theirs.collection_ids = vec![collection.collection_id];
    world.create(&ada, theirs).await.unwrap();
}
