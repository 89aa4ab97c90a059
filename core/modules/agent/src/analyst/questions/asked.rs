//! What can be asked.

use chrono::NaiveTime;

use super::{Counted, Names};

/// What a user wants to know of the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Question {
    FirstErrors,
    HowOften(Counted),
    Which(Names),
    /// Who got in.
    Logins,
    At {
        clock: NaiveTime,
        as_written: String,
    },
    Changes,
    /// What speaks against something.
    Against(String),
    Meaning(String),
    Search(String),
    Lines {
        number: i64,
    },
    Coverage,
    Since,
    /// When it ended, or was seen last.
    Until,
    /// Whether it goes on.
    Ongoing,
    /// Whether it is over.
    Over,
    /// How often the problem itself shows.
    Occurrences,
    Compare,
    /// Where the investigation stands.
    Summary,
    NextStep,
    /// What the cause is, and how sure that is.
    Cause,
    /// How the problem at hand is fixed.
    Fix,
    /// What can be asked.
    Abilities,
    /// What the analyst's last claim rests on.
    Why,
    /// What speaks for something.
    For(String),
    /// Where suspects stand.
    Weigh(Vec<String>),
    /// Which exceptions the data hold.
    Exceptions,
    StackTrace,
    /// What the investigation lacks.
    Needs,
    /// How a file is taken out of the case.
    TakeBack,
}

impl Question {
    /// Returns whether the question needs no data to be answered.
    pub(crate) fn is_about_the_case(&self) -> bool {
        matches!(
            self,
            Self::Summary
                | Self::NextStep
                | Self::Cause
                | Self::Fix
                | Self::Abilities
                | Self::Why
                | Self::For(_)
                | Self::Weigh(_)
                | Self::Needs
                | Self::TakeBack
        )
    }
}
