//! What objects are set to, for comparing them with what other exports say of them.

use std::collections::BTreeMap;

use super::changes::{RESTLESS, written_by_people};
use super::versions::{Value, gives_away, wishes};
use super::{name, settings};
use crate::citation::Citation;
use crate::clues::{Clues, Described};
use crate::structured::config::is_secret;
use crate::structured::json::Record;
use crate::time::parse_utc;

/// Objects of one file that are described.
const OBJECTS_MAX: usize = 1_000;
/// Values of one object, and of all objects of a file.
const VALUES_MAX: usize = 120;
const ALL_VALUES_MAX: usize = 10_000;
const VALUE_MAX: usize = 200;
/// What everybody knows of a workload is left out of its paths.
const POD_TEMPLATE: &str = "spec.template.spec.";

/// Takes what an object is set to; what the cluster writes by itself is no setting.
pub(super) fn read(record: &Record, clues: &mut Clues) {
    let object = &record.root;
    let kind = object.text("kind").unwrap_or_default();
    let known: usize = clues.described.iter().map(|it| it.values.len()).sum();
    let is_full = clues.described.len() >= OBJECTS_MAX || known >= ALL_VALUES_MAX;
    if is_full || kind.is_empty() || kind == "Secret" || RESTLESS.contains(&kind) {
        return;
    }
    let Some(place) = object.get("metadata.name").and_then(|it| record.cite(it)) else {
        return;
    };
    let mut values = BTreeMap::new();
    for (path, value) in wishes(object) {
        // A name stands in the path of what it names.
        if path.ends_with("].name") {
            continue;
        }
        let path = path.replace(POD_TEMPLATE, "");
        let path = path.strip_prefix("data.").unwrap_or(&path);
        if value.text.contains('\n') {
            lines(record, path, &value, &mut values);
        } else {
            let at = record.cite(value.node);
            add(path.to_owned(), &value.text, at, &mut values);
        }
    }
    let version = object.text("metadata.resourceVersion");
    let written = written_by_people(object).and_then(|it| it.as_text());
    clues.described.push(Described {
        object: format!("{}/{}", kind.to_ascii_lowercase(), name(object)),
        namespace: settings::namespace(object),
        generation: object.number("metadata.generation").map(|it| it as u64),
        version: version.and_then(|it| it.parse().ok()),
        changed_at: written.and_then(parse_utc),
        place,
        values,
    });
}

/// Takes the lines of a text by their first words.
fn lines(
    record: &Record,
    path: &str,
    value: &Value<'_>,
    values: &mut BTreeMap<String, (String, Citation)>,
) {
    let separators = |letter: char| matches!(letter, '=' | ':' | ' ' | '\t');
    for line in value.text.lines().map(str::trim) {
        let Some((word, rest)) = line.split_once(separators) else {
            continue;
        };
        let rest = rest.trim_start_matches(separators);
        let key = format!("{path} {word}");
        if !word.is_empty() && !word.starts_with(['#', ';']) && !rest.is_empty() {
            add(key, rest, value.line(record, line), values);
        }
    }
}

fn add(
    path: String,
    text: &str,
    at: Option<Citation>,
    values: &mut BTreeMap<String, (String, Citation)>,
) {
    let key = path.strip_suffix(".value").unwrap_or(&path);
    let is_kept = values.len() < VALUES_MAX && !is_secret(key, text) && !gives_away(text);
    let Some(at) = at.filter(|_| is_kept) else {
        return;
    };
    let text: String = text.chars().take(VALUE_MAX).collect();
    // Lines that begin alike are told apart by their number.
    let mut own = path.clone();
    let mut number = 1;
    while values.contains_key(&own) {
        number += 1;
        own = format!("{path} ({number})");
    }
    values.insert(own, (text, at));
}

#[cfg(test)]
mod tests {
    use crate::{Options, analyze};

    #[test]
    fn objects_are_described_by_their_paths_and_the_lines_of_their_texts() {
        let text = r#"{"kind":"List","items":[
            {"kind":"Deployment","metadata":{"name":"travel","namespace":"ts","generation":4,"resourceVersion":"910"},
             "spec":{"template":{"spec":{"containers":[{"name":"app",
               "env":[{"name":"TZ","value":"Asia/Shanghai"},{"name":"DB_PASSWORD","value":"hunter2hunter2"}],
               "resources":{"limits":{"cpu":"120m"}}}]}}}},
            {"kind":"ConfigMap","metadata":{"name":"bouncer","namespace":"db"},
             "data":{"pgbouncer.ini":"[pgbouncer]\npool_mode = session\n# pool_mode = transaction\nforward . 10.0.0.2\n"}},
            {"kind":"Secret","metadata":{"name":"s","namespace":"db"},"data":{"a":"YQ=="}}]}"#;
        let analysis = analyze(text.as_bytes(), Options::default());
        let [travel, bouncer] = analysis.clues.described.as_slice() else {
            panic!("{:#?}", analysis.clues.described);
        };
        assert_eq!(
            (travel.object.as_str(), travel.generation, travel.version),
            ("deployment/travel", Some(4), Some(910))
        );
        let value = |key: &str| travel.values.get(key).map(|(text, _)| text.as_str());
        assert_eq!(
            value("containers[app].env[TZ].value"),
            Some("Asia/Shanghai")
        );
        assert_eq!(value("containers[app].resources.limits.cpu"), Some("120m"));
        assert!(!travel.values.keys().any(|key| key.contains("PASSWORD")));
        let (mode, at) = &bouncer.values["pgbouncer.ini pool_mode"];
        assert_eq!(mode, "session");
        assert_eq!(at.quote, "pool_mode = session");
        assert_eq!(bouncer.values["pgbouncer.ini forward"].0, ". 10.0.0.2");
        assert_eq!(bouncer.values.len(), 2);
    }
}
