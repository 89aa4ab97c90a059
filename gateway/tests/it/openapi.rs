//! The checked-in document and the routes agree.

use std::path::Path;

use serde_json::Value;

fn document() -> Value {
    serde_json::to_value(faultmaven_gateway::openapi_document()).unwrap()
}

fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    let mut operations = Vec::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap() {
            operations.push((format!("{method} {path}"), operation));
        }
    }
    operations
}

/// Run with `UPDATE_OPENAPI=1` to write the file anew.
#[test]
fn the_checked_in_document_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let current = serde_json::to_string_pretty(&document()).unwrap() + "\n";
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(&path, &current).unwrap();
    }
    let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        checked_in == current,
        "gateway/openapi.json is out of date; run UPDATE_OPENAPI=1 cargo nextest run -p faultmaven-gateway openapi"
    );
}

#[test]
fn every_operation_says_what_it_does_and_answers() {
    let document = document();
    for (name, operation) in operations(&document) {
        let summary = operation["summary"].as_str().unwrap_or_default();
        assert!(summary.ends_with('.'), "{name}: summary {summary:?}");
        assert_eq!(
            operation["tags"].as_array().map(Vec::len),
            Some(1),
            "{name}"
        );
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|it| it.starts_with('2')), "{name}");
    }
}

/// Returns a part of the document, or what it refers to.
fn followed<'a>(document: &'a Value, part: &'a Value) -> &'a Value {
    match part["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).unwrap(),
        None => part,
    }
}

/// Returns the answers of an operation that are problems, by their status.
fn problems<'a>(document: &'a Value, operation: &'a Value) -> Vec<(u16, &'a Value)> {
    let responses = operation["responses"].as_object().unwrap().iter();
    let told = responses.map(|(status, it)| (status.parse().unwrap(), followed(document, it)));
    told.filter(|(status, _)| *status >= 400).collect()
}

#[test]
fn every_operation_names_the_statuses_that_its_rules_demand() {
    let document = document();
    for (name, operation) in operations(&document) {
        let (method, path) = name.split_once(' ').unwrap();
        let statuses: Vec<u16> = problems(&document, operation)
            .into_iter()
            .map(|(status, _)| status)
            .collect();
        let needs_sign_in = operation["security"].is_null();
        let has_body = operation["requestBody"].is_object();
        let names_a_thing = path.contains('{');
        let is_api = ["/api/", "/v1/", "/admin/"]
            .iter()
            .any(|it| path.starts_with(it));
        for (status, is_demanded) in [
            (401, needs_sign_in),
            (403, needs_sign_in || method != "get"),
            (404, names_a_thing),
            (409, names_a_thing && method != "get"),
            (413, has_body),
            (422, has_body || names_a_thing),
            (429, is_api),
            (500, true),
            (503, needs_sign_in),
            (504, needs_sign_in),
        ] {
            assert!(
                !is_demanded || statuses.contains(&status),
                "{name}: {status}"
            );
        }
    }
}

#[test]
fn every_problem_shows_itself_as_one_of_its_status() {
    let document = document();
    let mut seen = 0;
    for (name, operation) in operations(&document) {
        for (status, response) in problems(&document, operation) {
            assert_ne!(response["description"], "", "{name}: {status}");
            let content = &response["content"]["application/json"];
            let shown = content["example"]["error"].is_string();
            let is_problem = content["schema"]["$ref"] == "#/components/schemas/ProblemBody";
            assert!(shown || !is_problem, "{name}: {status}");
            seen += usize::from(is_problem);
        }
    }
    assert!(seen > 1_000, "{seen}");
}

/// Calls `check` with every body that is taken or sent, its name and its schema.
fn each_body(document: &Value, mut check: impl FnMut(&str, &Value)) {
    for (name, operation) in operations(document) {
        let responses = operation["responses"].as_object().unwrap();
        let answers = responses.iter().map(|(status, it)| (status.as_str(), it));
        for (part, body) in answers.chain([("request", &operation["requestBody"])]) {
            let content = followed(document, body)["content"].as_object();
            for (media_type, content) in content.into_iter().flatten() {
                check(&format!("{name}: {part} {media_type}"), content);
            }
        }
    }
}

/// Fails unless each example fits its schema and knows what each of its members usually holds.
fn expect_fitting(document: &Value, told: &[(String, Value, Value)]) {
    // One schema of all, since each would bring the components along.
    let schemas = told
        .iter()
        .map(|(name, schema, _)| (name.clone(), schema.clone()));
    let schema = serde_json::json!({
        "components": document["components"],
        "properties": schemas.collect::<serde_json::Map<_, _>>(),
    });
    let examples = told
        .iter()
        .map(|(name, _, example)| (name.clone(), example.clone()));
    let examples = Value::Object(examples.collect());
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap();
    let errors = validator.iter_errors(&examples);
    let wrong: Vec<String> = errors
        .map(|error| format!("{}: {error:.200}", error.instance_path()))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    for (name, _, example) in told {
        let is_known = !example.is_null() && !example.to_string().contains('\u{2026}');
        assert!(
            is_known,
            "{name}: add what is missing to examples.json: {example:#}"
        );
    }
}

#[test]
fn every_body_and_every_schema_has_an_example_that_fits() {
    let document = document();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let mut told: Vec<(String, Value, Value)> = schemas
        .iter()
        .map(|(name, schema)| (name.clone(), schema.clone(), schema["examples"][0].clone()))
        .collect();
    each_body(&document, |name, content| {
        let shared = || followed(&document, &content["examples"]["usual"])["value"].clone();
        let example = content.get("example").cloned().unwrap_or_else(shared);
        told.push((name.to_owned(), content["schema"].clone(), example));
    });
    assert!(told.len() > 500, "{}", told.len());
    expect_fitting(&document, &told);
}

#[test]
fn the_pages_are_described_too() {
    let document = document();
    for (path, media_type) in [
        ("/", "text/html"),
        ("/", "application/json"),
        ("/docs", "text/html"),
        ("/redoc", "text/html"),
        ("/openapi.json", "application/json"),
    ] {
        let content = &document["paths"][path]["get"]["responses"]["200"]["content"];
        assert!(content[media_type].is_object(), "{path} {media_type}");
    }
}

#[test]
fn operation_ids_are_unique() {
    let document = document();
    let mut ids: Vec<&str> = operations(&document)
        .into_iter()
        .filter_map(|(_, operation)| operation["operationId"].as_str())
        .collect();
    ids.sort_unstable();
    let mut unique = ids.clone();
    unique.dedup();
    assert_eq!(ids, unique);
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let text = document.to_string();
    for part in text.split("\"$ref\":\"").skip(1) {
        let reference = part.split('"').next().unwrap();
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}
