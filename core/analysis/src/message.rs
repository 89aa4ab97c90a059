//! Message, template and signature of a single line without a file around it.

use crate::fingerprint;
use crate::format::detect;
use crate::header;
use crate::template::{MASK, Masker};

/// Digits of a number that may be a status or a code.
const SHORT_NUMBER: usize = 3;

/// Returns the message of a line, its header left out.
pub(crate) fn line_message(line: &str) -> String {
    let profile = detect(&[line]);
    header::parse(line, &profile).message.into_owned()
}

/// Returns the masked message of a line.
pub fn line_template(line: &str) -> String {
    let mut masker = Masker::default();
    masker.mask(&line_message(line));
    masker.text
}

/// Returns the message of a line without what belongs to one incident: times, ids, addresses, amounts.
///
/// Names, paths and numbers as short as a status code stay.
pub fn line_outline(line: &str) -> String {
    let message = line_message(line);
    let mut masker = Masker::default();
    masker.mask(&message);
    let mut outline = String::with_capacity(message.len());
    let mut copied = 0;
    for (start, end) in &masker.params {
        let (start, end) = (*start as usize, *end as usize);
        if !belongs_to_one(&message[start..end]) {
            continue;
        }
        outline.push_str(&message[copied..start]);
        outline.push_str(MASK);
        copied = end;
    }
    outline.push_str(&message[copied..]);
    outline
}

fn belongs_to_one(parameter: &str) -> bool {
    let is_number = parameter.bytes().all(|byte| byte.is_ascii_digit());
    let is_short = is_number && parameter.len() <= SHORT_NUMBER;
    !is_short && parameter.bytes().any(|byte| byte.is_ascii_digit())
}

/// Returns the log-template fingerprint of a line; stable across files.
pub fn line_signature(line: &str) -> String {
    fingerprint::template(&line_template(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outline_keeps_what_the_next_incident_shares() {
        for (line, outline) in [
            (
                "2025-03-04T14:05:00.001Z ERROR checkout-eu req=00061 POST /checkout status=500 duration_ms=30001",
                "checkout-eu req=<*> POST /checkout status=500 duration_ms=<*>",
            ),
            ("maximum-pool-size: 5", "maximum-pool-size: 5"),
            ("", ""),
        ] {
            assert_eq!(line_outline(line), outline, "{line}");
        }
    }
}
