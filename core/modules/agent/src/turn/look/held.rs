//! Checks that a file of the case answers already.

use std::collections::HashSet;

use faultmaven_proto::evidence::v1::{DataClass, UploadedFile};

use super::super::{Turn, Turns};
use crate::analyst::situation::Situation;
use crate::error::TurnError;
use crate::lookup;

const METRICS_MAX: usize = 6;
/// Larger files are not searched for numbers within a turn.
const BYTES_MAX: i64 = 1 << 20;

impl Turns {
    /// Returns the commands that would print nothing but metrics the files hold.
    pub(super) async fn held(
        &self,
        turn: &Turn,
        situation: &Situation,
    ) -> Result<HashSet<String>, TurnError> {
        let candidates = situation.assessment.candidates.iter();
        let checks = candidates.flat_map(|candidate| &candidate.checks);
        let asked: HashSet<&str> = checks.map(|check| check.command.as_str()).collect();
        let all = &situation.assessment.files;
        let read = asked.iter().filter(|command| reads_a_file(command, all));
        let mut held: HashSet<String> = read.map(|command| (*command).to_owned()).collect();
        let files: Vec<UploadedFile> = all.iter().filter(|file| may_hold(file)).cloned().collect();
        if files.is_empty() {
            return Ok(held);
        }
        let metrics = asked
            .into_iter()
            .filter_map(|command| Some((command, metric_of(command)?)));
        for (command, metric) in metrics.take(METRICS_MAX) {
            let pattern = format!(r"^\s*{metric}\w*(\{{.*\}})?\s+[-+]?\d");
            let found = lookup::search(&self.callees, &turn.ctx, &pattern, &files).await?;
            if found.count() > 0 {
                held.insert(command.to_owned());
            }
        }
        Ok(held)
    }
}

/// Returns whether a command only searches a file of the case, which was read already.
fn reads_a_file(command: &str, files: &[UploadedFile]) -> bool {
    let searched = command.strip_prefix("grep ");
    let last = searched.and_then(|it| it.rsplit(' ').next());
    last.is_some_and(|last| files.iter().any(|file| file.filename == last))
}

fn may_hold(file: &UploadedFile) -> bool {
    let class = file.data_class();
    let holds_numbers = matches!(
        class,
        DataClass::Metrics | DataClass::CommandOutput | DataClass::Text
    );
    holds_numbers && file.size_bytes <= BYTES_MAX && lookup::has_lines(file)
}

/// The metric whose lines a command greps.
fn metric_of(command: &str) -> Option<&str> {
    let (_, wanted) = command.rsplit_once("| grep ")?;
    let wanted = wanted.trim().trim_matches(['\'', '"']);
    let is_name = wanted.contains('_')
        && wanted
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_name.then_some(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grepped_metric_is_told_from_other_text() {
        for (command, metric) in [
            (
                "curl -s localhost:8081/metrics | grep hikaricp_connections_max",
                Some("hikaricp_connections_max"),
            ),
            ("journalctl -k | grep -i oom_kill", None),
            ("ps aux | grep java", None),
            ("df -h", None),
        ] {
            assert_eq!(metric_of(command), metric, "{command}");
        }
    }

    #[test]
    fn a_search_through_a_file_of_the_case_is_no_check() {
        let files = [UploadedFile {
            filename: "cart.log".to_owned(),
            ..Default::default()
        }];
        assert!(reads_a_file("grep -A5 NullReference cart.log", &files));
        assert!(!reads_a_file("grep -A5 NullReference other.log", &files));
        assert!(!reads_a_file("tail -n 5 cart.log", &files));
    }
}
