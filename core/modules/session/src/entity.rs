//! The module's tables.

pub(crate) mod message;
pub(crate) mod session;
