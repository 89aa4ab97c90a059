//! Words that name a candidate when a person suspects it.

const SHORTEST: usize = 3;
const MOST: usize = 24;

const FILLERS: [&str; 44] = [
    "the", "and", "for", "with", "from", "into", "that", "this", "than", "then", "are", "was",
    "has", "have", "not", "its", "too", "can", "may", "does", "did", "been", "being", "more",
    "less", "which", "while", "when", "where", "because", "under", "over", "per", "all", "any",
    "one", "two", "out", "off", "load", "after", "before", "longer", "than",
];

/// What people call things that the catalogue calls otherwise.
const OTHER_WORDS: [(&str, &[&str]); 12] = [
    ("resolution", &["dns", "resolver", "hostname", "nslookup"]),
    ("resolve", &["dns", "resolver", "hostname"]),
    ("dns", &["resolver", "resolution", "nameserver"]),
    ("memory", &["oom", "heap", "ram"]),
    ("oom", &["memory", "heap"]),
    ("certificate", &["tls", "ssl", "cert"]),
    ("tls", &["ssl", "certificate", "cert"]),
    ("disk", &["filesystem", "volume", "storage"]),
    ("database", &["db", "postgres", "mysql", "sql"]),
    ("leak", &["leaking", "leaked"]),
    ("traffic", &["surge", "spike", "load"]),
    ("credentials", &["password", "login"]),
];

/// Returns the telling words of `texts`, each once, in order of appearance.
pub(super) fn keywords(texts: &[&str]) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for text in texts {
        for word in text.split(|character: char| !character.is_alphanumeric()) {
            let word = word.to_lowercase();
            if word.chars().count() >= SHORTEST && !FILLERS.contains(&word.as_str()) {
                add_with_other_words(&mut words, word);
            }
        }
    }
    words.truncate(MOST);
    words
}

fn add_with_other_words(words: &mut Vec<String>, word: String) {
    let others = OTHER_WORDS.iter().find(|(known, _)| *known == word);
    let others = others.map_or(&[][..], |(_, others)| others);
    let others = others.iter().map(|other| (*other).to_owned());
    for new in std::iter::once(word).chain(others) {
        if !words.contains(&new) {
            words.push(new);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_who_says_dns_means_name_resolution() {
        let words = keywords(&["name_resolution", "The host name cannot be resolved"]);
        assert!(words.contains(&"dns".to_owned()));
        assert!(words.contains(&"resolution".to_owned()));
    }

    #[test]
    fn fillers_and_repetitions_are_left_out() {
        assert_eq!(
            keywords(&["the pool and the pool", "too low"]),
            ["pool", "low"]
        );
    }
}
