//! The words a case is made of: each enum with the word that is stored and its counterpart on the wire.

mod case;
mod ledger;
mod turn;

pub(crate) use case::{
    CaseKind, CaseSource, CaseStatus, ClosureReason, ConfirmedHow, Priority, Proposer,
    StatementState, TitleSource,
};
pub(crate) use ledger::{
    ActionKind, ActionState, ActionType, Assurance, AttemptOutcome, CommandSafety, EvidenceKind,
    FactKind, HypothesisCategory, HypothesisKind, HypothesisSource, HypothesisStatus, LinkBasis,
    NeedPurpose, NeedState, Obtainability, Stance,
};
pub(crate) use turn::{
    Dialect, MessageKind, MessageRole, Milestone, SuggestionType, TurnIntent, TurnOutcome, TurnPath,
};

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

use words;

/// A stored word that this version does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{word:?} is no {kind}")]
pub(crate) struct UnknownWord {
    kind: &'static str,
    word: String,
}
