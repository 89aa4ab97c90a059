//! A user and a sign-in as clients read them.

use faultmaven_kit::{Code, Fault};
use faultmaven_proto::auth::v1 as proto;
use faultmaven_proto::auth::v1::{Role, UserState};
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::wire;

/// A user.
#[derive(Serialize, ToSchema)]
pub(crate) struct Account {
    user_id: String,
    username: String,
    email: String,
    display_name: String,
    is_dev_user: bool,
    is_active: bool,
    email_verified: bool,
    /// Contains `admin` for administrators.
    roles: Vec<&'static str>,
    created_at: String,
}

/// A sign-in.
#[derive(Serialize, ToSchema)]
pub(crate) struct SignInReply {
    access_token: String,
    token_type: &'static str,
    /// Seconds.
    expires_in: i64,
    /// Milliseconds since the epoch.
    expires_at: i64,
    #[serde(rename = "isAuthenticated")]
    is_authenticated: bool,
    refresh_token: String,
    /// Seconds.
    refresh_expires_in: i64,
    user: Account,
}

impl Account {
    pub(crate) fn from_proto(user: proto::User) -> Self {
        Self {
            is_active: user.state() == UserState::Active,
            roles: roles(user.role()),
            created_at: wire::required_time(user.create_time),
            user_id: user.user_id,
            username: user.username,
            email: user.email,
            display_name: user.display_name,
            is_dev_user: user.is_dev_user,
            email_verified: user.email_verified,
        }
    }
}

impl SignInReply {
    pub(crate) fn from_proto(credentials: Option<proto::Credentials>) -> Result<Self, Problem> {
        let credentials = credentials.ok_or_else(|| {
            Fault::new(
                Code::Internal,
                "internal",
                "the answer holds no credentials",
            )
        })?;
        Ok(Self {
            token_type: "bearer",
            expires_in: wire::seconds(credentials.expires_in),
            expires_at: wire::epoch_milliseconds(credentials.expire_time),
            is_authenticated: true,
            refresh_expires_in: wire::seconds(credentials.refresh_expires_in),
            access_token: credentials.access_token,
            refresh_token: credentials.refresh_token,
            user: Account::from_proto(credentials.user.unwrap_or_default()),
        })
    }
}

fn roles(role: Role) -> Vec<&'static str> {
    match role {
        Role::Admin => vec!["admin", "platform_admin", "user"],
        Role::Member => vec!["user", "member"],
        Role::Viewer | Role::Unspecified => vec!["viewer"],
    }
}
