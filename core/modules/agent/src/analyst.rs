//! The embedded analyst: rules that turn a message and the data of a case into a diff.

use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::case::v1::diff_op::Op;
use faultmaven_proto::case::v1::{CaseStatus, Investigation, Proposer};

pub(crate) mod administration;
mod agreement;
mod beginning;
pub(crate) mod candidates;
pub(crate) mod change_order;
pub(crate) mod changes;
pub(crate) mod classify;
pub(crate) mod clock_time;
pub(crate) mod closing;
mod command_line;
pub(crate) mod contradicted;
mod deed;
pub(crate) mod denial;
mod ended;
pub(crate) mod entities;
pub(crate) mod facts;
mod failed_call;
pub(crate) mod fill;
pub(crate) mod fit;
mod frame;
pub(crate) mod harvest;
pub(crate) mod hypotheses;
mod language;
mod layouts;
pub(crate) mod logged_change;
pub(crate) mod memory;
pub(crate) mod message;
mod named_object;
pub(crate) mod needs;
pub(crate) mod noise;
pub(crate) mod objection;
pub(crate) mod observations;
pub(crate) mod observed;
pub(crate) mod outcome;
pub(crate) mod outputs;
pub(crate) mod outside;
pub(crate) mod plan;
pub(crate) mod questions;
pub(crate) mod relevance;
pub(crate) mod restored;
pub(crate) mod runbook;
pub(crate) mod seeds;
pub(crate) mod situation;
pub(crate) mod solutions;
mod spelling;
pub(crate) mod spoken;
pub(crate) mod standstill;
pub(crate) mod stated_time;
pub(crate) mod statement;
pub(crate) mod subject;
pub(crate) mod suspicion;
pub(crate) mod symptoms;
mod taken_back;
pub(crate) mod terms;
pub(crate) mod topics;
pub(crate) mod unseen_part;
mod waiting_part;
pub(crate) mod weather;
mod wellbeing;
pub(crate) mod words;

use classify::Reading;
use hypotheses::Cast;
use objection::Objection;
use observations::Seen;
use outputs::Output;
use plan::Plan;
use situation::Situation;
use stated_time::Doubt;
use suspicion::Suspected;

/// What the analyst made of a turn, for the diff and for the reply.
#[derive(Debug, Clone, Default)]
pub(crate) struct Analysis {
    pub(crate) plan: Plan,
    pub(crate) reading: Reading,
    pub(crate) suspected: Option<Suspected>,
    /// What the user cannot get.
    pub(crate) out_of_reach: Option<String>,
    /// The action that the user does not want to try.
    pub(crate) declined: Option<String>,
    /// The output that came in for what was asked.
    pub(crate) outputs: Vec<Output>,
    /// What became of what the user disagrees with.
    pub(crate) objections: Vec<Objection>,
    /// Whether the words mean nothing here.
    pub(crate) says_nothing: bool,
    /// Whether the words are in a language that is not read here.
    pub(crate) is_foreign: bool,
    /// Whether nothing was taken from the words.
    pub(crate) takes_nothing: bool,
    /// What does not fit between a stated time and the data.
    pub(crate) doubt: Option<Doubt>,
    /// A part that the user complains of and that the data, which are well, show nothing of.
    pub(crate) unseen_part: Option<String>,
    /// Whether the user complains, and new data show nothing of it.
    pub(crate) shows_nothing: bool,
}

impl Analysis {
    /// Returns whether the turn is a question that brings nothing new.
    pub(crate) fn only_asks(&self) -> bool {
        let is_unclear = !self.objections.is_empty() || self.says_nothing || self.takes_nothing;
        let asks = self.reading.question.is_some() || self.reading.only_asks() || is_unclear;
        asks && self.plan.ops.is_empty() && self.plan.claims.is_empty()
    }
}

/// Returns what the analyst proposes.
pub(crate) fn investigate(situation: &Situation) -> Analysis {
    let mut analysis = Analysis {
        reading: situation.reading().clone(),
        ..Analysis::default()
    };
    facts::redate(&mut analysis.plan, situation);
    facts::state(&mut analysis.plan, situation, &analysis.reading);
    analysis.doubt = stated_time::doubt(situation, &analysis.reading, situation.relevance());
    if unseen_part::shows_nothing(situation) {
        analysis.unseen_part = unseen_part::find(situation);
        analysis.shows_nothing = wellbeing::complains(&situation.text);
    }
    propose_statement(&mut analysis, situation);
    let cast = if situation.is_investigating() && !asks_alone(&analysis.reading, situation) {
        collect(&mut analysis, situation)
    } else {
        Cast::default()
    };
    if let Some(suspected) = analysis.reading.suspicion.clone() {
        let noted = suspicion::note(&mut analysis.plan, situation, &cast, &suspected);
        analysis.suspected = Some(noted);
    }
    let reading = &analysis.reading;
    analysis.objections = objection::consider(&mut analysis.plan, situation, reading);
    if situation.is_investigating() {
        needs::fulfil(&mut analysis.plan, situation);
        analysis.outputs = outputs::take(&mut analysis.plan, situation);
        needs::answer(&mut analysis.plan, situation, &analysis.reading);
        analysis.declined = standstill::decline(&mut analysis.plan, situation);
        if analysis.reading.refuses && analysis.declined.is_none() {
            analysis.out_of_reach = needs::give_up(&mut analysis.plan, situation);
        }
    }
    if analysis.reading.asks_to_resolve {
        closing::resolve(&mut analysis.plan, situation);
    } else if analysis.reading.asks_to_stop {
        closing::stop(&mut analysis.plan);
    } else if situation.is_investigating() && !situation.entering {
        closing::verify(&mut analysis.plan, situation);
    }
    analysis.takes_nothing = noise::takes_nothing(situation, &analysis);
    analysis.says_nothing = analysis.takes_nothing && noise::is_noise(situation);
    let is_read = analysis.reading.question.is_some() || !analysis.only_asks();
    analysis.is_foreign = (analysis.takes_nothing || !is_read)
        && situation.new_files.is_empty()
        && language::is_foreign(&situation.text);
    analysis
}

/// Returns what follows once the ledger has been decided: questions and solutions.
pub(crate) fn follow_up(situation: &Situation, after: &Investigation) -> Vec<Op> {
    if situation::status_of(after) != CaseStatus::Investigating {
        return Vec::new();
    }
    let root = after.hypotheses.iter().find(|hypothesis| hypothesis.root);
    if solutions::just_failed(after) {
        return Vec::new();
    }
    match root {
        Some(root) => solutions::propose(situation, after, root)
            .into_iter()
            .collect(),
        None => {
            let mut ops = standstill::alternatives(after);
            ops.extend(needs::ask(situation, after));
            ops
        }
    }
}

/// Harvests evidence and weighs hypotheses with it.
fn collect(analysis: &mut Analysis, situation: &Situation) -> Cast {
    let plan = &mut analysis.plan;
    let relevance = situation.relevance();
    let symptoms = harvest::symptoms(plan, situation, relevance);
    let has_news = situation.entering || !situation.new_files.is_empty();
    let cast = if has_news {
        hypotheses::cast(plan, situation, relevance, &symptoms)
    } else {
        Cast::default()
    };
    changes::consider(plan, situation, &cast, &symptoms);
    changes::consider_stated(plan, situation, &cast, &symptoms);
    changes::consider_words(plan, situation, &cast, &symptoms, &analysis.reading);
    suspicion::test(plan, situation);
    harvest::others(plan, situation, relevance);
    if !situation.entering {
        outcome::record(plan, situation, &analysis.reading, &symptoms);
    }
    cast
}

/// Returns whether a turn is nothing but a question, which moves no candidate.
fn asks_alone(reading: &Reading, situation: &Situation) -> bool {
    reading.only_asks() && situation.new_files.is_empty() && !situation.entering
}

fn propose_statement(analysis: &mut Analysis, situation: &Situation) {
    let proposed = match situation.status() {
        CaseStatus::Inquiry | CaseStatus::Unspecified => inquiry_statement(analysis, situation),
        _ if situation.entering => None,
        _ => statement::rewrite(&situation.text).map(|wish| {
            (
                statement::rewritten(situation.statement(), &wish),
                Proposer::User,
            )
        }),
    };
    if let Some((text, proposed_by)) = proposed.filter(|(text, _)| !text.is_empty()) {
        analysis
            .plan
            .push(Op::ProposeStatement(case_pb::ProposeStatement {
                dropped_evidence_ids: statement::dropped(situation, &text),
                text,
                proposed_by: proposed_by.into(),
            }));
    }
}

/// Before the investigation the statement is rewritten freely, by words and by data.
fn inquiry_statement(analysis: &Analysis, situation: &Situation) -> Option<(String, Proposer)> {
    let current = situation.statement();
    let mut text = current.to_owned();
    let mut by = Proposer::Analyst;
    if let Some(wish) = statement::rewrite(&situation.text) {
        text = statement::rewritten(&text, &wish);
        by = Proposer::User;
    } else if let Some(report) = analysis.reading.reports.first() {
        text = statement::with_report(&text, report);
    } else if !current.is_empty() {
        text = with_scope(analysis, &text);
    }
    let said_something = text != current;
    if situation.new_files.is_empty() {
        return said_something.then_some((text, by));
    }
    let shown = data_for_statement(situation, &text);
    let text = match shown {
        Some(shown) if text.is_empty() => shown,
        Some(shown) => statement::with_data(&text, &shown),
        None => text,
    };
    (!text.is_empty()).then_some((text, by))
}

fn with_scope(analysis: &Analysis, current: &str) -> String {
    let scope = analysis
        .reading
        .observations
        .iter()
        .find(|observation| matches!(observation.what, Seen::Region(_) | Seen::Users(_)));
    match scope {
        Some(scope) => {
            let addition = statement::Rewrite::Add(statement::one_line(&scope.sentence));
            statement::rewritten(current, &addition)
        }
        None => current.to_owned(),
    }
}

/// What new data say about the statement, or what the strongest finding is without one.
fn data_for_statement(situation: &Situation, text: &str) -> Option<String> {
    let relevance = situation.relevance();
    let grave = |finding: &&faultmaven_proto::evidence::v1::Finding| {
        relevance.is_alarming(finding) && finding.kind != "onset"
    };
    let mut findings = harvest::considered(situation).filter(grave);
    if text.is_empty() {
        return crate::reply::data::strongest(situation, findings.next()?);
    }
    let shown: Vec<_> = findings.filter(|it| relevance.shows_symptom(it)).collect();
    let setting_in = shown.iter().find(|it| relevance.sets_in_with_it(it));
    let shown = setting_in.or_else(|| shown.first())?;
    crate::reply::data::matching_lines(situation, shown)
}

#[cfg(test)]
#[path = "analyst/tests.rs"]
mod tests;
