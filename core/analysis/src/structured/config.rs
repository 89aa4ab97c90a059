//! Configuration: key paths with values from YAML, JSON, properties, INI, TOML and env files.

mod directives;
mod entry;
mod syntax;

use crate::analysis::ConfigValue;
use crate::citation::Citation;
use crate::encoding::Encoding;
use crate::logs::TextLine;
use directives::Directives;
pub(crate) use entry::{Entry, worded};
pub(crate) use syntax::{Broken, Syntax};

const SECRET_MASK: &str = "******";

/// Reads values line by line; blocks are followed by indentation or braces.
#[derive(Debug)]
pub(crate) struct ConfigReader {
    paths: PathStack,
    directives: Option<Directives>,
    /// Whether keys repeat, as they do in the lists of JSON.
    is_json: bool,
    pub(crate) syntax: Option<Syntax>,
    pub(crate) values: Vec<ConfigValue>,
    pub(crate) duplicates: Vec<ConfigValue>,
    pub(crate) dropped: u64,
    /// Values of the documents before, which a file may hold several of.
    document: usize,
    limit: usize,
    encoding: Encoding,
}

impl ConfigReader {
    pub(crate) fn new(limit: usize, encoding: Encoding) -> Self {
        Self {
            paths: PathStack::default(),
            directives: None,
            is_json: false,
            syntax: None,
            document: 0,
            values: Vec::new(),
            duplicates: Vec::new(),
            dropped: 0,
            limit,
            encoding,
        }
    }

    /// Checks as a whole what is read.
    pub(crate) fn checked_by(self, syntax: Option<Syntax>) -> Self {
        Self { syntax, ..self }
    }

    /// Reads words in blocks or on lines, if the first lines are such.
    pub(crate) fn in_the_form_of(self, lines: &[&str]) -> Self {
        let mut told = lines.iter().map(|line| line.trim());
        let first = told.find(|line| !line.is_empty()).unwrap_or_default();
        Self {
            directives: Directives::of(lines),
            is_json: first.starts_with('{') || first == "[",
            ..self
        }
    }

    /// Takes the next line.
    pub(crate) fn line(&mut self, line: &TextLine<'_>) {
        if let Some(syntax) = &mut self.syntax {
            syntax.line(line);
        }
        if let Some(directives) = &mut self.directives {
            for (path, value) in directives.line(line.text) {
                self.put(line, path, &value);
            }
            return;
        }
        if line.text.trim_end() == "---" {
            self.paths.clear();
            self.document = self.values.len();
        }
        let Some(entry) = Entry::parse(line.text) else {
            return;
        };
        let path = self.paths.enter(&entry);
        if let (Some(value), Some(path)) = (entry.value, path) {
            self.put(line, path, value);
        }
    }

    fn put(&mut self, line: &TextLine<'_>, path: String, value: &str) {
        if self.values.len() >= self.limit {
            self.dropped += 1;
            return;
        }
        let secret = is_secret(&path, value);
        let read = ConfigValue {
            value: shown(value, secret),
            secret,
            citation: cite(line, secret.then_some(value), self.encoding),
            path,
        };
        let known = self.values[self.document..]
            .iter()
            .rev()
            .take(200)
            .any(|known| known.path == read.path);
        let repeats = self.directives.is_some() || self.is_json || read.path.contains('[');
        if known && !repeats {
            self.duplicates.push(read.clone());
        }
        self.values.push(read);
    }
}

/// Keys above the current line, by indentation.
#[derive(Debug, Default, Clone)]
pub(crate) struct PathStack {
    section: String,
    open: Vec<Level>,
}

#[derive(Debug, Clone)]
struct Level {
    indent: usize,
    key: String,
    items: usize,
}

impl PathStack {
    /// Returns the path of an entry and remembers it as a parent; none for a mere heading.
    pub(crate) fn enter(&mut self, entry: &Entry<'_>) -> Option<String> {
        if entry.section {
            entry.key.clone_into(&mut self.section);
            self.open.clear();
            return None;
        }
        self.close(entry);
        if let Some(dash) = entry.dash {
            self.open_item(dash);
        }
        let path = self.path(entry.key);
        if !entry.key.is_empty() {
            self.open.push(Level {
                indent: entry.indent,
                key: entry.key.to_owned(),
                items: 0,
            });
        }
        Some(path)
    }

    /// Forgets everything, as at the start of another file.
    pub(crate) fn clear(&mut self) {
        self.section.clear();
        self.open.clear();
    }

    fn close(&mut self, entry: &Entry<'_>) {
        while let Some(last) = self.open.last() {
            let closes = match entry.dash {
                Some(dash) => {
                    last.indent > dash || (last.indent == dash && last.key.starts_with('['))
                }
                None => last.indent >= entry.indent,
            };
            if !closes {
                break;
            }
            self.open.pop();
        }
    }

    fn open_item(&mut self, indent: usize) {
        let number = match self.open.last_mut() {
            Some(parent) => {
                parent.items += 1;
                parent.items - 1
            }
            None => 0,
        };
        self.open.push(Level {
            indent,
            key: format!("[{number}]"),
            items: 0,
        });
    }

    fn path(&self, key: &str) -> String {
        let mut path = self.section.clone();
        let keys = self
            .open
            .iter()
            .map(|level| level.key.as_str())
            .chain([key]);
        for part in keys.filter(|part| !part.is_empty()) {
            if !path.is_empty() && !part.starts_with('[') {
                path.push('.');
            }
            path.push_str(part);
        }
        path
    }
}

/// Returns whether a key holds a secret in plain text.
pub(crate) fn is_secret(path: &str, value: &str) -> bool {
    const WORDS: [&str; 16] = [
        "requirepass",
        "masterauth",
        "auth-pass",
        "auth_pass",
        "password",
        "passwd",
        "secret",
        "token",
        "api_key",
        "apikey",
        "api-key",
        "private_key",
        "private-key",
        "access_key",
        "credential",
        "passphrase",
    ];
    let last = path.rsplit('.').next().unwrap_or(path).to_ascii_lowercase();
    let named = WORDS.iter().any(|word| last.contains(word));
    let counts = [
        "ttl", "expir", "timeout", "length", "policy", "name", "file", "path", "url", "ref",
    ];
    let about = counts.iter().any(|word| last.contains(word));
    let reference = value.starts_with("${")
        || value.starts_with("{{")
        || value.starts_with("vault:")
        || value.starts_with('$');
    let trivial = matches!(
        value,
        "" | "null" | "~" | "true" | "false" | "\"\"" | SECRET_MASK
    );
    named && !about && !reference && !trivial
}

/// Returns the value as it may be shown.
pub(crate) fn shown(value: &str, secret: bool) -> String {
    if secret {
        SECRET_MASK.to_owned()
    } else {
        value.chars().take(300).collect()
    }
}

/// Returns the place of the line, cut in front of a secret.
pub(crate) fn cite(line: &TextLine<'_>, secret: Option<&str>, encoding: Encoding) -> Citation {
    let citation = line.citation();
    let Some(value) = secret else { return citation };
    let at = citation.quote.rfind(value).unwrap_or(0);
    citation.cut_at(at, encoding)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<(String, String)> {
        let mut reader = ConfigReader::new(100, Encoding::Utf8);
        let mut start = 0;
        for (at, line) in text.lines().enumerate() {
            let end = start + line.len() as u64;
            let number = at as u64 + 1;
            reader.line(&TextLine {
                text: line,
                quote: line,
                raw: line.as_bytes(),
                start,
                end,
                number,
                carries_on: false,
            });
            start = end + 1;
        }
        reader
            .values
            .into_iter()
            .map(|value| (value.path, value.value))
            .collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected
            .iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect()
    }

    #[test]
    fn yaml_paths_follow_indentation_and_lists() {
        let text = "spring:\n  datasource:\n    hikari:\n      max: 50 # note\n    url: jdbc:x\nservers:\n  - host: a\n    port: 1\n  - host: b\nflat: yes\n";
        assert_eq!(
            values(text),
            pairs(&[
                ("spring.datasource.hikari.max", "50"),
                ("spring.datasource.url", "jdbc:x"),
                ("servers[0].host", "a"),
                ("servers[0].port", "1"),
                ("servers[1].host", "b"),
                ("flat", "yes"),
            ])
        );
    }

    #[test]
    fn other_formats_give_paths_too() {
        assert_eq!(
            values("{\n  \"a\": {\n    \"b\": 5,\n    \"c\": \"x\"\n  }\n}\n"),
            pairs(&[("a.b", "5"), ("a.c", "x")])
        );
        assert_eq!(
            values("[mysqld]\nmax_connections = 10\n"),
            pairs(&[("mysqld.max_connections", "10")])
        );
        assert_eq!(
            values("server.port=8080\nexport A=b\n"),
            pairs(&[("server.port", "8080"), ("A", "b")])
        );
        assert_eq!(
            values("worker_connections 512;\n"),
            pairs(&[("worker_connections", "512")])
        );
    }

    #[test]
    fn secrets_are_masked_and_not_quoted() {
        let mut reader = ConfigReader::new(10, Encoding::Utf8);
        let text = "db_password: hunter2";
        reader.line(&TextLine {
            text,
            quote: text,
            raw: text.as_bytes(),
            start: 0,
            end: 20,
            number: 1,
            carries_on: false,
        });
        let value = &reader.values[0];
        assert_eq!((value.value.as_str(), value.secret), (SECRET_MASK, true));
        assert_eq!(
            (value.citation.quote.as_str(), value.citation.byte_end),
            ("db_password: ", 13)
        );
    }
}
