//! Direct answers: to questions about data, to suspicions, from the knowledge base.

use faultmaven_proto::evidence::v1::{Candidate, Finding, Severity};

use super::cite::Cited;
use super::compose::{Composed, Told};
use super::text::{clock, counted, inert, listed, plain};
use super::{
    abilities, against, at_time, compare, counts, data, ending, exceptions, extent, objected,
    overview, remedy, short, standing, suspected, take_back,
};
use crate::analyst::candidates::{conditions, supports};
use crate::analyst::questions::Question;
use crate::analyst::words::{content_stems, flattened, has_phrase};
use crate::convert::moment;
use crate::fast_path::Route;
use crate::lookup::{Lookup, unknown_file};

const SHOWN: usize = 5;
const MEANT_SHOWN: usize = 2;
const PASSAGES_SHOWN: usize = 3;
const FILES_NAMED: usize = 8;

/// Answers what was asked; returns whether anything was.
pub(crate) fn direct(answer: &mut Composed, told: &Told<'_>) -> bool {
    let said_before = answer.paragraphs.len();
    if let Some(question) = &told.analysis.reading.question {
        data_question(answer, told, question);
    }
    if let Some(suspected) = &told.analysis.suspected {
        suspected::answer(answer, told, suspected);
    }
    objected::answer(answer, told);
    ending::answer(answer, told);
    if let Some(request) = &told.analysis.out_of_reach {
        answer.say(format!(
            "Understood: “{}” cannot be had; I will not ask for it again.",
            plain(request, 240)
        ));
    }
    knowledge(answer, told);
    let is_unanswered = answer.paragraphs.len() == said_before;
    let brings_data = !told.situation.new_files.is_empty();
    if is_unanswered && !brings_data && told.analysis.reading.only_unclear() {
        abilities::not_understood(answer, told);
    }
    answer.paragraphs.len() > said_before
}

fn data_question(answer: &mut Composed, told: &Told<'_>, question: &Question) {
    if is_said_anyway(told, question) {
        return;
    }
    match question {
        Question::FirstErrors => first_errors(answer, told),
        Question::HowOften(wanted) => counts::how_often(answer, told, wanted),
        Question::Which(names) => counts::which(answer, told, names),
        Question::Logins => counts::logins(answer, told),
        Question::At { as_written, .. } => at_time::answer(answer, told, as_written),
        Question::Changes => changes(answer, told),
        Question::Against(named) => against::tell(answer, told, named),
        Question::Meaning(term) => meaning(answer, told, term),
        Question::Search(term) => searched(answer, told, term),
        Question::Lines { number } => lines(answer, told, *number),
        Question::Since => overview::since(answer, told),
        Question::Until => extent::until(answer, told),
        Question::Ongoing => extent::ongoing(answer, told),
        Question::Over => extent::over(answer, told),
        Question::Occurrences => extent::often(answer, told),
        Question::Compare => compare::compare(answer, told),
        Question::Summary => overview::summary(answer, told),
        Question::NextStep => overview::next_step(answer, told),
        Question::Cause => overview::cause(answer, told),
        Question::Fix => remedy::tell(answer, told),
        Question::Abilities => abilities::tell(answer, told),
        Question::Why => standing::why(answer, told),
        Question::For(named) => standing::weigh(answer, told, std::slice::from_ref(named)),
        Question::Weigh(names) => standing::weigh(answer, told, names),
        Question::Exceptions => exceptions::tell(answer, told),
        Question::StackTrace => exceptions::trace(answer, told),
        Question::Needs => standing::needs(answer, told),
        Question::TakeBack => take_back::tell(answer, told),
        Question::Coverage => {
            let files: Vec<_> = told.situation.assessment.files.iter().collect();
            answer.say(data::coverage(&files).unwrap_or_default());
            answer.say(data::gaps(&files).unwrap_or_default());
        }
    }
}

/// What new data may mean and what comes next is said of them whether or not it is asked for.
fn is_said_anyway(told: &Told<'_>, question: &Question) -> bool {
    let asks_for_meaning = matches!(
        question,
        Question::Summary | Question::Cause | Question::NextStep
    );
    let files: Vec<_> = told.situation.new_files.iter().collect();
    if files.is_empty() {
        return false;
    }
    // Whether anything is wrong is told by what stands out; which came first is not.
    *question == Question::FirstErrors && !wants_first(told)
        || asks_for_meaning && !data::is_healthy(told.situation, &files)
}

/// Returns whether the errors are wanted in the order in which they came.
pub(super) fn wants_first(told: &Told<'_>) -> bool {
    let flat = flattened(&told.situation.text);
    told.analysis.reading.question == Some(Question::FirstErrors)
        && ["first", "earliest"]
            .iter()
            .any(|word| has_phrase(&flat, word))
}

fn first_errors(answer: &mut Composed, told: &Told<'_>) {
    let findings = &told.situation.assessment.findings;
    let grave = |least: Severity| {
        let mut found: Vec<&Finding> = findings
            .iter()
            .filter(|finding| finding.severity() >= least && finding.kind != "onset")
            .collect();
        found.sort_by_key(|finding| {
            let seen = moment(finding.first_seen.as_ref());
            (
                seen.is_none(),
                seen,
                finding.citations.first().map(|cited| cited.line_start),
            )
        });
        found
    };
    let errors = grave(Severity::Error);
    let shown = if errors.is_empty() {
        grave(Severity::Warn)
    } else {
        errors
    };
    let mut cited = Cited::default();
    data::apart(shown.into_iter())
        .into_iter()
        .take(SHOWN)
        .for_each(|finding| cited.finding(finding, findings));
    if cited.is_empty() {
        answer.say("There are no errors in the files of this case.");
    }
    answer.cite(
        "The first errors, in the order in which they appear:",
        cited,
    );
}

fn changes(answer: &mut Composed, told: &Told<'_>) {
    let mut cited = Cited::default();
    for change in &told.situation.assessment.changes {
        if let Some(citation) = &change.citation {
            let said = plain(&change.description, 200);
            let at = moment(change.change_time.as_ref());
            let at = at.map_or_else(String::new, |at| format!(" at {}", clock(at)));
            if citation.quote.contains(&said) {
                cited.citation(&change.description, citation);
            } else {
                cited.noted(&change.description, citation, &format!("{said}{at}"));
            }
        }
    }
    let findings = &told.situation.assessment.findings;
    let new = findings
        .iter()
        .filter(|finding| finding.kind == "template_new");
    new.take(SHOWN)
        .for_each(|finding| cited.finding(finding, findings));
    if cited.is_empty() {
        answer.say(
            "The files of this case show no change. A diff, a deployment history or the configuration before and after would.",
        );
    }
    answer.cite("Changes that the files show:", cited);
    let unsearched = told.situation.unsearched.iter().take(FILES_NAMED);
    let unsearched: Vec<String> = unsearched.map(|name| inert(name, 120)).collect();
    if !unsearched.is_empty() {
        answer.say(format!(
            "Too large to be searched for changes: {}. Name what may have changed, and I will look for it.",
            listed(&unsearched)
        ));
    }
}

fn meaning(answer: &mut Composed, told: &Told<'_>, term: &str) {
    let Some(candidate) = meant(told, term) else {
        answer.say("I know no signature for it; these lines are all I can go by.");
        show_hits(answer, told, "");
        return;
    };
    answer.say(format!(
        "It may mean: {}. {} {}",
        plain(&candidate.statement, 300).trim_end_matches('.'),
        short::prose(told, &candidate.mechanism),
        short::prose(told, &candidate.does_not_prove)
    ));
    let mut cited = Cited::default();
    let shown = candidate.indications.iter().filter(|found| supports(found));
    let shown = shown.filter_map(|found| Some((found, found.citation.as_ref()?)));
    for (found, citation) in shown.take(MEANT_SHOWN) {
        cited.citation(&found.statement, citation);
    }
    answer.cite("It goes by:", cited);
    if let Some(check) = candidate.checks.first() {
        answer.say(format!(
            "What would tell more: {}",
            inert(&check.command, 300)
        ));
    }
}

/// The entry whose lines hold what was asked about, else the one that names it, else the best.
fn meant<'a>(told: &Told<'a>, term: &str) -> Option<&'a Candidate> {
    let conditions = conditions(told.situation, told.situation.relevance());
    let generic = ["error", "this", "line", "message"];
    let mut wanted = content_stems(term);
    wanted.retain(|stem| !generic.contains(&stem.as_str()));
    if wanted.is_empty() {
        return conditions.first().copied();
    }
    let candidates = &told.situation.assessment.candidates;
    let quoted = candidates.iter().find(|candidate| {
        let mut quotes = candidate.indications.iter().filter(|found| supports(found));
        quotes.any(|found| {
            let quote = found.citation.as_ref().map_or("", |cited| &cited.quote);
            wanted.is_subset(&content_stems(quote))
        })
    });
    let named = || {
        candidates
            .iter()
            .filter(|candidate| candidate.explains.is_empty())
            .find(|candidate| !wanted.is_disjoint(&content_stems(&candidate.statement)))
    };
    quoted.or_else(named)
}

fn searched(answer: &mut Composed, told: &Told<'_>, term: &str) {
    let count = told.situation.lookup.as_ref().map_or(0, Lookup::count);
    let what = inert(term, 120);
    if count == 0 {
        answer.say(format!("No line with {what} in {}.", searched_names(told)));
        return;
    }
    let lines = counted(count, "line", "lines");
    show_hits(
        answer,
        told,
        &format!("{lines} with {what}, the first of them:"),
    );
    answer.say(not_searched(told));
}

fn lines(answer: &mut Composed, told: &Told<'_>, number: i64) {
    let mut cited = Cited::default();
    let found = told
        .situation
        .lookup
        .iter()
        .flat_map(|lookup| &lookup.lines);
    found.for_each(|line| cited.citation("a line asked for", line));
    if let Some(name) = unknown_file(&told.situation.assessment.files, &told.situation.text) {
        let name = inert(name, 120);
        answer.say(format!(
            "{name} is not among the files of this case, so I cannot read its line {number}."
        ));
        show_hits(answer, told, "Lines that name it:");
        return;
    }
    if cited.is_empty() {
        answer.say(format!(
            "There is no line {number} in {}.",
            searched_names(told)
        ));
    }
    answer.cite("", cited);
}

pub(super) fn show_hits(answer: &mut Composed, told: &Told<'_>, heading: &str) {
    let mut cited = Cited::default();
    let hits = told.situation.lookup.iter().flat_map(|lookup| &lookup.hits);
    hits.take(SHOWN)
        .for_each(|hit| cited.citation("a line asked for", hit));
    answer.cite(heading, cited);
}

/// Returns the files that a question was looked up in.
pub(super) fn searched_names(told: &Told<'_>) -> String {
    match &told.situation.lookup {
        Some(lookup) if !lookup.searched.is_empty() => searched_in(lookup),
        _ => "the files of this case".to_owned(),
    }
}

/// Returns the files of a search, and how many were left out.
pub(super) fn searched_in(lookup: &Lookup) -> String {
    // Pastes of one moment have one name.
    let mut all: Vec<&str> = Vec::new();
    for (name, _) in &lookup.searched {
        if !all.contains(&name.as_str()) {
            all.push(name);
        }
    }
    let shown = all.iter().take(FILES_NAMED);
    let mut names: Vec<String> = shown.map(|name| inert(name, 120)).collect();
    let unnamed = all.len() - names.len();
    if unnamed > 0 {
        names.push(counted(unnamed as i64, "other file", "other files"));
    }
    match lookup.left_out {
        0 => listed(&names),
        left_out => {
            let older = counted(left_out as i64, "older file", "older files");
            format!("{} ({older} not searched)", listed(&names))
        }
    }
}

/// Says how many files were not searched; nothing when all were.
pub(super) fn not_searched(told: &Told<'_>) -> String {
    let lookup = told.situation.lookup.as_ref();
    match lookup.map_or(0, |lookup| lookup.left_out) {
        0 => String::new(),
        left_out => format!(
            "Not searched: {}; name one to have it searched.",
            counted(left_out as i64, "older file", "older files")
        ),
    }
}

/// Shows what the knowledge base says, with its documents.
pub(crate) fn knowledge(answer: &mut Composed, told: &Told<'_>) {
    let passages = &told.situation.passages;
    if passages.is_empty() {
        let was_asked = told.analysis.reading.asks_for_knowledge;
        // A closed case has an answer of its own.
        let is_open = *told.route != Route::Terminal;
        if was_asked && is_open && !told.situation.knowledge_failed {
            answer.say("The knowledge base holds nothing on that.");
            abilities::not_understood(answer, told);
        }
        return;
    }
    let rows: Vec<String> = passages
        .iter()
        .take(PASSAGES_SHOWN)
        .map(|passage| {
            let text = if passage.snippet.is_empty() {
                passage
                    .citation
                    .as_ref()
                    .map_or("", |citation| citation.quote.as_str())
            } else {
                &passage.snippet
            };
            format!(
                "- {}: {} [doc:{}]",
                plain(&passage.title, 160),
                inert(text, 300),
                passage.document_id
            )
        })
        .collect();
    answer.say(format!(
        "From the knowledge base (guidance, not evidence):\n{}",
        rows.join("\n")
    ));
}
