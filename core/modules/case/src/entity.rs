//! The tables of this module.

pub(crate) mod case;
pub(crate) mod ledger;
pub(crate) mod message;
pub(crate) mod owner;
pub(crate) mod receipt;
pub(crate) mod session_link;
pub(crate) mod share;
pub(crate) mod turn;
pub(crate) mod turn_lease;
pub(crate) mod word;
