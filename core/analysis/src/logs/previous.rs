//! What is known of the event before.

use crate::time::Stamp;

/// The event in front of the next line.
#[derive(Debug, Clone, Default)]
pub(super) struct Previous {
    pub(super) form: u32,
    pub(super) line: u64,
    /// Whether the last line of the event is kept apart from its sample.
    pub(super) told: bool,
    /// A buffer for the name, and whether there is one.
    pub(super) component: String,
    pub(super) named: bool,
    /// Who wrote it, as a collector tells.
    pub(super) source: String,
    /// Whether its program gave it no head.
    pub(super) bare: bool,
    /// Whether it tells of something wrong, so that a trace may follow.
    pub(super) warns: bool,
    /// The time written in its last line.
    pub(super) stamp: Option<Stamp>,
}

impl Previous {
    pub(super) fn component(&self) -> Option<&str> {
        self.named.then_some(self.component.as_str())
    }

    /// Whether a line with this time was written within so many microseconds.
    pub(super) fn is_near(&self, stamp: Option<&Stamp>, micros: i64) -> bool {
        let times = self.stamp.as_ref().zip(stamp);
        times.is_none_or(|(before, time)| before.is_near(time, micros))
    }
}
