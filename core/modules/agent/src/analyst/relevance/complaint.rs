//! What people complain of, as their words tell.

use crate::analyst::symptoms::{self, ProblemType};
use crate::analyst::words::{flattened, has_phrase, sentences};

/// Words in which people and programs speak of logins.
const OF_LOGINS: [&str; 9] = [
    "login",
    "log in",
    "logging in",
    "sign in",
    "sign-in",
    "signin",
    "password",
    "authenticat",
    "credential",
];
/// Words by which people say that a part is well again.
const BACK: [&str; 10] = [
    "up again",
    "back up",
    "is back",
    "came back",
    "running again",
    "healthy again",
    "ready again",
    "recovered",
    "been up since",
    "restarted fine",
];
/// And that the trouble is not.
const GOES_ON: [&str; 4] = ["still", "again and again", "no change", "goes on"];

/// Returns whether a text complains that something takes long, and of nothing else.
pub(super) fn speaks_of_slowness_alone(text: &str) -> bool {
    let told = sentences(text);
    let mut kinds = told.iter().filter_map(|it| symptoms::find(&it.words()));
    let mut is_slow = false;
    kinds.all(|it| {
        is_slow |= it.kind == ProblemType::Slowness;
        matches!(it.kind, ProblemType::Slowness | ProblemType::Other)
    }) && is_slow
}

pub(super) fn speaks_of_logins(text: &str) -> bool {
    let lower = text.to_lowercase();
    OF_LOGINS.iter().any(|word| lower.contains(word))
}

/// Returns whether a text says that a part is well again while the trouble goes on.
pub(super) fn says_it_is_back(text: &str) -> bool {
    let flat = flattened(text);
    let says = |phrases: &[&str]| phrases.iter().any(|it| has_phrase(&flat, it));
    says(&BACK) && says(&GOES_ON)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_back_while_the_trouble_goes_on_is_told_from_a_new_start() {
        for (text, expected) in [
            (
                "it must be the OOM kill, but it is up again for an hour and they still complain",
                true,
            ),
            ("redis came back at nine, still no logins", true),
            ("redis came back at nine", false),
            ("the pod is still down", false),
        ] {
            assert_eq!(says_it_is_back(text), expected, "{text}");
        }
    }
}
