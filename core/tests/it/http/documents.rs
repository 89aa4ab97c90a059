//! Knowledge documents and jobs.

use faultmaven_testing::StandIn;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::harness::{App, User, WorkedExample};

#[tokio::test]
async fn a_document_is_found_by_its_words_until_it_is_deleted() {
    let app = App::start().await;
    let ada = app.admin().await;
    let body = json!({
        "title": "Exhausted connection pools",
        "content": "# Symptoms\n\nHikariPool reports that a connection is not available.\n\n# Fix\n\nRaise maximum-pool-size.",
        "document_type": "how_to", "tags": ["hikari"],
    });
    let document = ada
        .post("/api/v1/knowledge/documents", body)
        .await
        .expect(201);
    assert_eq!(document["document_type"], "how_to");
    let search = json!({"query": "pools without available connections"});
    let found = ada.post("/api/v1/search", search.clone()).await.expect(200);
    assert_eq!(
        found["results"][0]["document_id"], document["document_id"],
        "{found:#}"
    );
    assert!(found["results"][0]["score"].as_f64().unwrap() <= 1.0);

    let path = format!(
        "/api/v1/knowledge/documents/{}",
        document["document_id"].as_str().unwrap()
    );
    let changed = ada
        .put(&path, json!({"content": "Nothing of that kind."}))
        .await
        .expect(200);
    assert_eq!(changed["content"], "Nothing of that kind.");
    ada.delete(&path).await.expect(204);
    assert_eq!(ada.get(&path).await.problem(404), "document_not_found");
    let found = ada.post("/api/v1/search", search).await.expect(200);
    assert_eq!(found["results"], json!([]));
}

#[tokio::test]
async fn personal_documents_stay_personal() {
    let app = App::start().await;
    let ada = app.admin().await;
    let bob = app.user(&ada, "bob", "member").await;
    let body = json!({"title": "Mine", "content": "the secret runbook", "document_type": "guide"});
    let document = bob
        .post("/api/v1/knowledge/documents", body)
        .await
        .expect(201);
    let path = format!(
        "/api/v1/knowledge/documents/{}",
        document["document_id"].as_str().unwrap()
    );
    ada.get(&path).await.problem(404);
    let found = ada
        .post("/api/v1/search", json!({"query": "secret runbook"}))
        .await
        .expect(200);
    assert_eq!(found["results"], json!([]));
}

#[tokio::test]
async fn a_document_comes_as_json_or_as_a_form() {
    let app = App::start().await;
    let ada = app.admin().await;
    let form = |name: &str, text: &str| {
        let file = Part::bytes(text.as_bytes().to_vec()).file_name(name.to_owned());
        Form::new()
            .text("document_type", "runbook")
            .text("tags", "db, pool")
            .part("file", file)
    };
    let path = "/api/v1/knowledge/documents";
    let document = ada
        .post_form(path, form("pools.md", "# Pools"))
        .await
        .expect(201);
    assert_eq!(document["title"], "pools.md");
    assert_eq!(document["tags"], json!(["db", "pool"]));

    let path = "/api/v1/knowledge/ingest";
    let ingested = ada
        .post_form(path, form("disks.txt", "disks"))
        .await
        .expect(200);
    assert_eq!(
        (&ingested["status"], &ingested["filename"]),
        (&json!("indexed"), &json!("disks.txt"))
    );
    assert_eq!(
        (&ingested["file_size"], &ingested["chunk_count"]),
        (&json!(5), &json!(1))
    );
    let refused = ada.post_form(path, form("disks.doc", "disks")).await;
    assert!(
        refused.body["detail"].as_str().unwrap().contains("csv"),
        "{:#}",
        refused.body
    );
    refused.problem(422);
    ada.post_form(path, Form::new().text("title", "no file"))
        .await
        .problem(422);
}

#[tokio::test]
async fn dashboards_find_documents_under_their_own_addresses() {
    let app = App::start().await;
    let ada = app.admin().await;
    let bob = app.user(&ada, "bob", "member").await;
    let form = |text: &str| {
        let file = Part::bytes(text.as_bytes().to_vec()).file_name("a.md");
        Form::new().text("title", "A").part("file", file)
    };
    let own = bob
        .post_form("/api/v1/documents/upload", form("own"))
        .await
        .expect(201);
    let global = "/api/v1/admin/kb/documents";
    bob.post_form(global, form("global")).await.problem(403);
    let shared = ada.post_form(global, form("global")).await.expect(201);
    assert_eq!(shared["scope"], "global");
    let listed = bob
        .get("/api/v1/documents?limit=20&offset=0")
        .await
        .expect(200);
    assert_eq!(listed["total_count"], 2, "{listed:#}");
    let listed = bob.get(global).await.expect(200);
    assert_eq!(listed["documents"][0]["document_id"], shared["document_id"]);
    let others = bob.get(&format!("{global}?scope=personal")).await;
    assert_eq!(others.problem(422), "invalid_field");
    let path = format!("{global}/{}", shared["document_id"].as_str().unwrap());
    bob.delete(&path).await.problem(403);
    ada.delete(&path).await.expect(204);
    let path = format!("/api/v1/documents/{}", own["document_id"].as_str().unwrap());
    assert_eq!(ada.delete(&path).await.problem(404), "document_not_found");
    bob.delete(&path).await.expect(204);
}

#[tokio::test]
async fn documents_are_changed_counted_and_deleted_together() {
    let app = App::start().await;
    let ada = app.admin().await;
    let base = "/api/v1/knowledge/documents";
    let runbooks = ada
        .post(&format!("{base}/collections"), json!({"name": "Runbooks"}))
        .await
        .expect(201);
    let body = json!({
        "title": "Pools", "content": "HikariPool is exhausted", "document_type": "runbook",
        "collection_ids": [runbooks["collection_id"]], "tags": ["java", "pool"],
    });
    let pools = ada.post(base, body).await.expect(201);
    let body = json!({"title": "Disks", "content": "HikariPool and full disks", "document_type": "guide", "tags": ["java"]});
    let disks = ada.post(base, body).await.expect(201);

    let collections = ada.get(&format!("{base}/collections")).await.expect(200);
    assert_eq!(
        collections["collections"][0]["document_count"], 1,
        "{collections:#}"
    );
    let changes = json!([
        {"document_id": pools["document_id"], "title": "Connection pools"},
        {"title": "nobody"},
    ]);
    let changed = ada
        .post(&format!("{base}/bulk-update"), changes)
        .await
        .expect(200);
    assert_eq!(
        (&changed["updated"], &changed["failed"]),
        (&json!(1), &json!(1)),
        "{changed:#}"
    );

    let stats = ada.get("/api/v1/knowledge/stats").await.expect(200);
    assert_eq!(stats["by_type"], json!({"guide": 1, "runbook": 1}));
    assert_eq!(
        (&stats["total_size_bytes"], &stats["total_users"]),
        (&json!(48), &json!(1))
    );
    let stats = ada.get(&format!("{base}/stats")).await.expect(200);
    assert_eq!(stats["total_documents"], 2);

    documents_are_found(&ada, &pools, &disks).await;

    let ids = json!([pools["document_id"], "nobody"]);
    let deleted = ada
        .post(&format!("{base}/batch-delete"), ids)
        .await
        .expect(200);
    assert_eq!(
        (&deleted["deleted"], &deleted["failed_ids"]),
        (&json!(1), &json!(["nobody"]))
    );
}

async fn documents_are_found(ada: &User, pools: &Value, disks: &Value) {
    let search = |query: &str| json!({"query": query, "limit": 1});
    let path = "/api/v1/knowledge/documents/search";
    let found = ada.post(path, search("hikaripool")).await.expect(200);
    assert_eq!(
        (&found["total_results"], &found["returned"]),
        (&json!(2), &json!(1)),
        "{found:#}"
    );
    let newest = ada.post(path, search("")).await.expect(200);
    assert_eq!(newest["results"][0]["document_id"], disks["document_id"]);
    let tagged = json!({"tags": ["java", "Pool"]});
    let tagged = ada.post(path, tagged).await.expect(200);
    assert_eq!(tagged["total_results"], 1, "{tagged:#}");
    assert_eq!(tagged["results"][0]["document_id"], pools["document_id"]);
    let path = format!(
        "/api/v1/search/similar/{}",
        pools["document_id"].as_str().unwrap()
    );
    let similar = ada.get(&path).await.expect(200);
    assert_eq!(
        similar["results"][0]["document_id"], disks["document_id"],
        "{similar:#}"
    );
}

#[tokio::test]
async fn a_finished_analysis_is_a_job_of_its_owner() {
    let app = App::start().await;
    let ada = app.admin().await;
    let bob = app.user(&ada, "bob", "member").await;
    let id = ada.open_case().await;
    ada.hand_over(&id, None, &[("app.log", WorkedExample::app_log())])
        .await;
    let jobs = ada.get("/api/v1/jobs").await.expect(200);
    let job = &jobs["jobs"][0];
    assert_eq!(job["kind"], "analyze_file", "{jobs:#}");
    let path = format!("/api/v1/jobs/{}", job["job_id"].as_str().unwrap());
    ada.get(&path).await.expect(200);
    assert_eq!(bob.get(&path).await.problem(404), "job_not_found");
}

#[tokio::test]
async fn the_embedded_analyst_is_listed_and_costs_nothing() {
    let app = App::start().await;
    let ada = app.admin().await;
    let models = ada.get("/api/v1/models").await.expect(200);
    assert_eq!(models["providers"][0]["name"], "embedded", "{models:#}");
    let usage = ada.get("/api/v1/usage").await.expect(200);
    assert_eq!(usage["totals"]["cost_usd"], 0.0);
}

#[tokio::test]
async fn the_documents_of_a_team_are_its_members_alone() {
    let app = App::start().await;
    let ada = app.admin().await;
    let bob = app.user(&ada, "bob", "member").await;
    let carol = app.user(&ada, "carol", "member").await;
    let victor = app.user(&ada, "victor", "viewer").await;
    let team = bob.post("/api/v1/teams", json!({"name": "SRE"})).await;
    let team_id = team.expect(201)["team_id"].clone();
    let members = format!("/api/v1/teams/{}/members", team_id.as_str().unwrap());
    for user in [&carol, &victor] {
        let path = format!("{members}/{}", user.id());
        bob.put(&path, json!({})).await.expect(200);
    }
    let documents = "/api/v1/knowledge/documents";
    let body = |content: &str| json!({"title": "Pools", "content": content, "document_type": "runbook", "scope": "team", "team_id": team_id});
    let document = bob.post(documents, body("Look at HikariPool first.")).await;
    let document = document.expect(201);
    assert_eq!(
        (&document["scope"], &document["team_id"]),
        (&json!("team"), &team_id)
    );
    let path = format!("{documents}/{}", document["document_id"].as_str().unwrap());
    let query = json!({"query": "HikariPool"});
    for (reader, count) in [(&carol, 1), (&victor, 1), (&ada, 0)] {
        let list = reader.get(&format!("{documents}?scope=team")).await;
        assert_eq!(list.expect(200)["total_count"], count);
        let found = reader
            .post("/api/v1/search", query.clone())
            .await
            .expect(200);
        assert_eq!(found["total_found"], count);
        let read = reader.get(&path).await;
        assert_eq!(read.status, if count == 1 { 200 } else { 404 });
    }
    let renamed = carol.put(&path, json!({"title": "Connection pools"})).await;
    assert_eq!(renamed.expect(200)["title"], "Connection pools");
    victor
        .put(&path, json!({"title": "Mine"}))
        .await
        .problem(403);
    victor.post(documents, body("other")).await.problem(403);
    let foreign = ada.post(documents, body("other")).await;
    assert_eq!(foreign.problem(404), "team_not_found");
    let unnamed = json!({"title": "a", "content": "b", "document_type": "guide", "scope": "team"});
    for (body, field) in [
        (unnamed, "team_id"),
        (
            json!({"title": "a", "content": "b", "document_type": "guide", "scope": "all"}),
            "scope",
        ),
    ] {
        let reply = bob.post(documents, body).await;
        assert_eq!(reply.problem(422), "invalid_field");
        assert_eq!(reply.body["errors"][0]["field"], field);
    }
    let leave = format!("{members}/{}", carol.id());
    carol.delete(&leave).await.expect(204);
    carol.get(&path).await.problem(404);
    bob.delete(&path).await.expect(204);
}

#[tokio::test]
async fn configured_models_are_listed_with_whether_they_are_called() {
    let vendor = StandIn::start().await;
    let address = vendor.url();
    let app = App::with(&[
        ("LLM_PROVIDER", "openai_compatible"),
        ("OPENAI_BASE_URL", address.as_str()),
        ("OPENAI_API_KEY", "sk-not-to-be-shown"),
        ("LLM_MODEL", "qwen3"),
    ])
    .await;
    let ada = app.admin().await;
    let models = ada.get("/api/v1/models").await.expect(200);
    let first = &models["providers"][0];
    assert_eq!(first["name"], "openai_compatible", "{models:#}");
    assert_eq!(
        (&first["model"], &first["breaker"]),
        (&json!("qwen3"), &json!("closed"))
    );
    assert_eq!(models["providers"][1]["name"], "embedded");
    assert!(!models.to_string().contains("sk-not-to-be-shown"));
    let health = app.anonymous().get("/health").await.expect(200);
    assert_eq!(
        health["circuit_breakers"]["llm/openai_compatible"],
        "closed"
    );
    let metrics = app.anonymous().get("/metrics").await.expect(200);
    let gauge = "faultmaven_breaker_state{provider=\"openai_compatible\"} 0";
    assert!(metrics.as_str().unwrap().contains(gauge));
    assert!(
        vendor.seen().is_empty(),
        "nobody is called before there is a question"
    );
}
