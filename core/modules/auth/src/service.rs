//! The services of this module: decode, one call, encode.

mod accounts;
mod internal;
mod oauth;
mod teams;

pub(crate) use accounts::AccountsService;
pub(crate) use internal::InternalService;
pub(crate) use oauth::OauthApi;
pub(crate) use teams::TeamApi;
