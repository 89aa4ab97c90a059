//! The browser extension: it sends the headers that a browser makes it send, and no others.

use reqwest::header::HeaderMap;
use reqwest::multipart::Form;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::client::{Reply, User};
use super::{App, until};
use crate::contract::expect_shape;

/// The origin of an installed extension; each installation has its own.
const EXTENSION: &str = "chrome-extension://abcdefghijklmnopabcdefghijklmnop";

/// What any page may read of an answer from elsewhere.
const READABLE: [&str; 3] = ["content-type", "content-length", "cache-control"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Generation {
    /// Holds permission for all hosts: it asks nobody and names its origin where it changes things.
    Legacy,
    /// Holds no permission: an ordinary page of another origin.
    Current,
}

/// What a call carries.
pub(crate) enum Body {
    /// Nothing, under a JSON content type.
    Empty,
    Json(Value),
    Form(Form),
}

/// An open panel of the extension, with what it keeps between calls.
pub(crate) struct Extension {
    generation: Generation,
    base: String,
    nobody: User,
    user: Option<User>,
    client_id: &'static str,
    session_id: Option<String>,
}

impl Extension {
    /// Opens a panel of the older generation.
    pub(crate) fn legacy(app: &App) -> Self {
        Self::of(app, Generation::Legacy)
    }

    /// Opens a panel of the current generation.
    pub(crate) fn current(app: &App) -> Self {
        Self::of(app, Generation::Current)
    }

    fn of(app: &App, generation: Generation) -> Self {
        Self {
            generation,
            base: app.base().to_owned(),
            nobody: app.anonymous(),
            user: None,
            client_id: "0b3bd2a5-5e0b-4b43-8d3e-111111111111",
            session_id: None,
        }
    }

    /// Keeps the token of a sign-in.
    pub(crate) fn sign_in(&mut self, sign_in: &Value) {
        let token = sign_in["access_token"].as_str().unwrap();
        self.user = Some(self.nobody.with_token(token));
    }

    /// Forgets the token.
    pub(crate) fn sign_out(&mut self) {
        self.user = None;
    }

    /// Keeps the id of a session, whatever became of it.
    pub(crate) fn keep_session(&mut self, session_id: &str) {
        self.session_id = Some(session_id.to_owned());
    }

    /// Forgets the session.
    pub(crate) fn forget_session(&mut self) {
        self.session_id = None;
    }

    /// Asks what the server can do, before anything else.
    pub(crate) async fn capabilities(&self) -> Value {
        let request = self.nobody.request(Method::GET, "/v1/meta/capabilities");
        let request = request.header("accept", "application/json");
        let request = self.with_origin(&Method::GET, request);
        self.nobody.run(request).await.expect(200)
    }

    /// Opens a session, or the one it had; the older generation never says who asks.
    pub(crate) async fn open_session(&mut self) -> Value {
        let body = json!({
            "client_id": self.client_id, "session_type": "troubleshooting",
            "timeout_minutes": 180, "metadata": {"source": "browser_extension"},
        });
        self.session_id = None;
        let user = match self.generation {
            Generation::Legacy => None,
            Generation::Current => self.user.as_ref(),
        };
        let user = user.unwrap_or(&self.nobody);
        let path = "/api/v1/sessions";
        let reply = self
            .call(user, Method::POST, path, None, Body::Json(body))
            .await;
        assert!(matches!(reply.status, 200 | 201), "{:#}", reply.body);
        self.session_id = reply.body["session_id"].as_str().map(str::to_owned);
        reply.body
    }

    /// Reads the header of a case, which must have a shape of the contract.
    pub(crate) async fn header(&self, case_id: &str, shape: &str) -> Value {
        let header = self.get(&format!("/api/v1/cases/{case_id}/ui")).await;
        let header = header.expect(200);
        expect_shape(shape, &header);
        header
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, None, Body::Empty).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Reply {
        self.send(Method::PUT, path, None, Body::Json(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.send(Method::DELETE, path, None, Body::Empty).await
    }

    pub(crate) async fn post(&self, path: &str, body: Body) -> Reply {
        self.send(Method::POST, path, None, body).await
    }

    /// Posts with a key that makes a repeat harmless.
    pub(crate) async fn post_once(&self, path: &str, key: &str, body: Body) -> Reply {
        self.send(Method::POST, path, Some(key), body).await
    }

    /// Polls the job that an answer names until it has ended, and returns its last document.
    pub(crate) async fn follow(&self, accepted: &Reply) -> Value {
        assert_eq!(accepted.status, 202, "{:#}", accepted.body);
        let location = accepted.headers["location"].to_str().unwrap();
        // A relative address would lead the older generation into the extension itself.
        let path = location.strip_prefix(&self.base).unwrap();
        let mut job = Value::Null;
        until(async || {
            job = self.get(path).await.expect(200);
            expect_shape("job", &job);
            matches!(job["status"].as_str(), Some("completed" | "failed"))
        })
        .await;
        job
    }

    async fn send(&self, method: Method, path: &str, key: Option<&str>, body: Body) -> Reply {
        let user = self.user.as_ref().unwrap_or(&self.nobody);
        self.call(user, method, path, key, body).await
    }

    async fn call(
        &self,
        user: &User,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Body,
    ) -> Reply {
        let mut headers = HeaderMap::new();
        if !matches!(body, Body::Form(_)) {
            headers.insert("content-type", "application/json".parse().unwrap());
        }
        if let Some(session_id) = &self.session_id {
            headers.insert("x-session-id", session_id.parse().unwrap());
        }
        if let Some(key) = key {
            headers.insert("idempotency-key", key.parse().unwrap());
        }
        if self.generation == Generation::Current {
            self.ask_first(user, &method, path, &headers).await;
        }
        let request = user.request(method.clone(), path).headers(headers);
        let request = self.with_origin(&method, request);
        let reply = user.run(match body {
            Body::Empty => request,
            Body::Json(body) => request.body(body.to_string()),
            Body::Form(form) => request.multipart(form),
        });
        match self.generation {
            Generation::Legacy => reply.await,
            Generation::Current => readable(reply.await),
        }
    }

    /// Says where a request comes from, as the browser does.
    fn with_origin(&self, method: &Method, request: RequestBuilder) -> RequestBuilder {
        if self.generation == Generation::Legacy && method == Method::GET {
            request.header("sec-fetch-site", "none")
        } else {
            request.header("origin", EXTENSION)
        }
    }

    /// Asks whether the extension may call, as a browser does before it lets a page do so.
    async fn ask_first(&self, user: &User, method: &Method, path: &str, headers: &HeaderMap) {
        let mut names: Vec<&str> = headers.keys().map(|name| name.as_str()).collect();
        if user.is_signed_in() {
            names.push("authorization");
        }
        names.sort_unstable();
        let request = self.nobody.request(Method::OPTIONS, path);
        let request = request
            .header("origin", EXTENSION)
            .header("access-control-request-method", method.as_str())
            .header("access-control-request-headers", names.join(","));
        let reply = self.nobody.run(request).await;
        assert!((200..300).contains(&reply.status), "{method} {path}");
        expect_allowed(&reply);
        let methods = listed(&reply, "access-control-allow-methods");
        assert!(
            methods.contains(&method.as_str().to_lowercase()),
            "{method}"
        );
        let allowed = listed(&reply, "access-control-allow-headers");
        for name in names {
            assert!(allowed.iter().any(|it| it == name), "{name} to {path}");
        }
    }
}

/// Fails unless a browser lets the extension read an answer to a call with credentials.
#[track_caller]
fn expect_allowed(reply: &Reply) {
    let header = |name: &str| reply.headers.get(name).and_then(|it| it.to_str().ok());
    assert_eq!(header("access-control-allow-origin"), Some(EXTENSION));
    assert_eq!(header("access-control-allow-credentials"), Some("true"));
}

/// Returns what a browser lets the extension read.
#[track_caller]
fn readable(reply: Reply) -> Reply {
    expect_allowed(&reply);
    let exposed = listed(&reply, "access-control-expose-headers");
    let is_readable = |name: &str| READABLE.contains(&name) || exposed.iter().any(|it| it == name);
    let headers = reply.headers.iter();
    let headers = headers
        .filter(|(name, _)| is_readable(name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    Reply { headers, ..reply }
}

/// Returns the words of a header that lists some, in lower case.
fn listed(reply: &Reply, name: &str) -> Vec<String> {
    let values = reply.headers.get_all(name).into_iter();
    let text: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
    let words = text.iter().flat_map(|text| text.split(','));
    words.map(|word| word.trim().to_lowercase()).collect()
}
