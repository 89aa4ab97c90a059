//! Requests, decoded once at the edge.

use std::time::Duration;

use faultmaven_kit::id::is_well_formed;
use faultmaven_kit::text::checked_text;
use faultmaven_kit::{Fault, PageToken, page_size};
use faultmaven_proto::case::v1 as pb;
use sha2::{Digest as _, Sha256};

use crate::case::{
    CaseEdit, NewCase, checked_description, checked_metadata, checked_tags, checked_title,
};
use crate::limits::{MESSAGE_MAX, SUGGESTIONS_MAX};
use crate::store::lists::Position;
use crate::store::messages::Suggestion;
use crate::vocabulary::{CaseSource, CaseStatus, MessageKind, Priority, Word as _};

const LIST_DEFAULT: u64 = 50;
const LIST_MAX: u64 = 100;
const MESSAGES_DEFAULT: u64 = 1_000;
const MESSAGES_MAX: u64 = 1_000;
const ROUTE_MAX: usize = 200;

/// A case to be opened.
#[derive(Debug, Clone)]
pub(crate) struct CreateCase {
    pub(crate) new: NewCase,
    /// Empty for none.
    pub(crate) request_id: String,
    pub(crate) fingerprint: String,
}

/// Returns the case a request asks for.
pub(crate) fn create_case(request: pb::CreateCaseRequest) -> Result<CreateCase, Fault> {
    let title = match request.title.trim() {
        "" => None,
        title => Some(checked_title(title)?),
    };
    let new = NewCase {
        title,
        description: checked_description(&request.description)?,
        priority: Priority::from_wire(request.priority).unwrap_or(Priority::Medium),
        tags: checked_tags(&request.tags)?,
        metadata: checked_metadata(&request.metadata_json)?,
        source: CaseSource::from_wire(request.source).unwrap_or(CaseSource::Api),
    };
    if !request.request_id.is_empty() {
        check_idempotency_key("request_id", &request.request_id)?;
    }
    Ok(CreateCase {
        fingerprint: fingerprint(&new),
        request_id: request.request_id,
        new,
    })
}

fn fingerprint(new: &NewCase) -> String {
    let mut hash = Sha256::new();
    let title = new.title.as_deref().unwrap_or_default();
    let fields = [
        title,
        &new.description,
        new.priority.as_str(),
        &new.metadata,
        new.source.as_str(),
    ];
    for part in fields
        .into_iter()
        .chain(new.tags.iter().map(String::as_str))
    {
        hash.update(part.len().to_le_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(hash.finalize())
}

/// Fails unless the key has the form of one.
pub(crate) fn check_idempotency_key(field: &str, key: &str) -> Result<(), Fault> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if (8..=255).contains(&key.len()) && key.bytes().all(allowed) {
        return Ok(());
    }
    Err(Fault::invalid(
        field,
        "must have 8 to 255 letters, digits, underscores or hyphens",
    ))
}

/// Returns the changes a request asks for.
pub(crate) fn edit(request: pb::UpdateCaseRequest) -> Result<CaseEdit, Fault> {
    let text = |text: Option<String>, check: fn(&str) -> Result<String, Fault>| {
        text.as_deref().map(check).transpose()
    };
    Ok(CaseEdit {
        title: text(request.title, checked_title)?,
        description: text(request.description, checked_description)?,
        priority: Priority::from_wire(request.priority),
        tags: request
            .replace_tags
            .then(|| checked_tags(&request.tags))
            .transpose()?,
        metadata: text(request.metadata_json, checked_metadata)?,
        archived: request.archived,
    })
}

/// Which page of which cases.
#[derive(Debug, Clone)]
pub(crate) struct ListCases {
    pub(crate) status: Option<CaseStatus>,
    pub(crate) include_archived: bool,
    pub(crate) after: Option<Position>,
    pub(crate) offset: u64,
    pub(crate) limit: u64,
}

/// Returns the page a request asks for.
pub(crate) fn list_cases(request: &pb::ListCasesRequest) -> Result<ListCases, Fault> {
    let after: Option<Position> = PageToken::decode(&request.page_token)?;
    if after
        .as_ref()
        .is_some_and(|after| !is_well_formed("case", 12, &after.case_id))
    {
        return Err(Fault::invalid(
            "page_token",
            "is not a token this service gave out",
        ));
    }
    Ok(ListCases {
        status: CaseStatus::from_wire(request.status),
        include_archived: request.include_archived,
        after,
        offset: offset(request.offset)?,
        limit: page_size(request.page_size, LIST_DEFAULT, LIST_MAX)?,
    })
}

fn offset(offset: i32) -> Result<u64, Fault> {
    u64::try_from(offset).map_err(|_| Fault::invalid("offset", "must not be negative"))
}

/// A stretch of numbered rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rows {
    /// The number of the last row before it.
    pub(crate) after: i32,
    pub(crate) limit: u64,
}

/// Returns the messages a request asks for.
pub(crate) fn list_messages(request: &pb::ListMessagesRequest) -> Result<Rows, Fault> {
    let after: i32 = PageToken::decode(&request.page_token)?.unwrap_or(0);
    if request.offset < 0 || after < 0 {
        return Err(Fault::invalid("offset", "must not be negative"));
    }
    Ok(Rows {
        after: after.saturating_add(request.offset),
        limit: page_size(request.page_size, MESSAGES_DEFAULT, MESSAGES_MAX)?,
    })
}

/// Returns the turns a request asks for.
pub(crate) fn list_turns(request: &pb::ListTurnsRequest) -> Result<Rows, Fault> {
    Ok(Rows {
        after: PageToken::decode(&request.page_token)?.unwrap_or(0),
        limit: page_size(request.page_size, LIST_DEFAULT, LIST_MAX)?,
    })
}

/// A turn that somebody wants to begin.
#[derive(Debug, Clone)]
pub(crate) struct BeginTurn {
    pub(crate) case_id: String,
    pub(crate) idempotency_key: String,
    pub(crate) fingerprint: String,
    pub(crate) route: String,
    /// Absent means the module's own patience.
    pub(crate) wait: Option<Duration>,
}

/// Returns the turn a request announces.
pub(crate) fn begin_turn(request: pb::BeginTurnRequest) -> Result<BeginTurn, Fault> {
    let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if request.fingerprint.len() != 64 || !request.fingerprint.bytes().all(is_hex) {
        return Err(Fault::invalid(
            "fingerprint",
            "must be 64 lower-case hexadecimal digits",
        ));
    }
    if !request.idempotency_key.is_empty() {
        check_idempotency_key("idempotency_key", &request.idempotency_key)?;
        checked_text("route", &request.route, ROUTE_MAX)?;
    }
    let wait = request
        .wait
        .map(|wait| Duration::try_from(wait).unwrap_or_default());
    Ok(BeginTurn {
        case_id: request.case_id,
        idempotency_key: request.idempotency_key,
        fingerprint: request.fingerprint,
        route: request.route,
        wait,
    })
}

/// Returns the draft of a turn, once what it will store is known to be storable.
pub(crate) fn draft(draft: Option<pb::TurnDraft>) -> Result<pb::TurnDraft, Fault> {
    let mut draft = draft.ok_or_else(|| Fault::invalid("draft", "must be present"))?;
    if !is_well_formed("msg", 16, &draft.user_message_id) {
        return Err(Fault::invalid(
            "draft.user_message_id",
            "must be a message id",
        ));
    }
    // Checked only: quotes count bytes from where the text begins, so it stays as it was sent.
    checked_text("draft.user_text", &draft.user_text, MESSAGE_MAX)?;
    if MessageKind::from_wire(draft.user_message_kind).is_none() {
        draft.user_message_kind = MessageKind::UserQuery.into();
    }
    Ok(draft)
}

/// Returns the reply of a turn.
pub(crate) fn reply(text: &str) -> Result<String, Fault> {
    let visible = text.replace('\0', "\u{fffd}");
    checked_text("reply_text", &visible, MESSAGE_MAX)
}

/// Returns the suggestions of a turn.
pub(crate) fn suggestions(actions: Vec<pb::SuggestedAction>) -> Vec<Suggestion> {
    actions
        .into_iter()
        .filter_map(Suggestion::from_wire)
        .take(SUGGESTIONS_MAX)
        .collect()
}
