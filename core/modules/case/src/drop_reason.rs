//! Why a part of a turn diff is refused.

/// The reason that is stored with a dropped part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DropReason {
    UnknownId,
    ForeignId,
    UnknownValue,
    InvalidField,
    WrongStatus,
    NoSource,
    Duplicate,
    RefutedBefore,
    RetiredBefore,
    Cycle,
    ChainTooDeep,
    LimitReached,
    NotAUserDecision,
    GuardFailed,
    ProposalDeclinedBefore,
    UnsafeCommand,
    DependencyDropped,
    InconsistentTime,
}

impl DropReason {
    /// Returns the word that is stored and shown.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::UnknownId => "unknown_id",
            Self::ForeignId => "foreign_id",
            Self::UnknownValue => "unknown_value",
            Self::InvalidField => "invalid_field",
            Self::WrongStatus => "wrong_status",
            Self::NoSource => "no_source",
            Self::Duplicate => "duplicate",
            Self::RefutedBefore => "refuted_before",
            Self::RetiredBefore => "retired_before",
            Self::Cycle => "cycle",
            Self::ChainTooDeep => "chain_too_deep",
            Self::LimitReached => "limit_reached",
            Self::NotAUserDecision => "not_a_user_decision",
            Self::GuardFailed => "guard_failed",
            Self::ProposalDeclinedBefore => "proposal_declined_before",
            Self::UnsafeCommand => "unsafe_command",
            Self::DependencyDropped => "dependency_dropped",
            Self::InconsistentTime => "inconsistent_time",
        }
    }
}
