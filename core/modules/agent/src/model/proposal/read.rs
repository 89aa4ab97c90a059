//! An answer, read part by part; what cannot be is refused with its reason, the rest goes on.

use std::collections::{BTreeSet, HashMap};

use faultmaven_proto::case::v1::diff_op::Op;
use faultmaven_proto::case::v1::{
    Assurance, CaseStatus, DiffOp, DroppedPart, Investigation, SuggestedAction,
};

use super::decisions::{Decision, is_made};
use super::{Others, Proposal};
use crate::analyst::plan::{Claim, Plan};
use crate::analyst::situation::Situation;
use crate::analyst::words::{flattened, has_phrase, sentences};
use crate::model::guard::{Violation, asserts_a_verdict, violations};

const EXCERPT_MAX: usize = 200;
/// What may be proposed before an investigation.
const BEFORE: [&str; 6] = [
    "propose_statement",
    "add_fact",
    "add_need",
    "journal",
    "propose_transition",
    "suggest",
];

/// The turn that an answer belongs to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting<'a> {
    pub(crate) status: CaseStatus,
    pub(crate) grade: Assurance,
    pub(crate) situation: &'a Situation,
    /// The case as the rules alone leave it.
    pub(crate) after: &'a Investigation,
    /// What the rules propose.
    pub(crate) planned: &'a [DiffOp],
}

/// A claim that something is gone, which has to be proven first.
#[derive(Debug, Clone)]
pub(crate) struct Absence {
    pub(crate) claim: Claim,
    pub(crate) file_id: String,
    pub(crate) signature: String,
}

/// The changes of an answer under names that nothing else of the turn has.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub(crate) plan: Plan,
    pub(crate) absences: Vec<Absence>,
    pub(crate) suggestions: Vec<SuggestedAction>,
    pub(crate) dropped: Vec<DroppedPart>,
    names: HashMap<String, String>,
}

/// Reads one answer.
pub(super) struct Reader<'a> {
    pub(super) setting: Setting<'a>,
    pub(super) read: Read,
    /// Actions that an attempt is reported of.
    pub(super) attempted: BTreeSet<String>,
}

impl Proposal {
    /// Reads the changes that an answer proposes.
    pub(crate) fn read(&self, setting: Setting<'_>) -> Read {
        let mut reader = Reader {
            setting,
            read: Read::default(),
            attempted: BTreeSet::new(),
        };
        reader.refuse_others("answer", &self.others);
        reader.name_all(self);
        reader.statement(&self.statement, &self.dropped_evidence);
        each(&self.evidence, |at, new| reader.evidence(at, new));
        each(&self.facts, |at, new| reader.fact(at, new));
        each(&self.hypotheses, |at, new| reader.hypothesis(at, new));
        each(&self.mechanisms, |_, new| reader.mechanism(new));
        each(&self.links, |at, new| reader.link(at, new));
        each(&self.retired, |_, new| reader.retirement(new));
        each(&self.merges, |_, new| reader.merge(new));
        each(&self.needs, |at, new| reader.need(at, new));
        each(&self.met_needs, |_, new| reader.met(new));
        each(&self.actions, |at, new| reader.action(at, new));
        each(&self.verdicts, |_, new| reader.verdict(new));
        each(&self.attempts, |_, new| reader.attempt(new));
        each(&self.journal, |at, new| reader.entry(at, new));
        each(&self.conclusion, |at, new| reader.conclusion(at, new));
        each(&self.transition, |at, new| reader.transition(at, new));
        each(&self.suggestions, |at, new| reader.suggestion(at, new));
        reader.read
    }
}

fn each<T>(parts: &[T], mut read: impl FnMut(usize, &T)) {
    for (at, part) in parts.iter().enumerate() {
        read(at, part);
    }
}

impl Read {
    /// Returns the name that the rest of the turn knows a model's name by; an id stays what it is.
    pub(crate) fn known<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        if name.starts_with('$') {
            return self.names.get(name).map(String::as_str);
        }
        Some(name)
    }

    /// Returns whether the model words the problem anew.
    pub(crate) fn rewords_the_problem(&self) -> bool {
        let mut ops = self.plan.ops.iter();
        ops.any(|op| matches!(op, Op::ProposeStatement(_)))
    }

    /// Remembers a part that was refused.
    pub(crate) fn refuse(&mut self, op: &str, reason: &str, excerpt: &str) {
        self.dropped.push(DroppedPart {
            op: op.to_owned(),
            reason: reason.to_owned(),
            excerpt: excerpt.chars().take(EXCERPT_MAX).collect(),
        });
    }
}

impl Reader<'_> {
    /// Names come first, so that parts may be told of in any order.
    fn name_all(&mut self, proposal: &Proposal) {
        let evidence = proposal.evidence.iter().map(|new| (&new.name, "$em"));
        self.name_each(evidence);
        let hypotheses = proposal.hypotheses.iter().map(|new| (&new.name, "$hm"));
        self.name_each(hypotheses);
        self.name_each(proposal.needs.iter().map(|new| (&new.name, "$nm")));
        self.name_each(proposal.actions.iter().map(|new| (&new.name, "$am")));
    }

    fn name_each<'n>(&mut self, parts: impl Iterator<Item = (&'n String, &'static str)>) {
        for (at, (theirs, ours)) in parts.enumerate() {
            if theirs.starts_with('$') {
                let names = &mut self.read.names;
                names
                    .entry(theirs.clone())
                    .or_insert_with(|| format!("{ours}{at}"));
            }
        }
    }

    pub(super) fn refuse(&mut self, op: &str, reason: &str, excerpt: &str) {
        self.read.refuse(op, reason, excerpt);
    }

    /// Returns whether the case takes such a part now.
    pub(super) fn may(&mut self, op: &str, others: &Others, excerpt: &str) -> bool {
        self.refuse_others(op, others);
        let is_taken = match self.setting.status {
            CaseStatus::Investigating => true,
            CaseStatus::Inquiry | CaseStatus::Unspecified => BEFORE.contains(&op),
            CaseStatus::Resolved | CaseStatus::Closed => false,
        };
        if !is_taken {
            self.refuse(op, "wrong_status", excerpt);
        }
        is_taken
    }

    /// Returns whether a part is one of the first so many.
    pub(super) fn fits(&mut self, op: &str, at: usize, max: usize, excerpt: &str) -> bool {
        if at >= max {
            self.refuse(op, "limit_reached", excerpt);
        }
        at < max
    }

    /// Returns the names that the rest of the turn knows; refuses the part when one is unknown.
    pub(super) fn all_known(
        &mut self,
        op: &str,
        names: &[String],
        excerpt: &str,
    ) -> Option<Vec<String>> {
        let known = names.iter().map(|name| self.read.known(name));
        let known: Option<Vec<String>> = known.map(|it| it.map(str::to_owned)).collect();
        if known.is_none() {
            self.refuse(op, "unknown_id", excerpt);
        }
        known
    }

    /// Returns the name that the rest of the turn knows; refuses the part when it is unknown.
    pub(super) fn one_known(&mut self, op: &str, name: &str, excerpt: &str) -> Option<String> {
        let known = self.read.known(name).map(str::to_owned);
        if known.is_none() {
            self.refuse(op, "unknown_id", excerpt);
        }
        known
    }

    /// Returns whether the user says this in this turn, and does not ask it.
    pub(super) fn user_says(&mut self, op: &str, quote: &str, excerpt: &str) -> bool {
        let says = says(&self.setting.situation.text, quote);
        if !says {
            self.refuse(op, "not_a_user_decision", excerpt);
        }
        says
    }

    /// Returns whether the user decides this in this turn, by what the rules read of the words.
    pub(super) fn user_decides(
        &mut self,
        decision: Decision,
        op: &str,
        quote: &str,
        excerpt: &str,
    ) -> bool {
        let text = &self.setting.situation.text;
        let decides = says(text, quote) && is_made(decision, text, quote);
        if !decides {
            self.refuse(op, "not_a_user_decision", excerpt);
        }
        decides
    }

    /// Returns whether texts say no more than the grade bears, and that nothing was done.
    pub(super) fn is_modest(&mut self, op: &str, texts: &[&str]) -> bool {
        let grade = self.setting.grade;
        let spoken = texts.iter().filter(|text| !text.trim().is_empty());
        let violation = spoken.flat_map(|text| violations(grade, text)).next();
        let Some(violation) = violation else {
            return true;
        };
        self.refuse(op, reason(&violation), texts.first().unwrap_or(&""));
        false
    }

    /// Returns whether texts about an explanation leave it to the ledger what becomes of it.
    pub(super) fn is_open(&mut self, op: &str, texts: &[&str]) -> bool {
        let is_open = !texts.iter().any(|text| asserts_a_verdict(text));
        if !is_open {
            self.refuse(op, "overclaim", texts.first().unwrap_or(&""));
        }
        is_open
    }

    /// A status, a likelihood or a time is nobody's to set.
    fn refuse_others(&mut self, op: &str, others: &Others) {
        for name in others.keys() {
            self.refuse(op, "invalid_field", name);
        }
    }
}

fn reason(violation: &Violation) -> &'static str {
    match violation {
        Violation::ClaimsToAct(_) => "actor_claim",
        Violation::Empty | Violation::Overclaims(_) | Violation::StatesGrade(_) => "overclaim",
    }
}

/// Fewer words decide nothing unless they are all that is said.
const DECIDING_WORDS: usize = 3;

/// Returns whether a text says something as whole words, outside its questions.
fn says(text: &str, quote: &str) -> bool {
    let quote = flattened(quote);
    if quote.is_empty() || !has_phrase(&flattened(text), &quote) {
        return false;
    }
    let sentences = sentences(text);
    let is_whole = sentences
        .iter()
        .any(|sentence| flattened(sentence.text) == quote);
    if !is_whole && quote.split_whitespace().count() < DECIDING_WORDS {
        return false;
    }
    let mut touched = sentences.iter().filter(|sentence| {
        let said = flattened(sentence.text);
        has_phrase(&said, &quote) || has_phrase(&quote, &said)
    });
    touched.all(|sentence| !sentence.is_question())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_says_what_stands_in_no_question() {
        let text = "We set it back to 50. Works now! Did the deploy break it?";
        for (quote, is_said) in [
            ("set it back to 50", true),
            ("works now", true),
            ("We set it back to 50. Works now", true),
            ("the deploy break it", false),
            ("back to 5", false),
            ("set", false),
            ("rolled back", false),
            ("", false),
        ] {
            assert_eq!(says(text, quote), is_said, "{quote}");
        }
    }
}
