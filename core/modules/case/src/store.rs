//! The queries of this module; each takes the connection or transaction it runs on.

pub(crate) mod analytics;
pub(crate) mod cases;
pub(crate) mod ledgers;
pub(crate) mod lists;
pub(crate) mod messages;
pub(crate) mod owners;
pub(crate) mod purge;
pub(crate) mod reader;
pub(crate) mod receipts;
pub(crate) mod search;
pub(crate) mod session_links;
pub(crate) mod shares;
pub(crate) mod tables;
pub(crate) mod turn_leases;
pub(crate) mod turns;
mod words;

/// The result of a query.
pub(crate) type Stored<T> = Result<T, crate::error::CaseError>;
