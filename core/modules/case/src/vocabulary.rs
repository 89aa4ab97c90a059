//! The words a case is made of: each enum with the word that is stored and its counterpart on the wire.

use faultmaven_proto::case::v1 as pb;

/// A word of the vocabulary, as it is stored and as it travels.
pub(crate) trait Word: Sized {
    /// Returns the word that is stored.
    fn as_str(&self) -> &'static str;

    /// Returns the value a wire number stands for; `None` for unspecified and unknown ones.
    fn from_wire(number: i32) -> Option<Self>;
}

/// Declares an enum whose variants have a stored word and a protobuf value of the same name.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(serde::Serialize, serde::Deserialize)]
        pub(crate) enum $name {
            $(#[serde(rename = $word)] $variant),+
        }

        impl Word for $name {
            fn as_str(&self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            fn from_wire(number: i32) -> Option<Self> {
                match pb::$name::try_from(number).ok()? {
                    $(pb::$name::$variant => Some(Self::$variant),)+
                    pb::$name::Unspecified => None,
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(UnknownWord { kind: stringify!($name), word: word.to_owned() }),
                }
            }
        }

        impl From<$name> for i32 {
            fn from(value: $name) -> i32 {
                match value { $($name::$variant => pb::$name::$variant as i32),+ }
            }
        }
    };
}

/// A stored word that this version does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{word:?} is no {kind}")]
pub(crate) struct UnknownWord {
    kind: &'static str,
    word: String,
}

words! {
    /// Where a case stands.
    CaseStatus {
        Inquiry = "inquiry",
        Investigating = "investigating",
        Resolved = "resolved",
        Closed = "closed",
    }
}

impl CaseStatus {
    /// Returns whether nothing but its record remains of the case.
    pub(crate) fn is_terminal(self) -> bool {
        matches!(self, Self::Resolved | Self::Closed)
    }

    /// Returns the states that a command may move a case to.
    pub(crate) fn next(self) -> &'static [Self] {
        match self {
            Self::Inquiry => &[Self::Investigating, Self::Closed],
            Self::Investigating => &[Self::Resolved, Self::Closed],
            Self::Resolved | Self::Closed => &[],
        }
    }
}

words! {
    /// Why a case was closed without a resolution.
    ClosureReason {
        InquiryOnly = "inquiry_only",
        Abandoned = "abandoned",
        Escalated = "escalated",
        Duplicate = "duplicate",
        SolutionDeferred = "solution_deferred",
        MitigationSufficient = "mitigation_sufficient",
        CauseInfeasible = "cause_infeasible",
        InsufficientEvidence = "insufficient_evidence",
        Other = "other",
    }
}

words! {
    /// How urgent the owner says a case is.
    Priority { Low = "low", Medium = "medium", High = "high", Critical = "critical" }
}

words! {
    /// Who wrote the title.
    TitleSource { Placeholder = "placeholder", Generated = "generated", User = "user" }
}

words! {
    /// Which client opened a case.
    CaseSource {
        Copilot = "copilot",
        Dashboard = "dashboard",
        Api = "api",
        Slack = "slack",
        Mcp = "mcp",
    }
}

words! {
    /// Whether a case is real work or the greeting of a new user.
    CaseKind { Normal = "normal", Welcome = "welcome" }
}

words! {
    /// Where a statement stands.
    StatementState {
        None = "none",
        Proposed = "proposed",
        Confirmed = "confirmed",
        RevisionPending = "revision_pending",
    }
}

words! {
    /// Who proposed a statement.
    Proposer { User = "user", Analyst = "analyst", Engine = "engine" }
}

words! {
    /// How a statement came to be confirmed.
    ConfirmedHow { Reply = "reply", Command = "command", Derived = "derived" }
}

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

words! {
    /// Which vocabulary the client of a turn speaks.
    Dialect { Legacy = "legacy", Current = "current", Core = "core" }
}

words! {
    /// What the user wanted of a turn.
    TurnIntent {
        Conversation = "conversation",
        StatusTransition = "status_transition",
        Confirmation = "confirmation",
        HypothesisAction = "hypothesis_action",
        Reclassify = "reclassify",
    }
}

words! {
    /// Which way the engine answered.
    TurnPath {
        Command = "command",
        Handshake = "handshake",
        Greeting = "greeting",
        Reclassify = "reclassify",
        Embedded = "embedded",
        Model = "model",
        EmbeddedFallback = "embedded_fallback",
        Terminal = "terminal",
    }
}

impl TurnPath {
    /// Returns whether a turn of this path investigates, once the case does.
    pub(crate) fn investigates(self) -> bool {
        matches!(self, Self::Embedded | Self::Model | Self::EmbeddedFallback)
    }
}

words! {
    /// What came of a turn.
    TurnOutcome {
        CaseResolved = "case_resolved",
        HandoffOffered = "handoff_offered",
        MilestoneCompleted = "milestone_completed",
        HypothesisTested = "hypothesis_tested",
        DataProvided = "data_provided",
        DataRequested = "data_requested",
        DataNotProvided = "data_not_provided",
        Conversation = "conversation",
    }
}

words! {
    /// A step of the investigation, in canonical order.
    Milestone {
        SymptomVerified = "symptom_verified",
        ScopeAssessed = "scope_assessed",
        TimelineEstablished = "timeline_established",
        ChangesIdentified = "changes_identified",
        RootCauseIdentified = "root_cause_identified",
        SolutionProposed = "solution_proposed",
        SolutionApplied = "solution_applied",
        SolutionVerified = "solution_verified",
    }
}

words! {
    /// Who speaks.
    MessageRole { User = "user", Assistant = "assistant", System = "system" }
}

words! {
    /// What a message is.
    MessageKind {
        UserQuery = "user_query",
        AgentResponse = "agent_response",
        DataUpload = "data_upload",
        CaseNote = "case_note",
        StatusChange = "status_change",
        SystemEvent = "system_event",
    }
}

words! {
    /// What a suggestion does.
    SuggestionType {
        Decide = "decide",
        Run = "run",
        Evidence = "evidence",
        FreeSpeech = "free_speech",
    }
}
