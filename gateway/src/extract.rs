//! Bodies and query strings, refused with a problem that names the field.

use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use faultmaven_kit::{Code, Fault};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use crate::problem::Problem;
use crate::state::AppState;
use crate::wire;
use json::{parse, parse_object};

mod json;
mod objects;

pub(crate) use json::part;

const FORM: &[u8] = b"application/x-www-form-urlencoded";

/// A JSON object; an empty body counts as an empty one, whatever its content type says.
pub(crate) struct JsonBody<T>(pub(crate) T);

/// A JSON array.
pub(crate) struct JsonList<T>(pub(crate) Vec<T>);

/// A JSON object that two types read, so that a problem names a member of either; a type that
/// flattens the other into itself could not tell which.
pub(crate) struct JsonBoth<A, B>(pub(crate) A, pub(crate) B);

/// A JSON array whose items two types read.
pub(crate) struct JsonListBoth<A, B>(pub(crate) Vec<(A, B)>);

/// A body of JSON or of form fields, as its content type says.
pub(crate) struct JsonOrForm<T>(pub(crate) T);

/// The query string.
pub(crate) struct QueryOf<T>(pub(crate) T);

/// What makes a repeat of a request answer as the first one did; empty when there is none.
pub(crate) struct IdempotencyKey(pub(crate) String);

/// A request without an entity tag that it depends on: `expected_version` is what guards a change.
pub(crate) struct Unconditional;

/// The variable parts of the path.
pub(crate) struct PathOf<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<AppState> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &AppState) -> Result<Self, Problem> {
        read_json(request, app).await.map(Self)
    }
}

impl<T: DeserializeOwned> FromRequest<AppState> for JsonList<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &AppState) -> Result<Self, Problem> {
        parse(&read_body(request, app).await?).map(Self)
    }
}

impl<A: DeserializeOwned, B: DeserializeOwned> FromRequest<AppState> for JsonBoth<A, B> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &AppState) -> Result<Self, Problem> {
        let bytes = read_body(request, app).await?;
        Ok(Self(parse_object(&bytes)?, parse_object(&bytes)?))
    }
}

impl<A: DeserializeOwned, B: DeserializeOwned> FromRequest<AppState> for JsonListBoth<A, B> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &AppState) -> Result<Self, Problem> {
        let bytes = read_body(request, app).await?;
        let (one, other) = (parse::<Vec<A>>(&bytes)?, parse::<Vec<B>>(&bytes)?);
        Ok(Self(one.into_iter().zip(other).collect()))
    }
}

impl<T: DeserializeOwned> FromRequest<AppState> for JsonOrForm<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &AppState) -> Result<Self, Problem> {
        let content_type = request.headers().get(header::CONTENT_TYPE);
        let is_form = content_type.is_some_and(|value| value.as_bytes().starts_with(FORM));
        let bytes = read_body(request, app).await?;
        if !is_form {
            return parse_object(&bytes).map(Self);
        }
        match serde_urlencoded::from_bytes(&bytes) {
            Ok(form) => Ok(Self(form)),
            Err(error) => {
                Err(Fault::invalid("body", format!("the form is refused: {error}")).into())
            }
        }
    }
}

impl FromRequestParts<AppState> for Unconditional {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Problem> {
        let mut asked = parts.headers.get_all(header::IF_MATCH).iter();
        if asked.all(|value| value.as_bytes().trim_ascii() == b"*") {
            return Ok(Self);
        }
        let message = "If-Match is not looked at here; to write only over what you have seen, send \
                       the version you read as expected_version in the body";
        let reason = "if_match_not_supported";
        Err(Fault::new(Code::FailedPrecondition, reason, message).into())
    }
}

impl FromRequestParts<AppState> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Problem> {
        wire::idempotency_key(&parts.headers).map(Self)
    }
}

/// Returns the JSON object of a body within the limit for such bodies.
pub(crate) async fn read_json<T: DeserializeOwned>(
    request: Request,
    app: &AppState,
) -> Result<T, Problem> {
    parse_object(&read_body(request, app).await?)
}

async fn read_body(request: Request, app: &AppState) -> Result<Bytes, Problem> {
    refuse_encoded(request.headers())?;
    let limit = app.config.max_body_bytes;
    if declared_length(request.headers()).is_some_and(|length| length > limit as u64) {
        return Err(too_large(limit));
    }
    let body = Limited::new(request.into_body(), limit).collect().await;
    Ok(body.map_err(|error| unreadable(&*error, limit))?.to_bytes())
}

/// Refuses a body that would have to be unpacked before it can be read.
pub(crate) fn refuse_encoded(headers: &HeaderMap) -> Result<(), Problem> {
    let encoding = headers.get(header::CONTENT_ENCODING);
    match encoding {
        Some(value) if !value.as_bytes().eq_ignore_ascii_case(b"identity") => {
            let value = String::from_utf8_lossy(value.as_bytes());
            let message = format!(
                "Content-Encoding {value} is not understood; send the body uncompressed; a file \
                 within a form may be gzip"
            );
            Err(Fault::new(Code::InvalidArgument, "unsupported_encoding", message).into())
        }
        _ => Ok(()),
    }
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
            Err(rejection) => {
                let query = parts.uri.query().unwrap_or_default();
                Err(wrong_query(query, &rejection.body_text()))
            }
        }
    }
}

impl<T: DeserializeOwned + Send> FromRequestParts<AppState> for PathOf<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Problem> {
        match Path::<T>::from_request_parts(parts, app).await {
            Ok(Path(path)) => Ok(Self(path)),
            Err(_) => Err(Fault::invalid("path", "must be percent-encoded UTF-8 text").into()),
        }
    }
}

/// Returns the problem of a query string, naming the parameter that axum's text ends with.
fn wrong_query(query: &str, text: &str) -> Problem {
    let mut parts = text.splitn(3, ": ").skip(1);
    match (parts.next(), parts.next()) {
        (Some(field), Some(problem)) => {
            let value = value_of(query, field).unwrap_or_default();
            Fault::invalid(field, in_words(problem, &value)).into()
        }
        _ => {
            let missing = text.split('`').nth(1).unwrap_or("query");
            Fault::invalid(missing, "is required in the query string").into()
        }
    }
}

fn value_of(query: &str, name: &str) -> Option<String> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).ok()?;
    let named = pairs.into_iter().find(|(known, _)| known == name);
    named.map(|(_, value)| value)
}

/// Returns what a parameter must be, for the terse texts of the standard library's parsers.
fn in_words(problem: &str, value: &str) -> String {
    let expected = match problem {
        "invalid digit found in string" | "cannot parse integer from empty string" => {
            "a whole number"
        }
        "number too large to fit in target type" | "number too small to fit in target type" => {
            "a whole number of fewer digits"
        }
        "invalid float literal" | "cannot parse float from empty string" => "a number",
        "provided string was not `true` or `false`" => "true or false",
        _ => return problem.to_owned(),
    };
    format!("must be {expected}, not {value:?}")
}

fn unreadable(error: &(dyn std::error::Error + 'static), limit: usize) -> Problem {
    if error.is::<LengthLimitError>() {
        return too_large(limit);
    }
    Fault::invalid(
        "body",
        "the body ended before it was complete; send it again",
    )
    .into()
}

fn too_large(limit: usize) -> Problem {
    let message = format!(
        "the body is larger than {limit} bytes, a fixed limit of bodies that are no files; \
         shorten it, or send large data as a file to POST /api/v1/evidence"
    );
    Fault::new(Code::OutOfRange, "body_too_large", message).into()
}
