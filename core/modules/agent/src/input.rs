//! The request of a turn, checked and normalised before anything happens.

use faultmaven_kit::id::is_well_formed;
use faultmaven_kit::{Fault, text};
use faultmaven_proto::agent::v1 as pb;
use faultmaven_proto::case::v1::Dialect;
use sha2::{Digest as _, Sha256};

use crate::error::TurnError;
use crate::intent::Intent;
use crate::paste::{Paste, unix_lines};
use crate::pasted;

pub(crate) const MESSAGE_MAX: usize = 200_000;
const PASTE_AS_DATA_LINES: usize = 100;
const KEPT_OF_LONG_TEXT: usize = 500;
const FILES_MAX: usize = 20;
const SOURCE_URL_MAX: usize = 2_048;

/// What a user hands in.
#[derive(Debug, Clone)]
pub(crate) struct Input {
    pub(crate) case_id: String,
    pub(crate) text: Option<String>,
    pub(crate) pastes: Vec<Paste>,
    pub(crate) file_ids: Vec<String>,
    pub(crate) intent: Option<Intent>,
    pub(crate) dialect: Dialect,
    pub(crate) request_id: String,
    expected_version: Option<i64>,
}

impl Input {
    /// Returns the checked request.
    pub(crate) fn parse(request: pb::SubmitTurnRequest) -> Result<Self, TurnError> {
        if !is_well_formed("case", 12, &request.case_id) {
            return Err(Fault::not_found("case").into());
        }
        check_request_id(&request.request_id)?;
        let file_ids = checked_file_ids(&request.file_ids)?;
        let source_url = text::optional_text("source_url", &request.source_url, SOURCE_URL_MAX)?;
        let written = unix_lines(&request.text);
        let written = text::optional_text("text", &written, MESSAGE_MAX)?;
        let intent = request
            .intent
            .as_ref()
            .map(Intent::parse)
            .transpose()?
            .flatten();
        let mut pastes = Vec::new();
        let pasted = unix_lines(&request.pasted_content);
        if !pasted.trim().is_empty() {
            pastes.push(Paste::new(
                pasted,
                request.paste_kind(),
                source_url.as_deref(),
            ));
        }
        let kept = written.and_then(|written| keep_or_paste(written, &mut pastes));
        let is_empty = kept.is_none() && pastes.is_empty() && file_ids.is_empty();
        if is_empty && intent.is_none() {
            return Err(TurnError::EmptyTurn);
        }
        Ok(Self {
            text: kept,
            pastes,
            file_ids,
            intent,
            dialect: dialect(request.dialect()),
            case_id: request.case_id,
            request_id: request.request_id,
            expected_version: request.expected_version,
        })
    }

    /// Returns whether the case may be such that the turn has to be refused.
    pub(crate) fn depends_on_the_case(&self) -> bool {
        self.intent.is_some() || self.expected_version.is_some()
    }

    /// Refuses a turn that is meant for another version of the case.
    pub(crate) fn check_version(&self, actual: i64) -> Result<(), TurnError> {
        match self.expected_version {
            Some(expected) if expected != actual => {
                Err(TurnError::VersionConflict { expected, actual })
            }
            _ => Ok(()),
        }
    }

    /// Returns whether the turn brings data.
    pub(crate) fn has_data(&self) -> bool {
        !self.pastes.is_empty() || !self.file_ids.is_empty()
    }

    /// Returns what two requests have in common exactly when they ask for the same.
    pub(crate) fn fingerprint(&self, file_hashes: &[String]) -> String {
        let intent = self.intent.as_ref().map(|intent| format!("{intent:?}"));
        let mut hash = Sha256::new();
        let mut add = |part: &str| {
            hash.update(part.len().to_le_bytes());
            hash.update(part.as_bytes());
        };
        add(&self.case_id);
        add(self.text.as_deref().unwrap_or_default());
        add(intent.as_deref().unwrap_or_default());
        if let Some(version) = self.expected_version {
            add(&version.to_string());
        }
        for file_hash in file_hashes {
            add(file_hash);
        }
        for paste in &self.pastes {
            add(&paste.sha256());
        }
        hex::encode(hash.finalize())
    }
}

fn check_request_id(request_id: &str) -> Result<(), Fault> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let fits = (8..=255).contains(&request_id.len()) && request_id.bytes().all(allowed);
    if request_id.is_empty() || fits {
        return Ok(());
    }
    Err(Fault::invalid(
        "request_id",
        "must have 8 to 255 characters of A-Z, a-z, 0-9, _ and -",
    ))
}

fn checked_file_ids(file_ids: &[String]) -> Result<Vec<String>, TurnError> {
    let mut checked: Vec<String> = Vec::with_capacity(file_ids.len());
    for file_id in file_ids {
        if !is_well_formed("file", 12, file_id) {
            return Err(TurnError::FileNotFound);
        }
        if !checked.contains(file_id) {
            checked.push(file_id.clone());
        }
    }
    if checked.len() > FILES_MAX {
        let limit = format!("must name at most {FILES_MAX} files");
        return Err(Fault::invalid("file_ids", limit).into());
    }
    Ok(checked)
}

/// Data in a text become a file; of a text as long as a log the beginning stays in the conversation.
fn keep_or_paste(written: String, pastes: &mut Vec<Paste>) -> Option<String> {
    if written.lines().count() >= PASTE_AS_DATA_LINES {
        let start: String = written.chars().take(KEPT_OF_LONG_TEXT).collect();
        pastes.push(Paste::new(written, pb::PasteKind::Paste, None));
        return Some(start.trim_end().to_owned());
    }
    let parted = pasted::part(&written);
    if let Some(data) = parted.data {
        pastes.push(Paste::new(data, pb::PasteKind::Paste, None));
    }
    (!parted.words.is_empty()).then_some(parted.words)
}

fn dialect(dialect: pb::ClientDialect) -> Dialect {
    match dialect {
        pb::ClientDialect::Unspecified => Dialect::Core,
        pb::ClientDialect::Legacy => Dialect::Legacy,
        pb::ClientDialect::Current => Dialect::Current,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(text: &str) -> pb::SubmitTurnRequest {
        pb::SubmitTurnRequest {
            case_id: "case_0123456789ab".to_owned(),
            text: text.to_owned(),
            ..Default::default()
        }
    }

    #[test]
    fn a_turn_needs_something_to_work_on() {
        assert!(matches!(
            Input::parse(request(" \n ")),
            Err(TurnError::EmptyTurn)
        ));
        let mut clicked = request("");
        clicked.intent = Some(pb::Intent {
            r#type: pb::IntentType::Confirmation.into(),
            confirmation_value: true,
            ..Default::default()
        });
        assert!(Input::parse(clicked).is_ok());
    }

    #[test]
    fn wrong_fields_are_named_with_their_limit() {
        let too_long = Input::parse(request(&"a".repeat(MESSAGE_MAX + 1)));
        let fault = Fault::from(too_long.unwrap_err());
        assert_eq!(fault.violations[0].field, "text");
        assert!(fault.violations[0].description.contains("200000"));
        let mut keyed = request("hello");
        keyed.request_id = "short".to_owned();
        let fault = Fault::from(Input::parse(keyed).unwrap_err());
        assert_eq!(fault.violations[0].field, "request_id");
    }

    #[test]
    fn malformed_ids_answer_not_found() {
        let mut other = request("hello");
        other.case_id = "case_x".to_owned();
        let fault = Fault::from(Input::parse(other).unwrap_err());
        assert_eq!(fault.reason, "case_not_found");
        let mut other = request("hello");
        other.file_ids = vec!["../etc/passwd".to_owned()];
        let fault = Fault::from(Input::parse(other).unwrap_err());
        assert_eq!(fault.reason, "file_not_found");
    }

    #[test]
    fn a_text_of_a_hundred_lines_becomes_a_paste() {
        let input = Input::parse(request(&"line of a log\n".repeat(100))).unwrap();
        assert_eq!(input.pastes.len(), 1);
        assert!(input.text.unwrap().chars().count() <= KEPT_OF_LONG_TEXT);
        let input = Input::parse(request(&"line\n".repeat(99))).unwrap();
        assert!(input.pastes.is_empty());
    }

    #[test]
    fn line_ends_do_not_change_the_fingerprint_and_content_does() {
        let mut windows = request("hello");
        windows.pasted_content = "a\r\nb\r\n".to_owned();
        let mut unix = request("hello");
        unix.pasted_content = "a\nb\n".to_owned();
        let of = |request: &pb::SubmitTurnRequest| {
            Input::parse(request.clone()).unwrap().fingerprint(&[])
        };
        assert_eq!(of(&windows), of(&unix));
        unix.pasted_content = "a\nc\n".to_owned();
        assert_ne!(of(&windows), of(&unix));
    }
}
