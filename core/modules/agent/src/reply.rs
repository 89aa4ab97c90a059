//! The answer of a turn: observation, meaning, grade, one next step.

pub(crate) mod abilities;
mod affected;
mod against;
pub(crate) mod answers;
mod at_time;
pub(crate) mod cite;
pub(crate) mod compare;
pub(crate) mod compose;
mod confirmation;
pub(crate) mod counts;
pub(crate) mod data;
mod ending;
pub(crate) mod explain;
mod extent;
pub(crate) mod grade;
pub(crate) mod handoff;
pub(crate) mod inquiry;
pub(crate) mod investigation;
mod objected;
pub(crate) mod outcome;
pub(crate) mod overview;
pub(crate) mod remedy;
pub(crate) mod short;
pub(crate) mod suggestions;
pub(crate) mod suspected;
pub(crate) mod text;
pub(crate) mod written;
