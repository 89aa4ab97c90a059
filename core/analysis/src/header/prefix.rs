//! What a collector writes in front of a record: the name of the container, the time, or both.

use std::borrow::Cow;
use std::collections::HashSet;

use super::Header;
use crate::time::{Stamp, scan};

const NAME_MAX: usize = 64;

/// A line behind what a collector wrote in front of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Prefixed<'a> {
    name: Option<&'a str>,
    stamp: Option<Stamp>,
    /// The line behind the name.
    pub(super) line: &'a str,
    /// The line behind name and time.
    pub(super) body: &'a str,
}

/// Splits `name | time body`; either part may be missing.
pub(super) fn split(line: &str) -> Prefixed<'_> {
    let (name, line) = split_name(line).map_or((None, line), |(name, rest)| (Some(name), rest));
    let (stamp, body) = split_stamp(line).map_or((None, line), |(stamp, rest)| (Some(stamp), rest));
    Prefixed {
        name,
        stamp,
        line,
        body,
    }
}

/// Splits `name | line`.
pub(super) fn named(line: &str) -> Prefixed<'_> {
    let (name, line) = split_name(line).map_or((None, line), |(name, rest)| (Some(name), rest));
    Prefixed {
        name,
        stamp: None,
        line,
        body: line,
    }
}

/// Returns whether most lines carry the name of one of a few containers.
pub(crate) fn is_named(lines: &[&str]) -> bool {
    let names = lines.iter().filter_map(|line| split_name(line));
    let names: Vec<&str> = names.map(|(name, _)| name).collect();
    let distinct: HashSet<&str> = names.iter().copied().collect();
    names.len() * 10 >= lines.len().max(1) * 6 && distinct.len() * 2 <= names.len()
}

impl<'a> Prefixed<'a> {
    /// Fills in what the body itself does not tell.
    pub(super) fn complete(&self, mut header: Header<'a>) -> Header<'a> {
        if let Some(name) = self.name {
            header.source = name;
            if !header.is_head() {
                header.bare = Some(Cow::Borrowed(self.line));
            }
        }
        header.stamp = header.stamp.or(self.stamp);
        header.component = header.component.or_else(|| self.name.map(Cow::Borrowed));
        header
    }
}

fn split_name(line: &str) -> Option<(&str, &str)> {
    let bytes = line.as_bytes();
    if let Some(pod) = line.strip_prefix("[pod/") {
        let (path, rest) = pod.split_once("] ")?;
        return Some((path.split_once('/')?.0, rest));
    }
    if !bytes.first()?.is_ascii_alphabetic() {
        return None;
    }
    let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let length = bytes
        .iter()
        .take(NAME_MAX)
        .take_while(|it| in_name(it))
        .count();
    let joint = line[length..].strip_prefix(' ')?.trim_start_matches(' ');
    Some((&line[..length], joint.strip_prefix("| ")?))
}

fn split_stamp(line: &str) -> Option<(Stamp, &str)> {
    if !line.as_bytes().first()?.is_ascii_digit() {
        return None;
    }
    let stamp = scan(line.as_bytes())?;
    let rest = line.get(stamp.length..)?.strip_prefix([' ', '\t'])?;
    Some((stamp, rest.trim_start()))
}
