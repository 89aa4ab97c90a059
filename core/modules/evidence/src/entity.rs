//! The tables of this module, one file each.

pub(crate) mod analysis;
pub(crate) mod file;
pub(crate) mod loose_blob;
pub(crate) mod record;
