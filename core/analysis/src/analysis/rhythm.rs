//! Results about time: how the lines of a template are spread over it, and when trouble set in.

use chrono::{DateTime, SubsecRound, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::citation::Citation;

const INSTANT: &str = "%Y-%m-%d %H:%M:%S";

/// Lines of a template in consecutive steps, from the one of its first line to that of its last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LineCounts {
    pub start: DateTime<Utc>,
    pub step_s: u64,
    pub counts: Vec<u64>,
}

/// The fixed interval at which lines of a template come back.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Period {
    pub seconds: f64,
    /// Mean distance of the intervals from the period, in seconds.
    pub jitter_s: f64,
}

impl Period {
    /// Returns the period in words, from a minute on in whole seconds, and the jitter where it is more than a
    /// hundredth.
    pub fn every(&self) -> String {
        let parts = if self.seconds < 60.0 { 10.0 } else { 1.0 };
        let shown = |seconds: f64| (seconds * parts).round() / parts;
        let (seconds, jitter) = (shown(self.seconds), shown(self.jitter_s));
        if jitter * 100.0 > seconds {
            format!("every {seconds} s, give or take {jitter} s")
        } else {
            format!("every {seconds} s")
        }
    }
}

/// A moment from which lines of a template come far more or less often, and go on so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RateChange {
    pub time: DateTime<Utc>,
    pub before_per_minute: f64,
    pub after_per_minute: f64,
    /// The line that bears the time: the first one of a higher rate, one of the last before a lower rate.
    pub citation: Citation,
}

impl OnsetEstimate {
    /// Returns the estimate in words, to be put behind "trouble set in".
    pub fn when(&self) -> String {
        let shown = |time: DateTime<Utc>| time.round_subsecs(0).format(INSTANT).to_string();
        let (earliest, latest) = (shown(self.earliest), shown(self.latest));
        if earliest == latest {
            format!("at {latest} UTC")
        } else {
            format!("between {earliest} and {latest} UTC")
        }
    }
}

/// When the trouble of a file set in, as exactly as its lines tell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OnsetEstimate {
    pub earliest: DateTime<Utc>,
    pub latest: DateTime<Utc>,
    /// What the estimate rests on, in order of time.
    pub grounds: Vec<OnsetGround>,
}

/// One of the signs by which the beginning of trouble is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OnsetGround {
    pub kind: OnsetGroundKind,
    pub time: DateTime<Utc>,
    pub statement: String,
    pub citation: Citation,
}

/// What a sign of the beginning of trouble is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnsetGroundKind {
    /// Errors or warnings that set in.
    SetIn,
    /// A grave failure that was not seen before.
    FirstSeen,
    /// Ordinary lines that came steadily until then.
    Stopped,
}
