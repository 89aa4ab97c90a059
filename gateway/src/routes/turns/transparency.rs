//! Tells the user when the investigation is stuck.

use faultmaven_proto::agent::v1 as agent;
use faultmaven_proto::case::v1 as case;
use faultmaven_proto::case::v1::{Milestone, StagnationPattern};
use serde::Serialize;
use utoipa::ToSchema;

use crate::wire;

/// Tells the user when the investigation is stuck.
#[derive(Serialize, ToSchema)]
pub(crate) struct Transparency {
    active: bool,
    pending_milestone: Option<String>,
    milestone_description: Option<String>,
    repair_type: Option<String>,
}

impl Transparency {
    /// Returns what an answer tells.
    pub(super) fn of_turn(transparency: agent::Transparency) -> Self {
        Self {
            active: transparency.active,
            pending_milestone: wire::given(transparency.pending_milestone),
            milestone_description: wire::given(transparency.milestone_description),
            repair_type: wire::given(transparency.repair_type),
        }
    }

    /// Returns what the state of a case tells.
    pub(crate) fn of_case(progress: &case::Progress) -> Self {
        let pending = Some(progress.pending_milestone());
        Self {
            active: progress.degraded_mode,
            pending_milestone: pending
                .filter(|milestone| *milestone != Milestone::Unspecified)
                .map(wire::milestone),
            milestone_description: wire::given(progress.pending_milestone_description.clone()),
            repair_type: Some(progress.stagnation())
                .filter(|pattern| *pattern != StagnationPattern::Unspecified)
                .map(|pattern| wire::word(pattern.as_str_name(), "STAGNATION_PATTERN_")),
        }
    }
}
