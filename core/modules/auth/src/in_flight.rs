//! Keeps two requests from exchanging the same refresh token at the same time.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

/// The tokens that are being exchanged in this process, by the hash of their secret.
#[derive(Debug, Clone, Default)]
pub(crate) struct InFlight(Arc<Mutex<HashSet<String>>>);

/// The right to exchange one token, until it is dropped.
#[derive(Debug)]
pub(crate) struct Entered {
    tokens: InFlight,
    secret_hash: String,
}

impl InFlight {
    /// Returns the right to exchange a token, or `None` while another request has it.
    pub(crate) fn enter(&self, secret_hash: &str) -> Option<Entered> {
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.insert(secret_hash.to_owned()).then(|| Entered {
            tokens: self.clone(),
            secret_hash: secret_hash.to_owned(),
        })
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut tokens = self.tokens.0.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.remove(&self.secret_hash);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_request_at_a_time_has_the_right() {
        let tokens = InFlight::default();
        let first = tokens.enter("a");
        assert!(first.is_some());
        assert!(tokens.enter("a").is_none());
        assert!(tokens.enter("b").is_some());
        drop(first);
        assert!(tokens.enter("a").is_some());
    }
}
