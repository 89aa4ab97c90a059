//! JSON in bodies and parts of forms, refused with a problem that names the field.

use faultmaven_kit::Fault;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::error::Category;

use super::objects::ObjectsOnly;
use crate::problem::Problem;

/// Returns the JSON object in the text of a form part.
pub(crate) fn part<T: DeserializeOwned>(name: &str, text: &str) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_str(text);
    let value = T::deserialize(ObjectsOnly(&mut json));
    let value = value.and_then(|value| json.end().map(|()| value));
    value.map_err(|error| {
        Fault::invalid(name, format!("is not the JSON object it must be: {error}")).into()
    })
}

/// Returns the object; what is none is told so in words of its own.
pub(super) fn parse_object<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    match bytes.trim_ascii() {
        b"" => parse(b"{}"),
        // A body that may be absent may be null as well, which only its type knows.
        b"null" => serde_json::from_slice(b"null").map_err(|_| no_object("null")),
        [b'{', ..] => parse(bytes),
        _ => Err(match parse::<Value>(bytes)? {
            Value::Array(_) => no_object("an array"),
            Value::String(_) => no_object("a string"),
            Value::Number(_) => no_object("a number"),
            _ => no_object("true or false"),
        }),
    }
}

fn no_object(found: &str) -> Problem {
    let message = format!("must be a JSON object such as {{\"name\": \"value\"}}, not {found}");
    Fault::invalid("body", message).into()
}

pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(ObjectsOnly(&mut json))
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
        let body: Body = parse_object(b" ").unwrap();
        assert_eq!(body.title, None);
    }

    #[test]
    fn only_an_object_is_an_object() {
        for (text, found) in [
            ("[]", "an array"),
            (" [\"title\"]", "an array"),
            ("\"x\"", "a string"),
            ("5", "a number"),
            ("true", "true or false"),
            ("null", "null"),
        ] {
            let problem = format!("{:?}", parse_object::<Body>(text.as_bytes()).unwrap_err());
            assert!(problem.contains(&format!("not {found}")), "{problem}");
        }
        assert!(parse_object::<Option<Body>>(b"null").unwrap().is_none());
    }

    #[test]
    fn only_an_object_is_an_object_at_any_depth() {
        #[derive(Debug, Deserialize)]
        struct Outer {
            one: Option<Body>,
            #[serde(default)]
            many: Vec<Body>,
            #[serde(default)]
            free: Value,
        }
        for (text, field) in [
            ("{\"one\": []}", "one"),
            ("{\"one\": [\"title\"]}", "one"),
            ("{\"many\": [{}, []]}", "many[1]"),
        ] {
            let problem = format!("{:?}", parse_object::<Outer>(text.as_bytes()).unwrap_err());
            assert!(
                problem.contains(&format!("field: \"{field}\"")),
                "{problem}"
            );
            assert!(
                problem.contains("sequence, expected a JSON object"),
                "{problem}"
            );
        }
        let text = b"{\"one\": null, \"many\": [{\"title\": \"x\"}], \"free\": [[1, -2, 0.5, true, null]]}";
        let outer: Outer = parse_object(text).unwrap();
        assert!(outer.one.is_none());
        assert_eq!(outer.many[0].title.as_deref(), Some("x"));
        assert_eq!(outer.free, serde_json::json!([[1, -2, 0.5, true, null]]));
    }

    #[test]
    fn a_number_without_a_fraction_is_whole() {
        #[derive(Debug, Deserialize)]
        struct Limits {
            few: Option<i32>,
            many: Option<u64>,
        }
        let limits: Limits = parse_object(b"{\"few\": -27.0, \"many\": 1e3}").unwrap();
        assert_eq!((limits.few, limits.many), (Some(-27), Some(1000)));
        for text in ["{\"few\": 0.5}", "{\"few\": 1e10}", "{\"many\": -1.0}"] {
            assert!(parse_object::<Limits>(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_part_of_a_form_is_an_object_too() {
        let title = part::<Body>("metadata", " {\"title\": \"x\"} ")
            .unwrap()
            .title;
        assert_eq!(title.as_deref(), Some("x"));
        for text in ["[]", "{} x", "{", "5"] {
            let problem = format!("{:?}", part::<Body>("metadata", text).unwrap_err());
            assert!(problem.contains("field: \"metadata\""), "{problem}");
        }
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
            let shown = format!("{:?}", parse_object::<Body>(text.as_bytes()).unwrap_err());
            assert!(shown.contains(message), "{shown}");
            assert!(shown.contains("field: \"body\""), "{shown}");
        }
    }
}
