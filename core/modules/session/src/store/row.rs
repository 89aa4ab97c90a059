//! A session as a row and back.

use std::time::Duration;

use crate::entity::session::Model;
use crate::session::Session;

impl From<Session> for Model {
    fn from(session: Session) -> Self {
        let resume_key = session.resume_key();
        Self {
            session_id: session.session_id,
            user_id: session.user_id,
            client_id: session.client_id,
            resume_key,
            session_type: session.session_type,
            title: session.title,
            metadata: session.metadata,
            timeout_seconds: i64::try_from(session.timeout.as_secs()).unwrap_or(i64::MAX),
            terminated: session.terminated,
            archived: session.archived,
            message_count: session.message_count,
            last_message: session.last_message,
            created_at: session.created_at,
            updated_at: session.updated_at,
            last_activity_at: session.last_activity_at,
            expires_at: session.expires_at,
        }
    }
}

impl From<Model> for Session {
    fn from(row: Model) -> Self {
        Self {
            session_id: row.session_id,
            user_id: row.user_id,
            client_id: row.client_id,
            resumable: row.resume_key.is_some(),
            session_type: row.session_type,
            title: row.title,
            metadata: row.metadata,
            timeout: Duration::from_secs(row.timeout_seconds.unsigned_abs()),
            terminated: row.terminated,
            archived: row.archived,
            message_count: row.message_count,
            last_message: row.last_message,
            created_at: row.created_at,
            updated_at: row.updated_at,
            last_activity_at: row.last_activity_at,
            expires_at: row.expires_at,
        }
    }
}
