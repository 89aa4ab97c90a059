//! Headers of free-form text lines: time first, then a few typical columns.

mod component;
mod console;
mod level;
mod syslog;

use std::borrow::Cow;

use component::{leading_component, module_path};
use level::{FoundLevel, find_level};
pub(super) use syslog::inner_level;
use syslog::syslog;

use super::{Header, access, collected, csvlog, json};
use crate::format::Profile;
use crate::level::Level;
use crate::time::{Stamp, Year, scan, scan_clock};

/// Parses a line of text, or a record among such lines.
pub(crate) fn parse<'a>(line: &'a str, profile: &Profile) -> Header<'a> {
    if line.as_bytes().first() == Some(&b'{')
        && let Some(record) = json::own_record(line, profile)
    {
        return record;
    }
    let mut header = plain(line, profile);
    if let Some(Cow::Borrowed(inner)) = header.bare {
        collected::read(inner, profile, &mut header);
    }
    header
}

/// Parses the header of a text line; `bare` is what may have a head of its own.
pub(super) fn plain<'a>(line: &'a str, profile: &Profile) -> Header<'a> {
    let (priority, body) = split_priority(line);
    let mut header = Header {
        level: priority,
        message: Cow::Borrowed(body.trim_start()),
        ..Header::default()
    };
    if let Some(found) = klog(body) {
        return found;
    }
    if let Some(found) = console::logrus(body) {
        return found;
    }
    let alone = profile.dateless.then(|| time_alone(body));
    let mut cursor = match alone.flatten() {
        Some((at, stamp)) => accept_stamp(body.as_bytes(), at, stamp, &mut header),
        None => find_stamp(body, profile.bare_epoch, &mut header),
    };
    if header.stamp.is_none() {
        cursor = skip_uptime(body);
    }
    if header.stamp.is_some() && csvlog::parse(&body[cursor..], &mut header) {
        return header;
    }
    let rest = skip_joint(&body[cursor..]);
    if header.stamp.is_some() && syslog(rest, &mut header) {
        if let Some(level) = inner_level(&header.message) {
            header.level = header.level.or(Some(level));
            header.bare = header.bare.filter(|line| collected::opens_trace(line));
        }
        if header.component.as_deref() == Some("haproxy") {
            header.level = access::haproxy_level(&header.message).or(header.level);
        }
        return header;
    }
    let leading = header.level.filter(|_| priority.is_none()).is_some();
    header.bare = behind_stamp(body, cursor, &header).map(Cow::Borrowed);
    let opens_trace = header.bare.as_deref().is_some_and(collected::opens_trace);
    match find_level(rest, header.stamp.is_some()).filter(|_| !leading) {
        Some(found) if opens_trace => {
            header.level = Some(found.level);
            header.message = Cow::Borrowed(rest);
        }
        Some(found) => {
            header.bare = None;
            after_level(rest, &found, profile, &mut header);
        }
        None if header.stamp.is_some() => without_level(rest, &mut header),
        None => header.message = Cow::Borrowed(rest),
    }
    header
}

fn without_level<'a>(rest: &'a str, header: &mut Header<'a>) {
    let message = skip_process(rest);
    header.message = Cow::Borrowed(message);
    if let Some((program, rest)) = dashed_program(message) {
        header.component = Some(Cow::Borrowed(program));
        header.message = Cow::Borrowed(rest);
    }
}

/// Returns what stands behind a time of the form in which collectors write one, and nothing else.
fn behind_stamp<'a>(body: &'a str, cursor: usize, header: &Header<'_>) -> Option<&'a str> {
    let stamp = header.stamp.as_ref()?;
    let alone = cursor == stamp.length && body.as_bytes().get(10) == Some(&b'T');
    let inner = body[cursor..].strip_prefix([' ', '\t'])?;
    (alone && header.level.is_none()).then_some(inner)
}

/// Splits `program - message` and `program mark - message`.
fn dashed_program(message: &str) -> Option<(&str, &str)> {
    let (before, rest) = message.split_once(" - ")?;
    let (program, mark) = before.split_once(' ').unwrap_or((before, ""));
    let file = program.contains('.')
        && is_component_word(program.trim_start_matches(|c: char| c.is_ascii_digit()));
    (file && mark.len() <= 8 && !mark.contains(' ')).then_some((program, rest))
}

/// Returns the first word of the message of a parsed line.
pub(crate) fn first_word<'a>(line: &'a str, header: &Header<'_>) -> Option<&'a str> {
    let start = line.len().checked_sub(header.message.len())?;
    let word = line.get(start..)?.split_ascii_whitespace().next()?;
    Some(word)
}

/// Returns whether a bare word can be the name of a service, host or logger.
pub(crate) fn is_component_word(word: &str) -> bool {
    let bytes = word.as_bytes();
    (2..=64).contains(&bytes.len())
        && bytes[0].is_ascii_alphabetic()
        && bytes.iter().all(|&byte| IN_COMPONENT[byte as usize])
        && bytes[bytes.len() - 1].is_ascii_alphanumeric()
}

/// Bytes of the names of services, hosts and loggers.
const IN_COMPONENT: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0u8;
    while byte < 128 {
        let joint = matches!(byte, b'-' | b'_' | b'.' | b'$' | b'/');
        table[byte as usize] = byte.is_ascii_alphanumeric() || joint;
        byte += 1;
    }
    table
};

fn split_priority(line: &str) -> (Option<Level>, &str) {
    let bytes = line.as_bytes();
    if bytes.first() != Some(&b'<') {
        return (None, line);
    }
    let Some(end) = bytes.iter().take(5).position(|&byte| byte == b'>') else {
        return (None, line);
    };
    match line[1..end].parse::<u8>() {
        Ok(priority) => (Some(Level::from_syslog(priority & 7)), &line[end + 1..]),
        Err(_) => (None, line),
    }
}

fn klog(body: &str) -> Option<Header<'_>> {
    let bytes = body.as_bytes();
    if bytes.len() < 22
        || !matches!(bytes[0], b'I' | b'W' | b'E' | b'F')
        || !bytes[1].is_ascii_digit()
    {
        return None;
    }
    let stamp = scan(&bytes[1..])?;
    let rest = body[1 + stamp.length..].trim_start();
    let (pid, rest) = rest.split_once(' ')?;
    let (source, message) = rest.split_once("] ").or_else(|| rest.split_once(']'))?;
    if source.contains(' ') {
        return None;
    }
    Some(Header {
        stamp: Some(stamp),
        level: Level::from_letter(bytes[0]),
        component: Some(Cow::Borrowed(source)),
        pid: Some(pid),
        message: Cow::Borrowed(message),
        ..Header::default()
    })
}

/// Bytes in front of which a bare number leads a line.
const EPOCH_AT_MAX: usize = 4;

/// Whether a stamp is a number that may as well count something.
fn is_bare(stamp: &Stamp, bytes: &[u8]) -> bool {
    stamp.year == Year::Epoch && bytes[..stamp.length].iter().all(u8::is_ascii_digit)
}

/// Returns the time of a bare number that leads a line, unless it stands in a table.
pub(crate) fn bare_epoch(line: &str) -> Option<i64> {
    let body = line.trim_start_matches(['-', ' ', '[']);
    let bytes = body.as_bytes();
    let stamp = scan(bytes).filter(|it| is_bare(it, bytes))?;
    let in_table = body[stamp.length..].trim_start().starts_with('|');
    (line.len() - body.len() <= EPOCH_AT_MAX && !in_table).then_some(stamp.micros)
}

/// Looks for a time stamp at the start of the first tokens; returns the offset behind it.
fn find_stamp(body: &str, bare_epoch: bool, header: &mut Header<'_>) -> usize {
    let bytes = body.as_bytes();
    let mut at = 0;
    let mut prose = 0;
    for _ in 0..6 {
        while at < bytes.len() && (bytes[at] == b' ' || bytes[at] == b'[') {
            at += 1;
        }
        if at >= bytes.len() || at > 48 {
            return 0;
        }
        let found = scan(&bytes[at..]);
        let leads = bare_epoch && at <= EPOCH_AT_MAX;
        if let Some(stamp) = found.filter(|it| leads || !is_bare(it, &bytes[at..])) {
            if header.level.is_none() {
                header.level = Level::from_word(body[..at].trim_matches([' ', '[']));
            }
            return accept_stamp(bytes, at, stamp, header);
        }
        let Some(next) = memchr::memchr2(b' ', b'\t', &bytes[at..]) else {
            return 0;
        };
        prose += usize::from(bytes[at..at + next].iter().any(u8::is_ascii_lowercase));
        if prose > 1 {
            return 0;
        }
        at += next + 1;
    }
    0
}

/// Returns a time of day that leads a line, and where it stands.
fn time_alone(body: &str) -> Option<(usize, Stamp)> {
    let at = usize::from(body.starts_with('['));
    Some((at, scan_clock(&body.as_bytes()[at..])?))
}

fn accept_stamp(bytes: &[u8], at: usize, stamp: Stamp, header: &mut Header<'_>) -> usize {
    header.stamp = Some(stamp);
    let mut end = at + stamp.length;
    if bytes.get(end) == Some(&b']') {
        end += 1;
    }
    end
}

fn skip_uptime(body: &str) -> usize {
    let bytes = body.as_bytes();
    if bytes.first() != Some(&b'[') {
        return 0;
    }
    let Some(close) = bytes.iter().take(24).position(|&byte| byte == b']') else {
        return 0;
    };
    let inside = body[1..close].trim_start();
    let numeric = inside.contains('.') && inside.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if numeric { close + 1 } else { 0 }
}

fn skip_joint(rest: &str) -> &str {
    let joint = rest
        .bytes()
        .take_while(|byte| matches!(byte, b' ' | b'\t' | b'|' | b',' | b';'))
        .count();
    let rest = &rest[joint..];
    match rest.strip_prefix("- ") {
        Some(after) => after.trim_start(),
        None => rest.strip_prefix(": ").unwrap_or(rest),
    }
}

fn after_level<'a>(rest: &'a str, found: &FoundLevel, profile: &Profile, header: &mut Header<'a>) {
    // A colon after the level, as in `FATAL:  remaining slots …`, leaves no place for a column.
    let ends_columns = rest[..found.end].ends_with(':');
    header.level = Some(found.level);
    header.component = component_before(&rest[..found.start]);
    let mut tail = skip_joint(rest[found.end..].trim_start_matches([':', ']']));
    for _ in 0..4 {
        let Some(next) = skip_column(tail, header) else {
            break;
        };
        tail = next;
    }
    if let Some((component, message)) = module_path(tail) {
        header.component = Some(Cow::Borrowed(component));
        tail = message;
    } else if let Some((component, message)) = leading_component(tail, header.component.is_some()) {
        header.component = Some(Cow::Borrowed(component));
        tail = message;
    } else if profile.component_after_level
        && !ends_columns
        && header.component.is_none()
        && let Some((word, message)) = tail.split_once(' ')
        && is_component_word(word)
    {
        header.component = Some(Cow::Borrowed(word));
        tail = message.trim_start();
    }
    header.message = Cow::Borrowed(tail);
}

/// Takes a logger name written between time and level, as in `time - name - LEVEL`.
fn component_before(columns: &str) -> Option<Cow<'_, str>> {
    if !columns.bytes().any(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    let (_, word) = columns
        .split_ascii_whitespace()
        .map(|word| (word, word.trim_matches(['[', ']', '-', '(', ')', ','])))
        .rfind(|(raw, word)| {
            let dotted = word.contains('.') || raw.len() == word.len();
            dotted && is_component_word(word) && word.bytes().any(|b| b.is_ascii_lowercase())
        })?;
    (!word.contains('@')).then_some(Cow::Borrowed(word))
}

/// Skips one process id, thread or dash column behind the level.
fn skip_column<'a>(tail: &'a str, header: &mut Header<'a>) -> Option<&'a str> {
    if let Some(after) = tail
        .strip_prefix("--- ")
        .or_else(|| tail.strip_prefix("- "))
    {
        return Some(after.trim_start());
    }
    if let Some(open) = tail.strip_prefix('[') {
        let (inside, after) = open.split_once(']')?;
        let inside = inside.trim_end();
        let quiet = !inside.is_empty()
            && inside.len() <= 64
            && !inside.contains([' ', '='])
            && (after.starts_with([' ', ':']));
        if !quiet {
            return None;
        }
        let named = is_component_word(inside) && !inside.starts_with("MY-");
        if named && header.component.is_none() {
            header.component = Some(Cow::Borrowed(inside));
        }
        return Some(after.trim_start_matches(':').trim_start());
    }
    if !tail.starts_with(|first: char| first.is_ascii_digit() || first == '#') {
        return None;
    }
    let (word, after) = tail.split_once(' ')?;
    let process = word.trim_end_matches(':');
    let numeric = process.bytes().all(|b| b.is_ascii_digit() || b == b'#') && !process.is_empty();
    let framed = after.starts_with("---") || word.contains('#');
    (numeric && framed).then(|| {
        header.pid = process.split('#').next();
        after.trim_start()
    })
}

fn skip_process(rest: &str) -> &str {
    let Some(inside) = rest.strip_prefix('[') else {
        return rest;
    };
    match inside.split_once("] ") {
        Some((pid, after)) if !pid.is_empty() && pid.bytes().all(|b| b.is_ascii_digit()) => after,
        _ => rest,
    }
}
