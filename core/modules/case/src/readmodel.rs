//! What is shown of a case: derived on read, never stored.

pub(crate) mod conclusion;
pub(crate) mod header;
pub(crate) mod investigation;
