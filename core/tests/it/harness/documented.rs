//! Whether an answer has a status that the OpenAPI document names for its operation.

use std::sync::LazyLock;

use reqwest::Method;
use serde_json::Value;

static PATHS: LazyLock<Value> = LazyLock::new(|| {
    let document = serde_json::to_value(faultmaven_gateway::openapi_document()).unwrap();
    document["paths"].clone()
});

/// Fails unless the document names the status; paths and methods that it does not know are refused
/// as such, which the caller looks at.
#[track_caller]
pub(crate) fn expect_documented(method: &Method, path: &str, status: u16, body: &Value) {
    let Some(operation) = operation(method, path) else {
        return;
    };
    let responses = operation["responses"].as_object().unwrap();
    assert!(
        responses.contains_key(&status.to_string()),
        "{method} {path}: {status} is not in the OpenAPI document: {body:#}"
    );
}

fn operation(method: &Method, path: &str) -> Option<&'static Value> {
    let method = method.as_str().to_lowercase();
    let paths = PATHS.as_object().unwrap().iter();
    let fitting = paths.filter_map(|(template, item)| Some((literals(template, path)?, item)));
    let (_, item) = fitting.max_by_key(|(literals, _)| literals.clone())?;
    item.get(&method)
}

/// Returns which parts of a template say the same as a path, or nothing when the path does not fit.
fn literals(template: &str, path: &str) -> Option<Vec<bool>> {
    let path: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    let template: Vec<&str> = template.trim_end_matches('/').split('/').collect();
    if path.len() != template.len() {
        return None;
    }
    let parts = template.iter().zip(path);
    parts
        .map(|(template, part)| match *template == part {
            true => Some(true),
            false => template.starts_with('{').then_some(false),
        })
        .collect()
}
