//! The answer of a turn: observation, meaning, grade, one next step.

pub(crate) mod abilities;
pub(crate) mod answers;
pub(crate) mod cite;
pub(crate) mod compare;
pub(crate) mod compose;
pub(crate) mod counts;
pub(crate) mod data;
pub(crate) mod explain;
pub(crate) mod grade;
pub(crate) mod handoff;
pub(crate) mod inquiry;
pub(crate) mod investigation;
pub(crate) mod outcome;
pub(crate) mod overview;
pub(crate) mod remedy;
pub(crate) mod short;
pub(crate) mod suggestions;
pub(crate) mod suspected;
pub(crate) mod text;
pub(crate) mod written;
