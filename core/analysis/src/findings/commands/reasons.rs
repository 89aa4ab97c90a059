//! Why a pod waits, what a warning says and how a container ended, told by other facts of the run.

use crate::analysis::{CommandFact, CommandRun};
use crate::findings::shorten;

const MESSAGE_MAX: usize = 200;
/// Lines between an exit code and its reason in a description of one container.
const BESIDE_LINES: u64 = 3;

/// What the scheduler says of a pod that waits.
pub(super) fn of_state(run: &CommandRun, fact: &CommandFact) -> String {
    if fact.value != "Pending" {
        return String::new();
    }
    let mut facts = run.facts.iter();
    let told = facts.find(|it| it.key == "waits_because" && it.object == fact.object);
    match told {
        Some(told) => said(&told.value),
        None => of_event(run, &fact.object, "FailedScheduling"),
    }
}

/// What the first warning of this reason about an object says.
pub(super) fn of_event(run: &CommandRun, object: &str, reason: &str) -> String {
    let bare = |object: &str| object.trim_start_matches("pod/").to_owned();
    let is_it = |it: &CommandFact| {
        it.key == "event" && it.value == reason && bare(&it.object) == bare(object)
    };
    let at = run.facts.iter().position(is_it);
    let told = at.and_then(|at| run.facts.get(at + 1));
    let told = told.filter(|it| it.key == "event_message");
    told.map_or_else(String::new, |it| said(&it.value))
}

fn said(message: &str) -> String {
    match message.trim().trim_end_matches('.') {
        "" => String::new(),
        message => format!(": {}", shorten(message, MESSAGE_MAX)),
    }
}

/// What an exit code stands for.
pub(super) fn of_exit(run: &CommandRun, fact: &CommandFact) -> &'static str {
    match fact.value.as_str() {
        "125" => " (the container could not be created)",
        "126" => " (its command cannot be executed)",
        "127" => " (its command was not found)",
        "134" => " (it aborted itself)",
        "137" if is_out_of_memory(run, fact) => " (killed: out of memory)",
        "137" => " (killed: out of memory, or not stopped in time)",
        "139" => " (a memory fault)",
        "143" => " (asked to stop)",
        _ => "",
    }
}

/// Whether the reason stands beside the code.
fn is_out_of_memory(run: &CommandRun, code: &CommandFact) -> bool {
    let line = code.citation.line_start;
    run.facts.iter().any(|it| {
        matches!(it.key.as_str(), "exit_reason" | "status")
            && it.value == "OOMKilled"
            && it.object == code.object
            && it.citation.line_start.abs_diff(line) <= BESIDE_LINES
    })
}

#[cfg(test)]
mod tests {
    use crate::{FindingKind, Options, analyze};

    fn states(text: &str) -> Vec<String> {
        let findings = analyze(text.as_bytes(), Options::default()).findings;
        let states = findings.into_iter();
        let states = states.filter(|it| it.kind == FindingKind::PodState);
        states.map(|it| it.statement).collect()
    }

    const REASON: &str = "0/3 nodes are available: 3 Insufficient cpu.";

    #[test]
    fn a_pod_that_waits_says_what_the_scheduler_says() {
        let told = "pod web-1 is Pending: 0/3 nodes are available: 3 Insufficient cpu";
        let export = format!(
            r#"{{"kind":"Pod","apiVersion":"v1","metadata":{{"name":"web-1"}},"status":{{"phase":"Pending",
            "conditions":[{{"type":"PodScheduled","status":"False","reason":"Unschedulable","message":"{REASON}"}}]}}}}"#
        );
        assert_eq!(states(&export), [told]);
        let described = format!(
            "$ kubectl describe pod web-1\nName:             web-1\nStatus:           Pending\nEvents:\n  Type     Reason            Age                  From               Message\n  ----     ------            ----                 ----               -------\n  Warning  FailedScheduling  2m (x3 over 10m)  default-scheduler  {REASON}\n"
        );
        let found = states(&described);
        assert!(found.contains(&told.to_owned()), "{found:?}");
        let warned =
            "pod web-1 has warning FailedScheduling: 0/3 nodes are available: 3 Insufficient cpu";
        assert!(found.contains(&warned.to_owned()), "{found:?}");
        let events = format!(
            "$ kubectl get events\nLAST SEEN   TYPE      REASON             OBJECT      MESSAGE\n2m (x3 over 9m)  Warning   FailedScheduling   pod/web-1   {REASON}\n1m          Normal    Pulled             pod/web-2   pulled\n"
        );
        let warned = warned.replace("pod web-1", "pod/web-1");
        assert_eq!(states(&events), [warned]);
    }

    #[test]
    fn a_container_that_was_killed_for_its_memory_is_told_from_one_that_was_just_killed() {
        let pod = |reason: &str| {
            format!(
                r#"{{"kind":"Pod","apiVersion":"v1","metadata":{{"name":"web-1"}},"status":{{"phase":"Running","containerStatuses":[{{"name":"web","ready":false,
                "restartCount":1,"lastState":{{"terminated":{{"reason":"{reason}","exitCode":137}}}}}}]}}}}"#
            )
        };
        let known = "container web-1 exited with code 137 (killed: out of memory)";
        assert_eq!(states(&pod("OOMKilled"))[0], known);
        let open =
            "container web-1 exited with code 137 (killed: out of memory, or not stopped in time)";
        assert_eq!(states(&pod("Error"))[0], open);
    }
}
