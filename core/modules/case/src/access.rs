//! Who may do what with a case.

use faultmaven_kit::{Actor, Caller, Ctx, Fault, Role};
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
}

/// Returns the person who calls, once token and role allow what is to be done.
pub(crate) fn actor(ctx: &Ctx, access: Access) -> Result<&Actor, CaseError> {
    let actor = ctx.actor()?;
    expect_scope(actor, access)?;
    if access != Access::Read && actor.role == Role::Viewer {
        return Err(CaseError::ViewerMayNotWrite);
    }
    Ok(actor)
}

/// Fails unless the caller may do this with the case; a foreign case is as good as none.
pub(crate) fn check(ctx: &Ctx, case: &Case, access: Access) -> Result<(), CaseError> {
    let actor = match &ctx.caller {
        Caller::System { .. } => return Ok(()),
        Caller::Anonymous | Caller::User(_) => ctx.actor()?,
    };
    expect_scope(actor, access)?;
    if case.owner_id != actor.user_id {
        return Err(CaseError::NotFound);
    }
    if access != Access::Read && actor.role == Role::Viewer {
        return Err(CaseError::ViewerMayNotWrite);
    }
    if access == Access::AddFiles {
        case.expect_open()?;
    }
    Ok(())
}

/// Fails unless somebody calls who may do this with some case.
pub(crate) fn check_caller(ctx: &Ctx, access: Access) -> Result<(), CaseError> {
    match &ctx.caller {
        Caller::System { .. } => Ok(()),
        Caller::Anonymous | Caller::User(_) => expect_scope(ctx.actor()?, access),
    }
}

fn expect_scope(actor: &Actor, access: Access) -> Result<(), CaseError> {
    let scope = access.scope();
    if actor.has_scope(scope) {
        return Ok(());
    }
    Err(
        Fault::forbidden(format!("this token lacks the scope {scope}"))
            .with("scope", scope)
            .into(),
    )
}
