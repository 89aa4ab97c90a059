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
        value = value.split(" #").next().unwrap_or(value).trim_end();
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
