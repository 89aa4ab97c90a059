//! The module's tables.

pub(crate) mod chunk;
pub(crate) mod content;
pub(crate) mod document;
pub(crate) mod posting;
pub(crate) mod tag;
