//! What the data say against the user's word that nothing changed.

use faultmaven_proto::evidence::v1::ObservedChange;

use super::objection::is_about_deployments;
use super::situation::Situation;
use super::words::content_stems;
use crate::convert::moment;

/// Words by which a change is known as a deployment.
const DEPLOYED: [&str; 6] = ["version", "revis", "replica", "rollout", "roll", "start"];

/// Returns the change before the problem that a file shows although the user says there was none.
pub(crate) fn by_a_file<'a>(situation: &'a Situation, said: &str) -> Option<&'a ObservedChange> {
    let onset = situation.relevance().onset();
    let is_meant = |change: &&ObservedChange| {
        !is_about_deployments(said) || is_deployment(&change.description)
    };
    let is_before = |change: &&ObservedChange| {
        let changed = moment(change.change_time.as_ref());
        onset
            .zip(changed)
            .is_none_or(|(onset, changed)| changed <= onset)
    };
    let shown = situation.assessment.changes.iter();
    shown
        .filter(|change| change.citation.is_some())
        .filter(is_meant)
        .filter(is_before)
        .max_by_key(|change| moment(change.change_time.as_ref()))
}

fn is_deployment(description: &str) -> bool {
    let stems = content_stems(description);
    is_about_deployments(description) || DEPLOYED.iter().any(|stem| stems.contains(*stem))
}

#[cfg(test)]
mod tests {
    use faultmaven_proto::evidence::v1::FileCitation;

    use super::*;

    #[test]
    fn a_deployment_in_a_file_contradicts_that_there_was_none() {
        let mut situation = Situation::default();
        situation.assessment.changes.push(ObservedChange {
            description: "shop: starting version 2.4.1".to_owned(),
            citation: Some(FileCitation::default()),
            ..Default::default()
        });
        assert!(by_a_file(&situation, "we did not deploy").is_some());
        assert!(by_a_file(&situation, "nothing changed").is_some());
        situation.assessment.changes[0].description = "pool.size changed from 50 to 5".to_owned();
        assert!(by_a_file(&situation, "we did not deploy").is_none());
    }
}
