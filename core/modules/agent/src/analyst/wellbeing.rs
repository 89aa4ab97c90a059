//! Questions whether all is well, which complain of nothing.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};

mod aftermath;

use super::symptoms;
use super::words::{NEGATIONS, Sentence, Word, sentences};

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
        r"\b(everything|all|things?)\b[^.?!]{0,40}\b(ok|okay|fine|good|well|normal|healthy|green|alright|all right|properly)\b",
        r"\b(everything|all)\b[^.?!]{0,30}\b(c[ao]me back|survived|recovered)\b",
        r"\b(anything|(is|was|has) something)\b[^.?!]{0,30}\b(wrong|broken|off|odd|weird|unusual|suspicious|worry)\b",
        r"\bany (problems?|issues?|errors?|trouble|concerns?)\b",
        r"\banything\b[^?!]{0,60}\b(on fire|burning|to know|should know|must know|need to know|aware of|worr(y|ied)|concerned|look at)\b",
        r"\b(all|everything) (quiet|calm|clear|green|stable|back|up)\b",
        r"\b(did|has|have)\b[^.?!]{0,40}\b(surviv|recover|c[ao]me back|come up)",
        r"\b(can|could|may|shall) (i|you|we)\b[^?!]{0,60}\b(confirm|tell|say|sign off|close|rest|go home)\b[^?!]{0,60}\b(ok|okay|fine|good|well|healthy|safe)\b",
        r"\b(anything|something)\b[^?!]{0,40}\b(speaks?|stands?|argues?) against\b",
        r"\bclose (the|this|my) (change|ticket)\b",
        r"\bgood to go\b",
        r"\bare we (good|fine|ok|okay|safe|clear)\b",
        r"\bor (is |are |was )?(it |that |this |they |all |everything )?(still |again )?(ok|okay|fine|normal|harmless|healthy|leave it)\b",
        r"\b(is it |are we |all )?(ok|okay|fine|normal|harmless) or\b",
        r"\b(do|does|must|should) (we|i|somebody|anyone)\b[^.?!]{0,20}\b(act|react|intervene|worry|do (anything|something))\b",
        r"\b(a few|a couple( of)?|a handful( of)?|one or two)\b[^.?!]{0,60}\b(roll (it |them |this )?back|rollback|revert)\b",
        r"\b(do|does) (we|i|you|they|it)\b[^.?!]{0,20}\b(have|see) (an?|any|some) [^.?!]{0,20}\b(errors?|problems?|issues?|leaks?|outage|trouble)\b",
        r"\b(is|are|looks?)\b[^.?!]{0,60}\b(ok|okay|fine|healthy|alright|all right|in order)\b",
        r"\b(is|are) there (an?|any|some)\b[^.?!]{0,20}\b(errors?|problems?|issues?)\b",
        r"\b(shows?|sees?) (an?|any) (error|problem|issue)\b",
        r"\b(did|does|has) (anything|something)\b[^.?!]{0,30}\b(fail|break|broken?|go(ne)? wrong|happen)",
        r"\b(did|does|has)\b[^.?!]{0,40}\b(break|broken?) (sth|something|anything|things?)\b",
    ])
});
static RUN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    question(&[
        r"\b(did|has|have)\b[^.?!,]{0,60}\b(go(ne)? (through|well|fine)|work(ed)?|succeed(ed)?|finish(ed)?|complete(d)?)\b",
        r"\b(went|gone|go) (through|well|fine|ok|okay)\b",
    ])
});

/// Work that was done, or the beginning of a watch.
static OCCASION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    insensitive(
        r"\b(rotated|rotation|patched|upgraded|updated|migrated|moved|restarted|rebooted|replaced|deployed|released|shipped|installed|swapped|resized|restored|copied|switched|switchover|failed over|fail-?over|rolled[ -]?out|rollout|maintenance|(change|maintenance|patch) window|went (in|live)|go(es|ing)? live|is (in|live|out)|hand-?over|shift|taking over|overnight|(last|this|at) (night|morning)|before (i|we|you|they|people|the|everybody))\b",
    )
});
/// Requests to look whether all is well, with or without a question mark.
static REQUEST: LazyLock<Option<Regex>> = LazyLock::new(|| {
    insensitive(
        r"\b((can|could|would) you|please)\b[^.?!]{0,40}\b(check|confirm|verify|make sure)\b[^.?!]{0,60}\b(ok|okay|fine|good|well|normal|healthy|properly)\b",
    )
});
/// Words of those who complain of something.
static COMPLAINT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    insensitive(
        r"\b(since|still|hung|hangs?|stalls?|stalled|crawls?|bounces?|laggy|sluggish|dead|gone|empty|late|twice|double|vanish(es|ed)?|declined|los(e|es|ing)|stood|started (at|around|about|after|slowly|to)|started ~|throws?|thrown|nobody|no one|none|nothing|cannot|can.?t|won.?t|does ?n.?t|do ?n.?t|isn.?t|is not|are not|breaks?|broken?|complain(s|ed|ts?)?|used to|crash(es|ed)?|leaks?|grows?|page[ds]|woke|help)\b|!",
    )
});
/// What is asked where something is known to be wrong: for its cause, or for a way back.
static AFTER_A_CAUSE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    insensitive(
        r"\b(since|roll (it |them |this )?back|rollback|go back|revert|undo|related|causes?|caused|reason|same thing|breaks?|broken?|bug|why|too (small|much|many|slow)|kill|leak|maybe|guess|distributed)\b",
    )
});

/// Questions for the reason of something that went wrong.
static REASON_WANTED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    insensitive(r"\b(root cause|why|what (broke|failed|caused|went wrong|is (wrong|broken)))\b")
});

fn insensitive(expression: &str) -> Option<Regex> {
    RegexBuilder::new(expression)
        .case_insensitive(true)
        .build()
        .ok()
}

fn question(forms: &[&str]) -> Option<Regex> {
    insensitive(&format!(r"({})([^.?!]|\.\w)*[?]", forms.join("|")))
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
    let text = as_question(text);
    let text = text.as_ref();
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
    if is_wrong_since(text) {
        return None;
    }
    if asks(&RUN) {
        return Some(Well::Run);
    }
    let asks = asks(&NOW)
        || has(&REQUEST, text)
        || asks_after_an_occasion(text)
        || aftermath::is_asked_about(text);
    asks.then_some(Well::Now)
}

/// Returns a text whose last sentence asks with the mark that says so, which people leave out.
fn as_question(text: &str) -> Cow<'_, str> {
    let told = sentences(text);
    let is_unmarked = told.last().is_some_and(|it| {
        let is_choice = [
            " or do ",
            " or should ",
            " or must ",
            " or is ",
            " or roll ",
        ];
        let lower = it.text.to_lowercase();
        let asks = it.opens_yes_no() || is_choice.iter().any(|words| lower.contains(words));
        !it.is_question() && asks
    });
    if is_unmarked && !text.trim_end().ends_with(['.', '!']) {
        Cow::Owned(format!("{}?", text.trim_end()))
    } else {
        Cow::Borrowed(text)
    }
}

fn has(form: &LazyLock<Option<Regex>>, text: &str) -> bool {
    form.as_ref().is_some_and(|it| it.is_match(text))
}

/// Returns whether a sentence that asks nothing says since when something is wrong.
fn is_wrong_since(text: &str) -> bool {
    let told = sentences(text);
    let mut told = told.iter().filter(|it| !it.is_question());
    told.any(|it| {
        let words = it.words();
        let begun = ["out", "live", "in", "deployed", "released"];
        let mut pairs = words.windows(2);
        // Since when a release is out is no complaint.
        let is_release =
            pairs.any(|it| begun.contains(&it[0].lower.as_str()) && it[1].lower == "since");
        let says_since = words.iter().any(|word| word.lower == "since") && !is_release;
        let said = it.text.to_lowercase().replace("since", "");
        says_since && (has(&COMPLAINT, &said) || fails(&words))
    })
}

/// Returns whether a text says that something is wrong, or asks for the reason.
pub(crate) fn complains(text: &str) -> bool {
    let told = sentences(text);
    let fails = told.iter().any(|it| fails(&it.words()));
    fails || has(&COMPLAINT, text) || has(&REASON_WANTED, text)
}

fn fails(words: &[Word<'_>]) -> bool {
    symptoms::find(words).is_some()
}

/// Returns whether somebody who tells of work that was done, or begins a watch, asks something and
/// complains of nothing.
fn asks_after_an_occasion(text: &str) -> bool {
    const REASONS: [&str; 11] = [
        "why",
        "what",
        "when",
        "which",
        "who",
        "how",
        "where",
        "is it",
        "was it",
        "should i",
        "should we",
    ];
    let told = sentences(text);
    let mut asks = false;
    for sentence in &told {
        // In front of a question stands what it is about.
        let (about, question) = match sentence.is_question() {
            true => sentence
                .text
                .rsplit_once(',')
                .unwrap_or(("", sentence.text)),
            false => (sentence.text, ""),
        };
        if has(&COMPLAINT, about) || has(&AFTER_A_CAUSE, question) || fails(&sentence.words()) {
            return false;
        }
        let begins = question.trim_start().to_lowercase();
        let for_a_reason = REASONS.iter().any(|word| begins.starts_with(word));
        asks |= !begins.is_empty() && !for_a_reason;
    }
    asks && has(&OCCASION, text)
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
            "mongo patch window was 3:00-3:20 tonight. did all come back to normal?",
            "broker 2 got new disks overnight. is the cluster whole again or do i have to reassign something?",
            "the rabbits got 3.13 this morning one after another. did everything catch up again?",
            "16.8 -> 16.9 went in last night on pg-lib. anything i need to look at before people come in?",
            "rotated the db password 13:50. some red lines in the log, can you check nobody still uses the old one?",
            "rolled out 2.1.4 an hour ago, can you double check that everything is fine before i go to lunch",
            "is the cluster all right?",
            "presale opens at 10. do you see anything that speaks against it?",
            "do these metrics show a problem?",
            "Since the upgrade all looks quiet. Everything ok?",
            "please check the export service, is there an error?",
            "4.2 of search went out at nine, probes failed and pods were killed. roll back or ok?",
            "errors around 14:30. must we fix something now or is it fine again?",
            "sale was at 10. 34 pods then, 6 now, lots killed. ok or did we lose pods?",
            "4.4.0 is out since 12:40, pg complained about resets. are we good?",
            "it logged a burst of READONLY at 10. do we have to do something?",
            "weekly check: 27 restarts and OOMKilled as last state. do we need to act?",
            "rolled out 11.0.7 at 10. I see a few 502 and 404s, roll back?",
            "ops patched kafka last night, consumers logged tons of warnings. all good after or do we have to do sth",
            "14.0.0 is out since lunch. some Unhealthy events there, is everything ok after the deploy or roll back",
            "is loan-portal ok after the 6.3 release? events are full of warnings",
            "ingest shows 7 restarts and OOMKilled. do we have a leak right now?",
        ] {
            assert_eq!(asks_whether_well(text), Some(Well::Now), "{text}");
        }
    }

    #[test]
    fn what_ran_is_asked_about_as_a_whole() {
        for text in [
            "did the nightly load go through? I saw retries and a warning",
            "did the migration work?",
            "is everything ok, has the backup finished?",
        ] {
            assert_eq!(asks_whether_well(text), Some(Well::Run), "{text}");
        }
    }

    #[test]
    fn complaints_and_other_questions_do_not_ask_whether_all_is_well() {
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
            "we upgraded checkout to 0.10.3 at two, one in three payments fails. bug in there?",
            "tracking 4.19 is out since noon and doesn't come up. quota?",
            "mongo was updated today, the cart is dead. should I go back?",
            "switchover went fine, but claims throws 500s on every write since. reports is OK??",
            "catalog hung for nine minutes after the deploy and fixed itself, basket release maybe?",
            "is it the new release?",
            "should I scale the deployment to 5?",
            "can you list the pods of the deployment?",
            "when was the last release deployed?",
            "does the release use more memory?",
        ] {
            assert_eq!(asks_whether_well(text), None, "{text}");
        }
    }
}
