//! Bodies and query strings, refused with a problem that names the field.

use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use faultmaven_kit::{Code, Fault};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::problem::Problem;
use crate::state::AppState;
use crate::wire;

const FORM: &[u8] = b"application/x-www-form-urlencoded";

/// A JSON body; an empty one counts as an empty object, whatever its content type says.
pub(crate) struct JsonBody<T>(pub(crate) T);

/// A body of JSON or of form fields, as its content type says.
pub(crate) struct JsonOrForm<T>(pub(crate) T);

/// The query string.
pub(crate) struct QueryOf<T>(pub(crate) T);

/// What makes a repeat of a request answer as the first one did; empty when there is none.
pub(crate) struct IdempotencyKey(pub(crate) String);

/// The variable parts of the path.
pub(crate) struct PathOf<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<AppState> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &AppState) -> Result<Self, Problem> {
        read_json(request, app).await.map(Self)
    }
}

impl<T: DeserializeOwned> FromRequest<AppState> for JsonOrForm<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &AppState) -> Result<Self, Problem> {
        let content_type = request.headers().get(header::CONTENT_TYPE);
        let is_form = content_type.is_some_and(|value| value.as_bytes().starts_with(FORM));
        let bytes = read_body(request, app).await?;
        if !is_form {
            return parse(&bytes).map(Self);
        }
        match serde_urlencoded::from_bytes(&bytes) {
            Ok(form) => Ok(Self(form)),
            Err(error) => {
                Err(Fault::invalid("body", format!("the form is refused: {error}")).into())
            }
        }
    }
}

impl FromRequestParts<AppState> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Problem> {
        wire::idempotency_key(&parts.headers).map(Self)
    }
}

/// Returns the JSON of a body within the limit for such bodies.
pub(crate) async fn read_json<T: DeserializeOwned>(
    request: Request,
    app: &AppState,
) -> Result<T, Problem> {
    parse(&read_body(request, app).await?)
}

async fn read_body(request: Request, app: &AppState) -> Result<Bytes, Problem> {
    let limit = app.config.max_body_bytes;
    if declared_length(request.headers()).is_some_and(|length| length > limit as u64) {
        return Err(too_large(limit as u64));
    }
    let body = Limited::new(request.into_body(), limit).collect().await;
    Ok(body.map_err(|error| unreadable(&*error, limit))?.to_bytes())
}

/// Returns how long the client says the body is.
pub(crate) fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

impl<T: DeserializeOwned> FromRequestParts<AppState> for QueryOf<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Problem> {
        match Query::<T>::from_request_parts(parts, app).await {
            Ok(Query(query)) => Ok(Self(query)),
            Err(rejection) => Err(wrong_query(&rejection.body_text())),
        }
    }
}

impl<T: DeserializeOwned + Send> FromRequestParts<AppState> for PathOf<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Problem> {
        match Path::<T>::from_request_parts(parts, app).await {
            Ok(Path(path)) => Ok(Self(path)),
            Err(rejection) => Err(Fault::invalid("path", rejection.body_text()).into()),
        }
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let bytes = if bytes.trim_ascii().is_empty() {
        b"{}"
    } else {
        bytes
    };
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json)
        .map_err(|error| refused(&error.path().to_string(), error.inner()))?;
    json.end().map_err(|error| refused(".", &error))?;
    Ok(value)
}

/// Returns the problem of a body that is no JSON, or of the field whose value does not fit.
fn refused(path: &str, error: &serde_json::Error) -> Problem {
    let place = format!("line {}, column {}", error.line(), error.column());
    let fault = match error.classify() {
        Category::Eof | Category::Io => Fault::invalid(
            "body",
            format!("the JSON ends early, at {place}; send the whole body"),
        ),
        Category::Syntax => {
            let text = error.to_string();
            let problem = text.rsplit_once(" at line ").map_or(&*text, |(it, _)| it);
            Fault::invalid(
                "body",
                format!("the JSON is malformed at {place}: {problem}"),
            )
        }
        Category::Data => {
            let missing = (path == ".").then(|| missing_field(error)).flatten();
            let field = missing.unwrap_or_else(|| match path {
                "." => "body".to_owned(),
                path => path.to_owned(),
            });
            Fault::invalid(field, format!("the JSON body is refused: {error}"))
        }
    };
    fault.into()
}

/// Returns the name in serde's "missing field `x`", which has no path of its own.
fn missing_field(error: &serde_json::Error) -> Option<String> {
    let text = error.to_string();
    let (_, rest) = text.split_once("missing field `")?;
    rest.split_once('`').map(|(name, _)| name.to_owned())
}

/// Returns the problem of a query string, naming the parameter that axum's text ends with.
fn wrong_query(text: &str) -> Problem {
    let mut parts = text.splitn(3, ": ").skip(1);
    match (parts.next(), parts.next()) {
        (Some(field), Some(problem)) => Fault::invalid(field, problem).into(),
        _ => {
            let missing = text.split('`').nth(1).unwrap_or("query");
            Fault::invalid(missing, "is required in the query string").into()
        }
    }
}

fn unreadable(error: &(dyn std::error::Error + 'static), limit: usize) -> Problem {
    if error.is::<LengthLimitError>() {
        return too_large(limit as u64);
    }
    Fault::invalid(
        "body",
        "the body ended before it was complete; send it again",
    )
    .into()
}

/// Returns the problem of a body beyond `limit` bytes.
pub(crate) fn too_large(limit: u64) -> Problem {
    Fault::new(
        Code::OutOfRange,
        "body_too_large",
        format!("the body is larger than {limit} bytes; upload large data as a file"),
    )
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    struct Body {
        #[serde(default)]
        title: Option<String>,
    }

    #[derive(Debug, Deserialize)]
    struct Strict {
        #[expect(dead_code, reason = "only its absence is looked at")]
        message: String,
    }

    #[test]
    fn an_empty_body_is_an_empty_object() {
        let body: Body = parse(b" ").unwrap();
        assert_eq!(body.title, None);
    }

    #[test]
    fn a_wrong_type_names_its_field() {
        let problem = parse::<Body>(b"{\"title\": 5}").unwrap_err();
        assert!(
            format!("{problem:?}").contains("field: \"title\""),
            "{problem:?}"
        );
    }

    #[test]
    fn a_missing_field_is_named() {
        let problem = parse::<Strict>(b"{}").unwrap_err();
        assert!(
            format!("{problem:?}").contains("field: \"message\""),
            "{problem:?}"
        );
    }

    #[test]
    fn broken_json_is_told_where_and_blames_no_field() {
        for (text, message) in [
            ("{\"title\": ", "the JSON ends early, at line 1, column 10"),
            (
                "{\"title\": \"a",
                "the JSON ends early, at line 1, column 12",
            ),
            (
                "{\"title\":\n tru3}",
                "the JSON is malformed at line 2, column 5",
            ),
            (
                "{\"title\": \"a\"} x",
                "the JSON is malformed at line 1, column 16: trailing",
            ),
        ] {
            let shown = format!("{:?}", parse::<Body>(text.as_bytes()).unwrap_err());
            assert!(shown.contains(message), "{shown}");
            assert!(shown.contains("field: \"body\""), "{shown}");
        }
    }
}
