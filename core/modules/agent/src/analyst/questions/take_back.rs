//! The wish that a file of the case had not come in.

use super::super::words::{flattened, has_phrase};

const VERBS: [&str; 13] = [
    "ignore",
    "remove",
    "delete",
    "drop",
    "discard",
    "forget",
    "exclude",
    "disregard",
    "withdraw",
    "take out",
    "throw away",
    "take back",
    "leave out",
];
/// With what a sentence about an upload begins; elsewhere the file may be one that somebody deployed.
const WRONG: [&str; 6] = [
    "wrong file",
    "wrong log",
    "wrong upload",
    "wrong attachment",
    "wrong paste",
    "wrong diff",
];
const MISTAKEN: [&str; 4] = [
    "not the right file",
    "file by mistake",
    "uploaded by mistake",
    "that file is wrong",
];
const BELONGS: [&str; 5] = [
    "belongs to another",
    "belongs to a different",
    "is from another incident",
    "is from another case",
    "is of another incident",
];
const FILES: [&str; 7] = [
    "file",
    "files",
    "upload",
    "attachment",
    "paste",
    "screenshot",
    "document",
];
/// Words before the verb.
const LEADS: [&str; 23] = [
    "please", "can", "could", "you", "sorry", "ok", "oh", "just", "i", "want", "that", "this",
    "it", "is", "was", "the", "a", "have", "uploaded", "sent", "attached", "pasted", "gave",
];

/// Returns whether a sentence wants a file taken out of the case.
pub(crate) fn is_taken_back(text: &str) -> bool {
    let flat = flattened(text);
    let has = |phrases: &[&str]| phrases.iter().any(|phrase| has_phrase(&flat, phrase));
    let names_file = has(&FILES) || flat.split(' ').any(is_file_name);
    let rest = without_leads(&flat);
    let is_wrong = WRONG.iter().any(|it| rest.starts_with(it)) || has(&MISTAKEN);
    is_wrong || names_file && (has(&BELONGS) || begins_with_verb(rest))
}

/// Returns whether a word has the form of a file's name.
pub(crate) fn is_file_name(word: &str) -> bool {
    let Some((stem, ending)) = word.rsplit_once('.') else {
        return false;
    };
    let is_ending = (1..=5).contains(&ending.len())
        && ending.chars().all(|it| it.is_ascii_alphanumeric())
        && ending.starts_with(|it: char| it.is_ascii_alphabetic());
    !stem.is_empty() && is_ending && !stem.contains("//")
}

fn without_leads(flat: &str) -> &str {
    let mut rest = flat;
    while let Some((first, tail)) = rest.split_once(' ')
        && LEADS.contains(&first)
    {
        rest = tail;
    }
    rest
}

fn begins_with_verb(rest: &str) -> bool {
    let begins = |verb: &str| {
        rest.strip_prefix(verb)
            .is_some_and(|it| it.starts_with(' '))
    };
    VERBS.iter().any(|verb| begins(verb))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_wished_away_in_many_words() {
        for text in [
            "wrong file sorry",
            "ignore deploy.diff, it belongs to another incident",
            "remove the file deploy.diff from the case",
            "please delete app.log",
            "sorry, that was the wrong log",
        ] {
            assert!(is_taken_back(text), "{text}");
        }
        for text in [
            "we deleted the file app.log at 14:00",
            "we deployed the wrong file at 14:00",
            "nginx serves the wrong file",
            "ignore the warnings",
            "the config file is missing",
            "remove the pool limit",
        ] {
            assert!(!is_taken_back(text), "{text}");
        }
    }
}
