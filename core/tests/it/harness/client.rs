//! A person with an HTTP client.

use reqwest::header::{HeaderMap, HeaderName};
use reqwest::multipart::{Form, Part};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;

use super::documented::expect_documented;

/// Somebody who calls the REST API, signed in or not.
#[derive(Clone)]
pub(crate) struct User {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
    sign_in: Value,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// JSON, or the text of another body.
    pub(crate) body: Value,
}

impl Reply {
    async fn of(response: Response) -> Self {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Self {
            status,
            headers,
            body,
        }
    }

    /// Returns the body of an answer that must have `status`.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{:#}", self.body);
        self.body
    }

    /// Returns the reason of an error answer, whose body must have every shape clients read.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16) -> &str {
        assert_eq!(self.status, status, "{:#}", self.body);
        let detail = self.body["detail"].as_str().unwrap();
        assert!(!detail.is_empty());
        assert_eq!(self.body["message"], self.body["detail"]);
        assert!(self.body["error"].is_string(), "{:#}", self.body);
        assert!(self.body["request_id"].is_string(), "{:#}", self.body);
        self.body["code"].as_str().unwrap()
    }
}

impl User {
    pub(crate) fn new(
        http: reqwest::Client,
        base: String,
        token: Option<String>,
        sign_in: Value,
    ) -> Self {
        Self {
            http,
            base,
            token,
            sign_in,
        }
    }

    /// Returns the bearer token.
    pub(crate) fn token(&self) -> &str {
        self.token.as_deref().unwrap()
    }

    /// Returns whether a bearer token goes out with every request.
    pub(crate) fn is_signed_in(&self) -> bool {
        self.token.is_some()
    }

    /// Returns the same person with another bearer token.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    /// Returns the answer of the sign-in.
    pub(crate) fn sign_in(&self) -> &Value {
        &self.sign_in
    }

    /// Returns the account's id.
    pub(crate) fn id(&self) -> &str {
        self.sign_in["user"]["user_id"].as_str().unwrap()
    }

    /// Returns a request with the bearer token, to be shaped and sent with [`User::run`].
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends a request, whose answer must have a status that the API's document names.
    pub(crate) async fn run(&self, request: RequestBuilder) -> Reply {
        let (http, request) = request.build_split();
        let request = request.unwrap();
        let (method, url) = (request.method().clone(), request.url().clone());
        let response = http.execute(request).await.unwrap();
        let is_redirected = *response.url() != url;
        let reply = Reply::of(response).await;
        if !is_redirected {
            expect_documented(&method, url.path(), reply.status, &reply.body);
        }
        reply
    }

    /// Sends a request with an optional JSON body.
    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Reply {
        let request = self.request(method, path);
        self.run(match body {
            Some(body) => request.json(&body),
            None => request,
        })
        .await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Reply {
        self.send(Method::PUT, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.send(Method::DELETE, path, None).await
    }

    /// Posts JSON with one more header.
    pub(crate) async fn post_with(
        &self,
        path: &str,
        header: (HeaderName, &str),
        body: Value,
    ) -> Reply {
        let request = self.request(Method::POST, path);
        self.run(request.header(header.0, header.1).json(&body))
            .await
    }

    /// Posts a multipart form.
    pub(crate) async fn post_form(&self, path: &str, form: Form) -> Reply {
        self.run(self.request(Method::POST, path).multipart(form))
            .await
    }

    /// Opens a case and returns its id.
    pub(crate) async fn open_case(&self) -> String {
        let body = self
            .post("/api/v1/cases", serde_json::json!({"title": null}))
            .await
            .expect(201);
        body["case_id"].as_str().unwrap().to_owned()
    }

    /// Takes a turn with text alone, in the current dialect, and returns the turn reply.
    pub(crate) async fn say(&self, case_id: &str, text: &str) -> Value {
        let form = Form::new().text("query", text.to_owned());
        self.turn(case_id, form).await.expect(200)
    }

    /// Takes a turn with files and optional text and returns the turn reply.
    pub(crate) async fn hand_over(
        &self,
        case_id: &str,
        text: Option<&str>,
        files: &[(&str, Vec<u8>)],
    ) -> Value {
        let mut form = Form::new();
        if let Some(text) = text {
            form = form.text("query", text.to_owned());
        }
        for (name, bytes) in files {
            let part = Part::bytes(bytes.clone()).file_name((*name).to_owned());
            form = form.part("files", part);
        }
        self.turn(case_id, form).await.expect(200)
    }

    /// Takes a turn with any multipart form.
    pub(crate) async fn turn(&self, case_id: &str, form: Form) -> Reply {
        let path = format!("/api/v1/cases/{case_id}/turns");
        self.run(self.request(Method::POST, &path).multipart(form))
            .await
    }

    /// Stores a file of a case without a turn.
    pub(crate) async fn upload(&self, case_id: &str, name: &str, bytes: Vec<u8>) -> Reply {
        let part = Part::bytes(bytes).file_name(name.to_owned());
        let form = Form::new()
            .text("case_id", case_id.to_owned())
            .part("file", part);
        self.run(
            self.request(Method::POST, "/api/v1/evidence")
                .multipart(form),
        )
        .await
    }
}
