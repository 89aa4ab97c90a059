//! How people sign in.

use std::time::Duration;

use super::{SECRET_BYTES, SettingError, Source, invalid, too_short};

/// The `IDENTITY_PROVIDER` of accounts that are kept here.
pub(super) const LOCAL_ACCOUNTS: &str = "jwt";

/// How people sign in.
#[derive(Debug, Clone)]
pub struct AccountSettings {
    /// `JWT_SECRET`, when `JWT_ALGORITHM` is HS256.
    pub jwt_secret: Option<String>,
    /// `JWT_EXPIRY_MINUTES`.
    pub access_ttl: Duration,
    /// `REFRESH_TOKEN_DAYS`.
    pub refresh_ttl: Duration,
    /// `IDENTITY_PROVIDER` is another than the accounts kept here.
    pub external_identity: bool,
    /// `AUTH_REQUIRED`.
    pub auth_required: bool,
    /// `REGISTRATION`.
    pub registration: Registration,
    /// `AUTH_DEV_LOGIN`.
    pub dev_login: bool,
    /// `OAUTH_REDIRECT_URIS`.
    pub redirect_addresses: Vec<String>,
}

/// Who may create an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    /// The first person only.
    FirstUser,
    /// Everybody.
    Open,
    /// People with an invitation.
    Invite,
    /// Nobody; administrators create accounts.
    Closed,
}

impl AccountSettings {
    pub(super) fn from_source(source: &Source) -> Result<Self, SettingError> {
        let minutes: u32 = source.required("JWT_EXPIRY_MINUTES", "1440")?;
        if minutes < 6 {
            return Err(invalid(
                "JWT_EXPIRY_MINUTES",
                "the least is 6, for clients renew a token that has less than five minutes left",
                "1440",
            ));
        }
        let days: u32 = source.required("REFRESH_TOKEN_DAYS", "7")?;
        Ok(Self {
            jwt_secret: jwt_secret(source)?,
            access_ttl: Duration::from_secs(u64::from(minutes) * 60),
            refresh_ttl: Duration::from_secs(u64::from(days) * 86_400),
            external_identity: source
                .get("IDENTITY_PROVIDER")
                .is_some_and(|provider| !provider.eq_ignore_ascii_case(LOCAL_ACCOUNTS)),
            auth_required: source.required("AUTH_REQUIRED", "true")?,
            registration: source.one_of(
                "REGISTRATION",
                &[
                    ("first-user", Registration::FirstUser),
                    ("open", Registration::Open),
                    ("invite", Registration::Invite),
                    ("closed", Registration::Closed),
                ],
            )?,
            dev_login: source.required("AUTH_DEV_LOGIN", "false")?,
            redirect_addresses: redirect_addresses(source)?,
        })
    }
}

fn redirect_addresses(source: &Source) -> Result<Vec<String>, SettingError> {
    let name = "OAUTH_REDIRECT_URIS";
    let addresses = source.list(name);
    let is_usable = |address: &String| {
        url::Url::parse(address).is_ok_and(|url| {
            let is_local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
            let is_private = url.scheme() == "https" || (url.scheme() == "http" && is_local);
            is_private && url.fragment().is_none()
        })
    };
    match addresses.iter().find(|address| !is_usable(address)) {
        None => Ok(addresses),
        Some(wrong) => Err(invalid(
            name,
            format!("{wrong:?} is no https address without a fragment"),
            "https://ops.example.org/callback",
        )),
    }
}

fn jwt_secret(source: &Source) -> Result<Option<String>, SettingError> {
    let symmetric = source.one_of("JWT_ALGORITHM", &[("RS256", false), ("HS256", true)])?;
    let secret = source.get("JWT_SECRET").map(str::to_owned);
    match (symmetric, secret) {
        (false, _) => Ok(None),
        (true, Some(secret)) if secret.len() >= SECRET_BYTES => Ok(Some(secret)),
        (true, _) => Err(too_short("JWT_SECRET")),
    }
}
