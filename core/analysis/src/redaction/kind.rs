//! Kinds of secrets and personal data.

use serde::{Deserialize, Serialize};

/// What a sensitive part of a text is; the name stands in its placeholder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SensitiveKind {
    /// PEM block of a private key, also in base64 once more.
    PrivateKey,
    Jwt,
    /// Key or token in the form of a known vendor.
    Token,
    /// Credentials of an `Authorization` header.
    Authorization,
    Cookie,
    Password,
    PasswordHash,
    /// Value of a key that is named like a secret.
    Secret,
    Email,
    Phone,
    CardNumber,
    Iban,
    NationalId,
    IpAddress,
    MacAddress,
    UserName,
    /// Only on request.
    Hostname,
    /// Text that looks like a placeholder already.
    Literal,
}

impl SensitiveKind {
    /// Every kind, the one that wins over others first.
    pub const ALL: [Self; 18] = [
        Self::PrivateKey,
        Self::Jwt,
        Self::Token,
        Self::Authorization,
        Self::Cookie,
        Self::Password,
        Self::PasswordHash,
        Self::Secret,
        Self::Email,
        Self::Phone,
        Self::CardNumber,
        Self::Iban,
        Self::NationalId,
        Self::IpAddress,
        Self::MacAddress,
        Self::UserName,
        Self::Hostname,
        Self::Literal,
    ];

    /// Returns the name as placeholders carry it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PrivateKey => "PRIVATE_KEY",
            Self::Jwt => "JWT",
            Self::Token => "TOKEN",
            Self::Authorization => "AUTHORIZATION",
            Self::Cookie => "COOKIE",
            Self::Password => "PASSWORD",
            Self::PasswordHash => "PASSWORD_HASH",
            Self::Secret => "SECRET",
            Self::Email => "EMAIL",
            Self::Phone => "PHONE",
            Self::CardNumber => "CARD_NUMBER",
            Self::Iban => "IBAN",
            Self::NationalId => "NATIONAL_ID",
            Self::IpAddress => "IP_ADDRESS",
            Self::MacAddress => "MAC_ADDRESS",
            Self::UserName => "USER_NAME",
            Self::Hostname => "HOSTNAME",
            Self::Literal => "LITERAL",
        }
    }

    /// Returns whether the value opens something, rather than telling who or where.
    pub fn is_secret(self) -> bool {
        self <= Self::Secret
    }

    /// Returns the kind of a name, whatever its case.
    pub fn from_name(name: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|kind| kind.as_str().eq_ignore_ascii_case(name))
    }
}
