//! Teams: what they are called, and who may do what with them.

use chrono::{DateTime, Utc};
use faultmaven_kit::text::checked_text;
use faultmaven_kit::{Actor, Fault, Role};

use crate::error::Error;

mod actions;

const NAME_MAX: usize = 100;

/// What a member may do with a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TeamRole {
    Manager,
    Member,
}

impl TeamRole {
    /// Returns the name that is stored.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Manager => "manager",
            Self::Member => "member",
        }
    }

    /// Returns the role with this name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Manager, Self::Member]
            .into_iter()
            .find(|role| role.as_str() == name)
    }
}

/// People who share cases and knowledge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Team {
    pub(crate) team_id: String,
    pub(crate) name: String,
    pub(crate) create_time: DateTime<Utc>,
    pub(crate) member_count: u64,
    /// The caller's role; absent for administrators who are no members.
    pub(crate) own_role: Option<TeamRole>,
}

/// Somebody who belongs to a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) user_id: String,
    pub(crate) username: String,
    pub(crate) display_name: String,
    pub(crate) role: TeamRole,
    pub(crate) join_time: DateTime<Utc>,
}

/// Returns a name for a team, or a fault saying what is wrong with it.
pub(crate) fn parse_name(name: &str) -> Result<String, Fault> {
    checked_text("name", name, NAME_MAX)
}

/// Fails unless the caller may see the team; a foreign team is as good as none.
pub(crate) fn expect_visible(actor: &Actor, own_role: Option<TeamRole>) -> Result<(), Error> {
    match own_role {
        None if !actor.is_admin() => Err(Error::TeamNotFound),
        _ => Ok(()),
    }
}

/// Fails unless the caller may change the team.
pub(crate) fn expect_manager(actor: &Actor, own_role: Option<TeamRole>) -> Result<(), Error> {
    expect_visible(actor, own_role)?;
    if actor.is_admin() || own_role == Some(TeamRole::Manager) {
        return Ok(());
    }
    Err(Fault::forbidden("only managers of the team may do this").into())
}

/// Fails for those who may only look.
pub(crate) fn expect_no_viewer(actor: &Actor) -> Result<(), Error> {
    match actor.role {
        Role::Viewer => Err(Fault::forbidden("viewers cannot make teams").into()),
        Role::Admin | Role::Member => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(role: Role) -> Actor {
        faultmaven_testing::actor("ada", role)
    }

    #[test]
    fn strangers_see_nothing_members_look_and_managers_change() {
        let stranger = actor(Role::Member);
        assert!(matches!(
            expect_manager(&stranger, None),
            Err(Error::TeamNotFound)
        ));
        assert!(expect_visible(&stranger, Some(TeamRole::Member)).is_ok());
        let refused = expect_manager(&stranger, Some(TeamRole::Member));
        assert!(matches!(refused, Err(Error::Refused(_))));
        assert!(expect_manager(&stranger, Some(TeamRole::Manager)).is_ok());
        assert!(expect_manager(&actor(Role::Admin), None).is_ok());
    }

    #[test]
    fn roles_keep_their_names() {
        for role in [TeamRole::Manager, TeamRole::Member] {
            assert_eq!(TeamRole::parse(role.as_str()), Some(role));
        }
        assert_eq!(TeamRole::parse("owner"), None);
    }
}
