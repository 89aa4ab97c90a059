//! What every match of an expression must contain.
//!
//! The parts of a sequence that spell a few texts are joined, so that `token (missing|invalid)` needs
//! one of two long literals; of all that a match needs, what stands least often in logs is taken.

use std::collections::BTreeSet;

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind, Repetition};

use super::literals::LITERAL_MIN;
use super::rarity::share;

/// Texts that joined parts spell at most.
const SPELLED_MAX: usize = 32;
/// Letters of a class that are spelled out.
const LETTERS_MAX: u32 = 4;
/// How often a part may be repeated that is spelled out.
const TIMES_MAX: u32 = 4;

/// What a match of an expression must contain.
pub(super) struct Required {
    /// Of these at least one, ignoring case.
    pub(super) literals: Vec<String>,
    /// Whether each of them is all of a match.
    pub(super) is_plain: bool,
}

impl Required {
    /// Reads it off an expression, unless it needs no literal that is long enough.
    pub(super) fn of(pattern: &str) -> Option<Self> {
        let hir = parsed(pattern)?;
        Some(Self {
            literals: Told::of(&hir).needed?.into_iter().collect(),
            is_plain: !pattern.contains("(?") && is_plain(&hir),
        })
    }
}

/// Returns literals of which every match contains at least one, ignoring case.
pub(super) fn required_literals(pattern: &str) -> Option<Vec<String>> {
    Required::of(pattern).map(|it| it.literals)
}

/// Parses an expression; what its classes hold does not matter, so bytes do unless letters are written
/// by their number or beyond ASCII.
fn parsed(pattern: &str) -> Option<Hir> {
    let mut bytes = ParserBuilder::new();
    let mut bytes = bytes.unicode(false).utf8(false).build();
    let has_letters = [r"\x", r"\u", r"\U"].iter().any(|it| pattern.contains(it));
    let as_bytes = pattern.is_ascii() && !has_letters;
    let hir = as_bytes.then(|| bytes.parse(pattern).ok()).flatten();
    hir.or_else(|| regex_syntax::parse(pattern).ok())
}

/// Returns whether a letter has another form that only a full table of letters tells.
fn folds(letter: char) -> bool {
    !letter.is_ascii() && (letter.is_lowercase() || letter.is_uppercase())
}

/// Returns whether an expression is one or several literals and nothing else.
fn is_plain(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Literal(literal) => {
            std::str::from_utf8(&literal.0).is_ok_and(|it| !it.contains(folds))
        }
        HirKind::Capture(capture) => is_plain(&capture.sub),
        HirKind::Alternation(branches) => branches.iter().all(is_plain),
        _ => false,
    }
}

type Texts = BTreeSet<String>;

/// What a part of an expression says of its matches.
#[derive(Default)]
struct Told {
    /// All of them, in small letters, when they are few.
    spelled: Option<Texts>,
    /// What stands at both of their ends, when it is repeated at least once.
    repeated: Option<Texts>,
    /// The rarest texts of which each holds one, long enough to be looked for.
    needed: Option<Texts>,
}

impl Told {
    fn of(hir: &Hir) -> Self {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => Self::spelling(Some(nothing())),
            HirKind::Literal(literal) => {
                std::str::from_utf8(&literal.0).map_or_else(|_| Self::default(), Self::of_literal)
            }
            HirKind::Class(class) => Self::spelling(letters(class)),
            HirKind::Capture(capture) => Self::of(&capture.sub),
            HirKind::Repetition(repetition) => Self::of_repetition(repetition),
            HirKind::Concat(parts) => {
                Self::of_sequence(&parts.iter().map(Self::of).collect::<Vec<_>>())
            }
            HirKind::Alternation(branches) => {
                Self::of_branches(branches.iter().map(Self::of).collect())
            }
        }
    }

    fn spelling(spelled: Option<Texts>) -> Self {
        let spelled = spelled.filter(|it| it.len() <= SPELLED_MAX);
        Self {
            needed: spelled.as_ref().and_then(usable),
            spelled,
            repeated: None,
        }
    }

    /// Breaks a text where a letter may stand in another form.
    fn of_literal(text: &str) -> Self {
        let mut pieces = text
            .split(folds)
            .map(|it| Texts::from([it.to_ascii_lowercase()]));
        if !text.contains(folds) {
            return Self::spelling(pieces.next());
        }
        Self {
            needed: rarest(pieces.filter_map(|it| usable(&it))),
            ..Self::default()
        }
    }

    fn of_repetition(repetition: &Repetition) -> Self {
        let once = Self::of(&repetition.sub);
        let spelled = once
            .spelled
            .as_ref()
            .and_then(|it| match (repetition.min, repetition.max) {
                (0, Some(1)) => Some(it.iter().cloned().chain([String::new()]).collect()),
                (min, Some(max)) if min == max && max <= TIMES_MAX => {
                    (0..min).try_fold(nothing(), |run, _| join(&run, it))
                }
                _ => None,
            });
        let once = if repetition.min > 0 {
            once
        } else {
            Self::default()
        };
        let whole = Self::spelling(spelled);
        Self {
            needed: rarest(whole.needed.into_iter().chain(once.needed)),
            spelled: whole.spelled,
            repeated: once.spelled,
        }
    }

    /// Joins the parts of a sequence in runs of those that spell a few texts.
    fn of_sequence(parts: &[Self]) -> Self {
        let mut found: Vec<Texts> = parts.iter().filter_map(|it| it.needed.clone()).collect();
        let mut run = nothing();
        for part in parts {
            let (ended, next) = match (&part.spelled, &part.repeated) {
                (Some(texts), _) => match join(&run, texts) {
                    Some(longer) => {
                        run = longer;
                        continue;
                    }
                    None => (run, texts.clone()),
                },
                // What is repeated ends a run and begins the next.
                (None, Some(texts)) => (join(&run, texts).unwrap_or(run), texts.clone()),
                (None, None) => (run, nothing()),
            };
            found.extend(usable(&ended));
            run = next;
        }
        found.extend(usable(&run));
        let all = parts
            .iter()
            .try_fold(nothing(), |run, part| join(&run, part.spelled.as_ref()?));
        Self {
            spelled: all,
            repeated: None,
            needed: rarest(found),
        }
    }

    fn of_branches(branches: Vec<Self>) -> Self {
        let spelled: Option<Vec<Texts>> = branches.iter().map(|it| it.spelled.clone()).collect();
        let whole = Self::spelling(spelled.map(|sets| sets.into_iter().flatten().collect()));
        let needed: Option<Vec<Texts>> = branches.into_iter().map(|it| it.needed).collect();
        let needed = needed.and_then(|sets| usable(&sets.into_iter().flatten().collect()));
        Self {
            needed: rarest(whole.needed.into_iter().chain(needed)),
            ..Self::spelling(whole.spelled)
        }
    }
}

fn rarest(sets: impl IntoIterator<Item = Texts>) -> Option<Texts> {
    let share_of = |set: &Texts| set.iter().map(|it| share(it)).sum::<f64>();
    let rated = sets.into_iter().map(|set| (share_of(&set), set));
    let rarest = rated.min_by(|(a, _), (b, _)| a.total_cmp(b));
    rarest.map(|(_, set)| set)
}

/// Returns the texts without those that hold another of them, if all that are left are long enough.
fn usable(texts: &Texts) -> Option<Texts> {
    if texts.is_empty() || texts.iter().any(|it| it.len() < LITERAL_MIN) {
        return None;
    }
    let holds_another = |text: &&String| {
        texts
            .iter()
            .any(|it| it.len() < text.len() && text.contains(it.as_str()))
    };
    let left = texts.iter().filter(|it| !holds_another(it));
    Some(left.cloned().collect())
}

fn letters(class: &Class) -> Option<Texts> {
    let ranges: Vec<(u32, u32)> = match class {
        Class::Unicode(class) => {
            let ranges = class.ranges().iter();
            ranges
                .map(|it| (it.start().into(), it.end().into()))
                .collect()
        }
        Class::Bytes(class) => {
            let ranges = class.ranges().iter();
            ranges
                .map(|it| (it.start().into(), it.end().into()))
                .collect()
        }
    };
    let count = ranges
        .iter()
        .map(|(start, end)| end - start + 1)
        .sum::<u32>();
    let all = ranges.into_iter().flat_map(|(start, end)| start..=end);
    let letters = all.map(|it| char::from_u32(it).filter(char::is_ascii));
    let few = (count <= LETTERS_MAX).then(|| letters.collect::<Option<Vec<char>>>());
    let small = |it: &char| it.to_ascii_lowercase().to_string();
    few.flatten()
        .map(|letters| letters.iter().map(small).collect())
}

/// Returns each text of one set before each of another.
fn join(before: &Texts, after: &Texts) -> Option<Texts> {
    let fits = before.len() * after.len() <= SPELLED_MAX;
    let joined = before
        .iter()
        .flat_map(|a| after.iter().map(move |b| format!("{a}{b}")));
    fits.then(|| joined.collect())
}

fn nothing() -> Texts {
    Texts::from([String::new()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rarest_literals_are_required() {
        for (pattern, literals) in [
            (r"pool \d+ - not available", &[" - not available"][..]),
            (r"(no space|disk quota) \w+", &["disk quota ", "no space "]),
            (
                "token (missing|invalid)",
                &["token invalid", "token missing"],
            ),
            ("(fatal|failed): .*deadlock", &["deadlock"]),
            (
                "Failed password for (invalid user )?\\S+",
                &["failed password for "],
            ),
            ("^Tests: +[1-9]\\d* failed", &["tests: "]),
            ("[Ff]ull gc{2}", &["full gcc"]),
            (r"\bINVALID\b", &["invalid"]),
            ("Übertragung der Datei", &["bertragung der datei"]),
            (r"na\u{ef}ve retry", &["ve retry"]),
            ("磁盘空间不足", &["磁盘空间不足"]),
        ] {
            assert_eq!(
                required_literals(pattern).unwrap_or_default(),
                literals,
                "{pattern}"
            );
        }
        assert_eq!(required_literals(r"\d+"), None);
        assert_eq!(required_literals("abc|defg"), None);
    }

    #[test]
    fn a_pattern_of_literals_alone_needs_no_expression() {
        let is_plain = |pattern| Required::of(pattern).is_some_and(|it| it.is_plain);
        assert!(is_plain("disk is full") && is_plain("(no space|disk quota)"));
        assert!(is_plain("磁盘空间不足"));
        for pattern in [
            "full .* now",
            "full|no space?",
            r"\bfull",
            "(?-i)FULL",
            "Über full",
        ] {
            assert!(!is_plain(pattern), "{pattern}");
        }
    }
}
