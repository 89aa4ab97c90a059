//! Data classes, states and origins of files in the words of each dialect.

use faultmaven_kit::Fault;
use faultmaven_proto::evidence::v1::{DataClass, FileOrigin, FileState};

use crate::problem::Problem;
use crate::wire;

/// The words for one data class.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ClassWords {
    /// Older clients' `data_type`.
    pub(crate) legacy: &'static str,
    /// Older clients' long class.
    pub(crate) long: &'static str,
    /// Older clients' `source_type` of evidence.
    pub(crate) source: &'static str,
    /// Older clients' `evidence_type` of a file.
    pub(crate) file_type: &'static str,
    /// Current clients' `data_type`.
    pub(crate) current: &'static str,
}

impl ClassWords {
    /// Returns the words for a class by its snake-case name.
    pub(crate) fn of(class: &str) -> Self {
        let (legacy, long, source, file_type, current) = match class {
            "logs" => ("log_file", "logs_and_errors", "log_file", "log", "logs"),
            "error_report" => ("log_file", "error_report", "log_file", "log", "logs"),
            "metrics" => (
                "metrics",
                "metrics_and_performance",
                "metrics_data",
                "metric",
                "metrics",
            ),
            "trace" => ("trace", "trace_data", "trace_data", "log", "metrics"),
            "profile" => ("trace", "profiling_data", "trace_data", "metric", "metrics"),
            "config" | "diff" => (
                "config_file",
                "structured_config",
                "config_file",
                "document",
                "configuration",
            ),
            "command_output" => (
                "other",
                "command_output",
                "command_output",
                "document",
                "text",
            ),
            "table" => (
                "other",
                "unstructured_text",
                "database_query",
                "document",
                "text",
            ),
            "code" => ("other", "source_code", "code_review", "document", "code"),
            "document" => ("other", "documentation", "other", "document", "text"),
            "image" => (
                "screenshot",
                "visual_evidence",
                "screenshot",
                "screenshot",
                "image",
            ),
            "archive" | "binary" => ("other", "unanalyzable", "other", "other", "text"),
            _ => ("other", "unstructured_text", "other", "other", "text"),
        };
        Self {
            legacy,
            long,
            source,
            file_type,
            current,
        }
    }
}

/// Returns the classes of the files that older clients know as this `evidence_type`.
pub(crate) fn classes_of_type(evidence_type: &str) -> Result<Vec<DataClass>, Problem> {
    let all = (0..).map_while(|number| DataClass::try_from(number).ok());
    let is_meant =
        |class: &DataClass| ClassWords::of(&class_word(*class)).file_type == evidence_type;
    let meant: Vec<DataClass> = all.filter(is_meant).collect();
    if meant.is_empty() {
        let words = "must be log, screenshot, metric, document or other";
        return Err(Fault::invalid("evidence_type", words).into());
    }
    Ok(meant)
}

/// Returns the class that the `evidence_type` of an upload asserts; a screenshot, like whatever else
/// is no text, is known by its content alone.
pub(crate) fn asserted_class(evidence_type: &str) -> Result<Option<DataClass>, Problem> {
    match evidence_type {
        "log" => Ok(Some(DataClass::Logs)),
        "metric" => Ok(Some(DataClass::Metrics)),
        "code" => Ok(Some(DataClass::Code)),
        "configuration" => Ok(Some(DataClass::Config)),
        "document" => Ok(Some(DataClass::Document)),
        "screenshot" | "other" | "" => Ok(None),
        _ => {
            let words = "must be log, screenshot, metric, document, code, configuration or other";
            Err(Fault::invalid("evidence_type", words).into())
        }
    }
}

/// Returns the snake-case name of a class; a file not yet classified is text.
pub(crate) fn class_word(class: DataClass) -> String {
    match class {
        DataClass::Unspecified => "text".to_owned(),
        known => wire::word(known.as_str_name(), "DATA_CLASS_"),
    }
}

/// Returns the snake-case name of a state.
pub(crate) fn state_word(state: FileState) -> String {
    match state {
        FileState::Unspecified => "stored".to_owned(),
        known => wire::word(known.as_str_name(), "FILE_STATE_"),
    }
}

/// Returns how far a file is, in the words of the file routes.
pub(crate) fn file_status(state: &str) -> &'static str {
    match state {
        "processing" => "processing",
        "analyzed" | "unanalyzable" => "processed",
        "failed" => "failed",
        _ => "pending",
    }
}

/// Returns how far a file is, in the words of the data routes.
pub(crate) fn data_status(state: &str) -> &'static str {
    match file_status(state) {
        "processed" => "completed",
        other => other,
    }
}

/// Returns how a file came in.
pub(crate) fn source_type(origin: FileOrigin) -> &'static str {
    match origin {
        FileOrigin::Paste => "paste",
        FileOrigin::PageCapture => "page_capture",
        FileOrigin::Screenshot => "screenshot",
        FileOrigin::Generated | FileOrigin::Derived => "agent_generated",
        FileOrigin::Upload | FileOrigin::Member | FileOrigin::Unspecified => "file_upload",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_has_words_in_each_dialect() {
        let words = ClassWords::of(&class_word(DataClass::ErrorReport));
        assert_eq!(
            (words.legacy, words.long, words.current),
            ("log_file", "error_report", "logs")
        );
        let words = ClassWords::of(&class_word(DataClass::Diff));
        assert_eq!(
            (words.legacy, words.current),
            ("config_file", "configuration")
        );
        assert_eq!(ClassWords::of("unheard_of"), ClassWords::of("text"));
    }

    #[test]
    fn a_type_of_older_clients_means_every_class_they_know_by_it() {
        use DataClass::{ErrorReport, Logs, Trace};
        assert_eq!(classes_of_type("log").unwrap(), [Logs, ErrorReport, Trace]);
        let others = classes_of_type("other").unwrap();
        assert!(others.contains(&DataClass::Unspecified));
        assert!(classes_of_type("logs").is_err());
        assert_eq!(asserted_class("log").unwrap(), Some(Logs));
        assert_eq!(asserted_class("screenshot").unwrap(), None);
        assert!(asserted_class("metrics").is_err());
    }

    #[test]
    fn states_have_the_words_of_their_routes() {
        assert_eq!(file_status("unanalyzable"), "processed");
        assert_eq!(data_status("analyzed"), "completed");
        assert_eq!(data_status("failed"), "failed");
        assert_eq!(file_status(&state_word(FileState::Stored)), "pending");
    }
}
