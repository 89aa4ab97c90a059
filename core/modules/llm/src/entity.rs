//! The module's tables.

pub(crate) mod placeholder;
pub(crate) mod usage;
