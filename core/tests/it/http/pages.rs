//! Health, pages, documents of the API, and pages of other origins.

use faultmaven::config::{Settings, Source};
use faultmaven::placement::ALL_MODULES;
use faultmaven::serve::{Server, bind};
use reqwest::Method;
use serde_json::Value;

use crate::harness::{App, Reply, User, observe};

fn component<'a>(probe: &'a Value, name: &str) -> &'a Value {
    let mut components = probe["components"].as_array().unwrap().iter();
    components.find(|it| it["name"] == name).unwrap()
}

#[tokio::test]
async fn health_tells_that_every_module_answers() {
    let app = App::start().await;
    let someone = app.anonymous();
    let health = someone.get("/health").await.expect(200);
    assert_eq!(health["status"], "healthy");
    assert_eq!(someone.get("/health/live").await.expect(200)["ready"], true);
    let ready = someone.get("/health/ready").await.expect(200);
    assert_eq!(ready["ready"], true);
    let modules = &component(&ready, "service_registry")["details"];
    for module in ALL_MODULES {
        assert_eq!(modules[module.as_str()], "ok", "{ready:#}");
    }
    assert_eq!(component(&ready, "gateway_process")["status"], "healthy");
    assert_eq!(component(&ready, "circuit_breakers")["status"], "healthy");
    let metrics = someone.get("/metrics").await.expect(200);
    assert!(
        metrics
            .as_str()
            .unwrap()
            .contains("faultmaven_http_requests_total")
    );
}

#[tokio::test]
async fn a_gateway_alone_is_not_ready_and_names_the_modules_that_do_not_answer() {
    let data = tempfile::tempdir().unwrap();
    let listener = bind(([127, 0, 0, 1], 0).into()).await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let mut source = Source::with([("MODULES", "gateway")]);
    source.set("DATA_DIR", data.path().to_str().unwrap());
    let nobody = bind(([127, 0, 0, 1], 0).into()).await.unwrap();
    let nobody_listens = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    for module in ALL_MODULES {
        let name = format!("{}_URL", module.as_str().to_uppercase());
        source.set(&name, &nobody_listens);
    }
    let settings = Settings::from_source(&source).unwrap();
    let server = Server::start(settings, listener).await.unwrap();
    let reply = reqwest::get(format!("{base}/health/ready")).await.unwrap();
    assert_eq!(reply.status(), 503);
    let probe: Value = serde_json::from_str(&reply.text().await.unwrap()).unwrap();
    let registry = component(&probe, "service_registry");
    assert_eq!(registry["status"], "unhealthy");
    assert_eq!(
        registry["details"]["case"],
        "the case service is unavailable; try again in 1 s"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_process_without_the_gateway_answers_probes_and_shows_its_metrics() {
    observe();
    let data = tempfile::tempdir().unwrap();
    let listener = bind(([127, 0, 0, 1], 0).into()).await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let mut source = Source::with([("MODULES", "jobs"), ("DEPLOYMENT_MODE", "docker")]);
    source.set("DATA_DIR", data.path().to_str().unwrap());
    let settings = Settings::from_source(&source).unwrap();
    let server = Server::start(settings, listener).await.unwrap();
    let get = async |path: &str| {
        let reply = reqwest::get(format!("{base}{path}")).await.unwrap();
        (reply.status().as_u16(), reply.text().await.unwrap())
    };
    let (status, health) = get("/health").await;
    assert_eq!(status, 200);
    assert!(health.contains("\"status\":\"healthy\""), "{health}");
    assert_eq!(get("/health/live").await.0, 200);
    let (status, ready) = get("/health/ready").await;
    let ready: Value = serde_json::from_str(&ready).unwrap();
    assert_eq!(status, 200, "{ready:#}");
    let asked = &component(&ready, "service_registry")["details"];
    assert_eq!(*asked, serde_json::json!({"jobs": "ok"}));
    let (status, metrics) = get("/metrics").await;
    assert_eq!(status, 200);
    assert!(
        metrics.contains("faultmaven_http_requests_total"),
        "{metrics}"
    );
    let (status, other) = get("/api/v1/cases").await;
    assert_eq!(status, 404);
    assert!(other.contains("the process of the gateway"), "{other}");
    server.stop().await;
}

#[tokio::test]
async fn each_module_tells_its_health_to_who_has_signed_in() {
    let app = App::start().await;
    let ada = app.admin().await;
    for (path, service) in [
        ("agent", "agent"),
        ("auth", "auth"),
        ("cases", "case"),
        ("evidence", "evidence"),
        ("knowledge", "knowledge"),
        ("sessions", "session"),
    ] {
        let path = format!("/api/v1/{path}/health");
        let health = ada.get(&path).await.expect(200);
        assert_eq!(health["status"], "healthy", "{health:#}");
        assert_eq!(health["service"], service);
        assert_eq!(app.anonymous().get(&path).await.status, 401);
    }
}

#[tokio::test]
async fn administrators_see_what_the_description_of_the_api_holds() {
    let app = App::start().await;
    let ada = app.admin().await;
    let health = ada.get("/admin/openapi-health").await.expect(200);
    let document = ada.get("/openapi.json").await.expect(200);
    let paths = document["paths"].as_object().unwrap().len();
    assert_eq!(health["status"], "healthy");
    assert_eq!(health["aggregation"]["total_paths"], paths);
    let refreshed = ada
        .post("/admin/refresh-openapi", serde_json::json!({}))
        .await
        .expect(200);
    assert_eq!(refreshed["status"], "success");
}

#[tokio::test]
async fn capabilities_need_no_sign_in() {
    let app = App::start().await;
    let capabilities = app
        .anonymous()
        .get("/v1/meta/capabilities")
        .await
        .expect(200);
    let is_split = std::env::var("FM_TEST_PLACEMENT").is_ok_and(|it| it == "split");
    let mode = if is_split {
        "enterprise"
    } else {
        "self-hosted"
    };
    assert_eq!(capabilities["deploymentMode"], mode);
    assert_eq!(capabilities["features"]["sso"], false);
    let offered = capabilities["limits"]["allowedExtensions"].as_array();
    for ending in [
        ".txt", ".log", ".json", ".csv", ".md", ".yaml", ".gz", ".zip",
    ] {
        assert!(offered.unwrap().contains(&ending.into()), "{ending}");
    }
    let on_localhost = app.base().replace("127.0.0.1", "localhost");
    assert_eq!(capabilities["dashboardUrl"], on_localhost);
    for feature in ["teamWorkspaces", "teamSharing", "sso"] {
        assert!(capabilities["features"][feature].is_boolean(), "{feature}");
    }
    assert!(capabilities["limits"]["maxFileBytes"].as_u64().unwrap() > 0);
}

#[tokio::test]
async fn browsers_get_a_page_and_programs_a_document() {
    let app = App::start().await;
    let someone = app.anonymous();
    let page = browse(&someone, "/").await;
    assert!(page.headers.contains_key("content-security-policy"));
    let html = page.expect(200).as_str().unwrap().to_owned();
    assert!(html.contains("<h1>FaultMaven</h1>"));
    assert!(html.contains(&format!("{}/api/v1/auth/register", app.base())));
    assert!(!html.contains(":8000"));
    assert_eq!(someone.get("/").await.expect(200)["service"], "faultmaven");
}

#[tokio::test]
async fn home_offers_the_first_account_only_while_there_is_none() {
    let app = App::start().await;
    let someone = app.anonymous();
    let fresh = browse(&someone, "/").await.expect(200);
    assert!(fresh.as_str().unwrap().contains("Create the first account"));
    app.admin().await;
    let used = browse(&someone, "/").await.expect(200);
    let html = used.as_str().unwrap();
    assert!(!html.contains("first account") && html.contains("1. Sign in"));
    assert!(html.contains(&format!("{}/api/v1/auth/login", app.base())));
}

async fn browse(someone: &User, path: &str) -> Reply {
    let request = someone.request(Method::GET, path);
    someone.run(request.header("accept", "text/html")).await
}

#[tokio::test]
async fn people_sign_in_on_a_page_that_runs_no_foreign_script() {
    let app = App::start().await;
    let someone = app.anonymous();
    for path in [
        "/login?source=extension",
        "/signin?source=extension",
        "/auth/authorize?response_type=code",
    ] {
        let page = someone.get(path).await;
        let policy = page.headers["content-security-policy"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(policy.contains("script-src 'self'"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        let html = page.expect(200);
        let html = html.as_str().unwrap();
        for inline in ["<style", "style=", "onclick", "<script>"] {
            assert!(!html.contains(inline), "{path}: {inline}");
        }
        assert!(html.contains("id=\"login-password\""), "{path}");
    }
    for (path, kind) in [
        ("/auth/sign-in.css", "text/css; charset=utf-8"),
        ("/auth/sign-in.js", "text/javascript; charset=utf-8"),
    ] {
        let file = someone.get(path).await;
        assert_eq!(file.headers["content-type"], kind);
        file.expect(200);
    }
}

#[tokio::test]
async fn a_path_nobody_serves_leads_to_the_first_page_unless_it_belongs_to_the_api() {
    let app = App::start().await;
    let someone = app.anonymous();
    let first_page = browse(&someone, "/").await.expect(200);
    for path in [
        "/kb?tab=documents",
        "/kb?tab=drafts&case=case_1",
        "/cases",
        "/cases/case_1",
        "/cases/case_1?tab=report",
        "/admin/kb",
        "/nonsense",
    ] {
        let page = browse(&someone, path).await.expect(200);
        assert_eq!(page, first_page, "{path}");
        let reply = someone.send(Method::POST, path, None).await;
        assert_eq!(reply.problem(404), "path_not_found");
    }
    for path in ["/api/v1/nothing", "/v1/nothing", "/assets/gone.js"] {
        assert_eq!(browse(&someone, path).await.problem(404), "path_not_found");
    }
}

#[tokio::test]
async fn the_api_documents_itself_without_the_network() {
    let app = App::start().await;
    let someone = app.anonymous();
    let document = someone.get("/openapi.json").await.expect(200);
    assert!(document["paths"]["/api/v1/cases/{case_id}/turns"]["post"].is_object());
    for page in ["/docs/", "/redoc"] {
        let html = someone.get(page).await.expect(200);
        let parts = parts_of(html.as_str().unwrap());
        assert!(parts.iter().any(|part| part.ends_with(".js")), "{parts:?}");
        for part in parts {
            assert!(!part.contains("//"), "{page} asks {part}");
            let address = match part.strip_prefix("./").unwrap_or(&part) {
                part if part.starts_with('/') => part.to_owned(),
                part => format!("{page}{part}"),
            };
            let part = someone.get(&address).await.expect(200);
            let text = part.as_str().unwrap_or_default();
            for loads in ["src:\"http", "src=\"http", "//cdn.", "url(http", "//fonts."] {
                assert!(!text.contains(loads), "{address} loads {loads}");
            }
        }
    }
    // Swagger UI would have somebody else say whether the document is valid.
    let start = someone.get("/docs/swagger-initializer.js").await;
    let start = start.expect(200);
    assert!(
        start
            .as_str()
            .unwrap()
            .contains("\"validatorUrl\": \"none\""),
        "{start}"
    );
}

/// Returns the addresses of the scripts, styles and icons of a page.
fn parts_of(html: &str) -> Vec<String> {
    let values = ["src=\"", "href=\""].iter().flat_map(|name| {
        html.split(name)
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
    });
    values.map(str::to_owned).collect()
}

#[tokio::test]
async fn an_extension_may_call_and_another_site_may_not() {
    let app = App::start().await;
    let someone = app.anonymous();
    let extension = "chrome-extension://abcdefghijklmnopabcdefghijklmnop";
    for method in ["GET", "POST", "PUT", "DELETE"] {
        let request = someone
            .request(Method::OPTIONS, "/api/v1/cases")
            .header("origin", extension)
            .header("access-control-request-method", method)
            .header(
                "access-control-request-headers",
                "authorization,content-type,x-session-id,idempotency-key",
            );
        let reply = someone.run(request).await;
        assert_eq!(reply.headers["access-control-allow-origin"], extension);
        assert_eq!(reply.headers["access-control-allow-credentials"], "true");
    }
    let request = someone
        .request(Method::GET, "/health")
        .header("origin", "https://evil.example");
    let reply = someone.run(request).await;
    assert!(!reply.headers.contains_key("access-control-allow-origin"));
    let request = someone
        .request(Method::POST, "/api/v1/auth/register")
        .header("origin", "https://evil.example")
        .body("{}");
    assert_eq!(
        someone.run(request).await.problem(403),
        "origin_not_allowed"
    );
}

#[tokio::test]
async fn a_foreign_name_for_this_machine_reads_and_changes_nothing() {
    let app = App::with(&[("AUTH_REQUIRED", "false")]).await;
    let someone = app.anonymous();
    let port = app.base().rsplit(':').next().unwrap();
    let by_name = |method: &Method, name: &str| {
        let request = someone.request(method.clone(), "/api/v1/cases");
        request.header("host", format!("{name}:{port}")).body("{}")
    };
    let json =
        |request: reqwest::RequestBuilder| request.header("content-type", "application/json");
    for method in [Method::GET, Method::POST] {
        let reply = someone.run(json(by_name(&method, "evil.example"))).await;
        assert_eq!(reply.problem(403), "host_not_allowed", "{method}");
        let detail = reply.body["detail"].as_str().unwrap();
        assert!(detail.contains("PUBLIC_URL"), "{detail}");
    }
    let grpc =
        by_name(&Method::POST, "evil.example").header("content-type", "application/grpc-web");
    assert_eq!(grpc.send().await.unwrap().status(), 403);
    for name in ["localhost", "127.0.0.1"] {
        someone.run(by_name(&Method::GET, name)).await.expect(200);
    }
}

#[tokio::test]
async fn every_answer_carries_the_request_id() {
    let app = App::start().await;
    let someone = app.anonymous();
    let request = someone
        .request(Method::GET, "/api/v1/nothing")
        .header("x-request-id", "trace-me-1");
    let reply = someone.run(request).await;
    assert_eq!(reply.headers["x-request-id"], "trace-me-1");
    assert_eq!(reply.body["request_id"], "trace-me-1");
    let request = someone
        .request(Method::GET, "/health")
        .header("x-request-id", "not fit for logs");
    let reply = someone.run(request).await;
    assert_ne!(reply.headers["x-request-id"], "not fit for logs");
}
