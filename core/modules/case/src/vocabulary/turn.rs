//! The words of turns and messages.

use faultmaven_proto::case::v1 as pb;

use super::{UnknownWord, Word, words};

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
