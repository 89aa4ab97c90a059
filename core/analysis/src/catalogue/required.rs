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
            literals: needed(&hir)?.into_iter().collect(),
            is_plain: !pattern.contains("(?") && is_plain(&hir),
        })
    }
}

/// Returns literals of which every match contains at least one, ignoring case.
pub(super) fn required_literals(pattern: &str) -> Option<Vec<String>> {
    Required::of(pattern).map(|it| it.literals)
}

/// Parses an expression; what its classes hold does not matter, so bytes do where they can.
fn parsed(pattern: &str) -> Option<Hir> {
    let mut bytes = ParserBuilder::new();
    let hir = bytes.unicode(false).utf8(false).build().parse(pattern);
    hir.or_else(|_| regex_syntax::parse(pattern)).ok()
}

/// Returns whether an expression is one or several literals and nothing else.
fn is_plain(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Literal(_) => true,
        HirKind::Capture(capture) => is_plain(&capture.sub),
        HirKind::Alternation(branches) => branches.iter().all(is_plain),
        _ => false,
    }
}

type Texts = BTreeSet<String>;

/// Returns the rarest texts of which every match holds one, each long enough to be looked for.
fn needed(hir: &Hir) -> Option<Texts> {
    let spelled = spelled(hir).and_then(usable);
    let inner = match hir.kind() {
        HirKind::Capture(capture) => needed(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => needed(&repetition.sub),
        HirKind::Concat(parts) => rarest(needed_of_sequence(parts)),
        HirKind::Alternation(branches) => {
            let all: Option<Vec<Texts>> = branches.iter().map(needed).collect();
            all.and_then(|sets| usable(sets.into_iter().flatten().collect()))
        }
        _ => None,
    };
    rarest(spelled.into_iter().chain(inner))
}

/// Returns what a sequence needs: each run of parts that spell a few texts, and each part alone.
fn needed_of_sequence(parts: &[Hir]) -> Vec<Texts> {
    let mut found: Vec<Texts> = parts.iter().filter_map(needed).collect();
    let mut run = nothing();
    for part in parts {
        let (joined, next) = match (spelled(part), repeated(part)) {
            (Some(texts), _) => match join(&run, &texts) {
                Some(longer) => {
                    run = longer;
                    continue;
                }
                None => (run, texts),
            },
            // What is repeated ends a run and begins the next.
            (None, Some(texts)) => (join(&run, &texts).unwrap_or(run), texts),
            (None, None) => (run, nothing()),
        };
        found.extend(usable(joined));
        run = next;
    }
    found.extend(usable(run));
    found
}

fn rarest(sets: impl IntoIterator<Item = Texts>) -> Option<Texts> {
    let share_of = |set: &Texts| set.iter().map(|it| share(it)).sum::<f64>();
    let rated = sets.into_iter().map(|set| (share_of(&set), set));
    let rarest = rated.min_by(|(a, _), (b, _)| a.total_cmp(b));
    rarest.map(|(_, set)| set)
}

/// Returns the texts without those that hold another of them, if all that are left are long enough.
fn usable(texts: Texts) -> Option<Texts> {
    let holds_another = |text: &String| {
        texts
            .iter()
            .any(|it| it != text && text.contains(it.as_str()))
    };
    let left: Texts = texts
        .iter()
        .filter(|it| !holds_another(it))
        .cloned()
        .collect();
    let all_long = left.iter().all(|it| it.len() >= LITERAL_MIN);
    (all_long && !left.is_empty()).then_some(left)
}

/// Returns all texts that match, in small letters, when they are few.
fn spelled(hir: &Hir) -> Option<Texts> {
    let texts = match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => nothing(),
        HirKind::Literal(literal) => {
            Texts::from([std::str::from_utf8(&literal.0).ok()?.to_ascii_lowercase()])
        }
        HirKind::Class(class) => letters(class)?,
        HirKind::Capture(capture) => spelled(&capture.sub)?,
        HirKind::Repetition(repetition) => spelled_repeated(repetition)?,
        HirKind::Concat(parts) => {
            let spelled = parts.iter().map(spelled);
            spelled
                .into_iter()
                .try_fold(nothing(), |run, texts| join(&run, &texts?))?
        }
        HirKind::Alternation(branches) => {
            let all: Option<Vec<Texts>> = branches.iter().map(spelled).collect();
            all?.into_iter().flatten().collect()
        }
    };
    (texts.len() <= SPELLED_MAX).then_some(texts)
}

/// Returns what a repetition spells of which the count is fixed, or that may be left out.
fn spelled_repeated(repetition: &Repetition) -> Option<Texts> {
    let once = spelled(&repetition.sub)?;
    match (repetition.min, repetition.max) {
        (0, Some(1)) => Some(once.into_iter().chain([String::new()]).collect()),
        (min, Some(max)) if min == max && max <= LETTERS_MAX => {
            (0..min).try_fold(nothing(), |run, _| join(&run, &once))
        }
        _ => None,
    }
}

/// Returns what stands at both ends of a part that is repeated at least once.
fn repeated(part: &Hir) -> Option<Texts> {
    match part.kind() {
        HirKind::Repetition(repetition) if repetition.min > 0 => spelled(&repetition.sub),
        HirKind::Capture(capture) => repeated(&capture.sub),
        _ => None,
    }
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
        for pattern in ["full .* now", "full|no space?", r"\bfull", "(?-i)FULL"] {
            assert!(!is_plain(pattern), "{pattern}");
        }
    }
}
