//! Access tokens: JWTs that anybody can verify with the public keys.

use chrono::{DateTime, Utc};
use faultmaven_kit::Role;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::error::Error;
use crate::keys::{KeyRing, PublicKey};

/// No token of ours comes near; longer ones are not worth the work.
const TOKEN_MAX_BYTES: usize = 8 * 1_024;

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claims {
    pub(crate) sub: String,
    pub(crate) email: String,
    pub(crate) email_verified: bool,
    pub(crate) roles: Vec<String>,
    pub(crate) iss: String,
    pub(crate) aud: String,
    /// Seconds since the epoch.
    pub(crate) iat: i64,
    /// Seconds since the epoch.
    pub(crate) exp: i64,
    pub(crate) jti: String,
}

/// Signs and verifies access tokens.
#[derive(Clone)]
pub(crate) struct AccessTokens {
    keys: Keys,
    issuer: String,
    audience: String,
    validation: Validation,
}

#[derive(Clone)]
enum Keys {
    Ring(KeyRing),
    Shared {
        encoding: EncodingKey,
        decoding: DecodingKey,
    },
}

impl AccessTokens {
    /// Returns tokens signed with RS256 by the newest key of `ring`.
    pub(crate) fn with_key_ring(ring: KeyRing, issuer: String, audience: String) -> Self {
        Self::new(Keys::Ring(ring), Algorithm::RS256, issuer, audience)
    }

    /// Returns tokens signed with HS256; nobody without the secret can verify them.
    pub(crate) fn with_secret(secret: &str, issuer: String, audience: String) -> Self {
        let keys = Keys::Shared {
            encoding: EncodingKey::from_secret(secret.as_bytes()),
            decoding: DecodingKey::from_secret(secret.as_bytes()),
        };
        Self::new(keys, Algorithm::HS256, issuer, audience)
    }

    fn new(keys: Keys, algorithm: Algorithm, issuer: String, audience: String) -> Self {
        let mut validation = Validation::new(algorithm);
        validation.set_audience(&[&audience]);
        // Only we hold the keys, so a token stays ours when the public address changes.
        validation.set_required_spec_claims(&["exp", "aud", "sub"]);
        // The library asks the machine for the time; `verify` is told it.
        validation.validate_exp = false;
        Self {
            keys,
            issuer,
            audience,
            validation,
        }
    }

    /// Returns a signed token for `account`.
    pub(crate) async fn sign(
        &self,
        account: &Account,
        token_id: &str,
        issued: DateTime<Utc>,
        expires: DateTime<Utc>,
    ) -> Result<String, Error> {
        let claims = Claims {
            sub: account.user_id.clone(),
            email: account.email.clone(),
            email_verified: account.email_verified,
            roles: roles(account.role),
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            iat: issued.timestamp(),
            exp: expires.timestamp(),
            jti: token_id.to_owned(),
        };
        let keys = self.keys.clone();
        // An RSA signature takes about a millisecond, too long for a thread that serves requests.
        let signed = tokio::task::spawn_blocking(move || keys.sign(&claims)).await?;
        Ok(signed?)
    }

    /// Returns the claims of a token that is ours and has not expired at `now`.
    pub(crate) async fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, Error> {
        if token.len() > TOKEN_MAX_BYTES {
            return Err(Error::InvalidToken);
        }
        let claims = match &self.keys {
            Keys::Shared { decoding, .. } => self.decode(token, decoding)?,
            Keys::Ring(ring) => self.decode_with(ring, token).await?,
        };
        if claims.exp <= now.timestamp() {
            return Err(Error::InvalidToken);
        }
        Ok(claims)
    }

    /// Returns the public keys, the one in use first; none when tokens are signed with a secret.
    pub(crate) fn public_keys(&self) -> Vec<PublicKey> {
        match &self.keys {
            Keys::Shared { .. } => Vec::new(),
            Keys::Ring(ring) => ring.keys().iter().map(|key| key.public.clone()).collect(),
        }
    }

    /// Takes up keys that were added to the folder.
    pub(crate) async fn reread_keys(&self) -> Result<(), Error> {
        match &self.keys {
            Keys::Shared { .. } => Ok(()),
            Keys::Ring(ring) => ring.reread().await,
        }
    }

    async fn decode_with(&self, ring: &KeyRing, token: &str) -> Result<Claims, Error> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| Error::InvalidToken)?;
        let key_id = header.kid.ok_or(Error::InvalidToken)?;
        let is_named = |key: &&crate::keys::SigningKey| key.public.key_id == key_id;
        if let Some(key) = ring.keys().iter().find(is_named) {
            return self.decode(token, &key.decoding);
        }
        ring.reread().await?;
        match ring.keys().iter().find(is_named) {
            Some(key) => self.decode(token, &key.decoding),
            None => Err(Error::InvalidToken),
        }
    }

    fn decode(&self, token: &str, key: &DecodingKey) -> Result<Claims, Error> {
        match jsonwebtoken::decode(token, key, &self.validation) {
            Ok(data) => Ok(data.claims),
            Err(_) => Err(Error::InvalidToken),
        }
    }
}

impl Keys {
    fn sign(&self, claims: &Claims) -> jsonwebtoken::errors::Result<String> {
        match self {
            Self::Shared { encoding, .. } => {
                jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, encoding)
            }
            Self::Ring(ring) => {
                let keys = ring.keys();
                let key = keys
                    .first()
                    .ok_or(jsonwebtoken::errors::ErrorKind::InvalidKeyFormat)?;
                let mut header = Header::new(Algorithm::RS256);
                header.kid = Some(key.public.key_id.clone());
                jsonwebtoken::encode(&header, claims, &key.encoding)
            }
        }
    }
}

/// Returns the words existing clients look for.
fn roles(role: Role) -> Vec<String> {
    let words: &[&str] = match role {
        Role::Admin => &["admin", "platform_admin", "user"],
        Role::Member => &["user", "member"],
        Role::Viewer => &["viewer"],
    };
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use faultmaven_kit::ManualClock;
    use serde_json::{Value, json};

    use super::*;
    use crate::account::State;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;
    const HOUR: Duration = Duration::from_secs(3_600);

    fn account() -> Account {
        Account {
            user_id: "user-1".to_owned(),
            username: "ada".to_owned(),
            email: "ada@example.org".to_owned(),
            email_verified: false,
            display_name: "Ada".to_owned(),
            role: Role::Member,
            state: State::Active,
            is_dev_user: false,
            is_built_in: false,
            create_time: NOW,
            last_login_time: None,
        }
    }

    fn shared() -> AccessTokens {
        let secret = "0123456789abcdef0123456789abcdef";
        AccessTokens::with_secret(secret, "https://fm.test".to_owned(), "api".to_owned())
    }

    async fn ring(directory: &std::path::Path) -> AccessTokens {
        let clock = ManualClock::starting_at(NOW);
        let ring = KeyRing::open(directory.to_owned(), clock).await.unwrap();
        AccessTokens::with_key_ring(ring, "https://fm.test".to_owned(), "api".to_owned())
    }

    async fn signed(tokens: &AccessTokens) -> String {
        let token = tokens.sign(&account(), "token-1", NOW, NOW + HOUR).await;
        token.unwrap()
    }

    async fn is_refused(tokens: &AccessTokens, token: &str, now: DateTime<Utc>) -> bool {
        matches!(tokens.verify(token, now).await, Err(Error::InvalidToken))
    }

    fn part(token: &str, index: usize) -> Value {
        let part = token.split('.').nth(index).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    }

    fn forged(header: &Value, claims: &Value) -> String {
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.", encode(header), encode(claims))
    }

    #[tokio::test]
    async fn a_token_names_its_key_and_carries_the_claims() {
        let data = tempfile::tempdir().unwrap();
        let tokens = ring(data.path()).await;
        let token = signed(&tokens).await;
        let header = part(&token, 0);
        assert_eq!(header["alg"], "RS256");
        assert_eq!(header["kid"], tokens.public_keys()[0].key_id.as_str());
        let claims = json!({
            "sub": "user-1", "email": "ada@example.org", "email_verified": false,
            "roles": ["user", "member"], "iss": "https://fm.test", "aud": "api",
            "iat": 0, "exp": 3_600, "jti": "token-1",
        });
        assert_eq!(part(&token, 1), claims);
        let verified = tokens.verify(&token, NOW).await.unwrap();
        assert_eq!(serde_json::to_value(verified).unwrap(), claims);
    }

    #[tokio::test]
    async fn a_token_ends_with_its_last_second() {
        let tokens = shared();
        let token = signed(&tokens).await;
        assert!(tokens.verify(&token, NOW + HOUR - HOUR / 60).await.is_ok());
        assert!(is_refused(&tokens, &token, NOW + HOUR).await);
    }

    #[tokio::test]
    async fn a_token_of_another_audience_is_refused() {
        let secret = "0123456789abcdef0123456789abcdef";
        let token = signed(&shared()).await;
        let tokens =
            AccessTokens::with_secret(secret, "https://fm.test".to_owned(), "other".to_owned());
        assert!(is_refused(&tokens, &token, NOW).await);
    }

    #[tokio::test]
    async fn a_token_outlives_a_change_of_the_public_address() {
        let data = tempfile::tempdir().unwrap();
        let token = signed(&ring(data.path()).await).await;
        let clock = ManualClock::starting_at(NOW);
        let ring = KeyRing::open(data.path().to_owned(), clock).await.unwrap();
        let moved =
            AccessTokens::with_key_ring(ring, "https://moved.test".to_owned(), "api".to_owned());
        assert_eq!(moved.verify(&token, NOW).await.unwrap().sub, "user-1");
    }

    #[tokio::test]
    async fn unsigned_changed_and_foreign_tokens_are_refused() {
        let data = tempfile::tempdir().unwrap();
        let other = tempfile::tempdir().unwrap();
        let tokens = ring(data.path()).await;
        let token = signed(&tokens).await;
        let (header, mut claims) = (part(&token, 0), part(&token, 1));
        claims["sub"] = "user-2".into();
        let signature = token.rsplit('.').next().unwrap();
        let none = json!({ "alg": "none", "kid": header["kid"] });
        let symmetric = json!({ "alg": "HS256", "kid": header["kid"] });
        for forgery in [
            forged(&none, &claims),
            forged(&symmetric, &claims),
            format!("{}{signature}", forged(&header, &claims)),
            signed(&ring(other.path()).await).await,
            signed(&shared()).await,
            "fm".repeat(5_000),
            String::new(),
        ] {
            assert!(is_refused(&tokens, &forgery, NOW).await, "{forgery}");
        }
    }

    #[tokio::test]
    async fn a_shared_secret_publishes_no_key() {
        assert!(shared().public_keys().is_empty());
    }
}
