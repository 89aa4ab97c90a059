//! What the data may mean before anything is investigated.

use faultmaven_proto::case::v1::NeedState;
use faultmaven_proto::evidence::v1::{Candidate, Check, FileCitation};

use super::compose::{Composed, Told};
use super::short;
use super::text::{clock, inert, place, plain};
use crate::analyst::candidates::{causes, conditions, supports};
use crate::analyst::change_order::preceding;
use crate::analyst::fit::most_telling;
use crate::analyst::message::{message, said};
use crate::analyst::needs::command_how;
use crate::analyst::observed::is_observed;
use crate::analyst::outputs::is_printed;
use crate::analyst::subject::subject;
use crate::convert::moment;

const CAUSES_SHOWN: usize = 3;

/// Says what the data may mean, what else fits, what preceded, and the check that tells most.
pub(crate) fn first_view(answer: &mut Composed, told: &Told<'_>) {
    let conditions = conditions(told.situation, told.situation.relevance());
    let Some((lead, others)) = conditions.split_first() else {
        preceded(answer, told);
        return;
    };
    answer.say(meaning(told, lead));
    preceded(answer, told);
    possible_causes(answer, told, lead);
    let others: Vec<String> = others
        .iter()
        .map(|other| {
            let statement = plain(&other.statement, 200);
            let statement = statement.trim_end_matches('.');
            let line = line_of_its_own(told, other);
            let line = line.map_or_else(String::new, |line| format!(": “{line}”"));
            let (about, seen) = (about(told, other), where_seen(told, other));
            format!("{statement}{about}{line}{seen}")
        })
        .collect();
    if !others.is_empty() {
        answer.say(format!("It shows beside it: {}.", others.join("; ")));
    }
}

/// Returns the check that tells most about the best explanation; none whose output is there already.
pub(crate) fn first_check<'a>(told: &Told<'a>) -> Option<&'a Check> {
    let conditions = conditions(told.situation, told.situation.relevance());
    let mut checks = conditions.iter().flat_map(|known| &known.checks);
    checks.find(|check| !check.command.is_empty() && !is_answered(told, &check.command))
}

/// Returns whether a file holds what a command would print, or its output came in.
pub(super) fn is_answered(told: &Told<'_>, command: &str) -> bool {
    let how = command_how(command);
    let mut needs = told.after.needs.iter();
    told.situation.held.contains(command)
        || needs.any(|need| need.how == how && need.state() == NeedState::Fulfilled)
        || is_printed(told.after, command)
}

fn meaning(told: &Told<'_>, candidate: &Candidate) -> String {
    let parts = [
        format!(
            "This may be: {}{}{}.",
            plain(&candidate.statement, 300).trim_end_matches('.'),
            about(told, candidate),
            where_seen(told, candidate)
        ),
        words_of_its_line(told, candidate).unwrap_or_default(),
        short::prose(told, &candidate.mechanism),
        short::prose(told, &candidate.does_not_prove),
    ];
    let said = parts.into_iter().filter(|part| !part.is_empty());
    said.collect::<Vec<_>>().join(" ")
}

/// What a candidate is about, unless its statement says it.
fn about(told: &Told<'_>, candidate: &Candidate) -> String {
    let subject = subject(told.situation, candidate);
    let unsaid = subject.filter(|subject| !candidate.statement.contains(subject.as_str()));
    unsaid.map_or_else(String::new, |subject| format!(", {subject}"))
}

/// The place of the line that speaks most for a candidate.
fn where_seen(told: &Told<'_>, candidate: &Candidate) -> String {
    let cited = telling_line(told, candidate);
    cited.map_or_else(String::new, |cited| format!(" ({})", place(cited)))
}

/// What was made of the lines that speak for a candidate, such as who holds a lock.
fn shown_by(told: &Told<'_>, candidate: &Candidate) -> Option<String> {
    const MADE: &str = "connection_result";
    let supporting = candidate.indications.iter().filter(|it| supports(it));
    let mut cited = supporting.filter_map(|it| it.citation.as_ref());
    let findings = &told.situation.assessment.findings;
    cited.find_map(|cited| {
        let mut made = findings.iter().filter(|it| it.kind == MADE);
        let found = made.find(|it| it.citations.first().is_some_and(|it| it == cited))?;
        Some(plain(&found.statement, 300))
    })
}

fn telling_line<'a>(told: &Told<'_>, candidate: &'a Candidate) -> Option<&'a FileCitation> {
    most_telling(candidate, told.situation.relevance())?
        .citation
        .as_ref()
}

/// What the line itself gives as reason, where the entry says in general what such lines mean.
fn words_of_its_line(told: &Told<'_>, candidate: &Candidate) -> Option<String> {
    let line = line_of_its_own(told, candidate)?;
    Some(format!("The line says: “{line}”."))
}

/// The words of the line that speaks most for an entry; what was observed is such a line itself.
fn line_of_its_own(told: &Told<'_>, candidate: &Candidate) -> Option<String> {
    let cited = telling_line(told, candidate).filter(|_| !is_observed(candidate))?;
    line_of(cited)
}

/// The words of a line, where it holds any.
fn line_of(cited: &FileCitation) -> Option<String> {
    const WORDS_MIN: usize = 3;
    let said = said(&cited.quote);
    let said = message(&said);
    let is_word = |it: &&str| it.len() > 1 && it.bytes().all(|it| it.is_ascii_alphabetic());
    let words = said.split(|it: char| !it.is_alphanumeric()).filter(is_word);
    // Requests in the log of a server, and values, are no words.
    let is_said = words.count() >= WORDS_MIN && !said.starts_with(['"', '{']);
    let told = abridged(said).replace(['“', '”'], "'");
    is_said.then(|| plain(&told, 260))
}

/// The beginning and the end of a long message, which say what failed and why.
fn abridged(said: &str) -> String {
    const SHOWN: usize = 200;
    const BEGINNING: usize = 80;
    // What proxies tell of the request comes last.
    let said = said.split(", client: ").next().unwrap_or(said).trim();
    let length = said.chars().count();
    if length <= SHOWN {
        return said.to_owned();
    }
    let beginning: String = said.chars().take(BEGINNING).collect();
    let end: String = said.chars().skip(length + BEGINNING - SHOWN).collect();
    format!("{} … {}", beginning.trim_end(), end.trim_start())
}

fn preceded(answer: &mut Composed, told: &Told<'_>) {
    let doubt = told.analysis.doubt.as_ref();
    let stated = doubt.filter(|it| it.is_not_covered()).map(|it| it.stated);
    for change in preceding(told.situation, told.situation.relevance()) {
        let at = moment(change.change_time.as_ref());
        if stated.zip(at).is_some_and(|(stated, at)| at > stated) {
            continue;
        }
        let at = at.map_or_else(String::new, |at| format!(" at {}", clock(at)));
        let seen = change.citation.as_ref().map(place).unwrap_or_default();
        answer.say(format!(
            "A change{at} may have set it off: {} ({seen}).",
            plain(&change.description, 300).trim_end_matches('.')
        ));
    }
}

fn possible_causes(answer: &mut Composed, told: &Told<'_>, condition: &Candidate) {
    let causes: Vec<String> = causes(told.situation, condition)
        .into_iter()
        .take(CAUSES_SHOWN)
        .map(|cause| {
            let seen = where_seen(told, cause);
            let statement = plain(&cause.statement, 240);
            match shown_by(told, cause) {
                _ if seen.is_empty() => format!("- {statement}"),
                Some(shown) => format!("- {statement}: {shown}{seen}"),
                None => match line_of_its_own(told, cause) {
                    Some(line) => format!("- {statement}: “{line}”{seen}"),
                    None => format!("- {statement}; the data speak for it{seen}"),
                },
            }
        })
        .collect();
    if !causes.is_empty() {
        answer.say(format!("What may be the cause:\n{}", causes.join("\n")));
    }
    if let Some(check) = first_check(told) {
        answer.say(format!("What would tell: {}", inert(&check.command, 400)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(quote: &str) -> Option<String> {
        line_of(&FileCitation {
            quote: quote.to_owned(),
            ..Default::default()
        })
    }

    #[test]
    fn a_line_says_its_reason_in_its_own_words() {
        assert_eq!(
            told(
                "2026-03-04T10:00:00Z ERROR Can't save in background: fork: Cannot allocate memory"
            )
            .as_deref(),
            Some("Can't save in background: fork: Cannot allocate memory")
        );
        let long = format!(
            "failed to pull {} : 429 Too Many Requests",
            "x/".repeat(200)
        );
        let said = told(&long).unwrap();
        assert!(said.contains("failed to pull") && said.contains("429 Too Many Requests"));
        assert!(said.chars().count() < 260, "{said}");
        let quoting = told("login of “root” was refused” and all is well").unwrap();
        assert!(!quoting.contains(['“', '”']), "{quoting}");
    }

    #[test]
    fn values_and_requests_are_no_words() {
        for quote in [
            r#""6""#,
            r#"{"level":"fatal","password":"hunter2","one":"two three four"}"#,
            r#"10.0.0.5 - - [18/Nov/2026:19:02:43 +0000] "POST /pay HTTP/1.1" 500 12"#,
        ] {
            assert_eq!(told(quote), None, "{quote}");
        }
    }
}
