//! Names of downloads.

use std::fmt::Write as _;

use axum::http::HeaderValue;

/// Returns the disposition of a download named `filename`: plain for old readers, RFC 5987 for the rest.
pub(crate) fn disposition(filename: &str) -> HeaderValue {
    let plain: String = filename
        .chars()
        .map(|c| match c {
            '"' | '\\' | '/' | '%' => '_',
            c if c.is_ascii_graphic() || c == ' ' => c,
            _ => '_',
        })
        .collect();
    let mut value = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''");
    for byte in filename.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            value.push(char::from(byte));
        } else {
            let _ = write!(value, "%{byte:02X}");
        }
    }
    HeaderValue::from_str(&value).unwrap_or_else(|_| HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_survive_and_cannot_break_out() {
        assert_eq!(
            disposition("app 1.log"),
            "attachment; filename=\"app 1.log\"; filename*=UTF-8''app%201.log"
        );
        assert_eq!(
            disposition("Störung\".log\r\nX: y"),
            "attachment; filename=\"St_rung_.log__X: y\"; filename*=UTF-8''St%C3%B6rung%22.log%0D%0AX%3A%20y"
        );
    }
}
