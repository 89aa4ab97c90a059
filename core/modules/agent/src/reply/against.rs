//! What speaks against something the user names.

use faultmaven_proto::case::v1::{Hypothesis, HypothesisStatus};
use faultmaven_proto::evidence::v1::{DataClass, Severity};

use super::cite::Cited;
use super::compose::{Composed, Told};
use super::text::{counted, inert, plain};
use super::{objected, short};
use crate::analyst::relevance::text_of;
use crate::analyst::words::content_stems;

const SHOWN: usize = 3;

/// Says what rules something out, or that nothing does.
pub(super) fn tell(answer: &mut Composed, told: &Told<'_>, named: &str) {
    let wanted = content_stems(named);
    let is_named = |text: &str| !wanted.is_disjoint(&content_stems(text));
    let known: Vec<&Hypothesis> = told
        .after
        .hypotheses
        .iter()
        .filter(|known| is_named(&known.statement))
        .collect();
    for hypothesis in known.iter().take(SHOWN) {
        if hypothesis.status() == HypothesisStatus::Refuted {
            objected::weighed(answer, told, hypothesis);
        } else {
            answer.say(format!(
                "“{}” is not ruled out: {}.",
                plain(&hypothesis.statement, 300),
                short::standing(hypothesis)
            ));
        }
    }
    if !known.is_empty() {
        return;
    }
    let name = inert(named, 120);
    let findings = &told.situation.assessment.findings;
    let mut cited = Cited::default();
    let of_it = findings.iter().filter(|finding| {
        finding.severity() >= Severity::Warn
            && finding.kind != "onset"
            && is_named(&text_of(finding))
    });
    of_it
        .take(SHOWN)
        .for_each(|finding| cited.finding(finding, findings));
    if cited.is_empty() {
        let files = told.situation.assessment.files.iter();
        let logs = files.filter(|file| file.data_class() == DataClass::Logs);
        let logs = counted(logs.count() as i64, "log", "logs");
        answer.say(format!(
            "Nothing in the {logs} of this case speaks of {name} as the trouble, which does not rule it out: its own log or state from that time would."
        ));
        return;
    }
    answer.cite(
        &format!("Nothing rules {name} out; these speak of it:"),
        cited,
    );
}
