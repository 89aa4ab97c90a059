//! The program around the modules: settings, placement, wiring, serving and commands.
//!
//! **Invariant:** `wiring` is the one place that names all modules. It builds them bottom-up, each
//! from the clients of those below it, so that a cycle of calls cannot be written.

mod catalogue_dir;
pub mod commands;
pub mod config;
mod lock;
pub mod placement;
pub mod serve;
mod wiring;
