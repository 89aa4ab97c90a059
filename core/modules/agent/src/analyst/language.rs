//! Whether words are in a language that is not read here.

use super::words::{is_stop_word, words};

/// Frequent words of German, French, Spanish, Italian, Dutch and Portuguese that are none of English.
const OTHERS: [&str; 77] = [
    "der", "das", "und", "ist", "nicht", "ein", "eine", "wir", "ich", "warum", "wie", "wann",
    "wurde", "geht", "seit", "mit", "auf", "bitte", "haben", "kann", "le", "les", "est", "pas",
    "une", "nous", "pourquoi", "comment", "depuis", "avec", "dans", "sur", "que", "quoi", "quelle",
    "quel", "quand", "el", "los", "las", "por", "qué", "cómo", "cuándo", "desde", "está", "para",
    "hay", "gli", "perché", "quando", "di", "che", "sono", "het", "een", "niet", "waarom", "hoe",
    "wanneer", "sinds", "wij", "wat", "van", "voor", "bij", "não", "porque", "como", "uma", "foi",
    "pelo", "ça", "ne", "zu", "den", "dem",
];
const HITS_MIN: usize = 2;

/// Returns whether a text is written in another language than English.
pub(crate) fn is_foreign(text: &str) -> bool {
    let letters = text.chars().filter(|it| it.is_alphabetic());
    let foreign = letters.clone().filter(|it| *it > '\u{24f}').count();
    if foreign * 2 > letters.count().max(1) {
        return true;
    }
    let all = words(text);
    let others = all.iter().filter(|it| OTHERS.contains(&it.lower.as_str()));
    let english = all.iter().filter(|it| is_stop_word(&it.lower));
    let others = others.count();
    others >= HITS_MIN && others > english.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_languages_are_told_from_english() {
        for (text, expected) in [
            ("Warum ist der Dienst seit gestern nicht erreichbar?", true),
            ("pourquoi est-ce que le service est lent ?", true),
            ("¿Por qué está caído el servicio?", true),
            ("Waarom werkt het niet sinds gisteren?", true),
            ("なぜ落ちたのですか", true),
            ("why is the service down?", false),
            ("checkout answers 500 since 14:05", false),
            ("kubectl logs -n la es", false),
            ("", false),
        ] {
            assert_eq!(is_foreign(text), expected, "{text}");
        }
    }
}
