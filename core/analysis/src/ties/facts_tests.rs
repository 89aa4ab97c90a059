use crate::ties::tests::list;
use crate::{
    Analysis, Offer, Options, Severity, analyze, catalogue, tie, tie_findings, verify_citation,
};

use super::*;

#[path = "facts_tests/mesh.rs"]
mod mesh;
#[path = "facts_tests/settings.rs"]
mod settings;

/// Returns the facts of files laid beside each other; every citation is checked.
fn told(files: &[(&str, String)]) -> Vec<String> {
    let read = |(name, text): &(&str, String)| {
        let options = Options {
            file_name: Some((*name).to_owned()),
            ..Options::default()
        };
        analyze(text.as_bytes(), options)
    };
    let analyses: Vec<Analysis> = files.iter().map(read).collect();
    let named = files.iter().zip(&analyses);
    let offers: Vec<Offer<'_>> = named
        .map(|((name, _), analysis)| Offer {
            name,
            inventory: &analysis.inventory,
            clues: &analysis.clues,
        })
        .collect();
    let mut told = Vec::new();
    for (file, run) in tie(&offers).1 {
        assert_eq!(run.tool, "kubectl");
        for fact in run.facts {
            let cited = &fact.citation;
            let range = cited.byte_start as usize..cited.byte_end as usize;
            let bytes = &files[file].1.as_bytes()[range];
            verify_citation(bytes, cited, analyses[file].encoding).unwrap();
            told.push(format!(
                "{} {} {} {}",
                files[file].0, fact.object, fact.key, fact.value
            ));
        }
    }
    told
}

const NOTHING: [&str; 0] = [];

fn pod(name: &str, app: &str, image: &str, ready: bool) -> String {
    let owner = name.rsplit_once('-').unwrap().0;
    format!(
        r#"{{"kind":"Pod","metadata":{{"name":"{name}","namespace":"shop","labels":{{"app":"{app}"}},
        "ownerReferences":[{{"kind":"ReplicaSet","name":"{owner}"}}]}},
        "spec":{{"containers":[{{"name":"main","image":"{image}"}}]}},
        "status":{{"phase":"Running","conditions":[{{"type":"Ready","status":"{}"}}]}}}}"#,
        if ready { "True" } else { "False" }
    )
}

fn service(name: &str) -> String {
    format!(
        r#"{{"kind":"Service","metadata":{{"name":"{name}","namespace":"shop"}},"spec":{{"selector":{{"app":"{name}"}},"ports":[{{"port":80}}]}}}}"#
    )
}

fn slice(service: &str, pods: &[&str]) -> String {
    let endpoints: Vec<String> = pods
        .iter()
        .map(|it| {
            format!(
                r#"{{"conditions":{{"ready":true}},"targetRef":{{"kind":"Pod","name":"{it}"}}}}"#
            )
        })
        .collect();
    format!(
        r#"{{"kind":"EndpointSlice","metadata":{{"name":"{service}-x","namespace":"shop","labels":{{"kubernetes.io/service-name":"{service}"}}}},"endpoints":[{}]}}"#,
        endpoints.join(",")
    )
}

const OWN: &str = "payment-7c9d8f6b5-aaaaa";
const ALIEN: &str = "charge-replayer-6f7b9c8d5-bbbbb";

fn payment(pods: &[String]) -> Vec<(&'static str, String)> {
    let mut all = vec![pod(OWN, "payment", "registry:5000/payment:1", true)];
    all.extend(pods.iter().cloned());
    vec![
        ("pods.json", list(&all)),
        ("services.json", list(&[service("payment")])),
    ]
}

#[test]
fn a_service_that_also_leads_to_somebody_else_is_told() {
    let alien = pod(ALIEN, "payment", "registry:5000/tools/replayer:2", true);
    let mut files = payment(&[alien]);
    let value = format!(
        "service/payment selector_matches_foreign pod {ALIEN} (image registry:5000/tools/replayer:2), \
        while its own pods run registry:5000/payment:1"
    );
    assert_eq!(told(&files), [format!("services.json {value}")]);
    files.push(("slices.json", list(&[slice("payment", &[OWN, ALIEN])])));
    assert_eq!(told(&files), [format!("slices.json {value}")]);
    files.pop();
    files.push(("slices.json", list(&[slice("payment", &[OWN])])));
    assert_eq!(told(&files), NOTHING);
}

#[test]
fn versions_and_companions_of_a_service_are_no_strangers() {
    let image = "registry:5000/payment:2";
    for other in [
        pod(
            "payment-canary-6f7b9c8d5-bbbbb",
            "payment",
            "registry:5000/next:1",
            true,
        ),
        pod(ALIEN, "payment", image, true),
        pod(ALIEN, "payment", "mirror.example/payment@sha256:00", true),
        pod(ALIEN, "payment", "registry:5000/replayer:2", false),
        pod(ALIEN, "replayer", "registry:5000/replayer:2", true),
    ] {
        assert_eq!(
            told(&payment(std::slice::from_ref(&other))),
            NOTHING,
            "{other}"
        );
    }
    let reviews = ["v1", "v2", "v3"].map(|it| {
        let name = format!("reviews-{it}-7c9d8f6b5-aaaaa");
        pod(&name, "reviews", &format!("examples-reviews-{it}:1"), true)
    });
    let files = [(
        "all.json",
        list(&[&reviews[..], &[service("reviews")]].concat()),
    )];
    assert_eq!(told(&files), NOTHING);
}

#[test]
fn a_service_for_many_workloads_is_meant_to_be_one() {
    let others = ["alpha", "bravo", "delta"].map(|it| {
        let name = format!("{it}-6f7b9c8d5-bbbbb");
        pod(&name, "payment", &format!("registry/{it}:1"), true)
    });
    assert_eq!(told(&payment(&others)), NOTHING);
    let nobody = [
        ("pods.json", list(&others)),
        ("services.json", list(&[service("payment")])),
    ];
    assert_eq!(told(&nobody), NOTHING);
}

fn runs(count: usize) -> String {
    let jobs: Vec<String> = (0..count)
        .map(|it| {
            format!(
                r#"{{"kind":"Job","metadata":{{"name":"sync-{it}","namespace":"shop","ownerReferences":[{{"kind":"CronJob","name":"sync"}}]}},"status":{{"active":1}}}}"#
            )
        })
        .collect();
    list(&jobs)
}

fn schedule(policy: &str, active: &str) -> String {
    list(&[format!(
        r#"{{"kind":"CronJob","metadata":{{"name":"sync","namespace":"shop"}},"spec":{{"schedule":"*/2 * * * *"{policy}}},"status":{{"active":[{active}]}}}}"#
    )])
}

#[test]
fn jobs_of_another_file_show_that_runs_overlap() {
    let with = |count: usize, schedule: String| {
        told(&[("jobs.json", runs(count)), ("cronjobs.json", schedule)])
    };
    assert_eq!(
        with(4, schedule("", "")),
        [
            "cronjobs.json cronjob/sync jobs_overlap 4 at once, schedule */2 * * * *, concurrencyPolicy Allow"
        ]
    );
    assert_eq!(with(2, schedule("", "")), NOTHING);
    let forbid = schedule(r#","concurrencyPolicy":"Forbid""#, "");
    assert_eq!(with(4, forbid), NOTHING);
    let listed = schedule("", r#"{"name":"a"},{"name":"b"},{"name":"c"}"#);
    assert_eq!(with(4, listed), NOTHING);
    let alone = told(&[("jobs.json", runs(3))]);
    assert_eq!(alone, ["jobs.json cronjob/sync jobs_overlap 3 at once"]);
    let twice = [("jobs-1.json", runs(2)), ("jobs-2.json", runs(2))];
    assert_eq!(told(&twice), NOTHING);
}

#[test]
fn a_run_that_does_not_end_keeps_the_next_from_its_start() {
    let one = |name: &str, due: &str, policy: &str, active: &str, start: &str| {
        format!(
            r#"{{"kind":"CronJob","metadata":{{"name":"{name}","namespace":"shop"}},"spec":{{"schedule":"{due}","concurrencyPolicy":"{policy}"}},"status":{{"lastScheduleTime":"{start}","active":[{active}]}}}}"#
        )
    };
    let pull = |due: &str, policy: &str| {
        let run = r#"{"name":"pull-1"}"#;
        one("pull", due, policy, run, "2026-02-09T04:30:00Z")
    };
    let other = |newest: &str| one("dun", "0 4 * * *", "Allow", "", newest);
    let with = |due: &str, policy: &str, newest: &str| {
        let schedules = [pull(due, policy), other(newest)];
        told(&[("cronjobs.json", list(&schedules))])
    };
    let (daily, thursday) = ("30 4 * * *", "2026-02-12T04:30:00Z");
    assert_eq!(
        with(daily, "Forbid", thursday),
        [
            "cronjobs.json cronjob/pull job_blocks the run of 2026-02-09 04:30 UTC is still at work; schedule 30 4 * * *, concurrencyPolicy Forbid"
        ]
    );
    assert_eq!(with(daily, "Forbid", "2026-02-09T12:00:00Z"), NOTHING);
    assert_eq!(with(daily, "Replace", thursday), NOTHING);
    assert_eq!(with("30 4 * * 1", "Forbid", thursday), NOTHING, "weekly");
    let apart = [
        ("monday.json", list(&[pull(daily, "Forbid")])),
        ("thursday.json", list(&[other(thursday)])),
    ];
    assert_eq!(told(&apart), NOTHING, "exports of two days");
}

fn binding(name: &str, account: &str) -> String {
    format!(
        r#"{{"kind":"RoleBinding","metadata":{{"name":"{name}","namespace":"jobs"}},"roleRef":{{"kind":"Role","name":"watcher"}},
        "subjects":[{{"kind":"ServiceAccount","name":"runner","namespace":"{account}"}}]}}"#
    )
}

fn account(namespace: &str, name: &str) -> String {
    format!(
        r#"{{"kind":"ServiceAccount","metadata":{{"name":"{name}","namespace":"{namespace}"}}}}"#
    )
}

fn runner() -> String {
    r#"{"kind":"Pod","metadata":{"name":"runner-1","namespace":"jobs"},"spec":{"serviceAccountName":"runner","containers":[]},"status":{"phase":"Running"}}"#
        .to_owned()
}

#[test]
fn a_role_for_an_account_that_moved_is_told() {
    let expected = [
        "roles.json rolebinding/watch binding_elsewhere old/runner, which is not there; runner is in jobs",
    ];
    let with = |bindings: &[String], others: &[String]| {
        told(&[("roles.json", list(bindings)), ("rest.json", list(others))])
    };
    let stale = [binding("watch", "old")];
    let listed = [account("old", "default"), account("jobs", "runner")];
    assert_eq!(with(&stale, &listed), expected);
    assert_eq!(with(&stale, &[runner()]), expected);
    let mended = [binding("watch", "old"), binding("watch-new", "jobs")];
    assert_eq!(with(&mended, &listed), NOTHING);
    let there = [account("old", "runner"), account("jobs", "runner")];
    assert_eq!(with(&stale, &there), NOTHING);
    // Whether the account is where the binding says is not known.
    assert_eq!(with(&stale, &[account("jobs", "runner")]), NOTHING);
    assert_eq!(with(&stale, &[]), NOTHING);
}

#[test]
fn an_account_that_is_refused_shows_which_one_is_meant() {
    let log = "2026-10-12T09:30:00Z ERROR runner: pods is forbidden: User \"system:serviceaccount:jobs:runner\" cannot list resource \"pods\" in API group \"\" in the namespace \"jobs\"\n".repeat(3);
    let files = [
        ("roles.json", list(&[binding("watch", "old")])),
        ("accounts.json", list(&[account("jobs", "runner")])),
        ("runner.log", log),
    ];
    assert_eq!(told(&files).len(), 1);
}

fn config(host: &str, written: &str) -> String {
    list(&[format!(
        r#"{{"kind":"ConfigMap","metadata":{{"name":"cart-config","namespace":"shop","creationTimestamp":"2026-10-01T00:00:00Z",
        "managedFields":[{{"manager":"kubectl-edit","time":"{written}","fieldsV1":{{"f:data":{{"f:DB_HOST":{{}}}}}}}}]}},"data":{{"DB_HOST":"{host}"}}}}"#
    )])
}

fn cart(started: &str) -> String {
    list(&[format!(
        r#"{{"kind":"Pod","metadata":{{"name":"cart-7c9d8f6b5-aaaaa","namespace":"shop","ownerReferences":[{{"kind":"ReplicaSet","name":"cart-7c9d8f6b5"}}]}},
        "spec":{{"containers":[{{"name":"cart","envFrom":[{{"configMapRef":{{"name":"cart-config"}}}}]}}]}},
        "status":{{"phase":"Running","containerStatuses":[{{"name":"cart","state":{{"running":{{"startedAt":"{started}"}}}}}}]}}}}"#
    )])
}

fn complaint(host: &str) -> String {
    format!(
        "2026-10-12T09:30:00Z ERROR cart: dial tcp: lookup {host} on 10.96.0.10:53: no such host\n"
    )
    .repeat(3)
}

#[test]
fn a_policy_that_looks_for_namespaces_that_do_not_exist_lets_nobody_in() {
    let space = |name: &str, tier: &str| {
        format!(
            r#"{{"kind":"Namespace","metadata":{{"name":"{name}","labels":{{"tier":"{tier}"}}}}}}"#
        )
    };
    let spaces = |of_callers: &str| {
        let items = [space("seats", "data"), space("ferry", of_callers)].join(",");
        format!(r#"{{"kind":"List","items":[{items}]}}"#)
    };
    let policy = r#"{"kind":"NetworkPolicy","metadata":{"name":"db","namespace":"seats"},"spec":{"podSelector":{"matchLabels":{"app":"db"}},"policyTypes":["Ingress"],"ingress":[{"from":[{"namespaceSelector":{"matchLabels":{"tier":"booking"}}}]}]}}"#;
    let with = |of_callers: &str| {
        told(&[
            ("spaces.json", spaces(of_callers)),
            ("policy.json", policy.to_owned()),
        ])
    };
    assert_eq!(with("booking"), NOTHING);
    assert_eq!(
        with("reservation"),
        [
            "policy.json networkpolicy/db policy_admits_nobody tier=booking: no namespace is labelled so; seats has tier=data, ferry has tier=reservation"
        ]
    );
}

#[test]
fn variables_from_before_a_change_are_told_when_their_reader_complains() {
    let with = |host: &str, started: &str, log: String| {
        told(&[
            ("config.json", config(host, "2026-10-12T09:20:00Z")),
            ("pods.json", cart(started)),
            ("cart.log", log),
        ])
    };
    let (before, after) = ("2026-10-12T08:00:00Z", "2026-10-12T09:25:00Z");
    assert_eq!(
        with("db-new", before, complaint("db-old")),
        [
            "pods.json cart environment_outdated configmap/cart-config changed at 2026-10-12T09:20:00Z, pods run since 2026-10-12T08:00:00Z"
        ]
    );
    assert_eq!(with("db-new", after, complaint("db-old")), NOTHING);
    assert_eq!(with("db-new", before, complaint("db-new")), NOTHING);
    let fine = "2026-10-12T09:30:00Z INFO cart: started\n".repeat(3);
    assert_eq!(with("db-new", before, fine), NOTHING);
    let earlier = complaint("db-old").replace("09:30", "09:10");
    assert_eq!(with("db-new", before, earlier), NOTHING);
}

#[test]
fn what_objects_show_is_a_finding_and_speaks_for_an_entry() {
    let alien = pod(ALIEN, "payment", "registry:5000/tools/replayer:2", true);
    let files = payment(&[alien]);
    let read = |at: usize| analyze(files[at].1.as_bytes(), Options::default());
    let (mut pods, mut services) = (read(0), read(1));
    let offers = [("pods.json", &pods), ("services.json", &services)];
    let offers = offers.map(|(name, it)| Offer {
        name,
        inventory: &it.inventory,
        clues: &it.clues,
    });
    let runs = tie(&offers).1.into_iter().map(|(_, run)| run);
    let runs: Vec<CommandRun> = runs.collect();
    let catalogue = catalogue();
    let entry = catalogue.entry("kubernetes.foreign_endpoint").unwrap();
    let mut direct = entry.indicators.direct.iter();
    assert!(direct.any(|it| it.matches_commands(&runs).is_some()));
    tie_findings(&mut [("pods.json", &mut pods), ("services.json", &mut services)]);
    let found = &services.findings[0];
    assert_eq!(found.severity, Severity::Error);
    assert!(
        found
            .statement
            .starts_with("service/payment also sends requests to a pod")
    );
}
