//! Domain constants that decide how bytes become findings.

/// Buckets the observed time span is divided into when an onset is sought.
pub const ONSET_GRID: i64 = 120;
/// Factor by which a bucket must exceed the median of earlier buckets plus one.
pub const ONSET_FACTOR: f64 = 4.0;
/// Consecutive buckets that must stay above the threshold.
pub const ONSET_BUCKETS: usize = 3;
/// Multiple of the later mean interval that must be covered before an observed onset.
pub const ONSET_QUIET: f64 = 10.0;
/// Lines around a hint that are searched before the whole file.
pub const QUOTE_WINDOW_LINES: u64 = 50;
/// Longest quote of a citation, in bytes.
pub const QUOTE_MAX_BYTES: usize = 8_192;
/// Hits a search returns by default.
pub const SEARCH_RESULTS: usize = 10;
/// Entities kept per file and kind.
pub const ENTITIES_MAX: usize = 500;
/// Application frames that make up a stack signature.
pub const STACK_FRAMES: usize = 5;
/// Longest structural index, in characters.
pub const STRUCTURAL_INDEX_MAX: usize = 10_000;
/// Longest summary, in characters.
pub const SUMMARY_MAX: usize = 500;
/// Longest statement of a finding, in characters.
pub const STATEMENT_MAX: usize = 300;
/// Characters of changed code that are kept.
pub(crate) const CODE_SHOWN: usize = 300;
/// Citations of one finding.
pub const CITATIONS_MAX: usize = 5;
/// Confidence below which a detected class falls back to text.
pub const CLASSIFY_ASK: f32 = 0.50;
/// Lines of the same source an absence proof needs.
pub const ABSENCE_MIN_LINES: u64 = 20;
/// Multiple of the mean interval an absence proof must last.
pub const ABSENCE_FACTOR: f64 = 10.0;
/// Version of the serialised form of an analysis, of which `faultmaven analyze --schema` prints the schema.
///
/// Raised when a field goes away or changes its type or meaning, never when one is added: readers pass over
/// fields they do not know.
pub const SCHEMA_VERSION: u32 = 1;
/// Name and version of the engine; the same bytes and version give the same analysis.
pub const ENGINE_VERSION: &str = concat!("faultmaven-analysis/", env!("CARGO_PKG_VERSION"));

/// Bytes buffered to identify class, encoding, format and zone.
pub(crate) const HEAD_BYTES: usize = 64 * 1024;
/// Zero bytes in a row that are a hole in a file rather than part of its text.
pub(crate) const HOLE_MIN: usize = 16;
/// Bytes of one line read at once; the rest is read in pieces.
pub(crate) const LINE_KEEP: usize = 16 * 1024;
/// Bytes of a piece of the rest of a line, so that a quote shows all of it.
pub(crate) const LINE_PIECE: usize = LINE_QUOTE_MAX;
/// Bytes of a message that take part in template mining.
pub(crate) const MINE_MAX: usize = 2_048;
/// Longest quote the engine takes from one line on its own, in bytes.
pub(crate) const LINE_QUOTE_MAX: usize = 1_024;
