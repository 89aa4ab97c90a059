//! What can go wrong, and what callers learn of it.

use std::time::Duration;

use faultmaven_kit::{CacheError, Code, Fault};
use faultmaven_proto::auth::v1::ErrorReason;
use sea_orm::DbErr;

use crate::keys::KeyError;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the request is refused")]
    Refused(#[from] Fault),
    #[error("name or password is wrong")]
    InvalidCredentials,
    #[error("the token is malformed, unknown, expired or revoked")]
    InvalidToken,
    #[error("the refresh token is unknown, expired, used or revoked")]
    InvalidRefreshToken,
    #[error("too many failed sign-ins")]
    RateLimited { retry_after: Duration },
    #[error("registration is closed")]
    RegistrationClosed { remedy: &'static str },
    #[error("the setup token is wrong")]
    InvalidSetupToken,
    #[error("the name or e-mail address is taken")]
    NameTaken,
    #[error("development sign-in is off")]
    DevLoginDisabled,
    #[error("the account has a password")]
    PasswordRequired,
    #[error("{0} of an OAuth request {1}")]
    InvalidRequest(&'static str, &'static str),
    #[error("no such OAuth client")]
    InvalidClient,
    #[error("the code or refresh token is unknown, expired, used, or not for this client")]
    InvalidGrant,
    #[error("no such team")]
    TeamNotFound,
    #[error("no such member")]
    MemberNotFound,
    #[error("the name of the team is taken")]
    TeamNameTaken,
    #[error("the team would have no manager")]
    LastManager,
    #[error("the invitation is unknown, expired, used, taken back, or for somebody else")]
    InvalidInvitation,
    #[error("no such invitation")]
    InvitationNotFound,
    #[error("no such user")]
    UserNotFound,
    #[error("no such token")]
    TokenNotFound,
    #[error("this is the last active administrator")]
    LastAdmin,
    #[error("the cache does not answer")]
    Cache(#[from] CacheError),
    #[error("a password cannot be hashed: {0}")]
    Hashing(String),
    #[error("a token cannot be signed")]
    Signing(#[from] jsonwebtoken::errors::Error),
    #[error("the signing keys cannot be used")]
    Keys(#[from] KeyError),
    #[error("work on another thread did not finish")]
    Unfinished(#[from] tokio::task::JoinError),
    #[error("a stored row cannot be understood: {0}")]
    Corrupt(String),
    #[error("database error")]
    Database(#[from] DbErr),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        if let Some((reason, message)) = told(&error) {
            return fault(reason, message);
        }
        match error {
            Error::Refused(fault) => fault,
            Error::RateLimited { retry_after } => {
                let seconds = retry_after.as_secs();
                let message = format!("too many failed sign-ins; try again in {seconds} s");
                fault(ErrorReason::RateLimited, message).retry_after(retry_after)
            }
            Error::RegistrationClosed { remedy } => {
                let message = format!("registration is closed; {remedy}");
                fault(ErrorReason::RegistrationClosed, message)
            }
            Error::InvalidRequest(field, problem) => {
                let message = format!("{field} {problem}");
                fault(ErrorReason::InvalidRequest, message).violation(field, problem)
            }
            Error::Cache(CacheError::Unavailable(_)) => cache_unavailable(&error),
            _ => Self::internal(&error),
        }
    }
}

/// Returns what callers are told of an error that needs no details; none for the others.
fn told(error: &Error) -> Option<(ErrorReason, &'static str)> {
    told_of_sign_in(error)
        .or_else(|| told_of_accounts(error))
        .or_else(|| told_of_teams(error))
}

fn told_of_sign_in(error: &Error) -> Option<(ErrorReason, &'static str)> {
    Some(match error {
        Error::InvalidCredentials => (
            ErrorReason::InvalidCredentials,
            "name or password is wrong; check both, or ask an administrator for a new password",
        ),
        Error::InvalidToken => (
            ErrorReason::InvalidToken,
            "the token is invalid, expired or revoked; sign in again",
        ),
        Error::InvalidRefreshToken => (
            ErrorReason::InvalidRefreshToken,
            "the refresh token is invalid, expired or already used; sign in again",
        ),
        Error::DevLoginDisabled => (
            ErrorReason::DevLoginDisabled,
            "development sign-in is off; sign in with a password",
        ),
        Error::PasswordRequired => (
            ErrorReason::PasswordRequired,
            "this account has a password; sign in with it",
        ),
        Error::InvalidClient => (
            ErrorReason::InvalidClient,
            "the client is unknown; send the client_id faultmaven-copilot",
        ),
        Error::InvalidGrant => (
            ErrorReason::InvalidGrant,
            "the code or refresh token is invalid, expired, used, or not for this client; sign in again",
        ),
        _ => return None,
    })
}

fn told_of_accounts(error: &Error) -> Option<(ErrorReason, &'static str)> {
    Some(match error {
        Error::InvalidSetupToken => (
            ErrorReason::InvalidSetupToken,
            "the first account needs the setup token that the server printed at start; send it as setup_token",
        ),
        Error::NameTaken => (
            ErrorReason::AlreadyExists,
            "this name or e-mail address is taken; sign in with it, or choose another",
        ),
        Error::UserNotFound => (ErrorReason::UserNotFound, "User not found; check the id"),
        Error::TokenNotFound => (ErrorReason::TokenNotFound, "Token not found; check the id"),
        Error::LastAdmin => (
            ErrorReason::LastAdmin,
            "the last active administrator cannot be demoted or disabled; make somebody else administrator first",
        ),
        _ => return None,
    })
}

fn told_of_teams(error: &Error) -> Option<(ErrorReason, &'static str)> {
    Some(match error {
        Error::TeamNotFound => (ErrorReason::TeamNotFound, "Team not found; check the id"),
        Error::MemberNotFound => (
            ErrorReason::MemberNotFound,
            "Member not found; check the id, or list the members of the team",
        ),
        Error::TeamNameTaken => (
            ErrorReason::AlreadyExists,
            "a team of this name exists; choose another name",
        ),
        Error::LastManager => (
            ErrorReason::LastManager,
            "the team needs a manager; make another member manager first",
        ),
        Error::InvalidInvitation => (
            ErrorReason::InvalidInvitation,
            "the invitation is unknown, expired, used, or for another e-mail address; ask for a new one",
        ),
        Error::InvitationNotFound => (
            ErrorReason::InvitationNotFound,
            "Invitation not found; check the id",
        ),
        _ => return None,
    })
}

impl From<Error> for tonic::Status {
    fn from(error: Error) -> Self {
        Fault::from(error).into()
    }
}

fn fault(reason: ErrorReason, message: impl Into<String>) -> Fault {
    let name = reason.as_str_name();
    let name = name.trim_start_matches("ERROR_REASON_").to_lowercase();
    Fault::new(code(reason), name, message)
}

fn code(reason: ErrorReason) -> Code {
    match reason {
        ErrorReason::InvalidCredentials
        | ErrorReason::InvalidToken
        | ErrorReason::InvalidRefreshToken
        | ErrorReason::PasswordRequired => Code::Unauthenticated,
        ErrorReason::InvalidRequest | ErrorReason::InvalidClient | ErrorReason::InvalidGrant => {
            Code::InvalidArgument
        }
        ErrorReason::RateLimited => Code::ResourceExhausted,
        ErrorReason::RegistrationClosed
        | ErrorReason::InvalidSetupToken
        | ErrorReason::InvalidInvitation => Code::PermissionDenied,
        ErrorReason::AlreadyExists => Code::AlreadyExists,
        ErrorReason::UserNotFound
        | ErrorReason::TokenNotFound
        | ErrorReason::DevLoginDisabled
        | ErrorReason::TeamNotFound
        | ErrorReason::MemberNotFound
        | ErrorReason::InvitationNotFound => Code::NotFound,
        ErrorReason::LastAdmin | ErrorReason::LastManager => Code::FailedPrecondition,
        ErrorReason::Unspecified => Code::Internal,
    }
}

fn cache_unavailable(error: &Error) -> Fault {
    let cause = faultmaven_kit::fault::chain(error);
    tracing::error!(error = %cause, "failed sign-ins cannot be counted");
    Fault::unavailable(
        "cache_unavailable",
        "sign-in is unavailable; try again in a moment",
    )
    .retry_after(Duration::from_secs(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_on_the_wire_are_the_names_of_the_proto() {
        assert_eq!(Fault::from(Error::LastAdmin).reason, "last_admin");
        assert_eq!(Fault::from(Error::NameTaken).reason, "already_exists");
        let wait = Duration::from_secs(8);
        let fault = Fault::from(Error::RateLimited { retry_after: wait });
        assert_eq!(fault.reason, "rate_limited");
        assert_eq!(fault.retry_after, Some(wait));
    }

    #[test]
    fn an_internal_error_reveals_nothing() {
        let error = Error::Corrupt("user 7 has role root".to_owned());
        assert_eq!(Fault::from(error).message, "internal error");
    }
}
