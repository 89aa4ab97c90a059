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
        match error {
            Error::Refused(fault) => fault,
            Error::InvalidCredentials => {
                fault(ErrorReason::InvalidCredentials, "name or password is wrong")
            }
            Error::InvalidToken => fault(
                ErrorReason::InvalidToken,
                "the token is invalid, expired or revoked; sign in again",
            ),
            Error::InvalidRefreshToken => fault(
                ErrorReason::InvalidRefreshToken,
                "the refresh token is invalid, expired or already used; sign in again",
            ),
            Error::RateLimited { retry_after } => {
                let seconds = retry_after.as_secs();
                let message = format!("too many failed sign-ins; try again in {seconds} s");
                fault(ErrorReason::RateLimited, message).retry_after(retry_after)
            }
            Error::RegistrationClosed { remedy } => {
                let message = format!("registration is closed; {remedy}");
                fault(ErrorReason::RegistrationClosed, message)
            }
            Error::InvalidSetupToken => fault(
                ErrorReason::InvalidSetupToken,
                "the first account needs the setup token that the server printed at start",
            ),
            Error::NameTaken => fault(
                ErrorReason::AlreadyExists,
                "this name or e-mail address is taken",
            ),
            Error::UserNotFound => fault(ErrorReason::UserNotFound, "User not found"),
            Error::TokenNotFound => fault(ErrorReason::TokenNotFound, "Token not found"),
            Error::LastAdmin => fault(
                ErrorReason::LastAdmin,
                "the last active administrator cannot be demoted or disabled",
            ),
            Error::Cache(CacheError::Unavailable(_)) => cache_unavailable(&error),
            Error::Cache(_)
            | Error::Hashing(_)
            | Error::Signing(_)
            | Error::Keys(_)
            | Error::Unfinished(_)
            | Error::Corrupt(_)
            | Error::Database(_) => Self::internal(&error),
        }
    }
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
        | ErrorReason::InvalidRefreshToken => Code::Unauthenticated,
        ErrorReason::RateLimited => Code::ResourceExhausted,
        ErrorReason::RegistrationClosed | ErrorReason::InvalidSetupToken => Code::PermissionDenied,
        ErrorReason::AlreadyExists => Code::AlreadyExists,
        ErrorReason::UserNotFound | ErrorReason::TokenNotFound => Code::NotFound,
        ErrorReason::LastAdmin => Code::FailedPrecondition,
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
