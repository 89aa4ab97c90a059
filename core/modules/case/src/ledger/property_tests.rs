//! Whatever is said, handed over and taken out again, in whatever order.

mod laws;
mod moves;

use std::cell::Cell;

use chrono::DateTime;
use faultmaven_proto::case::v1 as pb;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use self::laws::{check_ledger, is_legal};
use self::moves::{FILES, Move, STATUSES, any_move, op};
use super::assurance::assurance;
use crate::operations::files::withdraw;
use crate::turn::sample::{Story, attempt, command, evidence, say, with_root};
use crate::vocabulary::Assurance;

/// How far an investigation has come before anything may happen in it.
#[derive(Debug, Clone, Copy)]
enum Start {
    Investigating,
    WithRoot,
    Fixed,
}

fn any_start() -> impl Strategy<Value = Start> {
    prop_oneof![
        2 => Just(Start::Investigating),
        1 => Just(Start::WithRoot),
        2 => Just(Start::Fixed),
    ]
}

impl Start {
    fn story(self) -> Story {
        match self {
            Self::Investigating => Story::investigating(),
            Self::WithRoot => with_root(),
            Self::Fixed => fixed(),
        }
    }
}

/// A story in which a fix has taken the root and the symptom away.
fn fixed() -> Story {
    let mut story = with_root();
    let action_id = story.ledger.actions[0].action_id.clone();
    story.take(say(
        "I set it back to 50, data attached",
        vec![
            evidence("$gone", pb::EvidenceKind::SymptomAbsence, "c", 4),
            evidence("$removed", pb::EvidenceKind::CausalAbsence, "b", 5),
            attempt(&action_id, pb::AttemptOutcome::Succeeded, "$gone"),
        ],
    ));
    story
}

#[derive(Debug, Clone)]
struct Turn {
    moves: Vec<Move>,
    reply: i32,
    command: Option<usize>,
}

/// What happens to a case.
#[derive(Debug, Clone)]
enum Happening {
    Turn(Turn),
    FileDeleted(usize),
}

fn any_turn() -> impl Strategy<Value = Turn> {
    let command = proptest::option::weighted(0.05, 0..STATUSES.len());
    (
        proptest::collection::vec(any_move(), 0..12),
        0..5_i32,
        command,
    )
        .prop_map(|(moves, reply, command)| Turn {
            moves,
            reply,
            command,
        })
}

fn any_happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        12 => any_turn().prop_map(Happening::Turn),
        1 => (0..FILES.len()).prop_map(Happening::FileDeleted),
    ]
}

fn draft(story: &Story, turn: &Turn) -> pb::TurnDraft {
    let turn_number = story.case.current_turn + 1;
    let ops = turn
        .moves
        .iter()
        .map(|what| op(story, turn_number, what))
        .collect();
    pb::TurnDraft {
        pending_reply: turn.reply,
        command: turn.command.and_then(|to| command(STATUSES[to]).command),
        ..say("something", ops)
    }
}

/// Goes on with a story; what is refused leaves it as it was.
fn happen(story: &mut Story, what: &Happening) {
    match what {
        Happening::Turn(turn) => {
            if let Ok(applied) = story.attempt(draft(story, turn)) {
                assert_eq!(applied.case.current_turn, story.case.current_turn + 1);
                story.case = applied.case;
                story.ledger = applied.ledger;
            }
        }
        Happening::FileDeleted(file) if story.case.expect_open().is_ok() => {
            let file_id = format!("file_{}", FILES[*file]);
            story.ledger.files.retain(|file| file.file_id != file_id);
            let (turn_number, now) = (story.case.current_turn, DateTime::UNIX_EPOCH);
            withdraw(&mut story.ledger, &[file_id], turn_number, now);
        }
        Happening::FileDeleted(_) => {}
    }
}

fn check_step(before: &Story, after: &Story) {
    after
        .case
        .check_invariants(!after.ledger.evidence.is_empty())
        .unwrap();
    check_ledger(&after.ledger);
    let (from, to) = (before.case.status, after.case.status);
    assert!(from == to || from.next().contains(&to));
    for known in &before.ledger.hypotheses {
        let now = after.ledger.hypothesis(&known.hypothesis_id).unwrap();
        assert!(
            is_legal(known, now),
            "{:?} to {:?}",
            known.status,
            now.status
        );
        assert_eq!(now.statement, known.statement);
    }
    for known in &before.ledger.evidence {
        let is_active = after.ledger.active(&known.evidence_id).is_some();
        assert!(known.is_active() || !is_active, "{known:?} is back");
    }
}

#[test]
fn no_sequence_of_turns_reaches_an_illegal_state() {
    let (steps, confirmed) = (Cell::new(0), Cell::new(0));
    let stories = (
        any_start(),
        proptest::collection::vec(any_happening(), 1..10),
    );
    let mut runner = TestRunner::new(ProptestConfig {
        source_file: Some(file!()),
        ..ProptestConfig::with_cases(256)
    });
    let outcome = runner.run(&stories, |(start, happenings)| {
        let mut story = start.story();
        for what in &happenings {
            let before = story.clone();
            happen(&mut story, what);
            check_step(&before, &story);
            steps.set(steps.get() + 1);
            if assurance(&story.ledger) == Assurance::Confirmed {
                confirmed.set(confirmed.get() + 1);
            }
        }
        Ok(())
    });
    outcome.unwrap();
    let (steps, confirmed) = (steps.get(), confirmed.get());
    assert!(
        confirmed * 20 > steps,
        "only {confirmed} of {steps} steps have a confirmed cause to look at"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn the_order_of_operations_within_a_turn_does_not_matter(
        start in any_start(),
        turns in proptest::collection::vec(any_turn(), 1..4),
        last in proptest::collection::vec(any_move(), 0..14),
        shuffled in any::<prop::sample::Index>(),
    ) {
        let mut story = start.story();
        for turn in &turns {
            let quiet = Turn { command: None, reply: 0, ..turn.clone() };
            story.take(draft(&story, &quiet));
        }
        let mut rotated: Vec<Move> = last.iter().rev().cloned().collect();
        if !rotated.is_empty() {
            let by = shuffled.index(rotated.len());
            rotated.rotate_left(by);
        }
        let plain = |moves: Vec<Move>| {
            let moves = moves
                .into_iter()
                .filter(|what| !matches!(what, Move::Statement { .. } | Move::Offer(_)))
                .collect();
            draft(&story, &Turn { moves, reply: 0, command: None })
        };
        let one = story.attempt(plain(last)).unwrap();
        let other = story.attempt(plain(rotated)).unwrap();
        prop_assert_eq!(one.ledger.hypotheses, other.ledger.hypotheses);
        prop_assert_eq!(one.ledger.evidence, other.ledger.evidence);
        prop_assert_eq!(one.ledger.actions, other.ledger.actions);
    }
}
