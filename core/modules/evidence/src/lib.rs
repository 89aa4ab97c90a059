//! Uploaded files, their analysis, and evidence whose every citation was verified.

mod absence;
mod access;
mod analyze;
mod assess;
mod await_analysis;
mod claims;
mod config;
mod content;
mod convert;
mod delete;
mod documents;
mod entity;
mod error;
mod files;
mod held;
mod identity;
mod indications;
mod intake;
mod jobs;
mod line_feeds;
mod line_reader;
mod media;
mod migration;
mod name;
mod note;
mod parts;
mod quotes;
mod reading;
mod reconcile;
mod report;
mod service;
mod stage;
mod store;
#[cfg(test)]
mod tests;
mod unpack;
mod upload;

pub use config::{Config, Deps};
pub use migration::migrations;
pub use service::build;
