//! The words of a case and of its statement.

use faultmaven_proto::case::v1 as pb;

use super::{UnknownWord, Word, words};

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

    /// Returns where a command may move a case to, in words.
    pub(crate) fn ways_on(self) -> String {
        let states: Vec<&str> = self.next().iter().map(|it| it.as_str()).collect();
        format!("from there it can go to {}", states.join(" or "))
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
