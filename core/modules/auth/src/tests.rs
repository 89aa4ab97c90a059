//! Stories through the generated clients.

mod administration;
mod api_tokens;
mod audit;
mod authenticate;
mod registration;
mod sign_in;
mod world;
