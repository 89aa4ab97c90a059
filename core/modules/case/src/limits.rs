//! The numbers that decide. Changing one of the ledger's raises [`RULES_VERSION`].

use std::time::Duration;

/// The version of the ledger's rules and numbers.
pub(crate) const RULES_VERSION: &str = "1";

pub(crate) const TITLE_MAX: usize = 200;
pub(crate) const TITLE_WORDS: usize = 8;
/// A text of fewer words says too little for a title.
pub(crate) const TITLE_WORDS_MIN: usize = 3;
pub(crate) const TITLE_WORDS_MAX: usize = 12;
pub(crate) const DESCRIPTION_MAX: usize = 2_000;
pub(crate) const TEAMS_MAX: usize = 20;
pub(crate) const METADATA_MAX_BYTES: usize = 16 * 1024;
pub(crate) const QUERY_MAX: usize = 1_000;
pub(crate) const TREND_DAYS: u64 = 30;
pub(crate) const TREND_DAYS_MAX: u64 = 365;
pub(crate) const MESSAGE_MAX: usize = 200_000;
pub(crate) const SUGGESTIONS_MAX: usize = 6;
pub(crate) const STATEMENT_MAX: usize = 1_000;
pub(crate) const FACTS_MAX: usize = 200;
pub(crate) const FACT_TEXT_MAX: usize = 200;
pub(crate) const FACT_LONG_TEXT_MAX: usize = 300;
pub(crate) const CHANGE_TEXT_MAX: usize = 500;
pub(crate) const CLAIM_MAX: usize = 500;
pub(crate) const QUOTE_MAX_BYTES: usize = 8_192;
pub(crate) const HYPOTHESIS_STATEMENT_MAX: usize = 500;
pub(crate) const RATIONALE_MAX: usize = 1_000;
pub(crate) const MECHANISM_MAX: usize = 1_000;
pub(crate) const PREDICTIONS_MAX: usize = 5;
pub(crate) const PREDICTION_TEXT_MAX: usize = 300;
pub(crate) const REASONING_MAX: usize = 1_000;
pub(crate) const CAVEAT_MAX: usize = 300;
pub(crate) const CAVEATS_MAX: usize = 5;
pub(crate) const CONCLUDED_REASON_MAX: usize = 200;
pub(crate) const NEED_TEXT_MAX: usize = 300;
pub(crate) const NEED_HOW_MAX: usize = 500;
pub(crate) const ACTION_TITLE_MAX: usize = 200;
pub(crate) const ACTION_BODY_MAX: usize = 2_000;
pub(crate) const ACTION_ROLLBACK_MAX: usize = 1_000;
pub(crate) const COMMANDS_MAX: usize = 10;
pub(crate) const ATTEMPT_NOTE_MAX: usize = 500;
pub(crate) const JOURNAL_TEXT_MAX: usize = 200;
pub(crate) const TRANSITION_REASON_MAX: usize = 500;
pub(crate) const TRANSITION_SUMMARY_MAX: usize = 1_000;
pub(crate) const EXCERPT_MAX: usize = 200;
pub(crate) const NOTICE_MAX: usize = 300;

pub(crate) const PROPOSAL_REOFFERS: u32 = 1;

pub(crate) const PRIOR_DEFAULT: f64 = 0.30;
pub(crate) const PRIOR_MIN: f64 = 0.05;
pub(crate) const PRIOR_MAX: f64 = 0.50;
pub(crate) const MODEL_PRIOR_MIN: f64 = 0.10;
pub(crate) const MODEL_PRIOR_MAX: f64 = 0.40;
pub(crate) const MODEL_STRENGTH_MAX: f64 = 0.8;
pub(crate) const WEIGHT_SUPPORT: f64 = 1.4;
pub(crate) const WEIGHT_REFUTE: f64 = 1.8;
pub(crate) const LIKELIHOOD_MIN: f64 = 0.02;
pub(crate) const LIKELIHOOD_MAX: f64 = 0.98;
pub(crate) const LINK_MIN: f64 = 0.20;
pub(crate) const SUPPORT_MIN: f64 = 0.40;
pub(crate) const NONDISCRIMINATING_CAP: f64 = 0.30;
pub(crate) const RIVAL_TOLERANCE: f64 = 0.20;
pub(crate) const VALIDATE_LIKELIHOOD: f64 = 0.70;
pub(crate) const VALIDATE_SUPPORTS: usize = 2;
pub(crate) const VALIDATE_FILE_SUPPORTS: usize = 1;
pub(crate) const REFUTATION_MIN: f64 = 0.50;
pub(crate) const REFUTATIONS_TOGETHER: usize = 2;
pub(crate) const DECISIVE_REFUTATION: f64 = 0.80;
pub(crate) const REFUTED_LIKELIHOOD: f64 = 0.20;
pub(crate) const CAP_POSSIBLE: f64 = 0.69;
pub(crate) const CAP_LIKELY: f64 = 0.80;
pub(crate) const CAP_CONFIRMED: f64 = 0.98;
pub(crate) const DUPLICATE_JACCARD: f64 = 0.80;
pub(crate) const RESTATEMENT_JACCARD: f64 = 0.80;
pub(crate) const HYPOTHESES_MAX: usize = 40;
pub(crate) const CHAIN_MAX: usize = 6;
pub(crate) const SHOWN_HYPOTHESES: usize = 3;
pub(crate) const SHOWN_EVIDENCE: usize = 5;
pub(crate) const INCONCLUSIVE_IDLE_TURNS: usize = 3;
pub(crate) const RETIRE_IDLE_TURNS: usize = 8;
pub(crate) const STALE_ACTION_TURNS: i32 = 8;
pub(crate) const STUCK_TURNS: i32 = 3;
pub(crate) const DEGRADED_TURNS: i32 = 5;
pub(crate) const EXHAUSTED_TURN: i32 = 8;
pub(crate) const DEADLOCK_COUNT: usize = 3;
pub(crate) const ANCHOR_COUNT: usize = 4;
pub(crate) const ACTION_LOOP: usize = 3;
pub(crate) const FIX_FAILURES: usize = 2;
pub(crate) const ONGOING_WINDOW: chrono::TimeDelta = chrono::TimeDelta::minutes(120);
/// Absorbs rounding where a sum of decimal strengths meets a threshold.
pub(crate) const EPSILON: f64 = 1e-9;

pub(crate) const RECENT_MESSAGES: u64 = 20;
pub(crate) const RECENT_TURNS: u64 = 20;
/// How often a waiting turn looks whether another process has finished.
pub(crate) const LEASE_POLL: Duration = Duration::from_millis(200);
