//! Proof that a context was written by a module of the same cluster.

use std::fmt;
use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use http::HeaderMap;
use sha2::Sha256;

use crate::Clock;
use crate::ctx::headers::{CONTEXT, EXPIRY, SIGNATURE, insert, text};

const LIFETIME: Duration = Duration::from_secs(60);

/// The secret that the modules of one cluster share.
#[derive(Clone)]
pub struct ClusterSecret(Vec<u8>);

impl ClusterSecret {
    /// Returns the secret made of `bytes`.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// Signs the context in `headers` for one method.
    pub(crate) fn sign(&self, headers: &mut HeaderMap, path: &str, clock: &dyn Clock) {
        let expiry = clock.now() + LIFETIME;
        insert(headers, EXPIRY, &expiry.timestamp().to_string());
        let Some(mac) = self.mac(headers, path) else {
            return;
        };
        let signature = hex::encode(mac.finalize().into_bytes());
        insert(headers, SIGNATURE, &signature);
    }

    /// Returns whether `headers` carry a context that was signed for `path` and is still valid.
    pub(crate) fn verifies(&self, headers: &HeaderMap, path: &str, clock: &dyn Clock) -> bool {
        let signature = text(headers, &SIGNATURE).and_then(|value| hex::decode(value).ok());
        let expiry = text(headers, &EXPIRY).and_then(|value| value.parse::<i64>().ok());
        let (Some(signature), Some(expiry), Some(mac)) =
            (signature, expiry, self.mac(headers, path))
        else {
            return false;
        };
        expiry >= clock.now().timestamp() && mac.verify_slice(&signature).is_ok()
    }

    fn mac(&self, headers: &HeaderMap, path: &str) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(headers.get(CONTEXT)?.as_bytes());
        mac.update(b"|");
        mac.update(headers.get(EXPIRY)?.as_bytes());
        mac.update(b"|");
        mac.update(path.as_bytes());
        Some(mac)
    }
}

impl Drop for ClusterSecret {
    fn drop(&mut self) {
        self.0.fill(0);
    }
}

impl fmt::Debug for ClusterSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClusterSecret(***)")
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::{Ctx, ManualClock};

    const PATH: &str = "/faultmaven.case.v1.CaseService/GetCase";

    fn signed(clock: &dyn Clock) -> HeaderMap {
        let request = Ctx::system("report", "req_1").request(());
        let mut headers = request.metadata().clone().into_headers();
        ClusterSecret::new("secret").sign(&mut headers, PATH, clock);
        headers
    }

    #[test]
    fn a_signed_context_is_accepted_until_it_expires() {
        let clock = ManualClock::starting_at(DateTime::UNIX_EPOCH);
        let headers = signed(&*clock);
        let secret = ClusterSecret::new("secret");
        assert!(secret.verifies(&headers, PATH, &*clock));
        clock.advance(Duration::from_secs(61));
        assert!(!secret.verifies(&headers, PATH, &*clock));
    }

    #[test]
    fn another_path_secret_context_or_expiry_is_refused() {
        let clock = ManualClock::starting_at(DateTime::UNIX_EPOCH);
        let headers = signed(&*clock);
        let secret = ClusterSecret::new("secret");
        assert!(!secret.verifies(&headers, "/other.Service/Get", &*clock));
        assert!(!ClusterSecret::new("guess").verifies(&headers, PATH, &*clock));
        for (name, value) in [
            (CONTEXT, "e30"),
            (EXPIRY, "99999999"),
            (SIGNATURE, "00"),
            (SIGNATURE, "x"),
        ] {
            let mut tampered = headers.clone();
            insert(&mut tampered, name.clone(), value);
            assert!(!secret.verifies(&tampered, PATH, &*clock), "{name}");
        }
    }

    #[test]
    fn an_unsigned_context_is_refused() {
        let clock = ManualClock::starting_at(DateTime::UNIX_EPOCH);
        assert!(!ClusterSecret::new("secret").verifies(&HeaderMap::new(), PATH, &*clock));
    }

    #[test]
    fn the_secret_is_not_printed() {
        assert!(!format!("{:?}", ClusterSecret::new("hunter2")).contains("hunter2"));
    }
}
