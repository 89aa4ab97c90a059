//! A host name that does not resolve because nothing of that name is ready.

use std::sync::LazyLock;

use faultmaven_proto::evidence::v1::{Candidate, ListedPod};
use regex::Regex;

use super::fit::all_that_supports;
use super::situation::Situation;

const ENTRY: &str = "dns.name_not_resolved";

/// The name in front of or behind the words of a lookup that failed.
static LOOKUP: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)(?:\blookup |ENOTFOUND |EAI_AGAIN |resolve (?:host(?:name)? )?|translate host name |host(?:name)? not found:? |UnknownHostException: )\\?["'(]*([a-z0-9][a-z0-9-]*)"#,
    )
    .ok()
});

/// Returns whether all that speaks for an unresolved name is of a workload that has no ready pod.
pub(super) fn is_named(candidate: &Candidate, situation: &Situation) -> bool {
    candidate.catalogue_id == ENTRY
        && all_that_supports(candidate, |found| {
            let quote = found.citation.as_ref().map_or("", |it| it.quote.as_str());
            let host = LOOKUP.as_ref().and_then(|it| it.captures(quote));
            host.is_some_and(|host| waits(&host[1], &situation.assessment.pods))
        })
}

/// Returns whether a workload has pods, and none of them is ready.
fn waits(workload: &str, pods: &[ListedPod]) -> bool {
    const ENDED: [&str; 3] = ["Completed", "Succeeded", "completed"];
    let mut own = pods
        .iter()
        .filter(|it| it.workload == workload && !ENDED.contains(&it.state.as_str()))
        .peekable();
    own.peek().is_some() && own.all(|it| !it.ready)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_waits_when_none_of_its_pods_is_ready() {
        let pod = |workload: &str, ready: bool| ListedPod {
            workload: workload.to_owned(),
            ready,
            ..Default::default()
        };
        let pods = [pod("db", false), pod("cart", false), pod("cart", true)];
        assert!(waits("db", &pods));
        assert!(!waits("cart", &pods));
        assert!(!waits("checkout", &pods));
    }

    #[test]
    fn the_name_that_failed_is_told_from_who_asked() {
        let host = |line: &str| Some(LOOKUP.as_ref()?.captures(line)?[1].to_owned());
        for (line, expected) in [
            (
                "checkout: dial tcp: lookup pr-1-postgres on 10.43.0.10:53: no such host",
                "pr-1-postgres",
            ),
            ("ERROR [checkout] getaddrinfo ENOTFOUND db.prod", "db"),
            (
                "could not translate host name \"db\" to address: Name or service not known",
                "db",
            ),
        ] {
            assert_eq!(host(line).as_deref(), Some(expected), "{line}");
        }
    }
}
