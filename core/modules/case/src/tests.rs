//! The module as its callers see it, on a real database.

mod cases;
mod files;
mod harness;
mod listing;
mod turns;
