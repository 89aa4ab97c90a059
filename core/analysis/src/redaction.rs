//! Redaction: secrets and personal data leave a text as placeholders and come back by a map.
//!
//! ```
//! use faultmaven_analysis::{PlaceholderMap, RedactionOptions, Redactor};
//!
//! let redactor = Redactor::new(RedactionOptions::default())?;
//! let mut map = PlaceholderMap::default();
//! let log = "login of ada@example.org from 10.20.4.17";
//! let redacted = redactor.redact(log, &mut map);
//! assert_eq!(redacted.text, "login of <EMAIL_1> from <IP_ADDRESS_1>");
//! assert_eq!(map.restore("<IP_ADDRESS_1> is blocked").text, "10.20.4.17 is blocked");
//! # Ok::<(), faultmaven_analysis::RedactorError>(())
//! ```

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

mod address;
mod assignment;
mod contact;
mod cursor;
mod detect;
mod digits;
mod found;
mod hash;
mod header;
mod host;
mod jwt;
mod keys;
mod kind;
mod map;
mod money;
mod national;
mod numbers;
mod pem;
mod phone;
mod pieces;
mod placeholder;
mod restoration;
mod stream;
mod url;
mod value;
mod vendor;

pub use found::SensitiveSpan;
pub use kind::SensitiveKind;
pub use map::{Notation, PlaceholderEntry, PlaceholderMap, Restored};
pub use placeholder::Placeholder;
pub use restoration::RestorationStream;
pub use stream::RedactionStream;

use detect::Detector;

/// What to look for beyond secrets and personal data.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RedactionOptions {
    /// Names of hosts too.
    pub hostnames: bool,
    /// Nothing but secrets: who and where stay readable.
    pub only_secrets: bool,
}

/// Why there is no redactor; without one, nothing may leave.
#[derive(Debug, thiserror::Error)]
pub enum RedactorError {
    #[error("the literals of the rules do not compile")]
    Literals,
}

/// Finds secrets and personal data and replaces them; made once, used for many texts.
#[derive(Debug)]
pub struct Redactor {
    detector: Detector,
}

/// A text with placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted {
    pub text: String,
    pub counts: RedactionCounts,
}

/// How many parts of each kind were replaced.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct RedactionCounts(pub BTreeMap<SensitiveKind, u64>);

impl Redactor {
    /// Compiles the rules.
    pub fn new(options: RedactionOptions) -> Result<Self, RedactorError> {
        let detector = Detector::new(options)?;
        Ok(Self { detector })
    }

    /// Returns what is sensitive in `text`, in order of place, without overlap.
    pub fn detect(&self, text: &str) -> Vec<SensitiveSpan> {
        let mut spans = Vec::new();
        for (offset, part) in stream::parts(text) {
            spans.extend(
                self.detector
                    .spans(part)
                    .into_iter()
                    .map(|span| SensitiveSpan {
                        start: span.start + offset,
                        end: span.end + offset,
                        ..span
                    }),
            );
        }
        spans
    }

    /// Replaces what is sensitive; the map learns new values.
    pub fn redact(&self, text: &str, map: &mut PlaceholderMap) -> Redacted {
        let mut redacted = Redacted {
            text: String::with_capacity(text.len()),
            counts: RedactionCounts::default(),
        };
        self.replace(text, map, &mut redacted.text, &mut redacted.counts);
        redacted
    }

    /// Starts the redaction of a text that comes in pieces.
    pub fn stream(&self) -> RedactionStream<'_> {
        RedactionStream::new(self)
    }

    fn replace(
        &self,
        text: &str,
        map: &mut PlaceholderMap,
        out: &mut String,
        counts: &mut RedactionCounts,
    ) {
        let mut copied = 0;
        for span in self.detect(text) {
            let placeholder = map.placeholder(span.kind, &text[span.start..span.end]);
            out.push_str(&text[copied..span.start]);
            // Writing to a string cannot fail.
            let _ = write!(out, "{placeholder}");
            *counts.0.entry(span.kind).or_default() += 1;
            copied = span.end;
        }
        out.push_str(&text[copied..]);
    }
}
