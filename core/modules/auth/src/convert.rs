//! Messages and what they mean.

use std::time::Duration;

use chrono::{DateTime, Utc};
use faultmaven_kit::clock::timestamp;
use faultmaven_kit::text::checked_text;
use faultmaven_kit::{Fault, PageToken, Role, foreign_page_token, page_size};
use faultmaven_proto::auth::v1 as pb;

use crate::account::{Account, State};
use crate::api_token::Wish;
use crate::audit::Outcome;
use crate::auth::Credentials;
use crate::authenticate::Identity;
use crate::keys::PublicKey;
use crate::scope;
use crate::store::{AccountChange, ApiToken};

pub(crate) mod team;

const TOKEN_NAME_MAX: usize = 100;
/// Ten years; whoever needs longer wants a token that never expires.
const TOKEN_TTL_MAX: Duration = Duration::from_secs(3_650 * 24 * 3_600);
const PAGE_SIZE: u64 = 50;
const PAGE_SIZE_MAX: u64 = 100;

/// Name and id of the last account of a page.
type AccountPosition = (String, String);
/// Creation time in microseconds and id of the last token of a page.
type TokenPosition = (i64, String);

/// A part of a list that is asked for.
pub(crate) struct Page<P> {
    pub(crate) after: Option<P>,
    pub(crate) size: u64,
}

pub(crate) fn user(account: Account) -> pb::User {
    pb::User {
        user_id: account.user_id,
        username: account.username,
        email: account.email,
        display_name: account.display_name,
        role: role_code(account.role).into(),
        state: state_code(account.state).into(),
        email_verified: account.email_verified,
        is_dev_user: account.is_dev_user,
        create_time: Some(timestamp(account.create_time)),
        last_login_time: account.last_login_time.map(timestamp),
    }
}

pub(crate) fn credentials(credentials: Credentials) -> pb::Credentials {
    pb::Credentials {
        access_token: credentials.access_token,
        expires_in: Some(seconds(credentials.expires_in)),
        expire_time: Some(timestamp(credentials.expire_time)),
        refresh_token: credentials.refresh_token,
        refresh_expires_in: Some(seconds(credentials.refresh_expires_in)),
        user: Some(user(credentials.account)),
        scopes: credentials.scopes.unwrap_or_default(),
    }
}

pub(crate) fn identity(identity: &Identity) -> pb::AuthenticateResponse {
    pb::AuthenticateResponse {
        user: Some(user(identity.account.clone())),
        token_id: identity.token_id.clone(),
        scoped: identity.scopes.is_some(),
        scopes: identity.scopes.clone().unwrap_or_default(),
        team_ids: identity.team_ids.clone(),
    }
}

pub(crate) fn signing_key(key: PublicKey) -> pb::SigningKey {
    pb::SigningKey {
        key_id: key.key_id,
        algorithm: "RS256".to_owned(),
        modulus: key.modulus,
        exponent: key.exponent,
    }
}

pub(crate) fn api_token(token: ApiToken) -> pb::ApiToken {
    pb::ApiToken {
        token_id: token.token_id,
        name: token.name,
        prefix: token.prefix,
        scopes: token.scopes,
        create_time: Some(timestamp(token.create_time)),
        expire_time: token.expire_time.map(timestamp),
        last_used_time: token.last_used_time.map(timestamp),
        revoke_time: token.revoke_time.map(timestamp),
    }
}

/// Reads which token is wanted.
pub(crate) fn wish(request: &pb::CreateApiTokenRequest) -> Result<Wish, Fault> {
    Ok(Wish {
        name: checked_text("name", &request.name, TOKEN_NAME_MAX)?,
        scopes: scope::parse(&request.scopes)?,
        ttl: request.ttl.as_ref().map(ttl).transpose()?,
    })
}

fn ttl(ttl: &prost_types::Duration) -> Result<Duration, Fault> {
    let ttl = Some(*ttl).filter(|it| it.seconds >= 0);
    ttl.and_then(|it| Duration::try_from(it).ok())
        .filter(|ttl| !ttl.is_zero() && *ttl <= TOKEN_TTL_MAX)
        .ok_or_else(|| Fault::invalid("ttl", "must be positive and at most ten years"))
}

pub(crate) fn account_page(request: &pb::ListUsersRequest) -> Result<Page<AccountPosition>, Fault> {
    Ok(Page {
        after: PageToken::<AccountPosition>::decode(&request.page_token)?,
        size: page_size(request.page_size, PAGE_SIZE, PAGE_SIZE_MAX)?,
    })
}

pub(crate) fn token_page(
    request: &pb::ListApiTokensRequest,
) -> Result<Page<(DateTime<Utc>, String)>, Fault> {
    let position = PageToken::<TokenPosition>::decode(&request.page_token)?;
    let after = position.map(|(micros, token_id)| {
        DateTime::from_timestamp_micros(micros)
            .map(|time| (time, token_id))
            .ok_or_else(foreign_page_token)
    });
    Ok(Page {
        after: after.transpose()?,
        size: page_size(request.page_size, PAGE_SIZE, PAGE_SIZE_MAX)?,
    })
}

/// Returns a page of accounts, given one more than the page may hold.
pub(crate) fn accounts(
    mut accounts: Vec<Account>,
    size: u64,
) -> Result<pb::ListUsersResponse, Fault> {
    let has_more = cut(&mut accounts, size);
    let next_page_token = match accounts.last() {
        Some(last) if has_more => PageToken::<AccountPosition>::encode(&(
            crate::account::login_name(&last.username),
            last.user_id.clone(),
        ))?,
        _ => String::new(),
    };
    Ok(pb::ListUsersResponse {
        users: accounts.into_iter().map(user).collect(),
        next_page_token,
    })
}

/// Returns a page of tokens, given one more than the page may hold.
pub(crate) fn api_tokens(
    mut tokens: Vec<ApiToken>,
    size: u64,
) -> Result<pb::ListApiTokensResponse, Fault> {
    let has_more = cut(&mut tokens, size);
    let next_page_token = match tokens.last() {
        Some(last) if has_more => PageToken::<TokenPosition>::encode(&(
            last.create_time.timestamp_micros(),
            last.token_id.clone(),
        ))?,
        _ => String::new(),
    };
    Ok(pb::ListApiTokensResponse {
        tokens: tokens.into_iter().map(api_token).collect(),
        next_page_token,
    })
}

/// Cuts a page to its size; returns whether there was more.
pub(crate) fn cut<T>(found: &mut Vec<T>, size: u64) -> bool {
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let has_more = found.len() > size;
    found.truncate(size);
    has_more
}

/// Returns the role of a new account; unspecified means member.
pub(crate) fn new_role(role: i32) -> Result<Role, Fault> {
    Ok(parse_role(role)?.unwrap_or(Role::Member))
}

/// Reads how an account is to change.
pub(crate) fn change(request: &pb::UpdateUserRequest) -> Result<AccountChange, Fault> {
    let state = match pb::UserState::try_from(request.state) {
        Ok(pb::UserState::Unspecified) => None,
        Ok(pb::UserState::Active) => Some(State::Active),
        Ok(pb::UserState::Disabled) => Some(State::Disabled),
        Ok(pb::UserState::Pending) | Err(_) => {
            return Err(Fault::invalid("state", "must be active or disabled"));
        }
    };
    Ok(AccountChange {
        role: parse_role(request.role)?,
        state,
    })
}

/// Reads how an action ended.
pub(crate) fn outcome(outcome: i32) -> Result<Outcome, Fault> {
    match pb::AuditOutcome::try_from(outcome) {
        Ok(pb::AuditOutcome::Ok) => Ok(Outcome::Ok),
        Ok(pb::AuditOutcome::Denied) => Ok(Outcome::Denied),
        Ok(pb::AuditOutcome::Failed) => Ok(Outcome::Failed),
        Ok(pb::AuditOutcome::Unspecified) | Err(_) => {
            Err(Fault::invalid("outcome", "must be ok, denied or failed"))
        }
    }
}

/// Returns how many there are, as far as the message can tell.
pub(crate) fn count(number: u64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn parse_role(role: i32) -> Result<Option<Role>, Fault> {
    match pb::Role::try_from(role) {
        Ok(pb::Role::Unspecified) => Ok(None),
        Ok(pb::Role::Admin) => Ok(Some(Role::Admin)),
        Ok(pb::Role::Member) => Ok(Some(Role::Member)),
        Ok(pb::Role::Viewer) => Ok(Some(Role::Viewer)),
        Err(_) => Err(Fault::invalid("role", "must be admin, member or viewer")),
    }
}

fn role_code(role: Role) -> pb::Role {
    match role {
        Role::Admin => pb::Role::Admin,
        Role::Member => pb::Role::Member,
        Role::Viewer => pb::Role::Viewer,
    }
}

fn state_code(state: State) -> pb::UserState {
    match state {
        State::Active => pb::UserState::Active,
        State::Pending => pb::UserState::Pending,
        State::Disabled => pb::UserState::Disabled,
    }
}

fn seconds(duration: Duration) -> prost_types::Duration {
    prost_types::Duration {
        seconds: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        nanos: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ttl_is_positive_and_at_most_ten_years() {
        let duration = |seconds, nanos| prost_types::Duration { seconds, nanos };
        assert_eq!(ttl(&duration(60, 0)).unwrap(), Duration::from_secs(60));
        assert_eq!(ttl(&duration(3_650 * 86_400, 0)).unwrap(), TOKEN_TTL_MAX);
        for wrong in [
            duration(0, 0),
            duration(-1, 0),
            duration(i64::MIN, 0),
            duration(i64::MAX, 0),
            duration(3_650 * 86_400, 1),
        ] {
            assert_eq!(ttl(&wrong).unwrap_err().violations[0].field, "ttl");
        }
    }

    #[test]
    fn nobody_is_set_back_to_pending() {
        let mut request = pb::UpdateUserRequest::default();
        request.set_state(pb::UserState::Pending);
        assert_eq!(change(&request).unwrap_err().violations[0].field, "state");
        request.state = 99;
        assert!(change(&request).is_err());
    }

    #[test]
    fn a_new_account_is_a_member_unless_told_otherwise() {
        assert_eq!(new_role(0).unwrap(), Role::Member);
        assert_eq!(new_role(pb::Role::Viewer.into()).unwrap(), Role::Viewer);
        assert!(new_role(99).is_err());
    }
}
