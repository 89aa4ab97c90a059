//! Checks whose numbers a file of the case holds already.

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
        let files = situation.assessment.files.iter();
        let files: Vec<UploadedFile> = files.filter(|file| may_hold(file)).cloned().collect();
        let mut held = HashSet::new();
        if files.is_empty() {
            return Ok(held);
        }
        let candidates = situation.assessment.candidates.iter();
        let checks = candidates.flat_map(|candidate| &candidate.checks);
        let asked: HashSet<&str> = checks.map(|check| check.command.as_str()).collect();
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
}
