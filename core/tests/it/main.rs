//! The product tested through its doors: HTTP, gRPC and the command line.
//!
//! `FM_TEST_PLACEMENT=split` runs every module on a port of its own, `FM_TEST_DATABASE_URL` names a
//! PostgreSQL server on which each test gets a database of its own.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where its expectation does"
)]

mod architecture;
mod authorization;
mod cli;
mod contract;
mod crash;
mod grpc;
mod harness;
mod http;
mod sample;
mod stop;
mod talk;
mod traces;
mod worked_example;
