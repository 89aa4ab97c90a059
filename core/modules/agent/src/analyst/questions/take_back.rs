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
const WRONG: [&str; 10] = [
    "wrong file",
    "wrong log",
    "wrong upload",
    "wrong attachment",
    "wrong paste",
    "wrong diff",
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
const LEADS: [&str; 10] = [
    "please", "can", "could", "you", "sorry", "ok", "oh", "just", "i", "want",
];

/// Returns whether a sentence wants a file taken out of the case.
pub(crate) fn is_taken_back(text: &str) -> bool {
    let flat = flattened(text);
    let has = |phrases: &[&str]| phrases.iter().any(|phrase| has_phrase(&flat, phrase));
    let names_file = has(&FILES) || flat.split(' ').any(is_file_name);
    has(&WRONG) || names_file && (has(&BELONGS) || begins_with_verb(&flat))
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

fn begins_with_verb(flat: &str) -> bool {
    let mut rest = flat;
    while let Some((first, tail)) = rest.split_once(' ')
        && LEADS.contains(&first)
    {
        rest = tail;
    }
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
            "ignore the warnings",
            "the config file is missing",
            "remove the pool limit",
        ] {
            assert!(!is_taken_back(text), "{text}");
        }
    }
}
