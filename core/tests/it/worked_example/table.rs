//! The turns of the conversation, and what must hold after each of them.

use std::ops::Range;

use super::files::file;
use super::sight::{Hypothesis, Input, Link, Sight, Told, Turn};

/// One row of the table.
pub(super) struct Step {
    pub(super) input: Input,
    pub(super) holds: fn(&Moment<'_>),
}

/// The case around one input.
pub(super) struct Moment<'a> {
    pub(super) told: &'a Told,
    pub(super) before: &'a Sight,
    pub(super) now: &'a Sight,
    /// What the input took, which may be several turns.
    pub(super) turns: &'a [Turn],
}

pub(super) const QUESTION: &str = "Why does checkout answer 500 since 14:05?";

pub(super) const STEPS: [Step; 10] = [
    Step {
        input: says(QUESTION),
        holds: the_problem_is_stated,
    },
    Step {
        input: hands_over("", &["app.log"]),
        holds: the_log_is_read_and_proves_nothing_yet,
    },
    Step {
        input: says("add that only the EU region is affected"),
        holds: the_statement_is_narrower,
    },
    Step {
        input: says("yes"),
        holds: the_investigation_has_evidence,
    },
    Step {
        input: Input {
            text: "",
            files: &[],
            pasted: Some("pool.txt"),
        },
        holds: the_condition_is_established,
    },
    Step {
        input: says("yes but could it be DNS?"),
        holds: the_suspicion_is_a_hypothesis,
    },
    Step {
        input: hands_over("", &["dns.txt", "config.diff"]),
        holds: the_cause_is_likely,
    },
    Step {
        input: hands_over(
            "Set it back to 50 and restarted at 15:08; new data attached",
            &["after.log", "pool-after.txt"],
        ),
        holds: the_cause_is_confirmed,
    },
    Step {
        input: says("yes"),
        holds: the_case_is_resolved,
    },
    Step {
        input: says("what should we monitor?"),
        holds: nothing_is_decided_any_more,
    },
];

/// What a later case of the same kind begins with.
pub(super) const APP_LOG: Input = hands_over("", &["app.log"]);
pub(super) const YES: Input = says("yes");

const fn says(text: &'static str) -> Input {
    hands_over(text, &[])
}

const fn hands_over(text: &'static str, files: &'static [&'static str]) -> Input {
    Input {
        text,
        files,
        pasted: None,
    }
}

impl Moment<'_> {
    #[track_caller]
    fn assert_says(&self, parts: &[&str]) {
        for part in parts {
            let answer = &self.told.answer;
            assert!(answer.contains(part), "{part} is missing in: {answer}");
        }
    }

    #[track_caller]
    fn assert_changes(&self, parts: &[&str]) {
        for part in parts {
            let mut changes = self.turns.iter().flat_map(|turn| &turn.changes);
            let happened = changes.any(|change| change.contains(part));
            assert!(happened, "{part}: {:#?}", self.turns);
        }
    }

    #[track_caller]
    fn assert_completed(&self, milestones: &[&str]) {
        for milestone in milestones {
            let has = |sight: &Sight| sight.milestones.iter().any(|it| it == milestone);
            assert!(has(self.now), "{milestone}: {:?}", self.now.milestones);
        }
    }

    /// Asserts that a move to another status waits for a yes or no and has not happened.
    #[track_caller]
    fn assert_offered(&self, to: &str) {
        self.assert_changes(&[&format!("{to} offered")]);
        assert!(self.now.awaits_confirmation, "{:#?}", self.told);
        assert_eq!(self.told.suggested("DECIDE").count(), 2, "{:#?}", self.told);
        assert_eq!(self.now.status, self.before.status);
        assert_eq!(self.told.status, self.before.status);
    }

    fn path(&self) -> &str {
        self.turns.last().map_or("", |turn| turn.path.as_str())
    }
}

fn the_problem_is_stated(at: &Moment<'_>) {
    assert_eq!(at.told.turn_number, 1);
    for word in ["checkout", "500"] {
        assert!(at.now.statement.contains(word), "{}", at.now.statement);
    }
    assert!(!at.now.statement_confirmed);
    at.assert_offered("investigating");
    assert_eq!(at.now.title_source, "generated");
}

fn the_log_is_read_and_proves_nothing_yet(at: &Moment<'_>) {
    let [log] = at.now.files.as_slice() else {
        panic!("{:#?}", at.now.files);
    };
    let app_log = file("app.log");
    assert_eq!(log.size_bytes, app_log.size);
    assert_eq!(log.sha256, app_log.sha256);
    assert_eq!(log.data_class, "logs");
    assert_eq!(log.coverage.lines_read, 1_260);
    assert_time(log.coverage.first_time.as_ref(), "2025-03-04T13:35:00.000");
    assert_time(log.coverage.last_time.as_ref(), "2025-03-04T14:14:59.001");
    at.assert_says(&["Connection is not available", "600", "14:05:00"]);
    at.assert_changes(&["offer of investigating withdrawn"]);
    at.assert_offered("investigating");
    assert!(at.now.evidence.is_empty(), "{:#?}", at.now.evidence);
}

fn the_statement_is_narrower(at: &Moment<'_>) {
    assert!(at.now.statement.contains("EU"), "{}", at.now.statement);
    assert!(!at.now.statement_confirmed);
    assert_eq!(at.now.regions, ["EU"]);
    at.assert_offered("investigating");
}

fn the_investigation_has_evidence(at: &Moment<'_>) {
    assert_eq!(at.path(), "handshake");
    assert_eq!(at.told.status, "investigating");
    assert!(at.now.statement_confirmed);
    at.assert_changes(&["statement confirmed (revision 1)"]);
    assert_within(at.now, "symptom", 62, 5_859..5_955);
    assert_within(at.now, "causal", 61, 5_700..5_858);
    assert_time(at.now.started_at.as_ref(), "2025-03-04T14:05:00");
    at.assert_completed(&["symptom_verified", "scope_assessed", "timeline_established"]);
    let condition = at.now.hypothesis("connection pool exhausted");
    assert_eq!(condition.kind, "condition");
    let explains = |it: &&Hypothesis| it.kind == "cause" && it.explains == condition.hypothesis_id;
    let causes = at.now.hypotheses.iter().filter(explains).count();
    assert!(causes >= 2, "{:#?}", at.now.hypotheses);
    assert!(at.now.roots().is_empty());
    assert_eq!(at.now.grade, "possible");
    assert_eq!(at.now.investigation_stage, "diagnosis");
    assert!(at.told.suggested("RUN").count() > 0, "{:#?}", at.told);
}

fn the_condition_is_established(at: &Moment<'_>) {
    let pool = file("pool.txt");
    let mut files = at.now.files.iter();
    assert!(files.any(|it| it.sha256 == pool.sha256));
    let condition = at.now.hypothesis("connection pool exhausted");
    assert_eq!(condition.status, "validated");
    assert!(at.now.roots().is_empty());
    assert!(at.now.confidence <= 0.69, "{}", at.now.confidence);
    assert_eq!(at.now.analysis_stage, "hypothesis_validation");
}

fn the_suspicion_is_a_hypothesis(at: &Moment<'_>) {
    assert_eq!(at.path(), "embedded");
    let dns = at.now.hypothesis("name does not resolve");
    assert_eq!(dns.generation_mode, "opportunistic");
    assert!(dns.likelihood <= 0.50, "{dns:?}");
    let mut commands = at.told.suggested("RUN").map(|it| it.payload.as_str());
    let resolves = |it: &str| it.contains("getent hosts") || it.contains("dig");
    assert!(commands.any(resolves), "{:#?}", at.told);
}

fn the_cause_is_likely(at: &Moment<'_>) {
    let dns = at.now.hypothesis("name does not resolve");
    assert_eq!(dns.status, "refuted");
    assert!(dns.concluded_reason.is_some(), "{dns:?}");
    at.assert_changes(&["fact recorded: change"]);
    let [root] = at.now.roots()[..] else {
        panic!("{:#?}", at.now.hypotheses);
    };
    assert!(root.statement.contains("pool size limit"), "{root:?}");
    for (filename, strength, basis) in [
        ("config.diff", 0.8, "change_sets_condition"),
        ("app.log", 0.6, "onset_after_change"),
    ] {
        let links = at.now.links_from(filename, root);
        let expected = Link {
            strength,
            basis: basis.to_owned(),
        };
        assert!(links.contains(&&expected), "{filename}: {root:#?}");
    }
    assert_eq!(at.now.grade, "likely");
    let confidence = at.now.confidence;
    assert!((0.70..=0.80).contains(&confidence), "{confidence}");
    at.assert_completed(&[
        "changes_identified",
        "root_cause_identified",
        "solution_proposed",
    ]);
    at.assert_says(&["14:00:10", "likely", "Risk: ", "ollback"]);
    let answer = at.told.answer.to_lowercase();
    for overclaim in ["is confirmed", "grade: confirmed", "the root cause is"] {
        assert!(!answer.contains(overclaim), "{answer}");
    }
}

fn the_cause_is_confirmed(at: &Moment<'_>) {
    at.assert_changes(&["accepted", "was tried and succeeded"]);
    assert_quotes(at.now, "symptom_absence", "after.log", 900, 85_405..85_499);
    assert_quotes(at.now, "causal_absence", "pool-after.txt", 5, 229..277);
    let mut claims = at.now.evidence.iter().map(|it| it.claim.as_str());
    assert!(claims.any(|it| it.starts_with("0 matches in lines 1 to 900")));
    let gone = at.now.quoting("causal_absence", "pool-after.txt").next();
    let limit = r#"hikaricp_connections_max{pool="HikariPool-1"} 50"#;
    assert_eq!(gone.unwrap().quote, limit);
    assert_eq!(at.now.grade, "confirmed");
    assert!(at.now.confidence >= 0.90, "{}", at.now.confidence);
    assert_eq!(at.now.milestones.len(), 8, "{:?}", at.now.milestones);
    at.assert_offered("resolved");
    assert_eq!(at.now.status, "investigating");
    assert_eq!(at.now.resolved_eligibility, "ready");
    assert_eq!(at.now.investigation_stage, "treatment");
}

fn the_case_is_resolved(at: &Moment<'_>) {
    assert_eq!(at.told.status, "resolved");
    assert_eq!(at.now.status, "resolved");
    assert!(at.now.resolved_at.is_some());
    assert_eq!(at.now.resolved_at, at.now.closed_at);
    at.assert_completed(&["solution_verified"]);
}

fn nothing_is_decided_any_more(at: &Moment<'_>) {
    assert_eq!(at.path(), "terminal");
    assert_eq!(at.told.status, "resolved");
    assert!(!at.told.answer.is_empty());
    assert_eq!(at.now.state_version, at.before.state_version);
    assert_eq!(at.now.hypotheses, at.before.hypotheses);
    assert_eq!(at.now.evidence, at.before.evidence);
    assert_eq!(at.now.milestones, at.before.milestones);
}

#[track_caller]
fn assert_time(time: Option<&String>, start: &str) {
    let time = time.map_or("", String::as_str);
    assert!(time.starts_with(start), "{time} is not {start}");
}

/// Asserts that evidence of a kind quotes part of a line of the log.
#[track_caller]
fn assert_within(sight: &Sight, kind: &str, line: i64, bytes: Range<usize>) {
    let mut citations = sight.quoting(kind, "app.log");
    let found = citations.any(|it| {
        (it.line_start, it.line_end) == (line, line)
            && bytes.start <= it.byte_start
            && it.byte_end <= bytes.end
    });
    assert!(found, "{kind} in line {line}: {:#?}", sight.evidence);
}

/// Asserts that evidence of a kind quotes exactly this.
#[track_caller]
fn assert_quotes(sight: &Sight, kind: &str, filename: &str, line: i64, bytes: Range<usize>) {
    let mut citations = sight.quoting(kind, filename);
    let found = citations.any(|it| it.line_start == line && (it.byte_start..it.byte_end) == bytes);
    assert!(found, "{kind} in {filename}: {:#?}", sight.evidence);
}
