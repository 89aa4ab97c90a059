//! Which module calls which, compared with the list that is checked in.

use std::collections::{BTreeMap, BTreeSet};

use super::{MODULES, root, source, sources_of};

/// Which module calls which, with the gateway at the top; a new edge belongs into this list.
const CALLS: &str = include_str!("../calls.txt");

#[test]
fn modules_call_each_other_as_recorded() {
    let modules = MODULES.map(|module| (module, sources_of(module)));
    let gateway = ("gateway", root().join("gateway/src"));
    let mut found = BTreeSet::new();
    for (caller, directory) in modules.into_iter().chain([gateway]) {
        let sources = source::sources(&directory);
        for callee in MODULES.into_iter().filter(|it| *it != caller) {
            let mut codes = sources.iter().map(|(_, code)| code);
            if codes.any(|code| source::names_client(code, callee)) {
                found.insert(format!("{caller} -> {callee}"));
            }
        }
    }
    let recorded: BTreeSet<String> = CALLS.lines().map(str::to_owned).collect();
    assert_eq!(
        found, recorded,
        "calls.txt must list exactly the calls in the code"
    );
}

#[test]
fn the_recorded_calls_have_no_cycle() {
    assert_eq!(on_cycles(CALLS), Vec::<&str>::new());
}

#[test]
fn a_cycle_is_found() {
    assert_eq!(on_cycles("a -> b\nb -> c\nc -> b"), ["b", "c"]);
}

/// Returns the callers that reach themselves.
fn on_cycles(calls: &str) -> Vec<&str> {
    let mut callees: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in calls.lines() {
        let (caller, callee) = line.split_once(" -> ").unwrap();
        callees.entry(caller).or_default().push(callee);
    }
    let reaches_itself = |start: &&str| reached_from(start, &callees).contains(*start);
    callees.keys().copied().filter(reaches_itself).collect()
}

fn reached_from<'a>(start: &str, callees: &BTreeMap<&str, Vec<&'a str>>) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open = callees.get(start).cloned().unwrap_or_default();
    while let Some(module) = open.pop() {
        if reached.insert(module) {
            open.extend(callees.get(module).into_iter().flatten());
        }
    }
    reached
}
