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
        r"\b(everything|all|things?)\b[^.?!]{0,40}\b(ok|okay|fine|good|well|normal|healthy|green|alright|properly)\b",
        r"\b(everything|all)\b[^.?!]{0,30}\b(c[ao]me back|survived|recovered)\b",
        r"\b(anything|(is|was|has) something)\b[^.?!]{0,30}\b(wrong|broken|off|odd|weird|unusual|suspicious|worry)\b",
        r"\bany (problems?|issues?|errors?|trouble|concerns?)\b",
        r"\banything\b[^?!]{0,60}\b(on fire|burning|to know|should know|must know|need to know|aware of|worr(y|ied)|concerned|look at)\b",
        r"\b(all|everything) (quiet|calm|clear|green|stable|back|up)\b",
        r"\b(did|has|have)\b[^.?!]{0,40}\b(surviv|recover|c[ao]me back|come up)",
        r"\b(can|could|may|shall) (i|you|we)\b[^?!]{0,60}\b(confirm|tell|say|sign off|close|rest|go home)\b[^?!]{0,60}\b(ok|okay|fine|good|well|healthy|safe)\b",
        r"\bclose (the|this|my) (change|ticket)\b",
        r"\bgood to go\b",
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

/// Returns whether the sentence of a match asks why, what or which.
fn asks_for_a_reason(text: &str, start: usize, end: usize) -> bool {
    let from = text[..start]
        .rfind(['.', '?', '!', '\n'])
        .map_or(0, |at| at + 1);
    let sentence = text[from..end].trim_start().to_lowercase();
    let begins = ["why", "what", "which", "who"];
    let told = [
        "tell me which",
        "tell me what",
        "tell me why",
        "say why",
        "say what",
    ];
    begins.iter().any(|word| sentence.starts_with(word))
        || told.iter().any(|words| sentence.contains(words))
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
        found.is_some_and(|it| {
            !denies(it.as_str()) && !asks_for_a_reason(text, it.start(), it.end())
        })
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
            "taking over the shift. anything on fire or can I get coffee?",
            "taking over from Mira at 6, anything I should worry about here?",
            "morning handover: anything from last night i should know?",
            "major upgrade was last night (23:30 window). did everything survive, can I tell the boss it's good?",
            "nodes were upgraded at night, did all of it come back properly?",
            "v0.10.4 is out since 15:05, can you confirm that the shop is fine before I close the change?",
            "all quiet on the cluster?",
            "how is the cluster, all good?",
            "v2 is rolled out. can I close the ticket?",
            "we upgraded the nodes last night. everything came back properly?",
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
            "can you tell me which change broke checkout?",
            "checkout returns 500. is there anything we can do?",
            "can you sum it up?",
            "what brought it back?",
            "why did the errors come back?",
        ] {
            assert_eq!(asks_whether_well(text), None, "{text}");
        }
    }
}
