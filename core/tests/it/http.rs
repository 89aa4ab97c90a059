//! Stories through REST, a file per resource.

mod accounts;
mod audit;
mod bad_input;
mod case_operations;
mod cases;
mod dev_sign_in;
mod documents;
mod every_operation;
mod flows_l;
mod flows_n;
mod idempotency;
mod limits;
mod long_turns;
mod models;
mod oauth;
mod older_inputs;
mod outage;
mod pages;
mod reports;
mod sessions;
mod shapes;
mod sign_in_page;
mod streamed_uploads;
mod teams;
mod uploads;
mod versions;
