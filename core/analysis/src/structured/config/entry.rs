//! One line of configuration: key, value, depth.

/// One line of a configuration.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry<'a> {
    pub(crate) indent: usize,
    /// Indentation of the list mark, when the entry opens a list item.
    pub(crate) dash: Option<usize>,
    pub(crate) section: bool,
    pub(crate) key: &'a str,
    pub(crate) value: Option<&'a str>,
}

impl<'a> Entry<'a> {
    /// Reads a key with or without value; comments and closing braces give nothing.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let body = text.trim_start();
        let mut indent = text.len() - body.len();
        let mut body = body.trim_end();
        if body.is_empty() || body.starts_with(['#', ';', '}', ']', '<']) || body.starts_with("//")
        {
            return None;
        }
        if body == "---" || body == "{" || body == "[" {
            return None;
        }
        if let Some(section) = body
            .strip_prefix('[')
            .and_then(|rest| rest.split(']').next())
        {
            let key = section.trim_matches(['[', ' ', '"']);
            return Some(Self {
                indent: 0,
                dash: None,
                section: true,
                key,
                value: None,
            });
        }
        let dash = (body.starts_with("- ") || body == "-").then_some(indent);
        if dash.is_some() {
            let rest = body[1..].trim_start();
            indent += body.len() - rest.len();
            body = rest;
        }
        let (key, value) = split_pair(body)?;
        Some(Self {
            indent,
            dash,
            section: false,
            key,
            value,
        })
        .filter(|entry| entry.dash.is_some() || !entry.key.is_empty())
    }
}

/// Reads a line such as `timeout server 30s` or `maxmemory 2gb`: all words but the last are the key.
pub(crate) fn worded(text: &str) -> Option<(String, &str)> {
    let body = text.trim();
    let body = body.split(" #").next().unwrap_or(body).trim_end();
    let (key, value) = body.rsplit_once(char::is_whitespace)?;
    let starts = key.starts_with(|first: char| first.is_ascii_alphabetic());
    let is_name = |letter: char| !matches!(letter, '{' | '}' | '(' | ')' | ';' | '=' | '"');
    let is_short = key.len() <= 120 && value.len() <= 200;
    (starts && is_short && key.chars().all(is_name)).then(|| {
        let words: Vec<&str> = key.split_whitespace().collect();
        (words.join(" "), value)
    })
}

fn split_pair(body: &str) -> Option<(&str, Option<&str>)> {
    let body = body.strip_prefix("export ").unwrap_or(body);
    if let Some(rest) = body.strip_prefix('"') {
        let (key, after) = rest.split_once('"')?;
        return match after.trim_start().strip_prefix(':') {
            Some(value) => Some((key, clean(value))),
            None => Some(("", clean(body))),
        };
    }
    let at = body.bytes().enumerate().position(|(at, byte)| match byte {
        b'=' => true,
        b':' => body.as_bytes().get(at + 1).is_none_or(|next| *next == b' '),
        _ => false,
    });
    match at {
        Some(at) => {
            let key = body[..at].trim();
            let plain = !key.is_empty() && key.len() <= 120 && key.split(' ').count() <= 2;
            plain.then(|| (key.trim_matches('"'), clean(&body[at + 1..])))
        }
        None => directive(body).or_else(|| Some(("", clean(body)))),
    }
}

/// Reads `name value;` as in web server configuration.
fn directive(body: &str) -> Option<(&str, Option<&str>)> {
    let inner = body.strip_suffix(';')?;
    let (key, value) = inner.split_once(' ')?;
    Some((key, clean(value)))
}

fn clean(value: &str) -> Option<&str> {
    let mut value = value.trim();
    if !value.starts_with(['"', '\'']) {
        let comment = value.match_indices('#').find(|(at, _)| {
            *at > 0 && value[..*at].ends_with(|before: char| before.is_whitespace())
        });
        value = comment.map_or(value, |(at, _)| value[..at].trim_end());
    }
    value = value.strip_suffix(',').unwrap_or(value);
    let opens = value.is_empty() || matches!(value, "{" | "[" | "|" | ">" | "|-" | ">-");
    if opens {
        return None;
    }
    let quoted = value.len() >= 2
        && (value.starts_with('"') && value.ends_with('"')
            || value.starts_with('\'') && value.ends_with('\''));
    Some(if quoted {
        &value[1..value.len() - 1]
    } else {
        value
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_behind_a_value_is_no_part_of_it() {
        let value = |line| Entry::parse(line).and_then(|entry| entry.value.map(str::to_owned));
        assert_eq!(
            value("shared_buffers = 128MB\t\t\t# min 128kB").as_deref(),
            Some("128MB")
        );
        assert_eq!(value("port = 80 # web").as_deref(), Some("80"));
        assert_eq!(value("color = red#1").as_deref(), Some("red#1"));
    }

    #[test]
    fn lines_of_words_have_a_key_and_a_value() {
        assert_eq!(
            worded("    http-check send meth GET uri /healthz"),
            Some(("http-check send meth GET uri".to_owned(), "/healthz"))
        );
        assert_eq!(
            worded("maxmemory 2gb"),
            Some(("maxmemory".to_owned(), "2gb"))
        );
        assert_eq!(worded("daemonize"), None);
        assert_eq!(worded("if (a) { return b"), None);
    }
}
