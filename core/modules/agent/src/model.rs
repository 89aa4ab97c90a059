//! A configured model as a second analyst: what it is told, what it may look up, what counts of its answer.

pub(crate) mod commands;
pub(crate) mod context;
pub(crate) mod failure;
pub(crate) mod fence;
pub(crate) mod grounds;
pub(crate) mod guard;
pub(crate) mod kinds;
pub(crate) mod prompts;
pub(crate) mod proposal;
pub(crate) mod prose;
pub(crate) mod provisional;
pub(crate) mod room;
pub(crate) mod sections;
pub(crate) mod talk;
pub(crate) mod tools;
