//! E-mail addresses, telephone numbers, and names of users in paths.

use super::cursor::{before, contains, holds, is_blank, is_word, key_before, run_end, run_start};
use super::found::Found;
use super::kind::SensitiveKind;

/// What ends a name with `@` in it that is no address: files, and units of systemd.
const NOT_DOMAINS: &[&str] = &[
    "png", "jpg", "jpeg", "gif", "svg", "webp", "js", "ts", "css", "json", "html", "service",
    "socket", "timer", "mount", "target", "slice", "scope", "device", "path", "swap", "tgz", "gz",
    "zip", "yaml", "yml", "md", "txt", "conf",
];
const SHARED_USERS: &[&str] = &[
    "root",
    "ubuntu",
    "debian",
    "ec2-user",
    "centos",
    "vagrant",
    "runner",
    "runneradmin",
    "jenkins",
    "git",
    "www-data",
    "app",
    "node",
    "user",
    "users",
    "username",
    "admin",
    "administrator",
    "shared",
    "public",
    "default",
    "linuxbrew",
    "codespace",
    "vscode",
    "coder",
    "circleci",
    "airflow",
    "jovyan",
    "gitlab-runner",
    "nobody",
    "postgres",
    "nonroot",
    "appuser",
    "travis",
    "site",
    "wwwroot",
    "index",
    "home",
    "all",
];
const PHONE_KEYS: [&str; 9] = [
    "phone", "mobile", "tel", "cell", "fax", "msisdn", "whatsapp", "telefon", "handy",
];
const METHODS: [&[u8]; 6] = [b"GET", b"POST", b"PUT", b"DELETE", b"HEAD", b"PATCH"];

/// Takes the address around the `@` at `at`.
pub(super) fn take_email(found: &mut Found<'_>, at: usize) {
    let bytes = found.bytes;
    let local = |byte: u8| is_word(byte) || b".+-%'".contains(&byte) || byte >= 0x80;
    let mut start = run_start(bytes, at, local);
    while start < at && matches!(bytes[start], b'.' | b'-' | b'\'' | b'%' | b'+') {
        start += 1;
    }
    let end = run_end(bytes, at + 1, |byte| {
        byte.is_ascii_alphanumeric() || b".-".contains(&byte)
    });
    let kept = bytes[at + 1..end]
        .iter()
        .rposition(|byte| byte.is_ascii_alphanumeric());
    let Some(end) = kept.map(|last| at + 2 + last) else {
        return;
    };
    let remote = bytes.get(end) == Some(&b':')
        && bytes
            .get(end + 1)
            .is_some_and(|byte| is_word(*byte) || b"~/".contains(byte));
    let git = &bytes[start..at] == b"git" && remote;
    let scoped = matches!(before(bytes, start), Some(b'/' | b'@')) && bytes.get(end) == Some(&b'/');
    if start < at && !git && !scoped && is_domain(&bytes[at + 1..end]) {
        found.push(SensitiveKind::Email, start, end);
    }
}

fn is_domain(domain: &[u8]) -> bool {
    let Some(dot) = memchr::memrchr(b'.', domain) else {
        return false;
    };
    let top = &domain[dot + 1..];
    let lettered = (2..=24).contains(&top.len()) && top.iter().all(u8::is_ascii_alphabetic);
    let labels = domain.split(|&byte| byte == b'.');
    let known = NOT_DOMAINS
        .iter()
        .any(|it| top.eq_ignore_ascii_case(it.as_bytes()));
    lettered
        && !known
        && labels
            .into_iter()
            .all(|label| !label.is_empty() && label.len() < 64)
}

/// Takes the number in international form whose first digit, behind `+`, is at `at`.
pub(super) fn take_international(found: &mut Found<'_>, at: usize) -> Option<usize> {
    let bytes = found.bytes;
    let start = at - 1;
    if before(bytes, start).is_some_and(|byte| is_word(byte) || b"+.-)".contains(&byte)) {
        return None;
    }
    let (digits, groups, end) = number(bytes, at);
    let fits = match (bytes[at], bytes.get(at + 1)) {
        (b'1', _) => digits == 11 && !first_is_low(bytes, at + 1),
        (b'2', Some(b'8')) | (b'8', Some(b'3' | b'9')) | (b'0', _) => false,
        _ => (8..=15).contains(&digits),
    };
    let plain = groups == 1 && digits < 10 && !is_phone_key(key_before(bytes, start));
    let stamp = groups == 1 && digits >= 13 && bytes[at] == b'1';
    if !fits || plain || stamp || bytes.get(end).is_some_and(|&byte| is_word(byte)) {
        return None;
    }
    found.push(SensitiveKind::Phone, start, end);
    Some(end)
}

/// Takes the number in national form that starts at `at`, or any behind a key that names a telephone.
pub(super) fn take_national(found: &mut Found<'_>, at: usize) -> Option<usize> {
    let bytes = found.bytes;
    let open = before(bytes, at) == Some(b'(');
    let start = at - usize::from(open);
    if before(bytes, start).is_some_and(|byte| is_word(byte) || b".-/+".contains(&byte)) {
        return None;
    }
    let (digits, groups, end) = number(bytes, at);
    let keyed = (6..=15).contains(&digits) && is_phone_key(key_before(bytes, start));
    let american = is_american(&bytes[at..end], open);
    let local = super::phone::is_national(bytes, start, (at, end));
    let joined = bytes
        .get(end)
        .is_some_and(|&byte| is_word(byte) || byte == b'-');
    if joined || !(american || local || (keyed && groups <= 6)) {
        return None;
    }
    found.push(SensitiveKind::Phone, start, end);
    Some(end)
}

/// Returns whether the key before a run of digits names a telephone.
pub(super) fn is_phone_key(key: &[u8]) -> bool {
    let named = PHONE_KEYS.iter().any(|it| contains(key, it));
    named
        && !["telemetry", "cancel", "hotel", "intel", "id", "cellar"]
            .iter()
            .any(|it| contains(key, it))
}

/// Takes the name behind `/home/` or the like, which starts at `at`.
pub(super) fn take_user(found: &mut Found<'_>, path: usize, at: usize) {
    let bytes = found.bytes;
    let at = run_end(bytes, at, |byte| byte == b'\\');
    let opened = before(bytes, path)
        .is_none_or(|byte| !is_word(byte) && byte != b'.' && byte != b'-' && byte != b'}');
    let end = run_end(bytes, at, |byte| is_word(byte) || b".-".contains(&byte));
    let name = &bytes[at..end];
    let shared = SHARED_USERS
        .iter()
        .any(|it| name.eq_ignore_ascii_case(it.as_bytes()));
    let word = run_start(bytes, path.saturating_sub(1), |byte| {
        !is_blank(byte) && byte != b'\n'
    });
    let method = METHODS
        .iter()
        .any(|it| bytes[word..path].trim_ascii_end().ends_with(it));
    let deeper = matches!(bytes.get(end), Some(b'/' | b'\\')) || holds(bytes, path, "/home/");
    let numbered = name.iter().all(u8::is_ascii_digit);
    if opened && deeper && !shared && !method && !numbered && name.len() > 1 {
        found.push(SensitiveKind::UserName, at, end);
    }
}

/// Returns digits, groups and end of a number written with single separators.
fn number(bytes: &[u8], at: usize) -> (usize, usize, usize) {
    let (mut digits, mut groups, mut end) = (0, 0, at);
    loop {
        let stop = run_end(bytes, end, |byte| byte.is_ascii_digit());
        if stop == end {
            break;
        }
        digits += stop - end;
        groups += 1;
        end = stop;
        let next = match bytes.get(end..).unwrap_or_default() {
            [b')', b' ', digit, ..] | [b' ', b'(', digit, ..] if digit.is_ascii_digit() => end + 2,
            [b' ' | b'-' | b'.' | b'/' | b')' | b'(', digit, ..] if digit.is_ascii_digit() => {
                end + 1
            }
            _ => break,
        };
        if digits >= 15
            || groups >= 7
            || digits + (run_end(bytes, next, |b| b.is_ascii_digit()) - next) > 15
        {
            break;
        }
        end = next;
    }
    (digits, groups, end)
}

/// `(ddd) ddd-dddd` or `ddd-ddd-dddd` or `ddd.ddd.dddd`; area and exchange start with 2 to 9.
fn is_american(text: &[u8], open: bool) -> bool {
    let layout: &[&[u8]] = if open {
        &[b"ddd) ddd-dddd", b"ddd)ddd-dddd"]
    } else {
        &[b"ddd-ddd-dddd", b"ddd.ddd.dddd"]
    };
    let matching = layout.iter().find(|it| {
        it.len() == text.len()
            && it.iter().zip(text).all(|(want, have)| {
                if *want == b'd' {
                    have.is_ascii_digit()
                } else {
                    want == have
                }
            })
    });
    matching.is_some() && !first_is_low(text, 0) && !first_is_low(text, text.len() - 8)
}

fn first_is_low(text: &[u8], at: usize) -> bool {
    let at = run_end(text, at, |byte| !byte.is_ascii_digit());
    matches!(text.get(at), Some(b'0' | b'1'))
}
