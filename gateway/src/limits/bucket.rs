//! The buckets of one class: in Redis when there is one, else in the memory of this process.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use faultmaven_kit::{Redis, Token};
use governor::clock::Clock;
use governor::middleware::StateInformationMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use tokio::time::Instant;

/// Buckets that are full again are forgotten every so many calls.
const SWEEP_EVERY: u32 = 4_096;

/// The buckets of all clients for one class of calls.
pub(super) struct Buckets {
    class: &'static str,
    limit: NonZeroU32,
    redis: Option<Redis>,
    memory: Memory,
}

impl Buckets {
    /// Returns full buckets that gain `limit` tokens a minute.
    pub(super) fn new(class: &'static str, limit: NonZeroU32, redis: Option<Redis>) -> Self {
        Self {
            class,
            limit,
            redis,
            memory: Memory::new(Quota::per_minute(limit)),
        }
    }

    /// Returns how many tokens a full bucket holds.
    pub(super) fn limit(&self) -> u32 {
        self.limit.get()
    }

    /// Returns how long it takes to gain one token.
    pub(super) fn interval(&self) -> Duration {
        Quota::per_minute(self.limit).replenish_interval()
    }

    /// Takes a token and returns how many are left, or when the next one comes.
    pub(super) async fn take(&self, client: &String) -> Result<u32, Duration> {
        let Some(redis) = &self.redis else {
            return self.memory.take(client);
        };
        let key = format!("faultmaven:limit:{}:{client}", self.class);
        match redis.take_token(&key, self.limit(), self.interval()).await {
            Ok(Token::Taken { left }) => Ok(left),
            Ok(Token::In(wait)) => Err(wait),
            Err(_) => {
                metrics::counter!("faultmaven_rate_limit_fallback_total").increment(1);
                self.memory.take(client)
            }
        }
    }
}

struct Memory {
    limiter: RateLimiter<String, DashMapStateStore<String>, Ticks, StateInformationMiddleware>,
    clock: Ticks,
    calls: AtomicU32,
}

impl Memory {
    fn new(quota: Quota) -> Self {
        let clock = Ticks(Instant::now());
        Self {
            limiter: RateLimiter::new(quota, DashMapStateStore::default(), clock.clone()),
            clock,
            calls: AtomicU32::new(0),
        }
    }

    fn take(&self, client: &String) -> Result<u32, Duration> {
        self.sweep();
        match self.limiter.check_key(client) {
            Ok(left) => Ok(left.remaining_burst_capacity()),
            Err(not_until) => Err(not_until.wait_time_from(self.clock.now())),
        }
    }

    fn sweep(&self) {
        if self.calls.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
    }
}

/// The time of the runtime, which tests can stop.
#[derive(Debug, Clone)]
struct Ticks(Instant);

impl Clock for Ticks {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        self.0.elapsed().into()
    }
}
