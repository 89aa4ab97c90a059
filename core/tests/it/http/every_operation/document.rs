//! The API document, and what it promises of a refusal.

use std::fmt;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::Reply;

/// Whoever asks, these say the same.
const LOOK_AT_NO_TOKEN: [&str; 10] = [
    "/",
    "/docs",
    "/openapi.json",
    "/redoc",
    "/.well-known/openid-configuration",
    "/health",
    "/health/live",
    "/health/ready",
    "/metrics",
    "/v1/meta/capabilities",
];

/// The API document.
pub(super) struct Api(Value);

/// An operation of the document.
pub(super) struct Operation<'a> {
    pub(super) method: Method,
    pub(super) path: &'a str,
    definition: &'a Value,
}

impl Api {
    pub(super) fn read() -> Self {
        let document = faultmaven_gateway::openapi_document();
        Self(serde_json::to_value(document).unwrap())
    }

    /// Returns the whole document, for references.
    pub(super) fn document(&self) -> &Value {
        &self.0
    }

    pub(super) fn operations(&self) -> impl Iterator<Item = Operation<'_>> {
        let paths = self.0["paths"].as_object().unwrap().iter();
        paths.flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap().iter();
            methods.map(move |(method, definition)| Operation {
                method: method.to_uppercase().parse().unwrap(),
                path,
                definition,
            })
        })
    }
}

impl fmt::Display for Operation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

impl Operation<'_> {
    /// Returns the path with ids that nothing has.
    pub(super) fn url(&self) -> String {
        let parts = self
            .path
            .split('/')
            .map(|part| match part.starts_with('{') {
                true => "unknown",
                false => part,
            });
        parts.collect::<Vec<_>>().join("/")
    }

    /// Returns whether nobody needs to sign in.
    pub(super) fn is_public(&self) -> bool {
        let security = self.definition["security"].as_array();
        security.is_some_and(|it| it.contains(&json!({})))
    }

    /// Returns whether a token is not even looked at.
    pub(super) fn looks_at_no_token(&self) -> bool {
        LOOK_AT_NO_TOKEN.contains(&self.path)
    }

    /// Returns the schema of the body of a media type.
    pub(super) fn body(&self, media_type: &str) -> Option<&Value> {
        self.definition["requestBody"]["content"][media_type].get("schema")
    }

    pub(super) fn parameters(&self, place: &str) -> impl Iterator<Item = &Value> {
        let parameters = self.definition["parameters"].as_array();
        let parameters = parameters.into_iter().flatten();
        parameters.filter(move |parameter| parameter["in"] == place)
    }

    /// Returns a complaint unless an answer has the status, is documented and says why in words.
    pub(super) fn not_told(&self, what: &str, reply: &Reply, status: u16) -> Option<String> {
        let responses = &self.definition["responses"];
        let class = format!("{}XX", status / 100);
        let is_documented = [status.to_string(), class]
            .iter()
            .any(|it| responses.get(it).is_some());
        let is_told = reply.body["detail"]
            .as_str()
            .is_some_and(|it| !it.is_empty());
        let is_right = reply.status == status && is_documented && is_told;
        let body = &reply.body;
        let complaint = || {
            let documented = if is_documented {
                ""
            } else {
                ", which is not documented"
            };
            format!(
                "{self} with {what:.200}: {} for {status}{documented}: {body:.300}",
                reply.status
            )
        };
        (!is_right).then(complaint)
    }

    /// Returns a complaint unless an answer has the status and the reason.
    pub(super) fn not_refused(
        &self,
        what: &str,
        reply: &Reply,
        status: u16,
        reason: &str,
    ) -> Option<String> {
        self.not_told(what, reply, status).or_else(|| {
            let code = &reply.body["code"];
            (code != reason).then(|| format!("{self} with {what}: {code} for {reason}"))
        })
    }

    /// Returns a complaint unless an answer blames a field.
    pub(super) fn field_not_named(&self, what: &str, reply: &Reply, field: &str) -> Option<String> {
        self.not_told(what, reply, 422).or_else(|| {
            let named = reply.body["errors"][0]["field"]
                .as_str()
                .unwrap_or_default();
            let complaint = || format!("{self} with {what:.200}: blames {named:?} for {field}");
            (!named.starts_with(field)).then(complaint)
        })
    }
}
