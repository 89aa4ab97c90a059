//! Deterministic analysis of logs, metrics, configuration, diffs and command output.
//!
//! Bytes go in, in chunks of any size; typed findings with exact citations come out. There is no
//! I/O, no clock and no model in here: the same bytes and the same options give the same result.
//!
//! ```
//! use faultmaven_analysis::{Options, analyze};
//!
//! let log = b"2025-03-04T14:05:00Z ERROR api: disk full\n".repeat(3);
//! let analysis = analyze(&log, Options::default());
//! assert_eq!(analysis.coverage.lines_read, 3);
//! assert_eq!(analysis.findings[0].citations[0].line_start, 1);
//! ```

mod absence;
mod analysis;
mod analyzer;
mod archive;
mod catalogue;
mod citation;
mod classify;
mod clues;
mod compare;
mod constants;
mod encoding;
mod event;
mod finding;
mod findings;
mod fingerprint;
mod format;
mod header;
mod incident;
mod level;
mod line;
mod logs;
mod message;
mod onset;
mod options;
mod overview;
mod pod_name;
mod quote;
mod redaction;
mod report;
mod rhythm;
mod search;
mod structured;
mod template;
mod ties;
mod time;
mod time_marks;
mod timeline;

pub use absence::{AbsenceChecker, AbsenceQuery, AbsenceReport};
pub use analysis::*;
pub use analyzer::{Analyzer, analyze};
pub use archive::{
    ArchiveKind, SkipReason, UnpackLimit, UnpackLimits, UnpackReport, Visit, unpack_file,
    unpack_stream,
};
pub use catalogue::*;
pub use citation::{Citation, CitationError, verify_citation};
pub use classify::known_endings;
pub use clues::{
    Account, Backend, Binding, Clues, Complaint, Described, Environment, Experiment, LabelTest,
    ListedPolicy, ListedSpace, Machine, MeshDemand, MeshRoute, Peer, PlacedPod, PolicyRule,
    Preemption, PriorityClass, ReadEnvironment, Reference, Related, RewrittenStore, Schedule,
    ScheduledRun, Selector, ServedPod, Setting, Store, StoreKind, TestKind,
};
pub use compare::{Difference, DifferenceKind, RateRatio, compare};
pub use constants::{
    ABSENCE_FACTOR, ABSENCE_MIN_LINES, CITATIONS_MAX, CLASSIFY_ASK, ENGINE_VERSION, ENTITIES_MAX,
    ONSET_BUCKETS, ONSET_FACTOR, ONSET_GRID, ONSET_QUIET, QUOTE_MAX_BYTES, QUOTE_WINDOW_LINES,
    SCHEMA_VERSION, SEARCH_RESULTS, STACK_FRAMES, STATEMENT_MAX, STRUCTURAL_INDEX_MAX, SUMMARY_MAX,
};
pub use encoding::Encoding;
pub use finding::{Elsewhere, Finding, FindingKind, Severity};
pub use findings::{command_findings, rank_across};
pub use fingerprint::quote_signature;
pub use format::LogFormat;
pub use level::Level;
pub use message::{line_outline, line_signature, line_template};
pub use options::{Limits, Options};
pub use overview::{
    ClockOffset, FileOnset, IncidentOnset, MetricBeside, Moment, NamedPeer, Overview, Place,
    Shared, Step, clock_offsets, overview,
};
pub use quote::{QuoteFinder, locate_quote};
pub use redaction::{
    Notation, Placeholder, PlaceholderEntry, PlaceholderMap, Redacted, RedactionCounts,
    RedactionOptions, RedactionStream, Redactor, RedactorError, RestorationStream, Restored,
    SensitiveKind, SensitiveSpan,
};
pub use search::{SearchError, SearchQuery, SearchResult, Searcher};
pub use ties::{Offer, Tie, pods_of, tie, tie_findings};
pub use time::parse_time;
pub use time_marks::{Stretch, TimeMark, stretches_at};
