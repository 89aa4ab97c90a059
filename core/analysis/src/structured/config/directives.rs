//! Configuration of words, `name value`: in blocks and ended by semicolons, or one on each line.

use std::collections::HashMap;

use super::entry::worded;
use super::syntax::nginx;

/// Blocks within each other that are told apart.
const DEEP: usize = 32;
/// Most blocks that are counted.
const COUNTED_MAX: usize = 10_000;
/// Longest directive that is put together of several lines.
const PENDING_MAX: usize = 4_096;

/// Reads directives line by line.
#[derive(Debug)]
pub(super) struct Directives {
    in_blocks: bool,
    open: Vec<String>,
    /// How many blocks of a path there were.
    counted: HashMap<String, u32>,
    pending: String,
}

impl Directives {
    /// Returns the reader of a file whose first lines are directives.
    pub(super) fn of(lines: &[&str]) -> Option<Self> {
        let in_blocks = nginx::looks_like(lines);
        (in_blocks || are_worded(lines)).then(|| Self {
            in_blocks,
            open: Vec::new(),
            counted: HashMap::new(),
            pending: String::new(),
        })
    }

    /// Returns paths and values of the next line.
    pub(super) fn line(&mut self, text: &str) -> Vec<(String, String)> {
        if !self.in_blocks {
            let is_comment = text.trim_start().starts_with('#');
            let found = worded(text).filter(|_| !is_comment);
            return found
                .map(|(key, value)| (key, value.to_owned()))
                .into_iter()
                .collect();
        }
        let mut found = Vec::new();
        let mut quote = None;
        for (at, character) in text.char_indices() {
            let begins = at == 0 || text[..at].ends_with(char::is_whitespace);
            match (character, quote) {
                ('#', None) if begins => break,
                ('"' | '\'', None) => quote = Some(character),
                (_, Some(open)) if character == open => quote = None,
                (';', None) => {
                    found.extend(self.directive());
                    continue;
                }
                ('{', None) => {
                    self.begin();
                    continue;
                }
                ('}', None) => {
                    self.open.pop();
                    self.pending.clear();
                    continue;
                }
                _ => {}
            }
            if self.pending.len() < PENDING_MAX {
                self.pending.push(character);
            }
        }
        self.pending.push(' ');
        found
    }

    fn directive(&mut self) -> Option<(String, String)> {
        let directive = std::mem::take(&mut self.pending);
        let directive = directive.trim();
        let (name, value) = directive.split_once(char::is_whitespace)?;
        Some((self.path(name), value.trim().to_owned()))
    }

    fn begin(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        let words: Vec<&str> = pending.split_whitespace().collect();
        let path = self.path(&words.join(" "));
        let mut name = words.join(" ");
        if self.counted.len() < COUNTED_MAX || self.counted.contains_key(&path) {
            let earlier = self.counted.entry(path).or_default();
            if *earlier > 0 {
                name = format!("{name}[{earlier}]");
            }
            *earlier += 1;
        }
        if self.open.len() < DEEP {
            self.open.push(name);
        }
    }

    fn path(&self, name: &str) -> String {
        let parts: Vec<&str> = self.open.iter().map(String::as_str).chain([name]).collect();
        parts.join(".")
    }
}

/// Returns whether most lines are a name and a value without a sign between them.
fn are_worded(lines: &[&str]) -> bool {
    let data = lines
        .iter()
        .map(|line| line.trim())
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let (mut told, mut all) = (0, 0);
    for line in data {
        all += 1;
        let mut words = line.split_whitespace();
        let name = words.next().unwrap_or_default();
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let joined = words.next().is_none_or(|word| word.starts_with(['=', ':']));
        if !joined && name.bytes().all(is_name) && worded(line).is_some() {
            told += 1;
        }
    }
    told >= 2 && told * 10 >= all * 8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<(String, String)> {
        let lines: Vec<&str> = text.lines().collect();
        let mut directives = Directives::of(&lines).unwrap();
        lines
            .iter()
            .flat_map(|line| directives.line(line))
            .collect()
    }

    #[test]
    fn directives_have_the_path_of_their_blocks() {
        let text = "worker_processes 1;\nevents { worker_connections 64; }\nhttp {\n\
            log_format a '$x; {y}'\n   '# z';\n\
            server { listen 80; location / { proxy_pass http://app; } } # } not\n\
            server {\n  listen 443 ssl;\n}\n}\nuser www;\n";
        let found = values(text);
        let shown: Vec<String> = found
            .iter()
            .map(|(path, value)| format!("{path}={value}"))
            .collect();
        assert_eq!(
            shown,
            [
                "worker_processes=1",
                "events.worker_connections=64",
                "http.log_format=a '$x; {y}'    '# z'",
                "http.server.listen=80",
                "http.server.location /.proxy_pass=http://app",
                "http.server[1].listen=443 ssl",
                "user=www",
            ]
        );
    }

    #[test]
    fn lines_of_words_are_read_only_where_most_are_such() {
        let found = values("# redis\nbind 0.0.0.0\nmaxmemory 2gb # all\nsave 900 1\n");
        assert_eq!(found[1], ("maxmemory".to_owned(), "2gb".to_owned()));
        assert_eq!(found[2], ("save 900".to_owned(), "1".to_owned()));
        assert!(Directives::of(&["a = 1", "b = 2", "c = 3"]).is_none());
        assert!(Directives::of(&["spring:", "  a: 1", "b: 2"]).is_none());
        assert!(Directives::of(&["", "# nothing"]).is_none());
    }
}
