//! Which action the user means who says what was done.

use std::collections::BTreeSet;

use faultmaven_proto::case::v1::{Action, ActionKind, Investigation};

use super::observations::{DONE, clauses, is_done};
use super::outcome::open_actions;
use super::statement::{clipped, one_line};
use super::symptoms;
use super::words::{Word, content_stems, flattened, has_phrase, is_negated, words};

const TITLE_MAX: usize = 200;
/// Words that point at what was proposed, or say when, and name nothing.
const POINTING: &str = "back fix fixes change changes suggestion suggestions proposal proposed suggested recommended \
     advice solution workaround step steps command commands thing works work minute minutes hour hours second \
     seconds ago morning yesterday tonight pm";
const RESTARTS: [&str; 2] = ["restarted", "rebooted"];
const REVERTS: [&str; 5] = [
    "reverted",
    "rolled back",
    "undid",
    "set back",
    "put it back",
];

/// Verbs that tell a fix where the trouble is said to be over, and a change where it is not.
const REMEDIES: [&str; 39] = [
    "set",
    "limited",
    "capped",
    "bumped",
    "reduced",
    "pinned",
    "added",
    "removed",
    "changed",
    "upgraded",
    "downgraded",
    "updated",
    "deployed",
    "released",
    "rolled",
    "switched",
    "disabled",
    "enabled",
    "turned",
    "moved",
    "migrated",
    "rotated",
    "throttled",
    "blocked",
    "drained",
    "cordoned",
    "tuned",
    "adjusted",
    "corrected",
    "doubled",
    "halved",
    "expanded",
    "resized",
    "rebuilt",
    "reset",
    "cleaned",
    "recreated",
    "reinstalled",
    "repaired",
];
/// Words before the verb of a deed.
const VERB_WITHIN: usize = 5;

/// Returns whether a sentence tells a deed that would be the fix of trouble that is over.
pub(super) fn is_remedy(words: &[Word<'_>]) -> bool {
    let mut start = words.iter().take(VERB_WITHIN).enumerate();
    start.any(|(at, word)| {
        let sets = word.lower != "set" || words[at..].iter().any(|it| it.lower == "to");
        REMEDIES.contains(&word.lower.as_str()) && sets && !is_negated(words, at)
    })
}

/// Returns whether a sentence tells such a deed and no trouble.
pub(super) fn is_clean_remedy(sentence: &str) -> bool {
    let all = words(sentence);
    is_remedy(&all) && symptoms::find(&all).is_none()
}

/// Something the user has carried out.
pub(super) struct Deed {
    /// The clauses that tell it, in lower case and without punctuation.
    flat: String,
    title: String,
    /// Stems of the words that say what it was done to.
    subject: BTreeSet<String>,
}

impl Deed {
    /// Returns what a sentence says was done.
    pub(super) fn of(sentence: &str) -> Self {
        let tells = |clause: &&str| {
            let all = words(clause);
            is_done(&flattened(clause), &all) || is_remedy(&all) && symptoms::find(&all).is_none()
        };
        let told: Vec<&str> = clauses(sentence).filter(tells).map(str::trim).collect();
        let told = if told.is_empty() {
            vec![sentence]
        } else {
            told
        };
        let all = told.join(" ");
        let is_subject = |word: &&str| !word.contains(':') && !REMEDIES.contains(word);
        let without_times: Vec<&str> = all.split(' ').filter(is_subject).collect();
        let mut subject = content_stems(&without_times.join(" "));
        for named_nothing in [POINTING, &DONE.join(" ")] {
            for stem in content_stems(named_nothing) {
                subject.remove(&stem);
            }
        }
        subject.retain(|stem| !stem.bytes().all(|byte| byte.is_ascii_digit()));
        Self {
            flat: flattened(&all),
            title: title(told[0]),
            subject,
        }
    }

    /// Returns the action on the table that is meant; solutions come before other actions.
    pub(super) fn action<'a>(&self, investigation: &'a Investigation) -> Option<&'a Action> {
        open_actions(investigation).find(|action| self.fits(action))
    }

    /// Returns the deed as the title of an action.
    pub(super) fn title(&self) -> String {
        clipped(&self.title, TITLE_MAX)
    }

    /// Words that name something mean what is about it; words that name nothing mean what is on the
    /// table, unless they say that something else was done.
    fn fits(&self, action: &Action) -> bool {
        let mut text = format!("{} {}", action.title, action.body);
        for command in &action.commands {
            text.push(' ');
            text.push_str(&command.command);
        }
        if !self.subject.is_empty() {
            return !self.subject.is_disjoint(&content_stems(&text));
        }
        let flat = flattened(&text);
        let speaks_of = |words: &[&str]| words.iter().any(|word| flat.contains(word));
        let kind = action.kind();
        if matches!(kind, ActionKind::Unspecified | ActionKind::Other) {
            return true;
        }
        let restarts = kind == ActionKind::Restart || speaks_of(&["restart", "reboot"]);
        let reverts = kind == ActionKind::Rollback
            || speaks_of(&["set back", " back to ", "roll", "revert", "undo", "restore"]);
        (restarts || !self.is_one_of(&RESTARTS)) && (reverts || !self.is_one_of(&REVERTS))
    }

    /// Returns whether the deed is one of these verbs and nothing else.
    fn is_one_of(&self, verbs: &[&str]) -> bool {
        let is_said = |verb: &&str| has_phrase(&self.flat, verb);
        let mut others = DONE.iter().filter(|it| !verbs.contains(it));
        verbs.iter().any(is_said) && !others.any(is_said)
    }
}

/// Returns "Rolled back to 5.1.9" for "we have rolled back to 5.1.9".
fn title(clause: &str) -> String {
    const LEADING: [&str; 9] = ["i", "we", "have", "just", "then", "also", "so", "ok", "now"];
    let line = one_line(clause);
    let mut rest = line.trim();
    while let Some((first, after)) = rest.split_once(' ')
        && LEADING.contains(&first.to_lowercase().trim_end_matches(','))
    {
        rest = after.trim_start();
    }
    let mut letters = rest.trim_end_matches('.').chars();
    let Some(first) = letters.next() else {
        return line;
    };
    first.to_uppercase().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn action(kind: ActionKind, title: &str) -> Action {
        Action {
            kind: kind.into(),
            title: title.to_owned(),
            ..Default::default()
        }
    }

    #[test]
    fn words_about_something_else_mean_no_action_on_the_table() {
        let limit = action(
            ActionKind::ConfigChange,
            "Raise the limit or stop the growth",
        );
        let restarted = action(ActionKind::Other, "Restarted postgres");
        for (said, meant, about) in [
            ("restarted, still broken", false, &limit),
            ("rebooted the node", false, &limit),
            (
                "we raised the memory limit to 1Gi, pods are stable now",
                true,
                &limit,
            ),
            ("applied it at 15:08", true, &limit),
            ("we applied the fix, works again", true, &limit),
            ("did that 10 minutes ago", true, &limit),
            (
                "we fixed the archive command credentials",
                false,
                &restarted,
            ),
            ("restarted postgres once more", true, &restarted),
        ] {
            assert_eq!(Deed::of(said).fits(about), meant, "{said}");
        }
    }

    #[test]
    fn what_is_set_back_is_what_the_action_sets_back() {
        let back = Action {
            body: "Set hikari.maximum-pool-size back to 50.".to_owned(),
            ..action(ActionKind::ConfigChange, "Raise the pool size")
        };
        let said = Deed::of("Set it back to 50 and restarted at 15:08; new data attached");
        assert!(said.fits(&back));
        assert!(Deed::of("reverted it").fits(&back));
    }

    #[test]
    fn a_title_is_the_deed_alone() {
        for (said, title) in [
            (
                "we rolled back to 5.1.9, no more errors",
                "Rolled back to 5.1.9",
            ),
            ("restarted postgres, still broken", "Restarted postgres"),
            (
                "we limited the cache to 20000 entries, the pod does not restart any more",
                "Limited the cache to 20000 entries",
            ),
            ("I have just restarted the pods", "Restarted the pods"),
        ] {
            assert_eq!(Deed::of(said).title(), title);
        }
    }
}
