//! Who may do what with a case.

use faultmaven_kit::{Actor, Caller, Ctx, Fault};
use faultmaven_proto::case::v1::CaseAccess;

use crate::case::Case;
use crate::error::CaseError;

/// What somebody wants to do with a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Look at it and all that belongs to it.
    Read,
    /// Take turns and change it.
    Write,
    /// Add or remove files.
    AddFiles,
    /// Delete, restore, share or export it.
    Own,
}

impl Access {
    /// Returns the access a wire number stands for.
    pub(crate) fn from_wire(number: i32) -> Result<Self, Fault> {
        match CaseAccess::try_from(number) {
            Ok(CaseAccess::Read) => Ok(Self::Read),
            Ok(CaseAccess::Write) => Ok(Self::Write),
            Ok(CaseAccess::AddFiles) => Ok(Self::AddFiles),
            Ok(CaseAccess::Own) => Ok(Self::Own),
            Ok(CaseAccess::Unspecified) | Err(_) => {
                Err(Fault::invalid("access", "must name what is to be done"))
            }
        }
    }

    fn scope(self) -> &'static str {
        match self {
            Self::Read => "cases:read",
            Self::Write | Self::AddFiles | Self::Own => "cases:write",
        }
    }

    fn expect_role(self, actor: &Actor) -> Result<(), Fault> {
        match self {
            Self::Read => {}
            Self::Write | Self::AddFiles | Self::Own => {
                actor.require_member("create or change cases")?;
            }
        }
        Ok(())
    }
}

/// Returns the person who calls, once token and role allow what is to be done.
pub(crate) fn actor(ctx: &Ctx, access: Access) -> Result<&Actor, CaseError> {
    let actor = ctx.actor()?.require_scope(access.scope())?;
    access.expect_role(actor)?;
    Ok(actor)
}

/// Fails unless the caller may do this with the case; a foreign case is as good as none.
pub(crate) fn check(ctx: &Ctx, case: &Case, access: Access) -> Result<(), CaseError> {
    let actor = match &ctx.caller {
        Caller::System { .. } => return Ok(()),
        Caller::Anonymous | Caller::User(_) => ctx.actor()?,
    };
    actor.require_scope(access.scope())?;
    if case.owner_id != actor.user_id {
        check_team(actor, case, access)?;
    }
    access.expect_role(actor)?;
    if access == Access::AddFiles {
        case.expect_open()?;
    }
    Ok(())
}

/// Fails unless the case is shared with a team of the caller, and for what owners alone may do.
fn check_team(actor: &Actor, case: &Case, access: Access) -> Result<(), CaseError> {
    let is_own = |team: &String| actor.team_ids.contains(team);
    if !case.shared_team_ids.iter().any(is_own) {
        return Err(CaseError::NotFound);
    }
    match access {
        Access::Own => Err(Fault::forbidden("only the owner of the case may do this").into()),
        Access::Read | Access::Write | Access::AddFiles => Ok(()),
    }
}

/// Fails unless somebody calls who may do this with some case.
pub(crate) fn check_caller(ctx: &Ctx, access: Access) -> Result<(), CaseError> {
    if !matches!(ctx.caller, Caller::System { .. }) {
        ctx.actor()?.require_scope(access.scope())?;
    }
    Ok(())
}
