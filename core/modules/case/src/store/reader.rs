//! Whose cases a query is about.

use faultmaven_kit::Actor;
use sea_orm::{ColumnTrait as _, Condition};

use super::shares;
use crate::entity::case::Column;

/// Somebody who reads cases, and the teams that counts for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Reader {
    pub(crate) user_id: String,
    team_ids: Vec<String>,
}

impl Reader {
    /// Returns the reader that calls.
    pub(crate) fn new(actor: &Actor) -> Self {
        Self {
            user_id: actor.user_id.clone(),
            team_ids: actor.team_ids.clone(),
        }
    }
}

/// Whose cases.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Whose {
    /// Those of the reader.
    Own,
    /// Those of others that are shared with a team of the reader.
    Shared,
    /// All that the reader may see.
    Readable,
}

impl Reader {
    /// Returns what a case must be like; deleted ones are nobody's.
    pub(super) fn may_see(&self, whose: &Whose) -> Condition {
        let own = Column::OwnerId.eq(&self.user_id);
        let shared = || Column::CaseId.in_subquery(shares::case_ids(&self.team_ids));
        let seen = match whose {
            Whose::Own => Condition::all().add(own),
            Whose::Readable if self.team_ids.is_empty() => Condition::all().add(own),
            Whose::Shared => Condition::all()
                .add(Column::OwnerId.ne(&self.user_id))
                .add(shared()),
            Whose::Readable => Condition::any().add(own).add(shared()),
        };
        Condition::all().add(Column::DeletedAt.is_null()).add(seen)
    }
}
