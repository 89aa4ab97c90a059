//! Stories through REST, a file per resource.

mod accounts;
mod bad_input;
mod cases;
mod documents;
mod pages;
mod sessions;
mod shapes;
mod uploads;
