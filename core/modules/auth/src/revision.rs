//! Counts the changes that may take access away, so that what is remembered of tokens gets stale.

use std::sync::atomic::{AtomicU64, Ordering};

/// The number of such changes in this process.
#[derive(Debug, Default)]
pub(crate) struct Revision(AtomicU64);

impl Revision {
    /// Returns the number to remember with what is read from now on.
    pub(crate) fn current(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    /// Makes everything stale that was read before.
    pub(crate) fn advance(&self) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }
}
