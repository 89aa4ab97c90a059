use crate::{Analysis, FindingKind, Options, Severity, analyze, verify_citation};

fn read(text: &str) -> Analysis {
    let analysis = analyze(text.as_bytes(), Options::default());
    for cited in analysis.findings.iter().flat_map(|it| &it.citations) {
        let range = cited.byte_start as usize..cited.byte_end as usize;
        verify_citation(&text.as_bytes()[range], cited, analysis.encoding).unwrap();
    }
    analysis
}

fn told(text: &str) -> Vec<(Severity, String)> {
    let contentions = read(text).findings.into_iter();
    let contentions = contentions.filter(|it| it.kind == FindingKind::LockContention);
    contentions.map(|it| (it.severity, it.statement)).collect()
}

fn java(name: &str, lines: &[&str]) -> String {
    let head = format!("\"{name}\" #1 prio=5 tid=0x1 nid=0x1 waiting\n");
    let lines: String = lines.iter().map(|line| format!("\t{line}\n")).collect();
    format!("{head}   java.lang.Thread.State: BLOCKED (on object monitor)\n{lines}\n")
}

fn dump(threads: &[String]) -> String {
    format!(
        "2025-03-04 14:05:00\nFull thread dump OpenJDK 64-Bit Server VM (21 mixed mode):\n\n{}",
        threads.concat()
    )
}

#[test]
fn a_circle_of_waiting_is_a_deadlock_without_the_word() {
    let text = dump(&[
        java(
            "payer",
            &[
                "at com.shop.Pay.debit(Pay.java:12)",
                "- waiting to lock <0x2> (a com.shop.Account)",
                "- locked <0x1> (a com.shop.Account)",
            ],
        ),
        java("idle", &["at java.lang.Thread.sleep(Native Method)"]),
        java(
            "payee",
            &[
                "at com.shop.Pay.credit(Pay.java:30)",
                "- parking to wait for  <0x3> (a java.util.concurrent.locks.ReentrantLock$NonfairSync)",
                "- locked <0x2> (a com.shop.Account)",
            ],
        ),
        java(
            "clerk",
            &[
                "at com.shop.Pay.note(Pay.java:40)",
                "- waiting to lock <0x1> (a com.shop.Account)",
                "Locked ownable synchronizers:",
                "- <0x3> (a java.util.concurrent.locks.ReentrantLock$NonfairSync)",
            ],
        ),
    ]);
    let expected = "deadlock of 3 threads: \"payer\" waits for 0x2, which \"payee\" holds; \"payee\" waits for 0x3, which \"clerk\" holds; \"clerk\" waits for 0x1, which \"payer\" holds";
    assert_eq!(told(&text), [(Severity::Critical, expected.to_owned())]);
    let twice = format!("{text}{text}");
    assert_eq!(told(&twice).len(), 1);
    let free = text.replace("- locked <0x1>", "- locked <0x9>");
    assert!(told(&free).is_empty());
}

#[test]
fn who_holds_the_lock_that_many_wait_for_is_told() {
    let waiting = |lock: &str| {
        let line = format!("- parking to wait for  <0x7> (a java.util.concurrent.{lock})");
        let threads =
            (0..8).map(|at| java(&format!("http-{at}"), &["at jdk.X.park(X.java)", &line]));
        let owner = java(
            "job",
            &[
                "at com.shop.Report.run(Report.java:8)",
                "Locked ownable synchronizers:",
                "- <0x7> (a java.util.concurrent.locks.ReentrantLock$FairSync)",
            ],
        );
        dump(&threads.chain([owner]).collect::<Vec<_>>())
    };
    let found = told(&waiting("locks.ReentrantLock$FairSync"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].1.starts_with("8 threads wait for one lock"),
        "{found:?}"
    );
    assert!(
        found[0]
            .1
            .ends_with("which \"job\" holds in com.shop.Report.run"),
        "{found:?}"
    );
    // Workers without work.
    let idle = waiting("locks.AbstractQueuedSynchronizer$ConditionObject");
    assert!(told(&idle).is_empty());
    assert!(told(&waiting("Semaphore$NonfairSync")).is_empty());
}

fn goroutines(count: usize, state: &str, library: &str) -> String {
    let one = |at: usize| {
        format!(
            "goroutine {} [{state}]:\n{library}\n\t/usr/local/go/src/sync/a.go:77 +0x25\nmain.(*Store).Get(0xc0000140a0, {{0x1, 0x2}})\n\t/app/store.go:31 +0x1c\ncreated by main.main in goroutine 1\n\t/app/main.go:9 +0x2a\n\n",
            at + 7
        )
    };
    let head = "SIGQUIT: quit\nPC=0x46a2a1 m=0 sigcode=0\n\n";
    format!("{head}{}", (0..count).map(one).collect::<String>())
}

#[test]
fn goroutines_pile_up_by_the_function_they_wait_in() {
    let lock = "sync.runtime_SemacquireMutex(0xc0000140a4?, 0x0?, 0x1?)";
    assert_eq!(
        told(&goroutines(12, "semacquire, 12 minutes", lock)),
        [(
            Severity::Error,
            "12 goroutines wait for a lock in main.(*Store).Get, for up to 12 minutes".to_owned()
        )]
    );
    let group = "sync.(*WaitGroup).Wait(0xc0000140a4)";
    assert!(told(&goroutines(12, "semacquire, 12 minutes", group)).is_empty());
    assert!(
        told(&goroutines(
            12,
            "chan receive, 3 minutes",
            "runtime.gopark()"
        ))
        .is_empty()
    );
    let few = goroutines(3, "semacquire, 12 minutes", lock);
    assert!(told(&format!("{few}{few}")).is_empty(), "two dumps");
    let workers = told(&goroutines(
        30,
        "chan receive, 3 minutes",
        "runtime.gopark()",
    ));
    assert_eq!(workers[0].0, Severity::Info);
}

#[test]
fn threads_of_python_pile_up_by_the_function_they_wait_in() {
    let faulthandler = |file: &str| {
        let one = |at: usize| {
            format!(
                "Thread 0x00007f{at:010x} (most recent call first):\n  File \"/usr/lib/python3.11/{file}\", line 320 in wait\n  File \"/app/shop/pool.py\", line 12 in take\n  File \"/usr/lib/python3.11/threading.py\", line 975 in run\n\n"
            )
        };
        let head = "Fatal Python error: Aborted\n\n";
        format!("{head}{}", (0..6).map(one).collect::<String>())
    };
    let expected = "6 threads wait for a lock or a condition in take (pool.py)";
    assert_eq!(
        told(&faulthandler("threading.py")),
        [(Severity::Info, expected.to_owned())]
    );
    assert!(told(&faulthandler("queue.py")).is_empty());
    let spied: String = (0..6)
        .map(|at| {
            format!("Thread 12{at} (idle): \"worker-{at}\"\n    wait (threading.py:320)\n    take (shop/pool.py:12)\n")
        })
        .collect();
    let spied =
        format!("Process 77: python app.py\nPython v3.11.2 (/usr/bin/python3.11)\n\n{spied}");
    assert_eq!(told(&spied), [(Severity::Info, expected.to_owned())]);
}
