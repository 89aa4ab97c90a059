//! The tables of this module.

pub(crate) mod access_token;
pub(crate) mod api_token;
pub(crate) mod audit;
pub(crate) mod code;
pub(crate) mod installation;
pub(crate) mod invitation;
pub(crate) mod login_name;
pub(crate) mod refresh_token;
pub(crate) mod sign_in;
pub(crate) mod team;
pub(crate) mod team_member;
pub(crate) mod user;
