//! What of a case a model is told, what matters most first.

use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::case::v1::{EvidenceDigest, Hypothesis, Investigation, Link, MessageRole};
use faultmaven_proto::evidence::v1::{Finding, UploadedFile};
use faultmaven_proto::knowledge::v1::SearchResult;

use super::context::Section;
use super::kinds::kinds;
use crate::analyst::needs::askable;
use crate::analyst::situation::{Situation, statement_of};
use crate::analyst::statement::clipped;
use crate::convert::{data_class, evidence_kind, moment, plain_name};
use crate::lookup::Analysed;
use crate::reply::text::{clock, place, span};

/// What pictures of the turn have of the room, in percent.
pub(crate) const PICTURES_FLOOR: usize = 6;
/// The section whose cuts the user is told of.
pub(crate) const EVIDENCE: &str = "evidence of the case";
const MESSAGE_MAX: usize = 8_000;
const QUOTE_MAX: usize = 600;
const TEXT_MAX: usize = 600;
const FINDINGS_MAX: usize = 40;
const ENTITIES_MAX: usize = 30;
const VERBATIM_TURNS: i32 = 3;
const SUMMARY_TURNS: i32 = 7;

/// Returns everything a model may be told; `answer` is that of the rules. The floors, with that of
/// pictures, are together no more than all there is.
pub(crate) fn sections(
    situation: &Situation,
    after: &Investigation,
    logs: &[Analysed],
    user_text: &str,
    answer: &str,
) -> Vec<Section> {
    let section = |title, floor, cap, items| Section {
        title,
        floor,
        cap,
        items,
    };
    let said = vec![clipped(user_text, MESSAGE_MAX)];
    let files = situation.assessment.files.iter().map(file).collect();
    let before = &situation.investigation;
    let passages = situation.passages.iter().map(passage).collect();
    vec![
        section("problem statement and facts", 8, 20, statement(after)),
        section("what the user says in this turn", 14, 40, said),
        section(
            "hypotheses, needs and actions of the ledger",
            10,
            25,
            ledger(after),
        ),
        section(EVIDENCE, 12, 30, evidence(after)),
        section("files of the case", 6, 15, files),
        section("findings of the analysis", 14, 40, findings(situation)),
        section("kinds of lines of the logs", 8, 25, kinds(logs)),
        section(
            "what the rules would answer",
            8,
            20,
            vec![answer.to_owned()],
        ),
        section("journal", 2, 10, journal(after)),
        section("the last turns", 6, 25, conversation(before)),
        section("turns before, in short", 2, 10, in_short(before)),
        section("passages of the knowledge base", 2, 15, passages),
        section("hosts, services and other names", 2, 8, entities(situation)),
    ]
}

/// Returns a piece of evidence as a model sees it.
pub(crate) fn evidence_line(digest: &EvidenceDigest) -> String {
    let place = match digest.file_name.as_str() {
        "" => "the user's words".to_owned(),
        name => format!("{name} ({}), line {}", digest.file_id, digest.line_start),
    };
    let category = evidence_kind(digest.category());
    let quote = clipped(&digest.quote, QUOTE_MAX);
    let seen = moment(digest.observed_from.as_ref());
    let seen = seen.map_or_else(String::new, |at| format!(" | {}", clock(at)));
    format!(
        "[{}] {category}: {}{seen} | {place} | {quote}",
        digest.evidence_id, digest.claim
    )
}

/// Returns a finding as a model sees it.
pub(crate) fn finding_line(finding: &Finding) -> String {
    let severity = plain_name(finding.severity().as_str_name(), "SEVERITY_");
    let first = moment(finding.first_seen.as_ref());
    let times = match first.zip(moment(finding.last_seen.as_ref())) {
        Some((first, last)) => format!(" | {}", span(first, last)),
        None => String::new(),
    };
    let quoted = finding.citations.first().map(|cited| {
        let quote = clipped(&cited.quote, QUOTE_MAX);
        format!(" | {} ({}) | {quote}", place(cited), cited.file_id)
    });
    format!(
        "{} {} {severity}: {} | {} times{times}{}",
        finding.finding_id,
        finding.kind,
        finding.statement,
        finding.count,
        quoted.unwrap_or_default()
    )
}

/// Returns a passage as a model sees it.
pub(crate) fn passage(found: &SearchResult) -> String {
    let cited = found.citation.as_ref().map_or("", |it| it.quote.as_str());
    let text = if cited.is_empty() {
        &found.snippet
    } else {
        cited
    };
    format!(
        "[doc:{}] {}: {}",
        found.document_id,
        found.title,
        clipped(text, 1_500)
    )
}

fn statement(after: &Investigation) -> Vec<String> {
    let mut items = Vec::new();
    match statement_of(after) {
        "" => items.push("No problem statement yet.".to_owned()),
        text => items.push(format!("Statement: {text}")),
    }
    let facts = after.case.iter().flat_map(|case| &case.facts);
    items.extend(facts.filter(|fact| !fact.superseded).map(fact));
    items
}

fn fact(fact: &case_pb::Fact) -> String {
    let kind = plain_name(fact.kind().as_str_name(), "FACT_KIND_");
    let at = moment(fact.change_time.as_ref()).map(|at| format!(" at {}", clock(at)));
    format!("Fact {kind}: {}{}", fact.value, at.unwrap_or_default())
}

fn ledger(after: &Investigation) -> Vec<String> {
    let mut open: Vec<&Hypothesis> = after.hypotheses.iter().collect();
    open.sort_by(|one, other| other.likelihood.total_cmp(&one.likelihood));
    let mut items: Vec<String> = open.into_iter().map(hypothesis).collect();
    let needs = askable(after).into_iter();
    items.extend(needs.map(need));
    items.extend(after.actions.iter().map(action));
    items
}

fn need(need: &case_pb::Need) -> String {
    format!("{} needed: {} | {}", need.need_id, need.request, need.how)
}

fn hypothesis(hypothesis: &Hypothesis) -> String {
    let kind = plain_name(hypothesis.kind().as_str_name(), "HYPOTHESIS_KIND_");
    let category = plain_name(hypothesis.category().as_str_name(), "HYPOTHESIS_CATEGORY_");
    let status = plain_name(hypothesis.status().as_str_name(), "HYPOTHESIS_STATUS_");
    let links: Vec<String> = hypothesis.links.iter().map(link).collect();
    let links = match links.as_slice() {
        [] => "no evidence linked".to_owned(),
        links => links.join("; "),
    };
    format!(
        "{} {kind}, {category}, {status}, explains {}: {} | {links}",
        hypothesis.hypothesis_id, hypothesis.explains, hypothesis.statement
    )
}

fn link(link: &Link) -> String {
    let stance = plain_name(link.stance().as_str_name(), "STANCE_");
    format!("{} {stance} with {:.1}", link.evidence_id, link.strength)
}

fn action(action: &case_pb::Action) -> String {
    let state = plain_name(action.state().as_str_name(), "ACTION_STATE_");
    let tried = action.attempts.last().map(|attempt| {
        let outcome = plain_name(attempt.outcome().as_str_name(), "ATTEMPT_OUTCOME_");
        format!(", tried by the user: {outcome}")
    });
    format!(
        "{} action, {state}{}: {}",
        action.action_id,
        tried.unwrap_or_default(),
        action.title
    )
}

/// The newest first.
fn evidence(after: &Investigation) -> Vec<String> {
    let active = after.evidence.iter().rev().filter(|it| !it.withdrawn);
    active.map(evidence_line).collect()
}

fn file(file: &UploadedFile) -> String {
    let coverage = file.coverage.as_ref();
    let lines = coverage.map_or(0, |it| it.lines_total);
    let first = coverage.and_then(|it| moment(it.first_time.as_ref()));
    let times = first.zip(coverage.and_then(|it| moment(it.last_time.as_ref())));
    let times = times.map(|(first, last)| format!(", {}", span(first, last)));
    format!(
        "{} {}: {}, {lines} lines{}, turn {}",
        file.file_id,
        file.filename,
        data_class(file.data_class()),
        times.unwrap_or_default(),
        file.uploaded_at_turn
    )
}

/// Those of the files of this turn first.
fn findings(situation: &Situation) -> Vec<String> {
    let all = &situation.assessment.findings;
    let (new, old): (Vec<&Finding>, Vec<&Finding>) = all
        .iter()
        .partition(|finding| situation.is_new_file(&finding.file_id));
    let shown = new.into_iter().chain(old).take(FINDINGS_MAX);
    shown.map(finding_line).collect()
}

fn journal(after: &Investigation) -> Vec<String> {
    let entries = after.journal.iter().rev();
    entries
        .map(|entry| format!("Turn {}, {}: {}", entry.turn_number, entry.kind, entry.text))
        .collect()
}

fn conversation(before: &Investigation) -> Vec<String> {
    let current = before.case.as_ref().map_or(0, |case| case.current_turn);
    let messages = before.recent_messages.iter();
    messages
        .filter(|message| message.turn_number > current - VERBATIM_TURNS)
        .filter_map(|message| said(message, MESSAGE_MAX))
        .collect()
}

fn in_short(before: &Investigation) -> Vec<String> {
    let newest = before.case.as_ref().map_or(0, |case| case.current_turn) - VERBATIM_TURNS;
    let turns = newest - SUMMARY_TURNS..=newest;
    let messages = before.recent_messages.iter().rev();
    messages
        .filter(|message| turns.contains(&message.turn_number))
        .filter_map(|message| said(message, 200))
        .collect()
}

fn said(message: &case_pb::Message, max: usize) -> Option<String> {
    let who = match message.role() {
        MessageRole::User => "user",
        MessageRole::Assistant => "answer",
        MessageRole::System | MessageRole::Unspecified => return None,
    };
    let text = clipped(&message.content, max);
    Some(format!("Turn {}, {who}: {text}", message.turn_number))
}

fn entities(situation: &Situation) -> Vec<String> {
    let entities = situation.assessment.entities.iter().take(ENTITIES_MAX);
    entities
        .map(|it| {
            let value = clipped(&it.value, TEXT_MAX);
            format!(
                "{} {value}: {} times, {} with errors",
                it.kind, it.count, it.error_count
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(id: &str, withdrawn: bool) -> EvidenceDigest {
        EvidenceDigest {
            evidence_id: id.to_owned(),
            claim: format!("claim of {id}"),
            quote: "q".repeat(5_000),
            withdrawn,
            ..Default::default()
        }
    }

    #[test]
    fn what_counts_comes_newest_first_and_quotes_are_short() {
        let after = Investigation {
            evidence: vec![
                digest("ev_1", false),
                digest("ev_2", true),
                digest("ev_3", false),
            ],
            ..Default::default()
        };
        let said = "x".repeat(20_000);
        let rules = "The rules say so.";
        let sections = sections(&Situation::default(), &after, &[], &said, rules);
        let evidence = sections.iter().find(|it| it.title == EVIDENCE).unwrap();
        assert_eq!(evidence.items.len(), 2);
        assert!(
            evidence.items[0].starts_with("[ev_3]"),
            "{:?}",
            evidence.items
        );
        assert!(evidence.items[0].chars().count() < QUOTE_MAX + 200);
        assert_eq!(sections[1].items[0].chars().count(), MESSAGE_MAX);
    }

    #[test]
    fn what_sections_have_in_any_case_is_no_more_than_all() {
        let nothing = Investigation::default();
        let sections = sections(&Situation::default(), &nothing, &[], "", "");
        let floors = sections.iter().map(|it| it.floor).sum::<usize>();
        assert_eq!(floors + PICTURES_FLOOR, 100);
        assert!(sections.iter().all(|it| it.floor < it.cap), "{sections:?}");
    }
}
