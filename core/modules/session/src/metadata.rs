//! The metadata of a session: a JSON object of the client's own, bounded in size.

use faultmaven_kit::Fault;
use serde_json::{Map, Value};

const MAX_BYTES: usize = 16 * 1_024;
const FIELD: &str = "metadata_json";

/// Returns the metadata that a client sends; empty text is an empty object.
pub(crate) fn read(json: String) -> Result<String, Fault> {
    if json.is_empty() {
        return Ok("{}".to_owned());
    }
    check_size(&json)?;
    object(&json)
        .map(|_| json)
        .ok_or_else(|| Fault::invalid(FIELD, "must be a JSON object"))
}

/// Returns `metadata` with the members of `changes` in place of its own, at every depth; null
/// removes a member, as RFC 7396 says.
pub(crate) fn merged(metadata: &str, changes: &str) -> Result<String, Fault> {
    let mut merged = object(metadata).unwrap_or_default();
    merge(&mut merged, object(changes).unwrap_or_default());
    let merged = Value::Object(merged).to_string();
    check_size(&merged)?;
    Ok(merged)
}

fn merge(members: &mut Map<String, Value>, changes: Map<String, Value>) {
    for (name, change) in changes {
        match (members.get_mut(&name), change) {
            (_, Value::Null) => {
                members.remove(&name);
            }
            (Some(Value::Object(inner)), Value::Object(changes)) => merge(inner, changes),
            (_, change) => {
                members.insert(name, change);
            }
        }
    }
}

fn object(json: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(json).ok()
}

fn check_size(json: &str) -> Result<(), Fault> {
    if json.len() <= MAX_BYTES {
        return Ok(());
    }
    let limit = format!("must have at most {MAX_BYTES} bytes");
    Err(Fault::invalid(FIELD, limit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_replace_those_of_the_same_name_at_every_depth() {
        for (before, changes, after) in [
            (r#"{"a":1}"#, "{}", r#"{"a":1}"#),
            (r#"{"a":1}"#, r#"{"b":2}"#, r#"{"a":1,"b":2}"#),
            (r#"{"a":1,"b":2}"#, r#"{"a":null}"#, r#"{"b":2}"#),
            (
                r#"{"context":{"page":"x","tab":1}}"#,
                r#"{"context":{"tab":2}}"#,
                r#"{"context":{"page":"x","tab":2}}"#,
            ),
            (r#"{"a":{"b":1}}"#, r#"{"a":5}"#, r#"{"a":5}"#),
        ] {
            let merged: Value = serde_json::from_str(&merged(before, changes).unwrap()).unwrap();
            let after: Value = serde_json::from_str(after).unwrap();
            assert_eq!(merged, after, "{before} with {changes}");
        }
    }

    #[test]
    fn metadata_grows_to_its_limit_and_no_further() {
        let large = format!("{{\"a\":\"{}\"}}", "x".repeat(16_000));
        let more = format!("{{\"b\":\"{}\"}}", "x".repeat(500));
        assert!(merged(&large, r#"{"b":1}"#).is_ok());
        assert_eq!(merged(&large, &more).unwrap_err().reason, "invalid_field");
    }
}
