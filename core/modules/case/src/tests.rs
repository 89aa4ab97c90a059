//! The module as its callers see it, on a real database.

mod amendments;
mod analytics;
mod cases;
mod files;
mod harness;
mod listing;
mod search;
mod sessions;
mod sharing;
mod similar;
mod turns;
