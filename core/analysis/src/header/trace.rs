//! Stack traces that a record holds in its message or in a field.

use std::borrow::Cow;

use super::Header;

/// How frames begin behind the end of a line.
const FRAMES: [&str; 4] = ["\n\tat ", "\n   at ", "\n    at ", "\n  File \""];

/// Returns the line of an error that names it: the last one of a trace in Python, else the first.
pub(super) fn headline(error: Cow<'_, str>) -> Cow<'_, str> {
    if !error.contains('\n') {
        return error;
    }
    let mut lines = error.trim_end().lines();
    let line = match error.starts_with("Traceback ") {
        true => lines.next_back(),
        false => lines.next(),
    };
    Cow::Owned(line.unwrap_or_default().trim().to_owned())
}

/// Takes a trace out of the message that it follows.
pub(super) fn split(header: &mut Header<'_>) {
    let Cow::Owned(message) = &mut header.message else {
        return;
    };
    let Some(end) = message.find('\n') else {
        return;
    };
    if header.trace.is_none() && FRAMES.iter().any(|frame| message[end..].contains(frame)) {
        header.trace = Some(Cow::Owned(message.split_off(end)));
    }
}
