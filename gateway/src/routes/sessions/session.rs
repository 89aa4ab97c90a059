//! A session as clients read it.

use faultmaven_proto::session::v1 as proto;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::wire;

/// A client's session.
#[derive(Serialize, ToSchema)]
pub(super) struct Session {
    pub(super) session_id: String,
    /// `anonymous` before sign-in.
    pub(super) user_id: String,
    client_id: Option<String>,
    session_type: String,
    title: Option<String>,
    /// `active`, `archived`, `expired` or `terminated`.
    pub(super) status: String,
    timeout_minutes: i64,
    pub(super) created_at: String,
    updated_at: String,
    pub(super) last_activity_at: String,
    /// The same as `last_activity_at`.
    pub(super) last_activity: String,
    expires_at: Option<String>,
    pub(super) message_count: i64,
    #[schema(value_type = Object)]
    pub(super) metadata: Value,
}

impl Session {
    pub(super) fn from_proto(session: proto::Session) -> Self {
        let last_activity = wire::required_time(session.last_activity_time);
        Self {
            status: wire::word(session.status().as_str_name(), "SESSION_STATUS_"),
            timeout_minutes: wire::seconds(session.timeout) / 60,
            created_at: wire::required_time(session.create_time),
            updated_at: wire::required_time(session.update_time),
            last_activity_at: last_activity.clone(),
            last_activity,
            expires_at: wire::time(session.expire_time),
            message_count: session.message_count,
            metadata: wire::object(&session.metadata_json),
            session_id: session.session_id,
            user_id: wire::given(session.user_id).unwrap_or_else(|| "anonymous".to_owned()),
            client_id: wire::given(session.client_id),
            session_type: session.session_type,
            title: wire::given(session.title),
        }
    }
}
