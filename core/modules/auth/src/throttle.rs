//! Slows down whoever guesses passwords: per account name and per address.
//!
//! Every attempt counts as a failure until it has succeeded, so attempts made at the same time do
//! not slip through. From the last free attempt on, each one must take a gate that stays shut
//! for a growing while. One name allows some 40 attempts an hour, whoever makes them.

use std::time::Duration;

use chrono::{DateTime, Utc};
use faultmaven_kit::{CacheError, SharedCache, SharedClock, client_network};

use crate::error::Error;
use crate::secret::stored_hash;

const FREE_ATTEMPTS_OF_NAME: i64 = 5;
/// Many people may share an address.
const FREE_ATTEMPTS_OF_ADDRESS: i64 = 20;
const FORGOTTEN_AFTER: Duration = Duration::from_secs(3_600);
const FIRST_DELAY: Duration = Duration::from_secs(2);
const LONGEST_DELAY: Duration = Duration::from_secs(120);

/// Counts failed sign-ins in the cache, which all replicas share.
#[derive(Clone)]
pub(crate) struct Throttle {
    cache: SharedCache,
    clock: SharedClock,
}

/// An attempt that may go ahead.
#[derive(Debug)]
pub(crate) struct Attempt {
    name: Subject,
    address: Option<Subject>,
}

/// What attempts are counted for.
#[derive(Debug)]
struct Subject {
    counter: String,
    gate: String,
    free_attempts: i64,
}

impl Throttle {
    /// Returns a throttle that counts in `cache`.
    pub(crate) fn new(cache: SharedCache, clock: SharedClock) -> Self {
        Self { cache, clock }
    }

    /// Lets an attempt pass and counts it as failed, or says how long to wait.
    pub(crate) async fn begin(
        &self,
        login_name: &str,
        address: Option<&str>,
    ) -> Result<Attempt, Error> {
        let attempt = Attempt {
            name: Subject::new("name", login_name, FREE_ATTEMPTS_OF_NAME),
            address: address
                .map(|it| Subject::new("address", &client_network(it), FREE_ATTEMPTS_OF_ADDRESS)),
        };
        if let Some(address) = &attempt.address {
            self.pass(address).await?;
        }
        if let Err(refused) = self.pass(&attempt.name).await {
            if let Some(address) = &attempt.address {
                self.take_back(address).await?;
            }
            return Err(refused);
        }
        Ok(attempt)
    }

    /// Forgets the failures of the name; those of the address stay, or one account would free it.
    pub(crate) async fn succeeded(&self, attempt: Attempt) -> Result<(), Error> {
        if let Some(address) = &attempt.address {
            self.take_back(address).await?;
        }
        self.cache.delete(&attempt.name.counter).await?;
        Ok(self.cache.delete(&attempt.name.gate).await?)
    }

    async fn pass(&self, subject: &Subject) -> Result<(), Error> {
        let counter = &subject.counter;
        let attempts = self.cache.increment(counter, 1, FORGOTTEN_AFTER).await?;
        if attempts < subject.free_attempts {
            return Ok(());
        }
        let delay = delay(attempts - subject.free_attempts);
        let until = (self.clock.now() + delay).timestamp_micros();
        let shut = self
            .cache
            .set_if_absent(&subject.gate, until.to_string().into(), delay)
            .await?;
        if shut {
            return Ok(());
        }
        self.take_back(subject).await?;
        let retry_after = self.until_open(&subject.gate).await?;
        Err(Error::RateLimited { retry_after })
    }

    async fn take_back(&self, subject: &Subject) -> Result<(), CacheError> {
        self.cache
            .increment(&subject.counter, -1, FORGOTTEN_AFTER)
            .await?;
        Ok(())
    }

    async fn until_open(&self, gate: &str) -> Result<Duration, CacheError> {
        let until = self.cache.get(gate).await?;
        let wait = until
            .and_then(|until| std::str::from_utf8(&until).ok()?.parse().ok())
            .and_then(DateTime::<Utc>::from_timestamp_micros)
            .and_then(|until| (until - self.clock.now()).to_std().ok())
            .unwrap_or_default();
        // Whole seconds, because that is what clients are told.
        Ok(Duration::from_secs(wait.as_secs() + 1))
    }
}

impl Subject {
    /// Cache keys hold a hash: what people type into a name field may be a password.
    fn new(kind: &str, value: &str, free_attempts: i64) -> Self {
        let value = stored_hash(value);
        Self {
            counter: format!("auth:attempts:{kind}:{value}"),
            gate: format!("auth:gate:{kind}:{value}"),
            free_attempts,
        }
    }
}

fn delay(doublings: i64) -> Duration {
    let doublings = u32::try_from(doublings).unwrap_or(0).min(10);
    (FIRST_DELAY * 2_u32.pow(doublings)).min(LONGEST_DELAY)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use faultmaven_kit::{ManualClock, MemoryCache};

    use super::*;

    fn throttle() -> (Throttle, Arc<ManualClock>) {
        let clock = ManualClock::starting_at(DateTime::UNIX_EPOCH);
        let cache = Arc::new(MemoryCache::new(clock.clone()));
        (Throttle::new(cache, clock.clone()), clock)
    }

    async fn wait_of(throttle: &Throttle, name: &str, address: &str) -> u64 {
        match throttle.begin(name, Some(address)).await {
            Ok(_) => 0,
            Err(Error::RateLimited { retry_after }) => retry_after.as_secs(),
            Err(other) => panic!("{other}"),
        }
    }

    #[tokio::test]
    async fn after_five_failures_each_attempt_waits_longer() {
        let (throttle, clock) = throttle();
        for _ in 0..5 {
            assert_eq!(wait_of(&throttle, "ada", "192.0.2.1").await, 0);
        }
        for seconds in [2, 4, 8, 16, 32, 64, 120, 120] {
            let wait = wait_of(&throttle, "ada", "192.0.2.2").await;
            assert_eq!(wait, seconds + 1);
            clock.advance(Duration::from_secs(seconds));
            assert_eq!(wait_of(&throttle, "ada", "192.0.2.2").await, 0);
        }
        assert_eq!(wait_of(&throttle, "bob", "192.0.2.2").await, 0);
    }

    #[tokio::test]
    async fn an_address_that_tries_many_names_is_slowed_down() {
        let (throttle, _) = throttle();
        for number in 0..20 {
            let name = format!("user{number}");
            assert_eq!(wait_of(&throttle, &name, "192.0.2.1").await, 0);
        }
        assert!(wait_of(&throttle, "ada", "192.0.2.1").await > 0);
        assert_eq!(wait_of(&throttle, "ada", "192.0.2.2").await, 0);
    }

    #[tokio::test]
    async fn addresses_of_one_ipv6_network_share_their_attempts() {
        let (throttle, _) = throttle();
        for number in 0..20 {
            let (name, address) = (format!("user{number}"), format!("2001:db8::{number:x}"));
            assert_eq!(wait_of(&throttle, &name, &address).await, 0);
        }
        assert!(wait_of(&throttle, "ada", "2001:db8::ffff").await > 0);
        assert_eq!(wait_of(&throttle, "ada", "2001:db8:0:1::1").await, 0);
    }

    #[tokio::test]
    async fn success_forgives_the_name() {
        let (throttle, _) = throttle();
        for _ in 0..4 {
            wait_of(&throttle, "ada", "192.0.2.1").await;
        }
        let attempt = throttle.begin("ada", None).await.unwrap();
        throttle.succeeded(attempt).await.unwrap();
        for _ in 0..5 {
            assert_eq!(wait_of(&throttle, "ada", "192.0.2.1").await, 0);
        }
        assert!(wait_of(&throttle, "ada", "192.0.2.1").await > 0);
    }

    #[tokio::test]
    async fn failures_are_forgotten_after_an_hour() {
        let (throttle, clock) = throttle();
        for _ in 0..6 {
            wait_of(&throttle, "ada", "192.0.2.1").await;
        }
        clock.advance(FORGOTTEN_AFTER);
        for _ in 0..5 {
            assert_eq!(wait_of(&throttle, "ada", "192.0.2.1").await, 0);
        }
    }

    #[tokio::test]
    async fn a_hundred_attempts_at_once_are_five() {
        let (throttle, _) = throttle();
        let mut passed = 0;
        for _ in 0..100 {
            passed += u32::from(wait_of(&throttle, "ada", "192.0.2.1").await == 0);
        }
        assert_eq!(passed, 5);
    }
}
