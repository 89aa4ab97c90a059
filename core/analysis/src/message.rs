//! Message, template and signature of a single line without a file around it.

use crate::fingerprint;
use crate::format::detect;
use crate::header;
use crate::template::Masker;

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

/// Returns the log-template fingerprint of a line; stable across files.
pub fn line_signature(line: &str) -> String {
    fingerprint::template(&line_template(line))
}
