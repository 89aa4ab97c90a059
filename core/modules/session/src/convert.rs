//! Sessions as messages, and requests as what they mean.

use std::time::Duration;

use chrono::{DateTime, Utc};
use faultmaven_kit::clock::timestamp;
use faultmaven_kit::text::optional_text;
use faultmaven_kit::{Actor, Caller, Ctx, Fault, PageToken, foreign_page_token, page_size};
use faultmaven_proto::session::v1 as pb;

use crate::message::{Message, Role};
use crate::metadata;
use crate::session::{Changes, NewSession, Session, State, is_session_id};
use crate::sessions::{NewMessage, Visitor};
use crate::store::Listing;

const CLIENT_ID_MAX: usize = 255;
const TYPE_MAX: usize = 50;
const DEFAULT_TYPE: &str = "troubleshooting";
const TITLE_MAX: usize = 200;
const QUERY_MAX: usize = 200;
const CONTENT_MAX_BYTES: usize = 16 * 1_024;
const PAGE_SIZE: u64 = 50;
const PAGE_SIZE_MAX: u64 = 100;
const MESSAGES: u64 = 100;
const MESSAGES_MAX: u64 = 500;

/// Last activity in microseconds and id of the last session of a page.
type Position = (i64, String);

/// How long a session may be idle.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timeouts {
    pub(crate) min: Duration,
    pub(crate) max: Duration,
    pub(crate) default: Duration,
}

impl Timeouts {
    /// Returns what is meant by `asked`: less than the least is the least, more is the most.
    fn clamped(&self, asked: Option<prost_types::Duration>) -> Option<Duration> {
        let asked = asked?;
        // Negative ones are less than the least.
        let seconds = u64::try_from(asked.seconds).unwrap_or_default();
        Some(Duration::from_secs(seconds).min(self.max).max(self.min))
    }
}

/// Returns who calls.
pub(crate) fn visitor(ctx: &Ctx) -> Visitor {
    let user_id = match &ctx.caller {
        Caller::User(actor) => Some(actor.user_id.clone()),
        Caller::Anonymous | Caller::System { .. } => None,
    };
    Visitor {
        user_id,
        session_id: ctx.session_id.clone(),
    }
}

/// Reads the description of a client.
pub(crate) fn new_session(
    request: pb::CreateSessionRequest,
    timeouts: &Timeouts,
) -> Result<NewSession, Fault> {
    let session_type = optional_text("session_type", &request.session_type, TYPE_MAX)?;
    Ok(NewSession {
        client_id: optional_text("client_id", &request.client_id, CLIENT_ID_MAX)?,
        session_type: session_type.unwrap_or_else(|| DEFAULT_TYPE.to_owned()),
        title: optional_text("title", &request.title, TITLE_MAX)?,
        metadata: metadata::read(request.metadata_json)?,
        timeout: timeouts.clamped(request.timeout),
        default_timeout: timeouts.default,
    })
}

/// Reads what is to change.
pub(crate) fn changes(
    request: pb::UpdateSessionRequest,
    timeouts: &Timeouts,
) -> Result<Changes, Fault> {
    let title = request.title;
    Ok(Changes {
        title: title
            .map(|title| optional_text("title", &title, TITLE_MAX))
            .transpose()?,
        timeout: timeouts.clamped(request.timeout),
        metadata: request.metadata_json.map(metadata::read).transpose()?,
        archived: archived(request.status)?,
    })
}

/// Clients put sessions away and bring them back; the other states come by themselves.
fn archived(code: i32) -> Result<Option<bool>, Fault> {
    match pb::SessionStatus::try_from(code) {
        Ok(pb::SessionStatus::Unspecified) => Ok(None),
        Ok(pb::SessionStatus::Active) => Ok(Some(false)),
        Ok(pb::SessionStatus::Archived) => Ok(Some(true)),
        Ok(pb::SessionStatus::Expired | pb::SessionStatus::Terminated) | Err(_) => {
            Err(Fault::invalid("status", "must be active or archived"))
        }
    }
}

/// Reads the selection of a list of `actor`'s sessions.
pub(crate) fn listing(actor: &Actor, request: &pb::ListSessionsRequest) -> Result<Listing, Fault> {
    let position = PageToken::<Position>::decode(&request.page_token)?;
    Ok(Listing {
        user_id: actor.user_id.clone(),
        state: state(request.status)?,
        text: optional_text("query", &request.query, QUERY_MAX)?,
        after: position.map(after).transpose()?,
        limit: page_size(request.page_size, PAGE_SIZE, PAGE_SIZE_MAX)?,
    })
}

fn after((micros, session_id): Position) -> Result<(DateTime<Utc>, String), Fault> {
    DateTime::from_timestamp_micros(micros)
        .filter(|_| is_session_id(&session_id))
        .map(|last_activity_at| (last_activity_at, session_id))
        .ok_or_else(foreign_page_token)
}

fn state(code: i32) -> Result<Option<State>, Fault> {
    let status = pb::SessionStatus::try_from(code)
        .map_err(|_| Fault::invalid("status", "is not a status of sessions"))?;
    Ok(match status {
        pb::SessionStatus::Unspecified => None,
        pb::SessionStatus::Active => Some(State::Active),
        pb::SessionStatus::Archived => Some(State::Archived),
        pb::SessionStatus::Expired => Some(State::Expired),
        pb::SessionStatus::Terminated => Some(State::Terminated),
    })
}

/// Returns the page that `sessions` make, given one more session than the page may hold.
pub(crate) fn page(
    mut sessions: Vec<Session>,
    total: u64,
    limit: u64,
    now: DateTime<Utc>,
) -> Result<pb::ListSessionsResponse, Fault> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = sessions.len() > limit;
    sessions.truncate(limit);
    let next_page_token = match sessions.last() {
        Some(last) if has_more => {
            let position = last.last_activity_at.timestamp_micros();
            PageToken::encode(&(position, last.session_id.clone()))?
        }
        _ => String::new(),
    };
    let sessions = sessions.into_iter();
    Ok(pb::ListSessionsResponse {
        sessions: sessions.map(|session| message(session, now)).collect(),
        next_page_token,
        total_size: i64::try_from(total).unwrap_or(i64::MAX),
    })
}

/// Returns `session` as it stands `now`.
pub(crate) fn message(session: Session, now: DateTime<Utc>) -> pb::Session {
    let status = match session.state(now) {
        State::Active => pb::SessionStatus::Active,
        State::Archived => pb::SessionStatus::Archived,
        State::Expired => pb::SessionStatus::Expired,
        State::Terminated => pb::SessionStatus::Terminated,
    };
    pb::Session {
        message_count: session.message_count,
        session_id: session.session_id,
        user_id: session.user_id.unwrap_or_default(),
        client_id: session.client_id.unwrap_or_default(),
        session_type: session.session_type,
        title: session.title.unwrap_or_default(),
        status: status.into(),
        timeout: prost_types::Duration::try_from(session.timeout).ok(),
        create_time: Some(timestamp(session.created_at)),
        update_time: Some(timestamp(session.updated_at)),
        last_activity_time: Some(timestamp(session.last_activity_at)),
        expire_time: Some(timestamp(session.expires_at)),
        metadata_json: session.metadata,
    }
}

/// Reads a message that is to be added.
pub(crate) fn new_message(request: pb::AddMessageRequest) -> Result<NewMessage, Fault> {
    let role = match pb::MessageRole::try_from(request.role) {
        Ok(pb::MessageRole::Unspecified | pb::MessageRole::User) => Role::User,
        Ok(pb::MessageRole::Assistant) => Role::Assistant,
        Ok(pb::MessageRole::System) => Role::System,
        Err(_) => {
            return Err(Fault::invalid("role", "must be user, assistant or system"));
        }
    };
    let content = request.content;
    if content.len() > CONTENT_MAX_BYTES {
        let limit = format!("must have at most {CONTENT_MAX_BYTES} bytes");
        return Err(Fault::invalid("content", limit));
    }
    if content.contains('\0') {
        return Err(Fault::invalid(
            "content",
            "must not contain a NUL character",
        ));
    }
    Ok(NewMessage { role, content })
}

/// Returns an entry of a log as it travels.
pub(crate) fn log_entry(message: Message) -> pb::SessionMessage {
    let role = match message.role {
        Role::User => pb::MessageRole::User,
        Role::Assistant => pb::MessageRole::Assistant,
        Role::System => pb::MessageRole::System,
    };
    pb::SessionMessage {
        message_id: message.message_id,
        role: role.into(),
        content: message.content,
        create_time: Some(timestamp(message.created_at)),
    }
}

/// Reads how many messages are wanted, and before which.
pub(crate) fn messages_wanted(
    request: &pb::ListMessagesRequest,
) -> Result<(Option<i64>, u64), Fault> {
    let before = PageToken::<i64>::decode(&request.page_token)?;
    let limit = page_size(request.page_size, MESSAGES, MESSAGES_MAX)?;
    Ok((before, limit))
}

/// Returns the page that `messages` make, given latest first and one more than it may hold.
pub(crate) fn message_page(
    mut messages: Vec<Message>,
    total_size: i64,
    limit: u64,
) -> Result<pb::ListMessagesResponse, Fault> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = messages.len() > limit;
    messages.truncate(limit);
    let next_page_token = match messages.last() {
        Some(oldest) if has_more => PageToken::encode(&oldest.number)?,
        _ => String::new(),
    };
    Ok(pb::ListMessagesResponse {
        messages: messages.into_iter().rev().map(log_entry).collect(),
        next_page_token,
        total_size,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_clamped() {
        let timeouts = Timeouts {
            min: Duration::from_secs(3_600),
            max: Duration::from_secs(28_800),
            default: Duration::from_secs(10_800),
        };
        let cases = [
            (i64::MIN, 3_600),
            (-1, 3_600),
            (0, 3_600),
            (7_200, 7_200),
            (99_999, 28_800),
            (i64::MAX, 28_800),
        ];
        for (asked, given) in cases {
            let asked = prost_types::Duration {
                seconds: asked,
                nanos: 0,
            };
            assert_eq!(
                timeouts.clamped(Some(asked)),
                Some(Duration::from_secs(given))
            );
        }
        assert_eq!(timeouts.clamped(None), None);
    }
}
