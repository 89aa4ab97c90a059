//! Whether the blocks and directives of an nginx configuration are closed.

use super::Problem;

/// Directives that never stand as a value at the start of a line.
const DIRECTIVES: [&str; 30] = [
    "listen",
    "server_name",
    "location",
    "proxy_pass",
    "proxy_set_header",
    "proxy_read_timeout",
    "proxy_connect_timeout",
    "proxy_http_version",
    "access_log",
    "error_log",
    "try_files",
    "ssl_certificate",
    "ssl_certificate_key",
    "ssl_protocols",
    "ssl_ciphers",
    "worker_processes",
    "worker_connections",
    "worker_rlimit_nofile",
    "keepalive_timeout",
    "client_max_body_size",
    "add_header",
    "fastcgi_pass",
    "uwsgi_pass",
    "upstream",
    "include",
    "log_format",
    "sendfile",
    "tcp_nopush",
    "types_hash_max_size",
    "gzip_types",
];

/// Returns whether lines read as blocks of directives of a web server.
pub(in crate::structured::config) fn looks_like(lines: &[&str]) -> bool {
    let opens = |line: &&str| {
        let line = line.trim();
        let block = ["http", "server", "events", "upstream ", "location "];
        line.contains('{') && block.iter().any(|it| line.starts_with(it))
    };
    let ended = lines.iter().filter(|line| line.trim_end().ends_with(';'));
    lines.iter().any(opens) && ended.count() >= 1
}

/// Returns the first directive or block that is not closed; programs inside are not read.
pub(super) fn check(text: &str) -> Option<Problem> {
    if text.contains("_by_lua") || text.contains("js_content") {
        return None;
    }
    let mut reader = Reader::default();
    let words = Words {
        text,
        at: 0,
        line: 1,
        start: 0,
    };
    for word in words {
        if let Err(problem) = reader.take(&word) {
            return Some(problem);
        }
    }
    reader.finish()
}

/// A word, or one of `;`, `{` and `}`.
#[derive(Debug, Clone, Copy)]
struct Word<'a> {
    text: &'a str,
    /// Whether quotes surround it; then it closes and opens nothing.
    quoted: bool,
    closed: bool,
    line: usize,
    column: usize,
    /// Whether nothing but blanks stands in front of it.
    leads: bool,
}

#[derive(Debug, Default)]
struct Reader<'a> {
    blocks: Vec<&'a str>,
    /// First word of the directive that is open.
    open: Option<&'a str>,
    /// The last word.
    last: Option<Word<'a>>,
}

impl<'a> Reader<'a> {
    fn take(&mut self, word: &Word<'a>) -> Result<(), Problem> {
        if !word.closed {
            return Err(at_word(word, "the closing quote of this text is missing"));
        }
        match (word.quoted, word.text, self.open) {
            (false, ";", Some(_)) => self.open = None,
            (false, "{", Some(name)) => {
                self.blocks.push(name);
                self.open = None;
            }
            (false, "{", None) => return Err(at_word(word, "a block opens without a name")),
            (false, "}", Some(name)) => return Err(self.not_ended(name)),
            (false, "}", None) if self.blocks.pop().is_none() => {
                return Err(at_word(
                    word,
                    "a closing brace stands without its opening one",
                ));
            }
            (false, "}" | ";", None) => {}
            (false, text, Some(name)) if word.leads && DIRECTIVES.contains(&text) => {
                return Err(self.not_ended(name));
            }
            (_, _, Some(_)) => {}
            (_, text, None) => self.open = Some(text),
        }
        self.last = Some(*word);
        Ok(())
    }

    fn not_ended(&self, name: &str) -> Problem {
        self.after_last(format!("`{name}` is not ended by `;`"))
    }

    fn finish(&self) -> Option<Problem> {
        if let Some(name) = self.open {
            return Some(self.not_ended(name));
        }
        let block = self.blocks.last()?;
        Some(self.after_last(format!(
            "the file ends inside the block `{block}`: a closing brace is missing"
        )))
    }

    fn after_last(&self, text: String) -> Problem {
        let (line, column) = self.last.map_or((1, 1), |last| {
            let quotes = 2 * usize::from(last.quoted);
            (last.line, last.column + last.text.chars().count() + quotes)
        });
        Problem { line, column, text }
    }
}

fn at_word(word: &Word<'_>, text: &str) -> Problem {
    Problem {
        line: word.line,
        column: word.column,
        text: text.to_owned(),
    }
}

/// Splits a text into words.
struct Words<'a> {
    text: &'a str,
    at: usize,
    line: usize,
    /// Where the line starts.
    start: usize,
}

impl<'a> Iterator for Words<'a> {
    type Item = Word<'a>;

    fn next(&mut self) -> Option<Word<'a>> {
        self.skip();
        let bytes = self.text.as_bytes();
        let first = *bytes.get(self.at)?;
        let (from, line) = (self.at, self.line);
        let before = &self.text[self.start..from];
        let (column, leads) = (before.chars().count() + 1, before.trim().is_empty());
        let (inner, closed, end) = match first {
            b'"' | b'\'' => {
                let close = closing(bytes, from);
                let inner = (from + 1, close.unwrap_or(bytes.len()));
                (
                    inner,
                    close.is_some(),
                    close.map_or(bytes.len(), |at| at + 1),
                )
            }
            b';' | b'{' | b'}' => ((from, from + 1), true, from + 1),
            _ => {
                let end = bare_end(bytes, from);
                ((from, end), true, end)
            }
        };
        self.advance(end);
        Some(Word {
            text: self.text.get(inner.0..inner.1).unwrap_or_default(),
            quoted: matches!(first, b'"' | b'\''),
            closed,
            line,
            column,
            leads,
        })
    }
}

impl Words<'_> {
    /// Skips blanks and comments.
    fn skip(&mut self) {
        let bytes = self.text.as_bytes();
        while let Some(&byte) = bytes.get(self.at) {
            let end = match byte {
                b'#' => memchr::memchr(b'\n', &bytes[self.at..])
                    .map_or(bytes.len(), |length| self.at + length),
                byte if byte.is_ascii_whitespace() => self.at + 1,
                _ => return,
            };
            self.advance(end);
        }
    }

    fn advance(&mut self, end: usize) {
        for at in memchr::memchr_iter(b'\n', &self.text.as_bytes()[self.at..end]) {
            self.line += 1;
            self.start = self.at + at + 1;
        }
        self.at = end;
    }
}

fn closing(bytes: &[u8], open: usize) -> Option<usize> {
    let mut escaped = false;
    (open + 1..bytes.len()).find(|&at| {
        let closes = bytes[at] == bytes[open] && !escaped;
        escaped = bytes[at] == b'\\' && !escaped;
        closes
    })
}

/// Returns the end of a bare word; `${name}` belongs to it.
fn bare_end(bytes: &[u8], from: usize) -> usize {
    let (mut at, mut variable) = (from, false);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'{' if at > from && bytes[at - 1] == b'$' => variable = true,
            b'}' if variable => variable = false,
            b';' | b'{' | b'}' => break,
            byte if byte.is_ascii_whitespace() => break,
            _ => {}
        }
        at += 1;
    }
    at.min(bytes.len())
}
