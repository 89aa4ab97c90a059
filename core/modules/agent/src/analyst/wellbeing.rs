//! Questions whether all is well, which complain of nothing.

use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};

static WELL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let forms = [
        r"\b(everything|all|things?)\b[^.?!]{0,40}\b(ok|okay|fine|good|well|normal|healthy|green|alright)\b",
        r"\b(anything|something)\b[^.?!]{0,30}\b(wrong|broken|off|odd|weird|unusual|suspicious|worry)\b",
        r"\bany (problems?|issues?|errors?|trouble|concerns?)\b",
        r"\b(is|are|looks?)\b[^.?!]{0,60}\b(ok|okay|fine|healthy|alright|normal|in order)\b",
        r"\b(did|has|have)\b[^.?!]{0,60}\b(go(ne)? (through|well|fine)|work(ed)?|succeed(ed)?|finish(ed)?|complete(d)?|recover(ed)?)\b",
        r"\b(went|gone|go) (through|well|fine|ok|okay)\b",
    ];
    RegexBuilder::new(&format!("({})[^.?!]*[?]", forms.join("|")))
        .case_insensitive(true)
        .build()
        .ok()
});

/// Returns whether a message asks if all is well, now or of something that ran.
pub(crate) fn asks_whether_well(text: &str) -> bool {
    WELL.as_ref().is_some_and(|well| well.is_match(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_whether_all_is_well_are_told_from_complaints() {
        for text in [
            "we shipped checkout 3.8.0 at 13:05, everything ok?",
            "good morning, is anything broken at the moment? (data until 11:00)",
            "did the nightly load go through? I saw retries and a warning",
            "anything wrong with our db right now? Ines says she got an error",
            "is our database ok? support had complaints this morning",
            "Are there any problems with the cluster?",
            "did the migration work?",
        ] {
            assert!(asks_whether_well(text), "{text}");
        }
        for text in [
            "why does checkout answer 500?",
            "the nightly load did not go through",
            "what is wrong with checkout?",
            "checkout is broken, is it the database?",
            "is it the catalog release?",
            "something is wrong. what changed?",
        ] {
            assert!(!asks_whether_well(text), "{text}");
        }
    }
}
