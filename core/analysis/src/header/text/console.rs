//! Heads of logrus on a terminal: `ERRO[0012] message`, with the seconds since the start or a time.

use std::borrow::Cow;

use crate::header::Header;
use crate::level::Level;
use crate::time::scan;

/// Parses such a line.
pub(super) fn logrus(body: &str) -> Option<Header<'_>> {
    if body.as_bytes().get(4) != Some(&b'[') {
        return None;
    }
    let level = match &body.as_bytes()[..4] {
        b"TRAC" => Level::Trace,
        b"DEBU" => Level::Debug,
        b"INFO" => Level::Info,
        b"WARN" => Level::Warn,
        b"ERRO" => Level::Error,
        b"FATA" | b"PANI" => Level::Fatal,
        _ => return None,
    };
    let (time, message) = body.get(5..)?.split_once(']')?;
    let stamp = scan(time.as_bytes()).filter(|it| it.length == time.len());
    let counts = time.len() >= 4 && time.bytes().all(|byte| byte.is_ascii_digit());
    (counts || stamp.is_some()).then(|| Header {
        stamp: stamp.filter(|_| !counts),
        level: Some(level),
        message: Cow::Borrowed(message.trim_start()),
        ..Header::default()
    })
}
