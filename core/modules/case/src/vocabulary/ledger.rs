//! The words of facts, evidence, hypotheses, needs and actions.

use faultmaven_proto::case::v1 as pb;

use super::{UnknownWord, Word, words};

words! {
    /// What a fact is about.
    FactKind {
        SymptomIndicator = "symptom_indicator",
        AffectedService = "affected_service",
        AffectedRegion = "affected_region",
        Environment = "environment",
        AffectedUsers = "affected_users",
        UserImpact = "user_impact",
        StartedAt = "started_at",
        NoticedAt = "noticed_at",
        ResolvedNaturallyAt = "resolved_naturally_at",
        Change = "change",
        NoChanges = "no_changes",
        TemporalState = "temporal_state",
        Severity = "severity",
        Urgency = "urgency",
        ProblemType = "problem_type",
    }
}

words! {
    /// What a piece of evidence shows.
    EvidenceKind {
        Symptom = "symptom",
        Causal = "causal",
        Resolution = "resolution",
        SymptomAbsence = "symptom_absence",
        CausalAbsence = "causal_absence",
        Other = "other",
    }
}

words! {
    /// A state that itself needs explaining, or something actionable.
    HypothesisKind { Condition = "condition", Cause = "cause" }
}

words! {
    /// The area a hypothesis belongs to.
    HypothesisCategory {
        Code = "code",
        Config = "config",
        Environment = "environment",
        Network = "network",
        Data = "data",
        Database = "database",
        Security = "security",
        Hardware = "hardware",
        External = "external",
        Human = "human",
        Other = "other",
    }
}

words! {
    /// Where a hypothesis stands.
    HypothesisStatus {
        Captured = "captured",
        Active = "active",
        Validated = "validated",
        Refuted = "refuted",
        Inconclusive = "inconclusive",
        Retired = "retired",
    }
}

impl HypothesisStatus {
    /// Returns whether the hypothesis can never change again.
    pub(crate) fn is_final(self) -> bool {
        matches!(self, Self::Refuted | Self::Retired)
    }

    /// Returns whether something was decided about the hypothesis.
    pub(crate) fn is_concluded(self) -> bool {
        matches!(
            self,
            Self::Validated | Self::Refuted | Self::Inconclusive | Self::Retired
        )
    }
}

words! {
    /// Who brought a hypothesis up.
    HypothesisSource {
        Analyst = "analyst",
        Model = "model",
        User = "user",
        Knowledge = "knowledge",
        ForcedAlternative = "forced_alternative",
    }
}

words! {
    /// The direction of a link.
    Stance { Supports = "supports", Neutral = "neutral", Refutes = "refutes" }
}

words! {
    /// Why a link has its strength.
    LinkBasis {
        DirectIndicator = "direct_indicator",
        ChangeSetsCondition = "change_sets_condition",
        OnsetAfterChange = "onset_after_change",
        IndirectIndicator = "indirect_indicator",
        CounterIndicatorDirect = "counter_indicator_direct",
        CounterIndicatorIndirect = "counter_indicator_indirect",
        ModelJudgement = "model_judgement",
        UserObservation = "user_observation",
        UserAssertion = "user_assertion",
        UserRuleOut = "user_rule_out",
        CounterfactualSuccess = "counterfactual_success",
        FailedFixRemovalShown = "failed_fix_removal_shown",
        FailedFix = "failed_fix",
    }
}

words! {
    /// What a need would establish.
    NeedPurpose { Symptom = "symptom", Cause = "cause", Resolution = "resolution" }
}

words! {
    /// Where a need stands.
    NeedState {
        Pending = "pending",
        PartiallyMet = "partially_met",
        Fulfilled = "fulfilled",
        Superseded = "superseded",
    }
}

words! {
    /// Whether the user can get what is needed.
    Obtainability {
        Unknown = "unknown",
        Obtainable = "obtainable",
        Unobtainable = "unobtainable",
    }
}

words! {
    /// What an action is for.
    ActionType { Diagnostic = "diagnostic", Mitigation = "mitigation", Solution = "solution" }
}

words! {
    /// What an action does.
    ActionKind {
        Rollback = "rollback",
        ConfigChange = "config_change",
        Restart = "restart",
        Scaling = "scaling",
        CodeFix = "code_fix",
        Workaround = "workaround",
        Infrastructure = "infrastructure",
        DataFix = "data_fix",
        Other = "other",
    }
}

words! {
    /// Where an action stands.
    ActionState {
        Proposed = "proposed",
        Accepted = "accepted",
        Rejected = "rejected",
        Superseded = "superseded",
    }
}

words! {
    /// Whether a command changes anything.
    CommandSafety { ReadOnly = "read_only", Caution = "caution" }
}

words! {
    /// What came of an action.
    AttemptOutcome {
        Succeeded = "succeeded",
        Failed = "failed",
        Partial = "partial",
        Unknown = "unknown",
    }
}

words! {
    /// How sure the cause is.
    Assurance { Possible = "possible", Likely = "likely", Confirmed = "confirmed" }
}
