//! The module's tables.

pub(crate) mod chunk;
pub(crate) mod collection;
pub(crate) mod content;
pub(crate) mod document;
pub(crate) mod member;
pub(crate) mod posting;
pub(crate) mod tag;
