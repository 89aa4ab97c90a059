//! A circuit breaker: whoever does not answer is left alone for a while.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// When somebody is left alone, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerConfig {
    /// How many calls in a row must fail.
    pub fail_threshold: u32,
    /// How long no call is made before one may try again.
    pub reset_timeout: Duration,
}

impl Default for BreakerConfig {
    fn default() -> Self {
        Self {
            fail_threshold: 5,
            reset_timeout: Duration::from_secs(30),
        }
    }
}

/// Whether calls are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerState {
    /// They are.
    Closed,
    /// None is.
    Open,
    /// One is, to find out.
    HalfOpen,
}

impl BreakerState {
    /// Returns the name that is shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }
}

/// What a call tells about whom was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// There was an answer, be it a refusal.
    Answered,
    /// There was none.
    Failed,
    /// Nothing; the caller gave up, for instance.
    Unknown,
}

/// Decides whether calls are made.
#[derive(Debug)]
pub struct Breaker {
    /// What is called: `module` or `provider`.
    kind: &'static str,
    name: &'static str,
    config: BreakerConfig,
    circuit: Mutex<Circuit>,
}

#[derive(Debug)]
enum Circuit {
    Closed {
        failures: u32,
    },
    Open {
        until: Instant,
    },
    /// Another trial may follow when this one has no outcome by then.
    Trial {
        until: Instant,
    },
}

impl Breaker {
    /// Returns a closed breaker; `kind` is the label under which the metric tells `name`.
    pub fn new(kind: &'static str, name: &'static str, config: BreakerConfig) -> Self {
        let breaker = Self {
            kind,
            name,
            config,
            circuit: Mutex::new(Circuit::Closed { failures: 0 }),
        };
        breaker.publish(BreakerState::Closed);
        breaker
    }

    /// Lets a call pass, or returns how long to wait.
    pub fn admit(&self) -> Result<(), Duration> {
        let mut circuit = self.circuit.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        match *circuit {
            Circuit::Closed { .. } => Ok(()),
            Circuit::Open { until } | Circuit::Trial { until } if now < until => Err(until - now),
            Circuit::Open { .. } | Circuit::Trial { .. } => {
                let until = now + self.config.reset_timeout;
                *circuit = Circuit::Trial { until };
                self.publish(BreakerState::HalfOpen);
                Ok(())
            }
        }
    }

    /// Learns from the outcome of a call.
    pub fn record(&self, outcome: Outcome) {
        let mut circuit = self.circuit.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Outcome::Failed => self.failed(&mut circuit),
            Outcome::Unknown => {}
            Outcome::Answered => {
                if !matches!(*circuit, Circuit::Closed { .. }) {
                    tracing::info!(name = self.name, "{} answers again", self.name);
                    self.publish(BreakerState::Closed);
                }
                *circuit = Circuit::Closed { failures: 0 };
            }
        }
    }

    /// Returns whether calls are made.
    pub fn state(&self) -> BreakerState {
        let circuit = self.circuit.lock().unwrap_or_else(PoisonError::into_inner);
        match *circuit {
            Circuit::Closed { .. } => BreakerState::Closed,
            Circuit::Open { .. } => BreakerState::Open,
            Circuit::Trial { .. } => BreakerState::HalfOpen,
        }
    }

    fn failed(&self, circuit: &mut Circuit) {
        match circuit {
            Circuit::Closed { failures } if *failures + 1 < self.config.fail_threshold => {
                *failures += 1;
            }
            Circuit::Closed { .. } | Circuit::Trial { .. } => {
                let pause = self.config.reset_timeout;
                let seconds = pause.as_secs();
                tracing::warn!(
                    name = self.name,
                    seconds,
                    "{} does not answer and is left alone for {seconds} s",
                    self.name
                );
                let until = Instant::now() + pause;
                *circuit = Circuit::Open { until };
                self.publish(BreakerState::Open);
            }
            // A call that began before the circuit opened.
            Circuit::Open { .. } => {}
        }
    }

    fn publish(&self, state: BreakerState) {
        let value = match state {
            BreakerState::Closed => 0,
            BreakerState::HalfOpen => 1,
            BreakerState::Open => 2,
        };
        let labels = [(self.kind, self.name)];
        metrics::gauge!("faultmaven_breaker_state", &labels).set(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAUSE: Duration = Duration::from_secs(30);

    fn breaker() -> Breaker {
        let config = BreakerConfig {
            fail_threshold: 3,
            reset_timeout: PAUSE,
        };
        Breaker::new("module", "case", config)
    }

    fn fail(breaker: &Breaker, times: usize) {
        for _ in 0..times {
            breaker.admit().unwrap();
            breaker.record(Outcome::Failed);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn failures_in_a_row_open_it_and_a_good_trial_closes_it() {
        let breaker = breaker();
        fail(&breaker, 3);
        assert_eq!(breaker.state(), BreakerState::Open);
        assert_eq!(breaker.admit(), Err(PAUSE));
        tokio::time::advance(PAUSE).await;
        breaker.admit().unwrap();
        assert_eq!(breaker.state(), BreakerState::HalfOpen);
        assert!(breaker.admit().is_err(), "one trial at a time");
        breaker.record(Outcome::Answered);
        assert_eq!(breaker.state(), BreakerState::Closed);
        fail(&breaker, 2);
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_trial_opens_it_again() {
        let breaker = breaker();
        fail(&breaker, 3);
        tokio::time::advance(PAUSE).await;
        fail(&breaker, 1);
        assert_eq!(breaker.admit(), Err(PAUSE));
    }

    #[tokio::test(start_paused = true)]
    async fn success_between_failures_keeps_it_closed() {
        let breaker = breaker();
        for _ in 0..5 {
            fail(&breaker, 2);
            breaker.record(Outcome::Answered);
        }
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn a_trial_nobody_waited_for_is_followed_by_another() {
        let breaker = breaker();
        fail(&breaker, 3);
        tokio::time::advance(PAUSE).await;
        breaker.admit().unwrap();
        breaker.record(Outcome::Unknown);
        tokio::time::advance(PAUSE).await;
        assert_eq!(breaker.admit(), Ok(()));
    }
}
