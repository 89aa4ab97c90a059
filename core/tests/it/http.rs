//! Stories through REST, a file per resource.

mod accounts;
mod audit;
mod bad_input;
mod case_operations;
mod cases;
mod documents;
mod limits;
mod pages;
mod sessions;
mod shapes;
mod uploads;
