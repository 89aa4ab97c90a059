//! A way to talk to the product.

use super::sight::{Evidence, Input, Sight, Told};

/// What a door refuses a change with.
pub(super) type Refused = String;

/// A way to talk to the product.
pub(super) trait Door {
    /// Opens a case and returns its id.
    async fn open_case(&self) -> String;
    /// Says and hands over something, in as many turns as that takes here, and returns the last answer.
    async fn take(&self, case_id: &str, input: &Input) -> Told;
    /// Returns everything that is shown of a case.
    async fn look(&self, case_id: &str) -> Sight;
    /// Returns the bytes of a file.
    async fn bytes(&self, file_id: &str) -> Vec<u8>;
    /// Asserts what the door promises of a piece of evidence.
    async fn check(&self, evidence: &Evidence);
    /// Asserts what the door shows of a resolved case alone.
    async fn check_resolved(&self, case_id: &str);
    /// Tries to hand over one more file.
    async fn hand_over_late(&self, case_id: &str) -> Refused;
    /// Tries to take a file out of a case.
    async fn take_out(&self, case_id: &str, file_id: &str) -> Refused;
    async fn rename(&self, case_id: &str, title: &str);
    /// Returns the version and the text of the summary that was written at the end of a case.
    async fn summary(&self, case_id: &str) -> (i64, String);
    /// Writes a runbook report and returns it as Markdown, HTML, PDF and JSON.
    async fn runbook(&self, case_id: &str) -> [Vec<u8>; 4];
    /// Drafts a runbook into the library and returns its id and its text.
    async fn draft(&self, case_id: &str) -> (String, String);
    /// Moves a document of the library to another state of its review.
    async fn review(&self, document_id: &str, review: &str);
}
