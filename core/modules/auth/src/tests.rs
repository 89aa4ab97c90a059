//! Stories through the generated clients.

mod administration;
mod api_tokens;
mod audit;
mod authenticate;
mod dev_sign_in;
mod oauth;
mod registration;
mod sign_in;
mod teams;
mod world;
