//! Rows and what they mean.

use faultmaven_kit::Role;
use sea_orm::ActiveValue::Set;

use super::NewAccount;
use crate::account::{Account, Origin, State, login_name};
use crate::entity::user;
use crate::error::Error;

/// Returns the account a row holds.
pub(super) fn account(row: user::Model) -> Result<Account, Error> {
    let role = row.role.parse::<Role>();
    let state = State::parse(&row.state);
    let (Ok(role), Some(state)) = (role, state) else {
        return Err(Error::Corrupt(format!("role or state of {}", row.user_id)));
    };
    Ok(Account {
        user_id: row.user_id,
        username: row.username,
        email: row.email,
        email_verified: row.email_verified,
        display_name: row.display_name,
        role,
        state,
        is_dev_user: row.is_dev_user,
        is_built_in: row.is_built_in,
        create_time: row.create_time,
        last_login_time: row.last_login_time,
    })
}

/// Returns the row of a new active account.
pub(super) fn user_row(new: &NewAccount, role: Role) -> user::ActiveModel {
    let profile = &new.profile;
    user::ActiveModel {
        user_id: Set(new.user_id.clone()),
        username: Set(profile.username.clone()),
        username_key: Set(login_name(&profile.username)),
        email: Set(profile.email.clone()),
        email_verified: Set(false),
        display_name: Set(profile.display_name.clone()),
        role: Set(role.as_str().to_owned()),
        state: Set(State::Active.as_str().to_owned()),
        password_hash: Set(new.password_hash.clone()),
        is_dev_user: Set(new.origin == Origin::Development),
        is_built_in: Set(new.origin == Origin::BuiltIn),
        create_time: Set(new.create_time),
        last_login_time: Set(None),
    }
}
