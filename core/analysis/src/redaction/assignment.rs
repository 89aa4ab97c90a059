//! Secrets behind keys: environment, YAML, JSON, XML, queries, connection strings, flags, SQL.

use super::cursor::{before, holds, is_blank, is_word, line_end, line_start, run_end, run_start};
use super::found::Found;
use super::keys::{Strength, judge};
use super::kind::SensitiveKind;
use super::value::{Value, is_code, is_empty_talk, is_place, looks_drawn, read, starts_sentence};

const KEY_MAX: usize = 64;
const SPACES_MAX: usize = 40;
const STOPS: &[u8] = b"\"'`,;&)}]<>";
const LINE_STOPS: &[u8] = b"\"'`";

/// What stands between a key and its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joint {
    /// `key=value`, also as a flag.
    Tight,
    /// `key = value`, `key := value`, `key => value`.
    Loose,
    /// `key: value`.
    Colon,
    /// `<key>value<`.
    Element,
    /// `--key value`, `PASSWORD 'value'`.
    Space,
    /// `name: key, value: value`.
    Pair,
}

#[derive(Debug, Clone, Copy)]
struct Key {
    start: usize,
    end: usize,
}

/// Takes the value of the key around `hit`; returns where the next key may start.
pub(super) fn take(found: &mut Found<'_>, hit: usize, hostnames: bool) -> usize {
    let bytes = found.bytes;
    let belongs = |byte| is_word(byte) || byte == b'-' || byte == b'.';
    let key = Key {
        start: run_start(bytes, hit, belongs),
        end: run_end(bytes, hit, belongs),
    };
    let variable = bytes[..key.start].ends_with(b"${");
    if variable || key.end - key.start > KEY_MAX {
        return key.end;
    }
    let name = &bytes[key.start..key.end];
    let strength = judge(name);
    let host = strength.is_none() && hostnames && super::host::is_key(name);
    if strength.is_none() && !host {
        return key.end;
    }
    let Some((joint, at)) = joint(bytes, key) else {
        return key.end;
    };
    let value = value_at(bytes, key, joint, at);
    match strength {
        Some(strength) if is_secret(bytes, key, joint, value, strength) => {
            let kind = match strength {
                Strength::Password => SensitiveKind::Password,
                Strength::Secret | Strength::Drawn => SensitiveKind::Secret,
            };
            found.push(kind, value.start, value.end);
            return value.end;
        }
        None => super::host::take_value(found, value.start, value.end),
        Some(_) => {}
    }
    key.end
}

/// Returns whether the last line of `bytes` names a secret whose value stands on the next line.
pub(super) fn awaits_value(line: &[u8]) -> bool {
    let line = line.trim_ascii_end();
    let end = line.strip_suffix(b",").unwrap_or(line).len();
    let end = run_start(line, end, |byte| matches!(byte, b'"' | b'\''));
    let start = run_start(line, end, |byte| {
        is_word(byte) || byte == b'-' || byte == b'.'
    });
    judge(&line[start..end]).is_some() && follows_name(line, start)
}

fn joint(bytes: &[u8], key: Key) -> Option<(Joint, usize)> {
    let quoted = run_end(bytes, key.end, |byte| {
        matches!(byte, b'\\' | b'"' | b'\'' | b']' | b'`')
    });
    let spaced = run_end(bytes, quoted, is_blank).min(quoted + SPACES_MAX);
    let (joint, width) = match bytes.get(spaced..).unwrap_or_default() {
        [b'=', b'=' | b'~', ..] | [b':', b':', ..] => return None,
        [b'=', b'>', ..] | [b':', b'=', ..] => (Joint::Loose, 2),
        [b'=', b'3', ..] if spaced > quoted => (Joint::Loose, 1),
        [b'=', next, ..] if spaced > quoted || is_blank(*next) => (Joint::Loose, 1),
        [b'=', ..] => (Joint::Tight, 1),
        [b'%', b'3', b'D' | b'd', ..] => (Joint::Tight, 3),
        [b':', ..] => (Joint::Colon, 1),
        [b'>', ..] if before(bytes, key.start) == Some(b'<') => (Joint::Element, 1),
        _ if follows_name(bytes, key.start) => {
            return pair_value(bytes, quoted).map(|at| (Joint::Pair, at));
        }
        _ if spaced > quoted && takes_space(bytes, key, spaced) => (Joint::Space, 0),
        _ => return None,
    };
    let at = run_end(bytes, spaced + width, is_blank).min(spaced + width + SPACES_MAX);
    (at < bytes.len()).then_some((joint, at))
}

/// Returns whether a flag, a statement or a keyword file gives the value after a space.
fn takes_space(bytes: &[u8], key: Key, value: usize) -> bool {
    let name = &bytes[key.start..key.end];
    let flag = name.starts_with(b"-") && !matches!(bytes.get(value), Some(b'-'));
    let line = &bytes[line_start(bytes, key.start)..key.start];
    let statement =
        matches!(bytes.get(value), Some(b'\'')) && name.eq_ignore_ascii_case(b"password");
    let directive = line.trim_ascii().is_empty()
        && (name.eq_ignore_ascii_case(b"requirepass") || name.eq_ignore_ascii_case(b"masterauth"));
    let netrc = super::cursor::contains(line, "login ");
    let docker = line.trim_ascii().eq_ignore_ascii_case(b"ENV");
    flag || statement || directive || netrc || docker
}

/// Returns whether `"name": "` or the like stands before `key_start`.
fn follows_name(bytes: &[u8], key_start: usize) -> bool {
    let joined = run_start(bytes, key_start, |byte| {
        is_blank(byte) || matches!(byte, b'"' | b'\'' | b'\\' | b':' | b'=')
    });
    let joints = &bytes[joined..key_start];
    let start = run_start(bytes, joined, is_word);
    let name = &bytes[start..joined];
    (joints.contains(&b':') || joints.contains(&b'='))
        && ["name", "key", "parametername"]
            .iter()
            .any(|it| name.eq_ignore_ascii_case(it.as_bytes()))
}

/// Returns where the value of a pair starts that `"value":` introduces after `at`.
fn pair_value(bytes: &[u8], at: usize) -> Option<usize> {
    let between =
        |byte: u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b';' | b'"' | b'\'' | b'\\');
    let word = run_end(bytes, at, between).min(at + SPACES_MAX);
    if memchr::memchr_iter(b'\n', &bytes[at..word]).count() > 1 {
        return None;
    }
    if !holds(bytes, word, "value") && !holds(bytes, word, "parametervalue") {
        return None;
    }
    let end = run_end(bytes, word, is_word);
    let quoted = run_end(bytes, end, |byte| matches!(byte, b'"' | b'\'' | b'\\'));
    matches!(bytes.get(quoted), Some(b':' | b'=')).then(|| run_end(bytes, quoted + 1, is_blank))
}

fn value_at(bytes: &[u8], key: Key, joint: Joint, at: usize) -> Value {
    let value = read(bytes, at, STOPS);
    if value.quoted {
        return value;
    }
    if joint == Joint::Colon
        && let Some(typed) = typed_value(bytes, value)
    {
        return typed;
    }
    let whole = match joint {
        Joint::Tight => starts_line(bytes, key.start),
        Joint::Colon | Joint::Pair | Joint::Loose => {
            starts_line(bytes, key.start) && ends_line(bytes, at)
        }
        Joint::Space => bytes[key.start] == b'-',
        Joint::Element => false,
    };
    if !whole {
        return value;
    }
    let value = read(bytes, at, LINE_STOPS);
    let listed = joint != Joint::Tight && bytes[value.start..value.end].ends_with(b",");
    Value {
        end: value.end - usize::from(listed),
        ..value
    }
}

/// Returns the value of `key: Type = "value"`.
fn typed_value(bytes: &[u8], named: Value) -> Option<Value> {
    let equals = run_end(bytes, named.end, is_blank);
    let at = run_end(bytes, equals + 1, is_blank);
    let typed = named.end > named.start && bytes.get(equals) == Some(&b'=');
    Some(read(bytes, at, STOPS)).filter(|value| typed && value.quoted)
}

fn starts_line(bytes: &[u8], key_start: usize) -> bool {
    let line = bytes[line_start(bytes, key_start)..key_start].trim_ascii();
    let line = line.strip_prefix(b"-").map_or(line, <[u8]>::trim_ascii);
    ["", "export", "set", "ENV", "ARG", "\"", "'"]
        .iter()
        .any(|start| line == start.as_bytes())
}

/// Returns whether the value at `at` is one word up to the end of its line or a comment.
fn ends_line(bytes: &[u8], at: usize) -> bool {
    let end = run_end(bytes, at, |byte| !byte.is_ascii_whitespace());
    let rest = bytes[end..line_end(bytes, end)].trim_ascii();
    rest.is_empty() || rest.starts_with(b"#")
}

fn is_secret(bytes: &[u8], key: Key, joint: Joint, value: Value, strength: Strength) -> bool {
    let text = &bytes[value.start..value.end];
    if is_empty_talk(text) || is_place(text) || is_small_number(text) {
        return false;
    }
    if joint == Joint::Element && !bytes[value.end..].starts_with(b"</") {
        return false;
    }
    if !value.quoted && (is_code(text) || is_type_or_variable(bytes, joint, value)) {
        return false;
    }
    let prose = matches!(joint, Joint::Colon | Joint::Space) && starts_sentence(bytes, value);
    let flag = bytes[key.start] == b'-';
    let drawn = looks_drawn(text);
    match strength {
        Strength::Password => {
            let spoken = value.quoted && is_spoken(text);
            !prose && !spoken && (drawn || !is_name(bytes, key, joint, value))
        }
        Strength::Secret => {
            let assigned =
                value.quoted || flag || joint == Joint::Tight || ends_line(bytes, value.start);
            drawn
                || (!prose && assigned && is_passphrase(text) && !is_name(bytes, key, joint, value))
        }
        Strength::Drawn => drawn,
    }
}

/// Returns whether an unquoted word is the name of a variable, as in `password = password;`.
fn is_name(bytes: &[u8], key: Key, joint: Joint, value: Value) -> bool {
    let text = &bytes[value.start..value.end];
    let identifier = text.iter().all(|byte| is_word(*byte) || *byte == b'.')
        && !text.iter().any(u8::is_ascii_digit);
    let own_line = starts_line(bytes, key.start) && ends_line(bytes, value.start);
    let name = &bytes[key.start..key.end];
    let same =
        name.len() >= text.len() && name[name.len() - text.len()..].eq_ignore_ascii_case(text);
    let path = text.contains(&b'.') || bytes.get(value.end) == Some(&b';');
    let code = joint == Joint::Loose && (path || !own_line || same);
    let argument = joint == Joint::Tight && (same || bytes.get(value.end) == Some(&b')'));
    !value.quoted && identifier && (code || argument)
}

fn is_small_number(text: &[u8]) -> bool {
    text.len() < 4 && text.iter().all(u8::is_ascii_digit)
}

/// `password: Option<…>` in a program, `--password PASSWORD` in a help text.
fn is_type_or_variable(bytes: &[u8], joint: Joint, value: Value) -> bool {
    let text = &bytes[value.start..value.end];
    let capital = |byte: &u8| byte.is_ascii_uppercase() || b"_]|>".contains(byte);
    let typed = joint == Joint::Colon && bytes.get(value.end) == Some(&b'<');
    typed || (joint == Joint::Space && text.iter().all(capital))
}

/// Returns whether a quoted text is a message for people.
fn is_spoken(text: &[u8]) -> bool {
    text.iter().filter(|&&byte| byte == b' ').count() >= 3
        && text
            .iter()
            .all(|b| b.is_ascii_alphabetic() || b" .,!?':-".contains(b))
}

fn is_passphrase(text: &[u8]) -> bool {
    let spaced = text.contains(&b' ');
    text.len() >= 8 && !spaced && text.iter().any(|b| !b.is_ascii_digit() && *b != b'.')
}

/// Takes the password of `IDENTIFIED BY 'password'`, which starts at `at`.
pub(super) fn take_statement(found: &mut Found<'_>, at: usize) {
    let value = read(found.bytes, at, STOPS);
    if value.quoted && !is_empty_talk(&found.bytes[value.start..value.end]) {
        found.push(SensitiveKind::Password, value.start, value.end);
    }
}

/// Takes the password that a command such as `curl -u user:password` gives between `flag` and `at`.
pub(super) fn take_command(found: &mut Found<'_>, flag: usize, at: usize) {
    let bytes = found.bytes;
    let value = read(bytes, at, LINE_STOPS);
    let command = &bytes[line_start(bytes, flag)..flag];
    let colon =
        memchr::memchr(b':', &bytes[value.start..value.end]).map(|length| value.start + length + 1);
    let start = match colon {
        _ if holds(bytes, flag, "sshpass") => value.start,
        Some(start) if super::cursor::contains(command, "curl") => start,
        _ => return,
    };
    if !is_empty_talk(&bytes[start..value.end]) {
        found.push(SensitiveKind::Password, start, value.end);
    }
}
