//! The logs that a turn is about, with what their analyses keep of them.

use std::cmp::Reverse;

use faultmaven_kit::fault::chain;
use faultmaven_proto::evidence::v1::{DataClass, FileState, UploadedFile};

use super::super::{Turn, Turns};
use crate::analyst::situation::Situation;
use crate::lookup::{self, Analysed};

const LOGS_MAX: usize = 4;

impl Turns {
    /// Returns the logs of a turn, as far as they can be had.
    pub(super) async fn logs(&self, turn: &Turn, situation: &Situation) -> Vec<Analysed> {
        let mut logs = Vec::new();
        for file in spoken_of(situation) {
            match lookup::analysed(&self.callees, &turn.ctx, file).await {
                Ok(log) => logs.push(log),
                Err(error) => {
                    let file_id = &file.file_id;
                    tracing::warn!(file_id, error = %chain(&error), "no model is told the kinds of lines of {file_id}");
                }
            }
        }
        logs
    }
}

/// The logs that are new or named by the user; else the newest one.
fn spoken_of(situation: &Situation) -> Vec<&UploadedFile> {
    let files = situation.assessment.files.iter();
    let mut logs: Vec<&UploadedFile> = files
        .filter(|it| it.data_class() == DataClass::Logs && it.state() == FileState::Analyzed)
        .collect();
    logs.sort_by_key(|it| Reverse((it.uploaded_at_turn, it.size_bytes)));
    let text = situation.text.to_lowercase();
    let is_named =
        |it: &UploadedFile| !it.filename.is_empty() && text.contains(&it.filename.to_lowercase());
    let is_meant = |it: &&UploadedFile| situation.is_new_file(&it.file_id) || is_named(it);
    let meant: Vec<&UploadedFile> = logs.iter().copied().filter(is_meant).collect();
    if meant.is_empty() {
        return logs.into_iter().take(1).collect();
    }
    meant.into_iter().take(LOGS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(name: &str, turn: i32) -> UploadedFile {
        let mut file = UploadedFile {
            file_id: format!("file_{name}"),
            filename: name.to_owned(),
            uploaded_at_turn: turn,
            ..Default::default()
        };
        file.set_data_class(DataClass::Logs);
        file.set_state(FileState::Analyzed);
        file
    }

    fn names(text: &str, new: &[UploadedFile]) -> Vec<String> {
        let mut situation = Situation {
            text: text.to_owned(),
            new_files: new.to_vec(),
            ..Situation::default()
        };
        let old = [log("db.log", 1), log("app.log", 2)];
        situation.assessment.files = old.iter().chain(new).cloned().collect();
        let logs = spoken_of(&situation).into_iter();
        logs.map(|it| it.filename.clone()).collect()
    }

    #[test]
    fn new_and_named_logs_count_else_the_newest() {
        assert_eq!(names("what does that tell?", &[]), ["app.log"]);
        assert_eq!(names("what is in DB.log?", &[]), ["db.log"]);
        let new = [log("gc.log", 3)];
        assert_eq!(names("and db.log?", &new), ["gc.log", "db.log"]);
        let mut metrics = log("metrics.txt", 3);
        metrics.set_data_class(DataClass::Metrics);
        assert_eq!(names("metrics.txt", &[metrics]), ["app.log"]);
    }
}
