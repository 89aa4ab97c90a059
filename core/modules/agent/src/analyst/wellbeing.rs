//! Questions whether all is well, which complain of nothing.

use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};

use super::words::NEGATIONS;

/// What is asked to be well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Well {
    /// The state of things: what failed before and is over does not count.
    Now,
    /// Something that ran: an error of it counts whenever it was.
    Run,
}

static NOW: LazyLock<Option<Regex>> = LazyLock::new(|| {
    question(&[
        r"\b(everything|all|things?)\b[^.?!]{0,40}\b(ok|okay|fine|good|well|normal|healthy|green|alright)\b",
        r"\b(anything|(is|was|has) something)\b[^.?!]{0,30}\b(wrong|broken|off|odd|weird|unusual|suspicious|worry)\b",
        r"\bany (problems?|issues?|errors?|trouble|concerns?)\b",
        r"\b(is|are|looks?)\b[^.?!]{0,60}\b(ok|okay|fine|healthy|alright|in order)\b",
    ])
});
static RUN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    question(&[
        r"\b(did|has|have)\b[^.?!]{0,60}\b(go(ne)? (through|well|fine)|work(ed)?|succeed(ed)?|finish(ed)?|complete(d)?)\b",
        r"\b(went|gone|go) (through|well|fine|ok|okay)\b",
    ])
});

fn question(forms: &[&str]) -> Option<Regex> {
    RegexBuilder::new(&format!("({})[^.?!]*[?]", forms.join("|")))
        .case_insensitive(true)
        .build()
        .ok()
}

/// Returns what a message asks to be well, if it does.
pub(crate) fn asks_whether_well(text: &str) -> Option<Well> {
    // What is said not to be well is a complaint.
    let denies = |said: &str| {
        let lower = said.to_lowercase();
        let mut words = lower.split_whitespace();
        words.any(|word| NEGATIONS.contains(&word))
    };
    let asks = |form: &LazyLock<Option<Regex>>| {
        let found = form.as_ref().and_then(|it| it.find(text));
        found.is_some_and(|it| !denies(it.as_str()))
    };
    if asks(&RUN) {
        return Some(Well::Run);
    }
    asks(&NOW).then_some(Well::Now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_whether_all_is_well_are_told_from_complaints() {
        for text in [
            "we shipped checkout 3.8.0 at 13:05, everything ok?",
            "good morning, is anything broken at the moment? (data until 11:00)",
            "anything wrong with our db right now? Ines says she got an error",
            "is our database ok? support had complaints this morning",
            "Are there any problems with the cluster?",
        ] {
            assert_eq!(asks_whether_well(text), Some(Well::Now), "{text}");
        }
        for text in [
            "did the nightly load go through? I saw retries and a warning",
            "did the migration work?",
            "is everything ok, has the backup finished?",
        ] {
            assert_eq!(asks_whether_well(text), Some(Well::Run), "{text}");
        }
        for text in [
            "why does checkout answer 500?",
            "the nightly load did not go through",
            "what is wrong with checkout?",
            "checkout is broken, is it the database?",
            "is it the catalog release?",
            "something is wrong. what changed?",
            "checkout is not healthy, what is going on?",
            "something is wrong with checkout, can you check?",
            "the deploy has not worked, why?",
            "is it normal that all requests fail?",
        ] {
            assert_eq!(asks_whether_well(text), None, "{text}");
        }
    }
}
