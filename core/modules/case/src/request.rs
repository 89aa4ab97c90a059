//! Requests, decoded once at the edge.

use std::collections::BTreeSet;
use std::time::Duration;

use faultmaven_kit::db::check_idempotency_key;
use faultmaven_kit::id::is_well_formed;
use faultmaven_kit::text::{checked_tags, checked_text, optional_text};
use faultmaven_kit::{Fault, PageToken, foreign_page_token, page_size};
use faultmaven_proto::case::v1 as pb;
use sha2::{Digest as _, Sha256};

pub(crate) mod amend;

use crate::case::{
    CaseEdit, NewCase, checked_description, checked_metadata, checked_teams, checked_title,
};
use crate::convert::time_from_wire;
use crate::limits::{
    MESSAGE_MAX, QUERY_MAX, STATEMENT_MAX, SUGGESTIONS_MAX, TITLE_MAX, TITLE_WORDS,
    TITLE_WORDS_MAX, TITLE_WORDS_MIN, TREND_DAYS, TREND_DAYS_MAX,
};
use crate::store::lists::Position;
use crate::store::messages::Suggestion;
use crate::store::search::CaseQuery;
use crate::vocabulary::{CaseSource, CaseStatus, MessageKind, MessageRole, Priority, Word as _};

const LIST_DEFAULT: u64 = 50;
const LIST_MAX: u64 = 100;
const MESSAGES_DEFAULT: u64 = 1_000;
const MESSAGES_MAX: u64 = 1_000;
const SIMILAR_DEFAULT: u64 = 5;
const SIMILAR_MAX: u64 = 20;
const SIGNATURES_MAX: usize = 200;
const ROUTE_MAX: usize = 200;
const SESSION_ID_MAX: usize = 64;

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
        shared_team_ids: request
            .replace_shared_teams
            .then(|| checked_teams(&request.shared_team_ids))
            .transpose()?,
    })
}

/// Which page of which cases.
#[derive(Debug, Clone)]
pub(crate) struct ListCases {
    pub(crate) status: Option<CaseStatus>,
    pub(crate) include_archived: bool,
    /// Empty for all.
    pub(crate) session_id: String,
    /// The cases of others that are shared with the caller, instead of the caller's own.
    pub(crate) shared_with_me: bool,
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
        return Err(foreign_page_token());
    }
    Ok(ListCases {
        status: CaseStatus::from_wire(request.status),
        include_archived: request.include_archived,
        session_id: optional_text("session_id", &request.session_id, SESSION_ID_MAX)?
            .unwrap_or_default(),
        shared_with_me: request.shared_with_me,
        after,
        offset: offset(request.offset)?,
        limit: page_size(request.page_size, LIST_DEFAULT, LIST_MAX)?,
    })
}

fn offset(offset: i32) -> Result<u64, Fault> {
    u64::try_from(offset).map_err(|_| Fault::invalid("offset", "must not be negative"))
}

/// Which page of the cases that match.
#[derive(Debug, Clone)]
pub(crate) struct SearchCases {
    pub(crate) query: CaseQuery,
    pub(crate) offset: u64,
    pub(crate) limit: u64,
}

/// Returns the cases a request looks for.
pub(crate) fn search_cases(request: &pb::SearchCasesRequest) -> Result<SearchCases, Fault> {
    let text = optional_text("query", &request.query, QUERY_MAX)?.unwrap_or_default();
    let tags = checked_tags(&request.tags)?;
    let statuses = request.statuses.iter().copied();
    let priorities = request.priorities.iter().copied();
    Ok(SearchCases {
        query: CaseQuery {
            words: text
                .to_lowercase()
                .split_whitespace()
                .map(str::to_owned)
                .collect(),
            statuses: statuses.filter_map(CaseStatus::from_wire).collect(),
            priorities: priorities.filter_map(Priority::from_wire).collect(),
            tags,
            created_from: time_from_wire(request.created_from.as_ref()),
            created_to: time_from_wire(request.created_to.as_ref()),
        },
        offset: offset(request.offset)?,
        limit: page_size(request.page_size, LIST_DEFAULT, LIST_MAX)?,
    })
}

/// What cases are to be like.
#[derive(Debug, Clone)]
pub(crate) struct SimilarCases {
    pub(crate) case_id: String,
    pub(crate) signatures: BTreeSet<String>,
    pub(crate) text: String,
    pub(crate) limit: usize,
}

/// Returns what a request wants cases to be like.
pub(crate) fn similar_cases(request: pb::FindSimilarCasesRequest) -> Result<SimilarCases, Fault> {
    let limit = page_size(request.max_results, SIMILAR_DEFAULT, SIMILAR_MAX)?;
    let told = request.signatures.into_iter().take(SIGNATURES_MAX);
    let mut signatures: BTreeSet<String> = told.collect();
    signatures.remove("");
    Ok(SimilarCases {
        case_id: request.case_id,
        signatures,
        text: optional_text("text", &request.text, STATEMENT_MAX)?.unwrap_or_default(),
        limit: usize::try_from(limit).unwrap_or(usize::MAX),
    })
}

/// A title to be found for a case.
#[derive(Debug, Clone)]
pub(crate) struct TitleWish {
    pub(crate) case_id: String,
    pub(crate) max_words: usize,
    /// Empty for none.
    pub(crate) hint: String,
}

/// Returns the title a request wishes for.
pub(crate) fn title_wish(request: pb::GenerateTitleRequest) -> Result<TitleWish, Fault> {
    let max_words = match usize::try_from(request.max_words) {
        Ok(0) => TITLE_WORDS,
        Ok(words) if (TITLE_WORDS_MIN..=TITLE_WORDS_MAX).contains(&words) => words,
        _ => {
            let range = format!("must be {TITLE_WORDS_MIN} to {TITLE_WORDS_MAX}");
            return Err(Fault::invalid("max_words", range));
        }
    };
    Ok(TitleWish {
        case_id: request.case_id,
        max_words,
        hint: optional_text("hint", &request.hint, TITLE_MAX)?.unwrap_or_default(),
    })
}

/// A message from elsewhere.
#[derive(Debug, Clone)]
pub(crate) struct Note {
    pub(crate) case_id: String,
    pub(crate) role: MessageRole,
    pub(crate) content: String,
    pub(crate) metadata: String,
}

/// Returns the message a request adds.
pub(crate) fn note(request: pb::AddMessageRequest) -> Result<Note, Fault> {
    let role = MessageRole::from_wire(request.role)
        .ok_or_else(|| Fault::invalid("role", "must be user, assistant or system"))?;
    Ok(Note {
        role,
        content: checked_text("content", &request.content, MESSAGE_MAX)?,
        metadata: checked_metadata(&request.metadata_json)?,
        case_id: request.case_id,
    })
}

/// Returns how many days a request looks back.
pub(crate) fn trend_days(request: pb::GetAnalyticsTrendsRequest) -> Result<u64, Fault> {
    match u64::try_from(request.days) {
        Ok(0) => Ok(TREND_DAYS),
        Ok(days) if days <= TREND_DAYS_MAX => Ok(days),
        _ => {
            let range = format!("must be 1 to {TREND_DAYS_MAX}");
            Err(Fault::invalid("days", range))
        }
    }
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
    /// Whether the caller gave no key of its own.
    pub(crate) is_anonymous: bool,
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
        is_anonymous: request.generated_key || request.idempotency_key.is_empty(),
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
