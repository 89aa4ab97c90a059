//! Lines of programs behind the head that a collector put in front of each.

use std::borrow::Cow;

use super::{Header, json, text};
use crate::format::Profile;
use crate::time::scan;

/// How the syslog daemon writes a tab.
const TAB: &str = "#011";

/// Reads a program's line behind the head in `header`: its own head, else the line as it is.
pub(super) fn read<'a>(line: &'a str, profile: &Profile, header: &mut Header<'a>) {
    match own_head(line, profile) {
        Some(own) => {
            header.level = own.level.or(header.level);
            header.component = header.component.take().or(own.component);
            (header.message, header.trace) = (own.message, own.trace);
            header.bare = None;
        }
        None if line.starts_with(TAB) => {
            header.bare = Some(Cow::Owned(line.replace(TAB, "\t")));
        }
        None => header.bare = Some(Cow::Borrowed(line)),
    }
}

/// Reads the message of a record for which the journal knows a level.
pub(super) fn read_record(header: &mut Header<'_>, profile: &Profile) {
    let own = own_head(&header.message, profile).map(|own| {
        let trace = own.trace.map(Cow::into_owned);
        (own.level, own.message.into_owned(), trace)
    });
    if let Some((level, message, trace)) = own {
        header.level = level.or(header.level);
        header.message = Cow::Owned(message);
        header.trace = trace.map(Cow::Owned);
    } else if text::inner_level(&header.message).is_none() || opens_trace(&header.message) {
        header.bare = Some(header.message.clone());
    }
}

/// Returns whether the word of a level is the name of what a trace is of.
pub(super) fn opens_trace(line: &str) -> bool {
    line.starts_with("panic: ") || line.starts_with("Error: ")
}

/// Returns the head of a program's line, unless the word of a level is all it consists of.
fn own_head<'a>(line: &'a str, profile: &Profile) -> Option<Header<'a>> {
    let bytes = line.as_bytes();
    let opens = match bytes.first()? {
        b'{' => return json::own_record(line, profile),
        b'0'..=b'9' => scan(bytes).is_some(),
        b'[' => scan(&bytes[1..]).is_some(),
        b'I' | b'W' | b'E' | b'F' => bytes.get(1).is_some_and(u8::is_ascii_digit),
        _ => false,
    };
    let header = opens.then(|| text::plain(line, profile))?;
    header.is_head().then_some(header)
}
