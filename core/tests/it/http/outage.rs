//! What clients are told while a module in another process does not answer.

use faultmaven::config::{Settings, Source};
use faultmaven::placement::ALL_MODULES;
use faultmaven::serve::{Server, bind};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{PASSWORD, observe, until};

/// The product with one module elsewhere, where nobody listens.
struct Lame {
    base: String,
    server: Server,
    _data: TempDir,
}

/// An answer.
struct Told {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl Lame {
    async fn without(missing: &str) -> Self {
        observe();
        let data = tempfile::tempdir().unwrap();
        let listener = bind(([127, 0, 0, 1], 0).into()).await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let nobody = bind(([127, 0, 0, 1], 0).into()).await.unwrap();
        let nobody_listens = format!("http://{}", nobody.local_addr().unwrap());
        drop(nobody);
        let here = ALL_MODULES.iter().map(|module| module.as_str());
        let here: Vec<&str> = here.filter(|name| *name != missing).collect();
        let mut source = Source::with([("CIRCUIT_BREAKER_FAIL_THRESHOLD", "3")]);
        source.set("MODULES", format!("gateway,{}", here.join(",")));
        source.set(&format!("{}_URL", missing.to_uppercase()), &nobody_listens);
        source.set("DATA_DIR", data.path().to_str().unwrap());
        source.set("PUBLIC_URL", &base);
        let settings = Settings::from_source(&source).unwrap();
        let server = Server::start(settings, listener).await.unwrap();
        Self {
            base,
            server,
            _data: data,
        }
    }

    async fn get(&self, path: &str, token: &str) -> Told {
        let request = reqwest::Client::new().get(format!("{}{path}", self.base));
        Told::of(request.bearer_auth(token)).await
    }

    /// Creates the first account and returns its token.
    async fn sign_in(&self) -> String {
        let account = json!({
            "username": "ada", "email": "ada@example.org", "password": PASSWORD,
            "setup_token": self.server.setup_token(),
        });
        let request = reqwest::Client::new().post(format!("{}/api/v1/auth/register", self.base));
        let told = Told::of(request.body(account.to_string())).await;
        assert_eq!(told.status, 201, "{:#}", told.body);
        told.body["access_token"].as_str().unwrap().to_owned()
    }
}

impl Told {
    async fn of(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        Self {
            status,
            headers,
            body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
        }
    }

    /// Fails unless the answer says that `module` is unavailable, and what to do.
    #[track_caller]
    fn expect_unavailable(&self, module: &str) {
        assert_eq!(self.status, 503, "{:#}", self.body);
        for member in ["code", "error"] {
            assert_eq!(self.body[member], "service_unavailable", "{:#}", self.body);
        }
        let wait = self.headers["retry-after"].to_str().unwrap();
        let detail = format!("the {module} service is unavailable; try again in {wait} s");
        assert_eq!(self.body["detail"], json!(detail));
        assert_eq!(self.headers["x-error-code"], "SERVICE_UNAVAILABLE");
    }
}

#[tokio::test]
async fn a_module_that_is_down_is_named_with_a_remedy_and_left_alone_until_it_may_be_back() {
    let product = Lame::without("case").await;
    let token = product.sign_in().await;
    until(async || {
        let told = product.get("/api/v1/cases", &token).await;
        told.expect_unavailable("case");
        told.headers["retry-after"] != "1"
    })
    .await;
    let health = product.get("/health", &token).await.body;
    assert_eq!(health["status"], "degraded", "{health:#}");
    assert_eq!(health["circuit_breakers"]["case"], "open", "{health:#}");
    let metrics = product.get("/metrics", &token).await.body;
    let open = "faultmaven_breaker_state{module=\"case\"} 2";
    assert!(metrics.as_str().unwrap().contains(open), "{metrics}");
    let me = product.get("/api/v1/auth/me", &token).await;
    assert_eq!(me.status, 200, "what needs no case goes on: {:#}", me.body);
    product.server.stop().await;
}

#[tokio::test]
async fn nobody_is_signed_out_because_sign_in_is_down() {
    let product = Lame::without("auth").await;
    for path in ["/api/v1/cases", "/api/v1/auth/config"] {
        let told = product.get(path, "any token").await;
        told.expect_unavailable("auth");
    }
    product.server.stop().await;
}
