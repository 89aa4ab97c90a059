//! The entries of a session's own log.

use std::str::FromStr;

use chrono::{DateTime, Utc};

use crate::entity::message::Model;
use crate::error::Error;

/// Who said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    User,
    Assistant,
    System,
}

impl Role {
    /// Returns the word that is stored.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::System => "system",
        }
    }
}

impl FromStr for Role {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self, Error> {
        [Self::User, Self::Assistant, Self::System]
            .into_iter()
            .find(|role| role.as_str() == word)
            .ok_or_else(|| Error::Corrupt(format!("{word:?} is no role")))
    }
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) message_id: String,
    /// Counts up within a session.
    pub(crate) number: i64,
    pub(crate) role: Role,
    pub(crate) content: String,
    pub(crate) created_at: DateTime<Utc>,
}

impl Message {
    /// Returns the row of the message in the log of a session.
    pub(crate) fn row(&self, session_id: &str) -> Model {
        Model {
            session_id: session_id.to_owned(),
            number: self.number,
            message_id: self.message_id.clone(),
            role: self.role.as_str().to_owned(),
            content: self.content.clone(),
            created_at: self.created_at,
        }
    }
}

impl TryFrom<Model> for Message {
    type Error = Error;

    fn try_from(row: Model) -> Result<Self, Error> {
        Ok(Self {
            role: row.role.parse()?,
            message_id: row.message_id,
            number: row.number,
            content: row.content,
            created_at: row.created_at,
        })
    }
}
