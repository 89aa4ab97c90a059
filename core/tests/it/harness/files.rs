//! The files of the worked example, which is also the scenario of the README's tour.

macro_rules! sample {
    ($name:literal) => {
        include_bytes!(concat!("../../../scenarios/checkout-pool-size/", $name)).to_vec()
    };
}

/// The files of the worked example.
pub(crate) struct WorkedExample;

impl WorkedExample {
    /// Sixty healthy requests, then ten minutes of an exhausted pool.
    pub(crate) fn app_log() -> Vec<u8> {
        sample!("app.log")
    }

    /// The pool's metrics during the incident.
    pub(crate) fn pool_txt() -> Vec<u8> {
        sample!("pool.txt")
    }

    /// A name that resolves.
    pub(crate) fn dns_txt() -> Vec<u8> {
        sample!("dns.txt")
    }

    /// The change that lowered the pool's limit.
    pub(crate) fn config_diff() -> Vec<u8> {
        sample!("config.diff")
    }

    /// Fifteen healthy minutes after the fix.
    pub(crate) fn after_log() -> Vec<u8> {
        sample!("after.log")
    }

    /// The pool's metrics after the fix.
    pub(crate) fn pool_after_txt() -> Vec<u8> {
        sample!("pool-after.txt")
    }
}
