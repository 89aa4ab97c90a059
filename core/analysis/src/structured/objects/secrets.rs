//! Values of secrets that end with a line break, as `echo` and editors leave it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Shown, name};
use crate::structured::json::Node;

/// Longer values are files.
const VALUE_MAX: usize = 500;
/// Keys of files of one line.
const FILES: [&str; 6] = [
    "auth",
    "htpasswd",
    "known_hosts",
    "authorized_keys",
    "license",
    "licence",
];

/// Reports the keys of a secret whose value is one line with a line break at its end; keys that are
/// named like files may have one.
pub(super) fn read(secret: &Node, shown: &mut Vec<Shown>) {
    let coded = secret.members("data").iter().filter_map(|(key, value)| {
        let value = value.as_text().filter(|it| it.len() <= VALUE_MAX)?;
        let value = STANDARD.decode(value).ok()?;
        Some((key, String::from_utf8(value).ok()?))
    });
    let plain = secret.members("stringData").iter();
    let plain = plain.filter_map(|(key, value)| Some((key, value.as_text()?.to_owned())));
    let broken: Vec<&str> = coded
        .chain(plain)
        .filter(|(key, value)| !is_file(key) && is_broken(value))
        .map(|(key, _)| key.as_str())
        .collect();
    let Some(place) = secret.get("metadata.name").filter(|_| !broken.is_empty()) else {
        return;
    };
    let object = format!("secret/{}", name(secret));
    let keys = broken.join(", ");
    shown.push(Shown::new(&object, "secret_line_break", &keys, place.at));
}

fn is_file(key: &str) -> bool {
    key.contains('.') || FILES.contains(&key)
}

fn is_broken(value: &str) -> bool {
    let line = value.trim_end_matches(['\n', '\r']);
    line.len() < value.len() && !line.is_empty() && !line.contains('\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_single_lines_with_a_break_are_told() {
        let secret = r#"{"kind":"Secret","metadata":{"name":"broker"},"data":{
            "password":"aHVudGVyMgo=","user":"YXBw","tls.crt":"YQo=","note":"YQpiCg==","empty":"Cg==","auth":"YXBwOngK"},
            "stringData":{"token":"abc\n"}}"#;
        let mut shown = Vec::new();
        read(&Node::parse(secret).unwrap(), &mut shown);
        let told: Vec<(&str, &str)> = shown
            .iter()
            .map(|it| (it.object.as_str(), it.value.as_str()))
            .collect();
        assert_eq!(told, [("secret/broker", "password, token")]);
    }
}
