//! The rules of one session: whose it is, how long it lives, how it is resumed.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use faultmaven_kit::Fault;

use crate::metadata;

/// Where a session stands at some moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Active,
    Archived,
    Expired,
    Terminated,
}

/// One client's session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) session_id: String,
    /// `None` for a client that has not signed in.
    pub(crate) user_id: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) session_type: String,
    pub(crate) title: Option<String>,
    pub(crate) metadata: String,
    pub(crate) timeout: Duration,
    /// Whether its client finds it again; of one user and client only one session is resumable.
    pub(crate) resumable: bool,
    pub(crate) terminated: bool,
    /// Put away by its user; it does not expire until its user brings it back.
    pub(crate) archived: bool,
    /// How many messages the log holds.
    pub(crate) message_count: i64,
    /// The number of the latest message.
    pub(crate) last_message: i64,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) last_activity_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
}

/// What a client wants of a new session.
#[derive(Debug, Clone)]
pub(crate) struct NewSession {
    pub(crate) client_id: Option<String>,
    pub(crate) session_type: String,
    pub(crate) title: Option<String>,
    pub(crate) metadata: String,
    /// `None` leaves the timeout of a resumed session as it is.
    pub(crate) timeout: Option<Duration>,
    pub(crate) default_timeout: Duration,
}

/// What is to change of a session.
#[derive(Debug, Clone, Default)]
pub(crate) struct Changes {
    /// `Some(None)` removes the title.
    pub(crate) title: Option<Option<String>>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) metadata: Option<String>,
    /// `true` puts the session away, `false` brings it back.
    pub(crate) archived: Option<bool>,
}

impl Session {
    /// Returns a new session of `user_id`.
    pub(crate) fn open(
        session_id: String,
        user_id: Option<String>,
        new: NewSession,
        now: DateTime<Utc>,
    ) -> Self {
        let timeout = new.timeout.unwrap_or(new.default_timeout);
        Self {
            session_id,
            user_id,
            resumable: new.client_id.is_some(),
            client_id: new.client_id,
            session_type: new.session_type,
            title: new.title,
            metadata: new.metadata,
            timeout,
            terminated: false,
            archived: false,
            message_count: 0,
            last_message: 0,
            created_at: now,
            updated_at: now,
            last_activity_at: now,
            expires_at: later(now, timeout),
        }
    }

    /// Returns where the session stands.
    pub(crate) fn state(&self, now: DateTime<Utc>) -> State {
        if self.terminated {
            State::Terminated
        } else if self.archived {
            State::Archived
        } else if self.expires_at <= now {
            State::Expired
        } else {
            State::Active
        }
    }

    /// Returns whether `user_id` may use it: an anonymous one is open to whoever knows its id.
    pub(crate) fn is_open_to(&self, user_id: Option<&str>) -> bool {
        self.user_id.is_none() || self.user_id.as_deref() == user_id
    }

    /// Returns whether calls may name it.
    pub(crate) fn is_usable(&self, now: DateTime<Utc>) -> bool {
        matches!(self.state(now), State::Active | State::Archived)
    }

    /// Records activity, which moves the expiry; an archived session rests.
    pub(crate) fn touch(&mut self, now: DateTime<Utc>) {
        if self.archived {
            return;
        }
        self.last_activity_at = now;
        self.expires_at = later(now, self.timeout);
    }

    /// Goes on where the client left off.
    pub(crate) fn resume(&mut self, timeout: Option<Duration>, now: DateTime<Utc>) {
        self.timeout = timeout.unwrap_or(self.timeout);
        self.touch(now);
    }

    /// Binds an anonymous session to the user it turned out to belong to.
    pub(crate) fn adopt(&mut self, user_id: &str, now: DateTime<Utc>) {
        self.user_id = Some(user_id.to_owned());
        self.updated_at = now;
    }

    /// Changes what the client may change; that is activity too.
    pub(crate) fn update(&mut self, changes: Changes, now: DateTime<Utc>) -> Result<(), Fault> {
        if let Some(title) = changes.title {
            self.title = title;
        }
        if let Some(timeout) = changes.timeout {
            self.timeout = timeout;
        }
        if let Some(metadata) = changes.metadata {
            self.metadata = metadata::merged(&self.metadata, &metadata)?;
        }
        if let Some(archived) = changes.archived {
            self.set_archived(archived, now);
        }
        self.updated_at = now;
        self.touch(now);
        Ok(())
    }

    /// An archived session is kept for as long as an ended one.
    fn set_archived(&mut self, archived: bool, now: DateTime<Utc>) {
        if archived && !self.archived {
            self.give_up_place();
            self.expires_at = self.expires_at.min(now);
        }
        self.archived = archived;
    }

    /// Lets another session take its place for its client.
    pub(crate) fn give_up_place(&mut self) {
        self.resumable = false;
    }

    /// Ends the session.
    pub(crate) fn terminate(&mut self, now: DateTime<Utc>) {
        self.terminated = true;
        self.resumable = false;
        self.updated_at = now;
        self.expires_at = self.expires_at.min(now);
    }

    /// Counts one more message, of which the log holds at most `max`; returns its number.
    pub(crate) fn count_message(&mut self, max: i64) -> i64 {
        self.last_message += 1;
        self.message_count = max.min(self.message_count + 1);
        self.last_message
    }

    /// Returns what is unique among resumable sessions.
    pub(crate) fn resume_key(&self) -> Option<String> {
        let client_id = self.client_id.as_ref().filter(|_| self.resumable)?;
        Some(resume_key(self.user_id.as_deref(), client_id))
    }
}

/// Returns what is unique among resumable sessions of this user and client.
pub(crate) fn resume_key(user_id: Option<&str>, client_id: &str) -> String {
    match user_id {
        Some(user_id) => format!("user:{user_id}:{client_id}"),
        None => format!("anonymous:{client_id}"),
    }
}

/// Returns whether `id` can be the id of a session.
pub(crate) fn is_session_id(id: &str) -> bool {
    let is_of_uuid = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-');
    id.len() == 36 && id.bytes().all(is_of_uuid)
}

fn later(now: DateTime<Utc>, by: Duration) -> DateTime<Utc> {
    let by = TimeDelta::from_std(by).unwrap_or(TimeDelta::MAX);
    now.checked_add_signed(by)
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

#[cfg(test)]
mod tests;
