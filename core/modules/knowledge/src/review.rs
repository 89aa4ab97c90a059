//! How far others may rely on a document, and the steps by which that changes.

/// The state of a document's review.
#[expect(
    clippy::enum_variant_names,
    reason = "the state of being in review has no other name"
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Review {
    Draft,
    InReview,
    /// A person has read it and stands by it.
    Verified,
    Published,
    Rejected,
    /// Was right once, and is to be read again.
    Stale,
    Deprecated,
}

impl Review {
    pub(crate) const ALL: [Self; 7] = [
        Self::Draft,
        Self::InReview,
        Self::Verified,
        Self::Published,
        Self::Rejected,
        Self::Stale,
        Self::Deprecated,
    ];
    /// What nobody but the owner sees, and no search finds unless it is asked for.
    pub(crate) const HIDDEN: [Self; 3] = [Self::Draft, Self::Rejected, Self::Deprecated];

    /// What every search finds.
    pub(crate) const SHOWN: [Self; 4] =
        [Self::InReview, Self::Verified, Self::Published, Self::Stale];

    /// Returns the stored form.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::InReview => "in_review",
            Self::Verified => "verified",
            Self::Published => "published",
            Self::Rejected => "rejected",
            Self::Stale => "stale",
            Self::Deprecated => "deprecated",
        }
    }

    /// Returns the state with a stored form; what nobody wrote is relied on by nobody.
    pub(crate) fn of_stored(word: &str) -> Self {
        let known = Self::ALL.into_iter().find(|it| it.as_str() == word);
        known.unwrap_or(Self::Draft)
    }

    /// Returns the states that may follow.
    pub(crate) fn next(self) -> &'static [Self] {
        match self {
            Self::Draft | Self::Rejected => &[Self::InReview],
            Self::InReview => &[Self::Verified, Self::Rejected],
            Self::Verified => &[Self::Published, Self::Rejected],
            Self::Published => &[Self::Stale, Self::Deprecated],
            Self::Stale => &[Self::InReview, Self::Deprecated],
            Self::Deprecated => &[],
        }
    }

    /// Returns the state of a document whose text has changed: what was verified was the text.
    pub(crate) fn after_rewriting(self) -> Self {
        match self {
            Self::Verified => Self::InReview,
            other => other,
        }
    }
}

/// A state that a document is to have.
#[derive(Debug, Clone)]
pub(crate) struct Verdict {
    pub(crate) review: Review,
    /// Why; empty where nobody needs to know.
    pub(crate) reason: String,
    pub(crate) expected_version: Option<i32>,
}

/// Returns what may follow a state, in words.
pub(crate) fn ways_on(from: Review) -> String {
    let next: Vec<&str> = from.next().iter().map(|it| it.as_str()).collect();
    match next.as_slice() {
        [] => "nothing follows that state; store the text as a new document".to_owned(),
        next => format!("it can become {}", next.join(" or ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_other_step_is_illegal() {
        use Review::{Deprecated, Draft, InReview, Published, Rejected, Stale, Verified};
        let legal = [
            (Draft, InReview),
            (InReview, Verified),
            (InReview, Rejected),
            (Verified, Published),
            (Verified, Rejected),
            (Rejected, InReview),
            (Published, Stale),
            (Published, Deprecated),
            (Stale, InReview),
            (Stale, Deprecated),
        ];
        for from in Review::ALL {
            for to in Review::ALL {
                let is_legal = legal.contains(&(from, to));
                assert_eq!(from.next().contains(&to), is_legal, "{from:?} to {to:?}");
            }
        }
    }

    #[test]
    fn the_stored_form_is_read_back_and_anything_else_is_a_draft() {
        for review in Review::ALL {
            assert_eq!(Review::of_stored(review.as_str()), review);
        }
        assert_eq!(Review::of_stored("approved"), Review::Draft);
    }

    #[test]
    fn a_state_is_shown_or_hidden() {
        for review in Review::ALL {
            let is_hidden = Review::HIDDEN.contains(&review);
            assert_ne!(Review::SHOWN.contains(&review), is_hidden, "{review:?}");
        }
    }

    #[test]
    fn a_new_text_is_not_the_one_that_was_verified() {
        assert_eq!(Review::Verified.after_rewriting(), Review::InReview);
        assert_eq!(Review::Published.after_rewriting(), Review::Published);
    }

    #[test]
    fn the_end_of_the_way_says_what_to_do() {
        assert_eq!(
            ways_on(Review::InReview),
            "it can become verified or rejected"
        );
        assert!(ways_on(Review::Deprecated).contains("a new document"));
    }
}
