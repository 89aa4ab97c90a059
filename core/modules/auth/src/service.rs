//! The services of this module: decode, one call, encode.

mod accounts;
mod internal;

pub(crate) use accounts::AccountsService;
pub(crate) use internal::InternalService;
