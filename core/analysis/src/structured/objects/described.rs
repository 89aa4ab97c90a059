//! What objects are set to, for comparing them with what other exports say of them.

use std::collections::{BTreeMap, HashMap};

use super::changes::{RESTLESS, written_by_people};
use super::versions::{Value, gives_away, wishes};
use super::{name, settings};
use crate::citation::Citation;
use crate::clues::{Clues, Described};
use crate::structured::config::{is_secret, shown};
use crate::structured::json::Record;
use crate::ties::without_password;
use crate::time::parse_utc;

/// Objects of one file that are described.
const OBJECTS_MAX: usize = 1_000;
/// Values of one object, and of all objects of a file.
const VALUES_MAX: usize = 120;
const ALL_VALUES_MAX: usize = 10_000;
const VALUE_MAX: usize = 1_000;
/// Lines of a text that may be missing from what is written.
const MISSED_MAX: usize = 20;
/// What everybody knows of a workload is left out of its paths.
const POD_TEMPLATE: &str = "spec.template.spec.";
/// Texts of accounts, in which every line is a secret.
const ACCOUNTS: [&str; 3] = ["userlist", "passwd", "credentials"];

/// Takes what an object is set to; what the cluster writes by itself is no setting.
pub(super) fn read(record: &Record, clues: &mut Clues) {
    let object = &record.root;
    let kind = object.text("kind").unwrap_or_default();
    if kind.is_empty() || kind == "Secret" || RESTLESS.contains(&kind) {
        return;
    }
    let known: usize = clues.described.iter().map(|it| it.values.len()).sum();
    if clues.described.len() >= OBJECTS_MAX || known >= ALL_VALUES_MAX {
        return;
    }
    let Some(place) = object.get("metadata.name").and_then(|it| record.cite(it)) else {
        return;
    };
    let mut values = Values {
        place: &place,
        found: BTreeMap::new(),
        cut: false,
    };
    for (path, value) in wishes(object) {
        // A name stands in the path of what it names.
        if path.ends_with("].name") {
            continue;
        }
        let path = path.replace(POD_TEMPLATE, "");
        let path = path.strip_prefix("data.").unwrap_or(&path);
        if value.text.contains('\n') {
            values.lines(record, path, &value);
        } else {
            let key = path.strip_suffix(".value").unwrap_or(path);
            let secret = is_secret(key, &value.text) || gives_away(&value.text);
            values.add(path, &value.text, secret, record.cite(value.node));
        }
    }
    let Values { found, cut, .. } = values;
    let version = object.text("metadata.resourceVersion");
    let written = written_by_people(object).and_then(|it| it.as_text());
    clues.described.push(Described {
        object: format!("{}/{}", kind.to_ascii_lowercase(), name(object)),
        namespace: settings::namespace(object),
        version: version.and_then(|it| it.parse().ok()),
        changed_at: written.and_then(parse_utc),
        place,
        values: found,
        cut,
    });
}

/// Values of one object by their paths.
struct Values<'a> {
    /// Where the object's name stands.
    place: &'a Citation,
    found: BTreeMap<String, (String, Citation)>,
    cut: bool,
}

impl Values<'_> {
    /// Takes the lines of a text by their first words; lines that begin alike as they are.
    fn lines(&mut self, record: &Record, path: &str, value: &Value<'_>) {
        if ACCOUNTS.iter().any(|it| path.contains(it)) {
            return;
        }
        let lines = || {
            value
                .text
                .lines()
                .map(str::trim)
                .filter(|it| !it.is_empty())
        };
        let mut words: HashMap<&str, usize> = HashMap::new();
        for (word, _) in lines().filter_map(parted) {
            *words.entry(word).or_default() += 1;
        }
        let (mut from, mut missed) = (value.node.value_at, 0);
        for line in lines() {
            if self.found.len() >= VALUES_MAX || missed > MISSED_MAX {
                self.cut = true;
                return;
            }
            // Every line is passed, so that none is found within an earlier one.
            let at = record.cite_line(&mut from, value.node.end, line);
            missed += usize::from(at.is_none());
            let Some((word, rest)) = parted(line) else {
                continue;
            };
            let is_alone = words.get(word) == Some(&1);
            let whole = without_password(line);
            let key = format!("{path} {}", if is_alone { word } else { &whole });
            let secret = is_secret(word, rest) || gives_away(line);
            let key = if secret {
                format!("{path} {word}")
            } else {
                key
            };
            self.add(&key, rest, secret, at);
        }
    }

    /// A secret is kept as one, and cited at the name of its object.
    fn add(&mut self, path: &str, text: &str, secret: bool, at: Option<Citation>) {
        let is_full = self.found.len() >= VALUES_MAX;
        self.cut |= is_full;
        let Some(at) = at.filter(|_| !is_full) else {
            return;
        };
        let open = without_password(text);
        let is_masked = secret || open != text;
        let at = if is_masked { self.place.clone() } else { at };
        let text = match secret {
            true => shown(&open, secret),
            false => open.chars().take(VALUE_MAX).collect(),
        };
        self.found.insert(path.to_owned(), (text, at));
    }
}

/// The first word of a line and what is set for it; none for remarks.
fn parted(line: &str) -> Option<(&str, &str)> {
    let separates = |letter: char| matches!(letter, '=' | ':' | ' ' | '\t');
    let (word, rest) = line.split_once(separates)?;
    let rest = rest.trim_start_matches(separates);
    let is_remark = word.is_empty() || word.starts_with(['#', ';']);
    (!is_remark && !rest.is_empty()).then_some((word, rest))
}

#[cfg(test)]
mod tests {
    use crate::{Options, analyze};

    #[test]
    fn objects_are_described_by_their_paths_and_the_lines_of_their_texts() {
        let text = r#"{"kind":"List","items":[
            {"kind":"Deployment","metadata":{"name":"travel","namespace":"ts","generation":4,"resourceVersion":"910"},
             "spec":{"template":{"spec":{"containers":[{"name":"app",
               "env":[{"name":"TZ","value":"Asia/Shanghai"},{"name":"DB_PASSWORD","value":"hunter2hunter2"},
               {"name":"DB_URL","value":"postgres://u:pw@db/shop"}],
               "resources":{"limits":{"cpu":"120m"}}}]}}}},
            {"kind":"ConfigMap","metadata":{"name":"bouncer","namespace":"db"},
             "data":{"pgbouncer.ini":"[pgbouncer]\nmin_pool_mode = x\npool_mode = session\n# pool_mode = transaction\nforward . 10.0.0.2\n",
               "profile.conf":"password: hunter2hunter2\nretry = 3\nlisten 80\nlisten 443\nbackend postgres://app:hunter2@db1/shop\nbackend postgres://app:hunter2@db2/shop\n","userlist.txt":"\"postgres\" \"hunter2\"\n\"web\" \"hunter3\"\n"}},
            {"kind":"Secret","metadata":{"name":"s","namespace":"db"},"data":{"a":"YQ=="}}]}"#;
        let analysis = analyze(text.as_bytes(), Options::default());
        let [travel, bouncer] = analysis.clues.described.as_slice() else {
            panic!("{:#?}", analysis.clues.described);
        };
        assert_eq!(
            (travel.object.as_str(), travel.version),
            ("deployment/travel", Some(910))
        );
        let value = |key: &str| travel.values.get(key).map(|(text, _)| text.as_str());
        assert_eq!(
            value("containers[app].env[TZ].value"),
            Some("Asia/Shanghai")
        );
        assert_eq!(value("containers[app].resources.limits.cpu"), Some("120m"));
        let (masked, at) = &travel.values["containers[app].env[DB_PASSWORD].value"];
        assert!(!masked.contains("hunter") && !at.quote.contains("hunter"));
        let (url, at) = &travel.values["containers[app].env[DB_URL].value"];
        assert!(url.starts_with("postgres://u@db") && !at.quote.contains("pw"));
        let (mode, at) = &bouncer.values["pgbouncer.ini pool_mode"];
        assert_eq!(mode, "session");
        assert_eq!(at.quote, "pool_mode = session");
        assert_eq!(bouncer.values["pgbouncer.ini forward"].0, ". 10.0.0.2");
        assert_eq!(bouncer.values["profile.conf retry"].0, "3");
        assert_eq!(bouncer.values["profile.conf listen 443"].0, "443");
        assert!(bouncer.values.keys().any(|it| it.contains("@db2/shop")));
        assert!(
            bouncer
                .values
                .iter()
                .all(|(key, (text, at))| !format!("{key}{text}{}", at.quote).contains("hunter"))
        );
    }
}
