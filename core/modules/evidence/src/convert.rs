//! Between rows, the engine's types and the wire.

pub(crate) mod class;
pub(crate) mod evidence;
pub(crate) mod file;
pub(crate) mod finding;

use chrono::{DateTime, Utc};
use faultmaven_kit::clock;
use prost_types::Timestamp;

/// Returns the wire form of a time that may be missing.
pub(crate) fn time(time: Option<DateTime<Utc>>) -> Option<Timestamp> {
    time.map(clock::timestamp)
}

/// Returns a time of the wire; one outside the calendar counts as missing.
pub(crate) fn from_time(time: Option<&Timestamp>) -> Option<DateTime<Utc>> {
    time.and_then(clock::from_timestamp)
}

/// Returns an unsigned size for the wire.
pub(crate) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Returns a stored size; a negative one cannot occur and counts as zero.
pub(crate) fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}
