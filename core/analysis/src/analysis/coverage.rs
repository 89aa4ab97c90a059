//! What a coverage says to a person.

use super::{Coverage, TimezoneSource};

/// Limit that stands for a wanted time in which no line lies.
const NOTHING_WANTED: &str = "time_window_empty";

impl Coverage {
    /// Records something that was not, or not wholly, looked at.
    pub fn note(&mut self, name: &str) {
        let Err(at) = self
            .limits_hit
            .binary_search_by(|known| known.as_str().cmp(name))
        else {
            return;
        };
        self.limits_hit.insert(at, name.to_owned());
    }

    /// Returns whether no line lies in the wanted time; the times are then those of the whole log.
    pub fn holds_nothing_wanted(&self) -> bool {
        self.limits_hit.iter().any(|limit| limit == NOTHING_WANTED)
    }

    /// Returns what was assumed and what was left out, as sentences without a full stop.
    pub fn notes(&self) -> Vec<String> {
        let assumes_zone =
            self.first_time.is_some() && self.timezone.source == TimezoneSource::AssumedUtc;
        let zone = assumes_zone.then(|| "the times name no zone; UTC is assumed".to_owned());
        let assumed = zone.into_iter().chain(self.jump_note());
        assumed.chain(self.limit_notes()).collect()
    }

    /// Returns what was left out or looked at in part, as sentences without a full stop.
    pub fn limit_notes(&self) -> impl Iterator<Item = String> {
        self.limits_hit.iter().map(|limit| self.limit_note(limit))
    }

    /// Returns whether some bytes were not, or not wholly, looked at.
    pub fn is_partial(&self) -> bool {
        const PARTIAL: [&str; 6] = [
            "cut_short",
            "document_open",
            "document_text",
            "document_values",
            "line_length",
            "zero_bytes",
        ];
        let mut limits = self.limits_hit.iter();
        limits.any(|limit| PARTIAL.contains(&limit.as_str()))
    }

    fn jump_note(&self) -> Option<String> {
        let jump = self.first_clock_jump.as_ref()?;
        let times = match self.clock_jumps {
            1 => String::new(),
            count => format!(" {count} times, first"),
        };
        let back = jump.back_ms as f64 / 1_000.0;
        let line = jump.citation.line_start;
        Some(format!(
            "the times jump back{times} by {back} s at line {line}"
        ))
    }

    fn cut_note(&self) -> String {
        let (lines, were) = match self.lines_cut {
            1 => ("1 very long line".to_owned(), "was"),
            count => (format!("{count} very long lines"), "were"),
        };
        match self.bytes_cut {
            0 => format!("{lines} {were} read in pieces"),
            bytes => format!(
                "{lines} {were} cut: {bytes} bytes were not read, only searched for known signatures"
            ),
        }
    }

    fn limit_note(&self, limit: &str) -> String {
        let left_out = self.lines_total.saturating_sub(self.lines_read);
        match limit {
            "cut_short" => {
                "the content could not be read to its end; what came before was read".to_owned()
            }
            "document_open" => {
                "the document ends before it is closed; what came before was read".to_owned()
            }
            "document_values" => {
                "some values of the document are too large to be read and were left out".to_owned()
            }
            "derived_text" => "lines and bytes are those of the text that was taken out of the document".to_owned(),
            "document_text" => "the document holds more text than was taken out of it".to_owned(),
            "entities" => "rare hosts, users and addresses are not listed".to_owned(),
            "line_length" => self.cut_note(),
            "message_length" => {
                "kinds of messages are told by the first 2 KiB of each; what comes later is searched for known signatures".to_owned()
            }
            "mined_forms" | "templates" => "rare kinds of messages are not listed".to_owned(),
            "stacks" => "rare stack traces are not listed".to_owned(),
            "syntax" => {
                "the syntax was not checked, for the file is larger than 1 MiB".to_owned()
            }
            "time_window" => {
                format!("{left_out} lines lie outside the wanted time and were left out")
            }
            NOTHING_WANTED => "no line lies in the wanted time".to_owned(),
            "values" => "there are more values than are kept".to_owned(),
            "day_unknown" => {
                "the times name no day: the first one is taken for that of the analysis".to_owned()
            }
            "year_unknown" => "the times name no year, and none could be derived".to_owned(),
            "zero_bytes" => format!(
                "{} zero bytes were skipped: a hole, as a crash or truncation leaves it",
                self.bytes_total
                    .saturating_sub(self.bytes_read + self.bytes_cut)
            ),
            other => other.replace('_', " "),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Options, analyze};

    #[test]
    fn notes_are_sorted_named_once_and_hold_no_internal_word() {
        let log = b"2025-03-04T14:05:00Z INFO api: up\n";
        let mut coverage = analyze(log, Options::default()).coverage;
        for name in ["time_window", "cut_short", "time_window", "values"] {
            coverage.note(name);
        }
        assert_eq!(coverage.limits_hit, ["cut_short", "time_window", "values"]);
        assert!(coverage.notes().iter().all(|note| !note.contains('_')));
        assert_eq!(coverage.notes().len(), 3, "the times name their zone");
    }
}
