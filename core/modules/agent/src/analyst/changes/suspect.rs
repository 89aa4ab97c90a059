//! A change as the cause it may be, shown by the data or told by the user.

use chrono::{DateTime, Utc};
use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::case::v1::diff_op::Op;
use faultmaven_proto::case::v1::{HypothesisKind, HypothesisSource, LinkBasis, Stance};
use faultmaven_proto::evidence::v1::ObservedChange;

use super::super::change_order::is_same_change;
use super::super::classify;
use super::super::harvest::Symptoms;
use super::super::hypotheses::{Cast, category, is_linked, link};
use super::super::observations::Seen;
use super::super::plan::Plan;
use super::super::situation::{Situation, is_final};
use super::super::statement::{clipped, one_line};
use super::explained;
use crate::convert::{moment, stamp};

const STATEMENT_MAX: usize = 500;
const SET_OFF: &str = "A change set the problem off: ";
/// What the ids of told changes begin with; the minute follows.
const TOLD: &str = "change.told.";
const BEFORE_THE_SYMPTOM: &str = "The change took effect before the symptom set in";

/// A change of the data that no entry of the catalogue knows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Suspected<'a> {
    pub(super) change: &'a ObservedChange,
    pub(super) evidence: &'a str,
    /// Whether errors meet what it has set.
    pub(super) sets_what_is_met: bool,
}

impl Suspected<'_> {
    /// Makes a cause of it, or finds the one that is on the table; none when that is settled.
    pub(super) fn suspect(
        self,
        plan: &mut Plan,
        situation: &Situation,
        cast: &Cast,
        symptoms: &Symptoms,
    ) -> Option<String> {
        let change = self.change;
        let catalogue_id = shown_id(change);
        let known = situation.by_catalogue_id(&catalogue_id);
        if known.is_some_and(|known| is_final(known.status())) {
            return None;
        }
        let told = || {
            let mut open = situation.open_hypotheses();
            open.find(|it| {
                let told = Told::kept(&it.catalogue_id, &it.statement);
                told.is_some_and(|told| is_same_change(situation, &told.change, change))
            })
        };
        if let Some(known) = known.or_else(told) {
            let handle = known.hypothesis_id.clone();
            self.link(plan, situation, &handle);
            return Some(handle);
        }
        let suspect = Suspect {
            statement: format!("{SET_OFF}{}", change.description),
            area: if change.change_type == "code" {
                "code"
            } else {
                "config"
            },
            effect: match change.change_time {
                Some(_) => BEFORE_THE_SYMPTOM,
                None => "The change was handed over; when it took effect is not known",
            },
            catalogue_id,
        };
        let is_dated = change.change_time.is_some();
        let onset = symptoms.onset_reference.clone().filter(|_| is_dated);
        let cited = std::iter::once(self.evidence.to_owned()).chain(onset);
        let handle = suspect.add(plan, situation, cast, &cited.collect::<Vec<_>>());
        self.link(plan, situation, &handle);
        Some(handle)
    }

    fn link(self, plan: &mut Plan, situation: &Situation, handle: &str) {
        if is_linked(situation, handle, self.evidence) {
            return;
        }
        let basis = if self.sets_what_is_met {
            LinkBasis::ChangeSetsCondition
        } else {
            LinkBasis::IndirectIndicator
        };
        // That it was made is known where the user has told of it.
        let mut open = situation.open_hypotheses();
        let is_told = open
            .find(|it| it.hypothesis_id == handle)
            .is_some_and(|it| it.catalogue_id.starts_with(TOLD));
        let stance = if is_told && !self.sets_what_is_met {
            Stance::Neutral
        } else {
            Stance::Supports
        };
        plan.link(link(
            handle,
            self.evidence,
            basis,
            stance,
            "the change itself",
        ));
    }
}

fn shown_id(change: &ObservedChange) -> String {
    format!("change.{}", change.signature)
}

/// A change as the user tells it.
#[derive(Debug, Clone)]
pub(super) struct Told {
    change: ObservedChange,
}

impl Told {
    pub(super) fn of(sentence: &str, kind: &str, at: Option<DateTime<Utc>>) -> Self {
        Self {
            change: ObservedChange {
                description: one_line(clause(sentence)),
                change_type: kind.to_owned(),
                change_time: stamp(at),
                ..Default::default()
            },
        }
    }

    /// Reads a told change back from the hypothesis that was made of it.
    fn kept(catalogue_id: &str, statement: &str) -> Option<Self> {
        let minute: i64 = catalogue_id.strip_prefix(TOLD)?.parse().ok()?;
        let at = DateTime::from_timestamp(minute * 60, 0)?;
        let said = statement.strip_prefix(SET_OFF)?;
        Some(Self::of(said, "deployment", Some(at)))
    }

    /// Returns the cause on the table that is about the same change.
    pub(super) fn known(&self, plan: &Plan, situation: &Situation) -> Option<String> {
        let is_same = |other: &ObservedChange| is_same_change(situation, &self.change, other);
        let shown = situation.assessment.changes.iter().filter(|it| is_same(it));
        let shown: Vec<String> = shown.map(shown_id).collect();
        let is_about = |catalogue_id: &str, statement: &str| {
            let told = Self::kept(catalogue_id, statement);
            shown.iter().any(|id| id == catalogue_id) || told.is_some_and(|it| is_same(&it.change))
        };
        let planned = plan.ops.iter().find_map(|op| match op {
            Op::AddHypothesis(add) if is_about(&add.catalogue_id, &add.statement) => {
                Some(add.r#ref.clone())
            }
            _ => None,
        });
        planned.or_else(|| {
            let mut open = situation.open_hypotheses();
            let known = open.find(|it| is_about(&it.catalogue_id, &it.statement));
            known.map(|known| known.hypothesis_id.clone())
        })
    }

    pub(super) fn suspect(&self) -> Suspect {
        let area = match self.change.change_type.as_str() {
            "deployment" | "code" => "code",
            "config" => "config",
            "data" => "data",
            _ => "environment",
        };
        let at = moment(self.change.change_time.as_ref());
        let is_deployment = self.change.change_type == "deployment";
        let minute = at
            .filter(|_| is_deployment)
            .map(|at| at.timestamp().div_euclid(60));
        Suspect {
            statement: format!("{SET_OFF}{}", self.change.description),
            area,
            effect: BEFORE_THE_SYMPTOM,
            catalogue_id: minute.map_or_else(String::new, |minute| format!("{TOLD}{minute}")),
        }
    }
}

/// The part of a sentence that tells of the change, where it tells of more.
fn clause(sentence: &str) -> &str {
    let tells = |part: &&str| {
        let observations = classify::read(part, true).observations;
        observations
            .iter()
            .any(|it| matches!(it.what, Seen::Change { .. }))
    };
    let mut parts = sentence.split([',', ';']).map(str::trim);
    parts.find(tells).unwrap_or(sentence)
}

/// A change as a hypothesis that is still to be added.
pub(super) struct Suspect {
    statement: String,
    area: &'static str,
    /// What is known of how it came to the symptom.
    effect: &'static str,
    catalogue_id: String,
}

impl Suspect {
    pub(super) fn add(
        self,
        plan: &mut Plan,
        situation: &Situation,
        cast: &Cast,
        cited: &[String],
    ) -> String {
        let handle = plan.hypothesis_reference();
        let markers: Vec<String> = cited.iter().map(|name| format!("[{name}]")).collect();
        plan.push(Op::AddHypothesis(case_pb::AddHypothesis {
            r#ref: handle.clone(),
            statement: clipped(&self.statement, STATEMENT_MAX),
            rationale: "a change that may have set it off".to_owned(),
            kind: HypothesisKind::Cause.into(),
            category: category(self.area).into(),
            explains: explained(situation, cast),
            mechanism: format!("{} {}", self.effect, markers.join(" ")),
            mechanism_evidence: cited.to_vec(),
            source: HypothesisSource::Analyst.into(),
            catalogue_id: self.catalogue_id,
            ..Default::default()
        }));
        handle
    }
}
