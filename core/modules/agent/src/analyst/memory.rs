//! What fills the memory of a container that is killed for it.

use faultmaven_proto::case::v1::MessageRole;
use faultmaven_proto::evidence::v1::{
    Candidate, Check, FileCitation, Finding, Indication, IndicationStrength, ObservedChange, Remedy,
};

use super::relevance::MEASURED;
use super::situation::Situation;
use super::subject::subject;
use super::words::{flattened, has_phrase};

/// The entry that says that a container was killed, not what filled its memory.
pub(crate) const KILLED: &str = "kubernetes.oom_killed";
/// How people say so.
const SAID: [&str; 9] = [
    "oom",
    "ooms",
    "oomkilled",
    "oom-killed",
    "oomkill",
    "out of memory",
    "killed for memory",
    "exceeds its memory limit",
    "exit code 137",
];
const MEASURES: [&str; 4] = ["memory", "heap", "rss", "working_set"];

/// Returns whether the user reports the kill itself, which then explains nothing.
pub(crate) fn is_reported(situation: &Situation) -> bool {
    let said = |text: &str| {
        let flat = flattened(text);
        SAID.iter().any(|phrase| has_phrase(&flat, phrase))
    };
    let messages = situation.investigation.recent_messages.iter();
    let mut users = messages.filter(|message| message.role() == MessageRole::User);
    said(&situation.text) || users.any(|message| said(&message.content))
}

/// Puts up what may fill the memory, where that is the question or the data show it.
pub(crate) fn judge(situation: &mut Situation) {
    let Some(at) = situation
        .assessment
        .candidates
        .iter()
        .position(|candidate| candidate.catalogue_id == KILLED)
    else {
        return;
    };
    let about = subject(situation, &situation.assessment.candidates[at]);
    let growth = growth(situation, about.as_deref());
    let lowered = lowered(&situation.assessment.changes);
    let is_reported = is_reported(situation);
    if !is_reported && growth.is_none() {
        return;
    }
    let pod = about.unwrap_or_else(|| "<pod>".to_owned());
    let mut causes = vec![leak(&pod, growth)];
    if is_reported || lowered.is_some() {
        causes.push(limit(&pod, lowered));
    }
    if is_reported {
        causes.push(load(&pod));
        "condition".clone_into(&mut situation.assessment.candidates[at].kind);
    }
    situation.assessment.candidates.extend(causes);
}

/// The measurement that shows the memory of the same part growing.
fn growth(situation: &Situation, about: Option<&str>) -> Option<Indication> {
    let is_of_memory = |finding: &&Finding| {
        let said = finding.statement.to_lowercase();
        MEASURED.contains(&finding.kind.as_str()) && MEASURES.iter().any(|it| said.contains(it))
    };
    let is_of_part = |finding: &&Finding| {
        about.is_none_or(|name| {
            let mut words = finding
                .statement
                .split(|letter: char| letter.is_whitespace() || matches!(letter, '=' | '"' | ','));
            words.any(|word| word.len() > 2 && name.starts_with(word))
        })
    };
    let findings = situation.assessment.findings.iter();
    let mut of_part = findings.filter(is_of_memory).filter(is_of_part);
    let grown =
        of_part.find(|finding| matches!(finding.kind.as_str(), "growth" | "level_shift"))?;
    Some(Indication {
        strength: IndicationStrength::Direct.into(),
        statement: grown.statement.clone(),
        citation: grown.citations.first().cloned(),
        signature: grown.signature.clone(),
        observed_from: grown.first_seen,
        observed_to: grown.last_seen,
        count: grown.count,
    })
}

/// The change that lowered a limit of memory, as the data show it.
fn lowered(changes: &[ObservedChange]) -> Option<Indication> {
    let is_limit = |change: &&ObservedChange| {
        let key = change.key.to_lowercase();
        key.contains("limit") && key.contains("memory")
    };
    let lowered = changes.iter().filter(is_limit).find(|change| {
        let bytes = |value: &str| super::agreement::bytes(value);
        bytes(&change.before)
            .zip(bytes(&change.after))
            .is_some_and(|(before, after)| after < before)
    })?;
    let citation: FileCitation = lowered.citation.clone()?;
    Some(Indication {
        strength: IndicationStrength::Direct.into(),
        statement: lowered.description.clone(),
        citation: Some(citation),
        signature: lowered.signature.clone(),
        observed_from: lowered.change_time,
        observed_to: lowered.change_time,
        count: 1,
    })
}

fn leak(pod: &str, growth: Option<Indication>) -> Candidate {
    Candidate {
        catalogue_id: "memory.growth".to_owned(),
        statement: "The program takes more and more memory and does not give it back: a leak, or a cache \
                    without a bound"
            .to_owned(),
        category: "code".to_owned(),
        mechanism: "Memory that is taken and not given back grows until it meets the limit; then the \
                    kernel kills the process, and after the restart it grows again."
            .to_owned(),
        checks: vec![Check {
            title: "How the use of memory develops between two kills".to_owned(),
            command: format!("kubectl top pod {pod} --containers"),
            if_true: "Run several times, the use only grows, whatever the traffic.".to_owned(),
            if_false: "The use stays level, or follows the traffic.".to_owned(),
        }],
        remedy: Some(Remedy {
            title: "Bound what grows; raise the limit to gain time".to_owned(),
            body: "Take a heap profile before the next kill and bound the structure that grows; a higher \
                   limit only puts the kill off."
                .to_owned(),
            rollback: "Restore the former limit.".to_owned(),
            risks: "Medium. The program starts anew.".to_owned(),
            kind: "code_fix".to_owned(),
            ..Remedy::default()
        }),
        ..of_kill(growth)
    }
}

fn limit(pod: &str, lowered: Option<Indication>) -> Candidate {
    Candidate {
        catalogue_id: "memory.limit".to_owned(),
        statement: "The memory limit is too low for what the program needs normally".to_owned(),
        category: "config".to_owned(),
        mechanism:
            "The limit lies below the normal working set, so that the program meets it soon after \
                    each start."
                .to_owned(),
        checks: vec![Check {
            title: "The limit beside the normal use".to_owned(),
            command: format!(
                "kubectl get pod {pod} -o jsonpath='{{.spec.containers[*].resources}}'"
            ),
            if_true: "The limit is near the use right after the start.".to_owned(),
            if_false: "The limit is far above the use right after the start.".to_owned(),
        }],
        remedy: Some(Remedy {
            title: "Raise the memory limit".to_owned(),
            body: "Set the limit above the working set with headroom.".to_owned(),
            rollback: "Restore the former limit.".to_owned(),
            risks: "Medium. The program starts anew.".to_owned(),
            kind: "config_change".to_owned(),
            ..Remedy::default()
        }),
        ..of_kill(lowered)
    }
}

fn load(pod: &str) -> Candidate {
    Candidate {
        catalogue_id: "memory.load".to_owned(),
        statement: "More traffic or larger requests need more memory at once".to_owned(),
        category: "environment".to_owned(),
        mechanism:
            "Each request holds memory while it is served; many or large ones together meet the \
                    limit."
                .to_owned(),
        checks: vec![Check {
            title: "What was served right before the kill".to_owned(),
            command: format!("kubectl logs {pod} --previous --tail=200"),
            if_true: "Traffic or the size of requests rose before each kill.".to_owned(),
            if_false: "The traffic was as ever before each kill.".to_owned(),
        }],
        ..of_kill(None)
    }
}

fn of_kill(shown: Option<Indication>) -> Candidate {
    Candidate {
        kind: "cause".to_owned(),
        explains: KILLED.to_owned(),
        indications: shown.into_iter().collect(),
        ..Candidate::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn situation(text: &str, findings: Vec<Finding>) -> Situation {
        let mut situation = Situation {
            text: text.to_owned(),
            ..Situation::default()
        };
        situation.assessment.candidates = vec![Candidate {
            catalogue_id: KILLED.to_owned(),
            kind: "cause".to_owned(),
            ..Default::default()
        }];
        situation.assessment.findings = findings;
        judge(&mut situation);
        situation
    }

    fn growth() -> Finding {
        Finding {
            kind: "growth".to_owned(),
            statement: "container_memory_working_set_bytes of accounting grows steadily".to_owned(),
            citations: vec![FileCitation::default()],
            ..Default::default()
        }
    }

    #[test]
    fn a_reported_kill_is_a_condition_with_causes_of_its_own() {
        let situation = situation("the pod is OOM-killed", Vec::new());
        let candidates = &situation.assessment.candidates;
        assert_eq!(candidates[0].kind, "condition");
        assert_eq!(candidates.len(), 4);
        assert!(candidates[1..].iter().all(|it| it.explains == KILLED));
        assert!(candidates[1..].iter().all(|it| it.indications.is_empty()));
    }

    #[test]
    fn growth_of_the_same_part_speaks_for_a_leak_whoever_reports_what() {
        let told = situation("accounting restarts", vec![growth()]);
        let candidates = &told.assessment.candidates;
        assert_eq!(
            (candidates.len(), candidates[0].kind.as_str()),
            (2, "cause")
        );
        assert_eq!(candidates[1].indications.len(), 1);
        let nothing = situation("accounting restarts", Vec::new());
        assert_eq!(nothing.assessment.candidates.len(), 1);
    }

    #[test]
    fn a_lowered_limit_speaks_for_the_limit() {
        let change = |before: &str, after: &str| ObservedChange {
            key: "resources.limits.memory".to_owned(),
            before: before.to_owned(),
            after: after.to_owned(),
            citation: Some(FileCitation::default()),
            ..Default::default()
        };
        assert!(lowered(&[change("512Mi", "128Mi")]).is_some());
        assert!(lowered(&[change("128Mi", "1Gi")]).is_none());
    }
}
