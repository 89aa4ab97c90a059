//! What the first bytes of a file say about it.

use faultmaven_analysis::{Analysis, DataClass, Encoding, Options};

use crate::convert::class;
use crate::media;

/// Bytes that are looked at before a file is stored.
pub(crate) const HEAD_BYTES: usize = 64 * 1024;

/// The type of a file, from its content alone.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Identity {
    pub(crate) media_type: String,
    pub(crate) format: String,
    pub(crate) encoding: String,
    pub(crate) line_ending: String,
    pub(crate) data_class: DataClass,
    pub(crate) confidence: f64,
}

/// Returns what `head` says; `name` only breaks ties and `user_class` is final for text.
pub(crate) fn identify(head: &[u8], name: &str, user_class: Option<DataClass>) -> Identity {
    if let Some(media_type) = media::from_magic(head, name) {
        return Identity {
            media_type: media_type.to_owned(),
            format: String::new(),
            encoding: class::NOT_TEXT.to_owned(),
            line_ending: "none".to_owned(),
            data_class: media::class_of(media_type),
            confidence: 1.0,
        };
    }
    if head.len() >= HEAD_BYTES && head.iter().all(|&byte| byte == 0) {
        return unknown();
    }
    let options = Options {
        file_name: Some(name.to_owned()),
        data_class: user_class,
        ..Options::default()
    };
    from_analysis(&faultmaven_analysis::analyze(head, options), head)
}

/// Text may follow zeros, as truncating a log under its writer leaves them; reading it tells.
fn unknown() -> Identity {
    Identity {
        media_type: "text/plain".to_owned(),
        format: String::new(),
        encoding: Encoding::Utf8.name().to_owned(),
        line_ending: "none".to_owned(),
        data_class: DataClass::Text,
        confidence: 0.0,
    }
}

/// Returns the identity that a finished analysis gives a file starting with `head`.
pub(crate) fn from_analysis(analysis: &Analysis, head: &[u8]) -> Identity {
    let found = &analysis.classification;
    Identity {
        media_type: media::of_text(found.data_class, head).to_owned(),
        format: analysis.log_format.map(format_name).unwrap_or_default(),
        encoding: analysis.encoding.name().to_owned(),
        line_ending: class::line_ending_name(analysis.line_ending).to_owned(),
        data_class: found.data_class,
        confidence: in_hundredths(found.confidence),
    }
}

/// The engine's single precision would show as noise: 0.9900000095367432.
fn in_hundredths(confidence: f32) -> f64 {
    (f64::from(confidence) * 100.0).round() / 100.0
}

fn format_name(format: faultmaven_analysis::LogFormat) -> String {
    // The engine's serialised names are the names on the wire.
    match serde_json::to_value(format) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_beats_the_name() {
        let identity = identify(b"\x89PNG\r\n\x1a\n\0\0\0", "app.log", Some(DataClass::Logs));
        assert_eq!(identity.data_class, DataClass::Image);
        assert_eq!(identity.media_type, "image/png");
    }

    #[test]
    fn a_log_is_recognised_from_its_lines() {
        let line = "2025-03-04T13:35:00.000Z INFO  checkout-eu POST /checkout status=200\n";
        let identity = identify(line.repeat(20).as_bytes(), "blob.bin", None);
        assert_eq!(identity.data_class, DataClass::Logs);
        assert_eq!(
            (identity.encoding.as_str(), identity.line_ending.as_str()),
            ("utf-8", "lf")
        );
        assert_eq!(identity.media_type, "text/plain");
    }

    #[test]
    fn the_user_names_the_class_of_text() {
        let identity = identify(b"hello\nworld\n", "x", Some(DataClass::Config));
        assert_eq!(
            (identity.data_class, identity.confidence),
            (DataClass::Config, 1.0)
        );
    }
}
